#include "runtime/Manifest.h"
#include "runtime/Artifact.h"
#include "test/Runtime/ToyArtifact.h"

#include <cstring>
#include <functional>
#include <gtest/gtest.h>
#include <memory>

using namespace v4test;
using namespace v4rt::format;
using v4rt::Bytes;
using v4rt::Status;

static Status check(const std::string &bytes) {
  std::unique_ptr<void, void (*)(void *)> copy(aligned_alloc(64, bytes.size() / 64 * 64 + 64), free);
  memcpy(copy.get(), bytes.data(), bytes.size());
  const Manifest *manifest = nullptr;
  return v4rt::readManifest(Bytes{static_cast<const uint8_t *>(copy.get()), bytes.size()}, manifest);
}

namespace {
struct Case {
  const char *text; // part of the message
  std::function<void(ManifestSpec &)> change;
};
} // namespace

static void expectEach(const std::vector<Case> &cases) {
  for (const Case &c : cases) {
    ManifestSpec manifest = toyManifest();
    c.change(manifest);
    Status status = check(manifest.build());
    EXPECT_EQ(status.code(), V4_BAD_ARTIFACT) << c.text;
    EXPECT_NE(status.text().find(c.text), std::string::npos)
        << "wanted: " << c.text << "\nfound: " << status.text();
  }
}

TEST(Manifest, ToyIsSound) { EXPECT_EQ(check(toyManifest().build()).text(), ""); }

TEST(Manifest, EveryTruncationIsSafe) {
  std::string good = toyManifest().build();
  for (size_t bytes = 0; bytes < good.size(); ++bytes)
    (void)check(good.substr(0, bytes)); // a sound prefix is possible where only padding went
  EXPECT_FALSE(check(good.substr(0, good.size() / 2)).ok());
  EXPECT_FALSE(check("").ok());
}

TEST(Manifest, EveryFlippedByteIsSafe) {
  std::string good = toyManifest().build();
  for (size_t i = 0; i < good.size() * 8; ++i) {
    std::string bad = good;
    bad[i / 8] ^= char(1 << (i % 8));
    (void)check(bad); // many bits are harmless; the sanitizers watch
  }
}

TEST(Manifest, Model) {
  expectEach({
      {"the vocabulary has 0 tokens", [](auto &m) { m.vocab = 0; }},
      {"the vocabulary has 4294967295 tokens", [](auto &m) { m.vocab = UINT32_MAX; }},
      {"the context is 0 tokens", [](auto &m) { m.maxContext = 0; }},
      {"a step takes 0 tokens", [](auto &m) { m.maxStep = 0; }},
      {"a step takes 4294967295 tokens", [](auto &m) { m.maxStep = UINT32_MAX; }},
      {"token 11 is outside a vocabulary of 11", [](auto &m) { m.eos = 11; }},
      {"token -2 is outside", [](auto &m) { m.bos = -2; }},
      {"the arena has 18446744073709551615 bytes", [](auto &m) { m.arenaBytes = UINT64_MAX; }},
  });
}

TEST(Manifest, Buffers) {
  expectEach({
      {"buffer 5 has type 200", [](auto &m) { m.buffers[5].type = ElementType(200); }},
      {"extent 9, which are unknown", [](auto &m) { m.buffers[5].extent = Extent(9); }},
      {"the size of buffer 5 overflows", [](auto &m) { m.buffers[5].rowShape = {1ull << 33, 1ull << 33}; }},
      {"the size of buffer 5 overflows", [](auto &m) { m.buffers[5].rowShape = {1ull << 62}; }},
      {"has 7 dimensions", [](auto &m) { m.buffers[5].rowShape.assign(7, 1); }},
      {"buffer 5 has 96 bytes, its shape needs 192", [](auto &m) { m.buffers[5].rowShape = {8}; }},
      {"no multiple of 64", [](auto &m) { m.buffers[5].offset += 4; }},
      {"is outside an arena of", [](auto &m) { m.buffers[5].offset = UINT64_MAX & ~63ull; }},
      {"is outside an arena of", [](auto &m) { m.buffers[5].bytes = UINT64_MAX; }},
      {"has control bytes", [](auto &m) { m.buffers[5].name = "x\n"; }},
  });
}

TEST(Manifest, StatesAndWeights) {
  expectEach({
      {"state 0 has no name", [](auto &m) { m.states[0].name = ""; }},
      {"two states are called ring", [](auto &m) { m.states[1].name = "ring"; }},
      {"kind 7", [](auto &m) { m.states[0].kind = StateKind(7); }},
      {"has 14 rows of 0 elements", [](auto &m) { m.states[0].rowElements = 0; }},
      {"the size of state ring overflows", [](auto &m) { m.states[0].rows = UINT64_MAX; }},
      {"has entries of 0 tokens", [](auto &m) { m.states[1].ratio = 0; }},
      {"state entries has 9 rows, but 10 are needed", [](auto &m) { m.states[1].rows = 9; }},
      {"state ring has 5 rows, but 6 are needed", [](auto &m) { m.states[0].rows = 5; }},
      {"no sources", [](auto &m) { m.weights[0].sources.clear(); }},
      {"layout 9", [](auto &m) { m.weights[0].layout = Layout(9); }},
      {"does not suit its layout", [](auto &m) { m.weights[0].layout = Layout::panel; }},
      {"does not suit its layout", [](auto &m) { m.weights[0].shape = {1ull << 40, 1ull << 40}; }},
      {"has 176 bytes, its shape needs 256",
       [](auto &m) { m.weights[0].layout = Layout::panel, m.weights[0].panel = 16; }},
      {"has 176 bytes, its shape needs 352", [](auto &m) { m.weights[0].sources.push_back("again"); }},
      {"no multiple of 64", [](auto &m) { m.weights[0].offset = 4; }},
      {"is outside weights of 176 bytes", [](auto &m) { m.weights[0].offset = 64; }},
      {"weights embed.weight and embed.weight overlap", [](auto &m) { m.weights.push_back(m.weights[0]); }},
  });
}

TEST(Manifest, NibbleRowsEndAtAByte) {
  // [5][3] nibbles: 2 bytes a row; in panels of 4 rows, 8 rows.
  ManifestSpec manifest = toyManifest();
  manifest.weights.push_back({"w", {"a", "b"}, ElementType::f4e2m1, {5, 3}, Layout::row_major, 0, 192, 20});
  manifest.weightsBytes = 224;
  EXPECT_EQ(check(manifest.build()).text(), "");
  manifest.weights[1].layout = Layout::panel_nibbles;
  manifest.weights[1].panel = 4;
  manifest.weights[1].bytes = 32;
  EXPECT_EQ(check(manifest.build()).text(), "");
  manifest.weights[1].layout = Layout::panel;
  EXPECT_EQ(check(manifest.build()).text(), "the shape of weight w does not suit its layout");
}

TEST(Manifest, Dispatches) {
  auto first = [](ManifestSpec &m) -> DispatchSpec & { return m.programs[1].dispatches[0]; };
  expectEach({
      {"dispatch 0 of prefill runs kernel 6 of 6", [&](auto &m) { first(m).kernel = 6; }},
      {"counts rows by extent 4", [&](auto &m) { first(m).rows = Extent(4); }},
      {"belongs to layer 1 of 1", [&](auto &m) { first(m).layer = 1; }},
      {"a grid of 0 dimensions", [&](auto &m) { first(m).grid.clear(); }},
      {"a grid of 4 dimensions", [&](auto &m) { first(m).grid.assign(4, GridDim(1, 1, Extent::one)); }},
      {"a grid of 1 * ceil(extent 1 / 0)",
       [&](auto &m) { first(m).grid[0] = GridDim(1, 0, Extent::tokens); }},
      {"a grid of 0 * ceil", [&](auto &m) { first(m).grid[0] = GridDim(0, 1, Extent::tokens); }},
      {"a grid of 1 * ceil(extent 9", [&](auto &m) { first(m).grid[0] = GridDim(1, 1, Extent(9)); }},
      {"the grid of dispatch 0 of prefill overflows",
       [&](auto &m) { first(m).grid.assign(3, GridDim(UINT32_MAX, 1, Extent::tokens)); }},
      {"binds buffer 9 of 9", [&](auto &m) { first(m).bindings[0] = Binding(9, Space::buffer); }},
      {"binds weight 1 of 1", [&](auto &m) { first(m).bindings[0] = Binding(1, Space::weight); }},
      {"binds state 2 of 2", [&](auto &m) { first(m).bindings[0] = Binding(2, Space::state); }},
      {"binds memory of an unknown kind", [&](auto &m) { first(m).bindings[0] = Binding(0, Space(3)); }},
      {"offers buffer 9 of 9", [&](auto &m) { first(m).observed = {9}; }},
      {"offers buffer 0, which has no name", [&](auto &m) { first(m).observed = {0}; }},
  });
}

TEST(Manifest, Device) {
  ManifestSpec sound = gpuToyManifest();
  EXPECT_EQ(check(sound.build()).text(), "");
  const Case cases[] = {
      {"it has code of 5 kernels for the device, wanted 6", [](auto &m) { m.deviceKernels.pop_back(); }},
      {"device kernel 3 has no name", [](auto &m) { m.deviceKernels[3].entry = ""; }},
      {"device kernel embed wants 0 warps", [](auto &m) { m.deviceKernels[0].warps = 0; }},
      {"device kernel embed wants 6 warps", [](auto &m) { m.deviceKernels[0].warps = 6; }},
      {"device kernel embed wants 33 warps", [](auto &m) { m.deviceKernels[0].warps = 33; }},
      {"4294967295 bytes of shared memory", [](auto &m) { m.deviceKernels[0].sharedBytes = UINT32_MAX; }},
      {"device kernel embed wants 4 warps, 0 bytes of shared memory and 18446744073709551615 of scratch",
       [](auto &m) { m.deviceKernels[0].scratchBytes = UINT64_MAX; }},
  };
  for (const Case &c : cases) {
    ManifestSpec manifest = gpuToyManifest();
    c.change(manifest);
    Status status = check(manifest.build());
    EXPECT_EQ(status.code(), V4_BAD_ARTIFACT) << c.text;
    EXPECT_NE(status.text().find(c.text), std::string::npos)
        << "wanted: " << c.text << "\nfound: " << status.text();
  }
}

TEST(Manifest, ProgramsAndStepBuffers) {
  expectEach({
      {"it has no programs", [](auto &m) { m.programs.clear(); }},
      {"program prefill takes 1 tokens after one that takes 1", [](auto &m) { m.programs[1].maxTokens = 1; }},
      {"the last program takes 5 tokens, a step takes 6", [](auto &m) { m.programs[1].maxTokens = 5; }},
      {"kernel 0 has no name", [](auto &m) { m.kernels[0] = ""; }},
      {"variant 0 has no name", [](auto &m) { m.variants[0].name = ""; }},
      {"CPU feature 1 has no name", [](auto &m) { m.variants[0].features[1] = ""; }},
      {"preferred CPU feature 0 has no name", [](auto &m) { m.variants[0].prefers = {""}; }},
      {"the tokens are in buffer 99 of 9", [](auto &m) { m.tokens = 99; }},
      {"the buffer of the slots has rows of 4 f32 by tokens, wanted 1 i32 by tokens",
       [](auto &m) { m.slots = 5; }},
      {"the buffer of the logit rows has rows of 1 i32 by tokens, wanted 1 i32 by logit_rows",
       [](auto &m) { m.logitRows = 0; }},
      {"the buffer of the logits has rows of 11 f32 by logit_rows, wanted 12 f32",
       [](auto &m) { m.vocab = 12; }},
      {"the input buffers 0 and 0 of a step overlap", [](auto &m) { m.slots = 0; }},
      {"the input buffers 0 and 1 of a step overlap",
       [](auto &m) { m.buffers[1].offset = m.buffers[0].offset; }},
  });
}
