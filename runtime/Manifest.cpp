#include "runtime/Manifest.h"
#include "runtime/Artifact.h"
#include "runtime/StateRows.h"
#include "runtime/format/Words.h"

#include <algorithm>
#include <cinttypes>
#include <string_view>
#include <unordered_set>
#include <vector>

namespace v4rt {

using namespace format;

// Far above any machine, and low enough that sums of a few such numbers do not overflow.
static constexpr uint64_t kMostBytes = uint64_t(1) << 56;
static constexpr uint32_t kMostContext = 1u << 30;
static constexpr uint32_t kMostStepTokens = 1u << 20;

const char *typeName(ElementType type) {
  return type <= ElementType::MAX ? EnumNameElementType(type) : "unknown";
}

bool typeBytes(ElementType type, uint64_t elements, uint64_t &bytes) {
  switch (type) {
  case ElementType::f4e2m1:
    bytes = elements / 2 + elements % 2;
    return true;
  case ElementType::u8:
  case ElementType::f8e4m3:
  case ElementType::f8e8m0:
    bytes = elements;
    return true;
  case ElementType::bf16:
    return multiply(elements, 2, bytes);
  case ElementType::f32:
  case ElementType::i32:
    return multiply(elements, 4, bytes);
  case ElementType::i64:
  case ElementType::f64:
    return multiply(elements, 8, bytes);
  }
  return false;
}

uint64_t largest(const Manifest &manifest, Extent extent) {
  switch (extent) {
  case Extent::one:
    return 1;
  case Extent::tokens:
  case Extent::logit_rows:
    return manifest.max_step_tokens();
  case Extent::positions:
    return manifest.model()->max_context();
  }
  return 0;
}

uint64_t gridPrograms(const GridDim &dim, uint64_t extentValue) {
  return dim.scale() * (extentValue / dim.divisor() + (extentValue % dim.divisor() != 0));
}

Status detail::checkName(const flatbuffers::String *name, const char *what, uint32_t index) {
  if (!name || name->size() == 0)
    return fail(V4_BAD_ARTIFACT, "%s %u has no name", what, index);
  for (unsigned char c : name->string_view())
    if (c < 0x20 || c == 0x7f)
      return fail(V4_BAD_ARTIFACT, "the name of %s %u, '%s', has control bytes", what, index,
                  printable(name->c_str(), name->size()).c_str());
  return {};
}

/// The verifier checks where a vector begins, not whether its 8-byte elements are at multiples of 8.
static bool isAligned(const flatbuffers::Vector<uint64_t> &shape) {
  return shape.size() == 0 || reinterpret_cast<uintptr_t>(shape.Data()) % alignof(uint64_t) == 0;
}

/// Product of a shape; false on overflow or misalignment.
static bool elementsOf(const flatbuffers::Vector<uint64_t> &shape, uint64_t &elements) {
  if (!isAligned(shape))
    return false;
  elements = 1;
  for (uint64_t size : shape)
    if (!multiply(elements, size, elements))
      return false;
  return true;
}

static Status checkModel(const Manifest &manifest) {
  const Model *model = manifest.model();
  if (!model)
    return fail(V4_BAD_ARTIFACT, "the model is missing");
  if (!model->architecture() || !model->numerics() || !manifest.target() || !manifest.producer())
    return fail(V4_BAD_ARTIFACT, "architecture, numerics, target or producer is missing");
  if (model->vocab_size() == 0 || model->vocab_size() > uint32_t(INT32_MAX))
    return fail(V4_BAD_ARTIFACT, "the vocabulary has %u tokens", model->vocab_size());
  if (model->max_context() == 0 || model->max_context() > kMostContext)
    return fail(V4_BAD_ARTIFACT, "the context is %u tokens, 1 to %u are possible", model->max_context(),
                kMostContext);
  if (manifest.max_step_tokens() == 0 || manifest.max_step_tokens() > kMostStepTokens)
    return fail(V4_BAD_ARTIFACT, "a step takes %u tokens, 1 to %u are possible", manifest.max_step_tokens(),
                kMostStepTokens);
  for (int32_t token : {model->bos_token(), model->eos_token()})
    if (token < -1 || token >= int64_t(model->vocab_size()))
      return fail(V4_BAD_ARTIFACT, "token %d is outside a vocabulary of %u", token, model->vocab_size());
  if (manifest.arena_bytes() > kMostBytes || manifest.weights_bytes() > kMostBytes)
    return fail(V4_BAD_ARTIFACT, "the arena has %" PRIu64 " bytes and the weights %" PRIu64,
                manifest.arena_bytes(), manifest.weights_bytes());
  return {};
}

static Status checkBuffer(const Manifest &manifest, const Buffer &buffer, uint32_t index) {
  if (buffer.name() && buffer.name()->size() > 0)
    V4_TRY(detail::checkName(buffer.name(), "buffer", index));
  if (buffer.type() > ElementType::MAX || buffer.extent() > Extent::MAX)
    return fail(V4_BAD_ARTIFACT, "buffer %u has type %u and extent %u, which are unknown", index,
                unsigned(buffer.type()), unsigned(buffer.extent()));
  uint64_t elements = 1, needed = 0;
  if (buffer.row_shape() && buffer.row_shape()->size() > 6)
    return fail(V4_BAD_ARTIFACT, "a row of buffer %u has %u dimensions, the most is 6", index,
                buffer.row_shape()->size());
  if ((buffer.row_shape() && !elementsOf(*buffer.row_shape(), elements)) ||
      !multiply(elements, largest(manifest, buffer.extent()), elements) ||
      !typeBytes(buffer.type(), elements, needed))
    return fail(V4_BAD_ARTIFACT, "the size of buffer %u overflows", index);
  if (buffer.bytes() < needed)
    return fail(V4_BAD_ARTIFACT, "buffer %u has %" PRIu64 " bytes, its shape needs %" PRIu64, index,
                buffer.bytes(), needed);
  if (buffer.offset() % 64 != 0)
    return fail(V4_BAD_ARTIFACT, "buffer %u is at byte %" PRIu64 ", which is no multiple of 64", index,
                buffer.offset());
  if (buffer.offset() > manifest.arena_bytes() || buffer.bytes() > manifest.arena_bytes() - buffer.offset())
    return fail(V4_BAD_ARTIFACT,
                "buffer %u, %" PRIu64 " bytes at %" PRIu64 ", is outside an arena of %" PRIu64 " bytes",
                index, buffer.bytes(), buffer.offset(), manifest.arena_bytes());
  return {};
}

static Status checkState(const Manifest &manifest, const State &state, uint32_t index) {
  V4_TRY(detail::checkName(state.name(), "state", index));
  const char *name = state.name()->c_str();
  if (state.kind() > StateKind::MAX || state.type() > ElementType::MAX)
    return fail(V4_BAD_ARTIFACT, "state %s has kind %u and type %u, which are unknown", name,
                unsigned(state.kind()), unsigned(state.type()));
  uint64_t elements, bytes;
  if (state.rows() == 0 || state.row_elements() == 0)
    return fail(V4_BAD_ARTIFACT, "state %s has %" PRIu64 " rows of %" PRIu64 " elements", name, state.rows(),
                state.row_elements());
  if (state.type() == ElementType::f4e2m1 && state.row_elements() % 2 != 0)
    return fail(V4_BAD_ARTIFACT, "rows of state %s do not end at a byte", name);
  if (!multiply(state.rows(), state.row_elements(), elements) || !typeBytes(state.type(), elements, bytes) ||
      bytes > kMostBytes)
    return fail(V4_BAD_ARTIFACT, "the size of state %s overflows", name);

  if (state.packing())
    V4_TRY(checkPacking(state));

  uint64_t wanted = std::min(manifest.max_step_tokens(), manifest.model()->max_context());
  if (state.kind() == StateKind::entries) {
    if (state.ratio() == 0)
      return fail(V4_BAD_ARTIFACT, "state %s has entries of 0 tokens", name);
    wanted = manifest.model()->max_context() / state.ratio();
  }
  if (state.rows() < wanted)
    return fail(V4_BAD_ARTIFACT, "state %s has %" PRIu64 " rows, but %" PRIu64 " are needed", name,
                state.rows(), wanted);
  return {};
}

/// Bytes that a weight has after packing (artifact.fbs, Layout; runtime/pack/WeightPlan.cpp lays it out).
static bool packedBytes(const Weight &weight, uint64_t &bytes) {
  const auto &shape = *weight.shape();
  bool nibbles = weight.type() == ElementType::f4e2m1, panels = weight.layout() != Layout::row_major;
  uint64_t elements;
  if (!elementsOf(shape, elements) || (nibbles && shape.size() < 2))
    return false;
  // A row of nibbles ends at a byte, so that from here on they count as bytes.
  uint64_t columns = shape.size() < 2 ? 1 : shape.Get(shape.size() - 1);
  uint64_t rows = columns == 0 ? 0 : elements / columns;
  if (nibbles)
    columns = columns / 2 + columns % 2;

  if (panels) {
    bool suits = weight.layout() == Layout::rows || nibbles == (weight.layout() == Layout::panel_nibbles);
    if (weight.layout() == Layout::panel_words)
      suits = fillsWords(weight.type(), shape.size() < 2 ? 0 : shape.Get(shape.size() - 1));
    if (!suits || weight.panel() == 0 || shape.size() == 0 || shape.size() > 2)
      return false;
    uint64_t count = rows / weight.panel() + (rows % weight.panel() != 0);
    if (!multiply(count, weight.panel(), rows))
      return false;
  }
  return multiply(rows, columns, elements) && multiply(elements, weight.sources()->size(), elements) &&
         typeBytes(nibbles ? ElementType::u8 : weight.type(), elements, bytes);
}

static Status checkWeight(const Manifest &manifest, const Weight &weight, uint32_t index) {
  V4_TRY(detail::checkName(weight.name(), "weight", index));
  const char *name = weight.name()->c_str();
  if (!weight.sources() || weight.sources()->size() == 0 || !weight.shape())
    return fail(V4_BAD_ARTIFACT, "weight %s has no sources or no shape", name);
  for (uint32_t i = 0; i < weight.sources()->size(); ++i)
    V4_TRY(detail::checkName(weight.sources()->Get(i), "source", i));
  if (weight.type() > ElementType::MAX || weight.source_type() > ElementType::MAX ||
      weight.layout() > Layout::MAX)
    return fail(V4_BAD_ARTIFACT, "weight %s has type %u and layout %u, which are unknown", name,
                unsigned(weight.type()), unsigned(weight.layout()));
  uint64_t needed;
  if (!packedBytes(weight, needed))
    return fail(V4_BAD_ARTIFACT, "the shape of weight %s does not suit its layout", name);
  if (weight.bytes() != needed)
    return fail(V4_BAD_ARTIFACT, "weight %s has %" PRIu64 " bytes, its shape needs %" PRIu64, name,
                weight.bytes(), needed);
  if (weight.offset() % 64 != 0)
    return fail(V4_BAD_ARTIFACT, "weight %s is at byte %" PRIu64 ", which is no multiple of 64", name,
                weight.offset());
  if (weight.offset() > manifest.weights_bytes() ||
      weight.bytes() > manifest.weights_bytes() - weight.offset())
    return fail(V4_BAD_ARTIFACT,
                "weight %s, %" PRIu64 " bytes at %" PRIu64 ", is outside weights of %" PRIu64 " bytes", name,
                weight.bytes(), weight.offset(), manifest.weights_bytes());
  return {};
}

static Status checkWeightOverlap(const Manifest &manifest) {
  std::vector<const Weight *> weights(manifest.weights()->begin(), manifest.weights()->end());
  std::sort(weights.begin(), weights.end(),
            [](const Weight *a, const Weight *b) { return a->offset() < b->offset(); });
  for (size_t i = 1; i < weights.size(); ++i)
    if (weights[i]->offset() - weights[i - 1]->offset() < weights[i - 1]->bytes())
      return fail(V4_BAD_ARTIFACT, "weights %s and %s overlap", weights[i - 1]->name()->c_str(),
                  weights[i]->name()->c_str());
  return {};
}

/// The file is looked for in the artifact's folder and nowhere else.
static Status checkWeightsFile(const Manifest &manifest) {
  const WeightsFile *file = manifest.weights_file();
  if (!file)
    return {};
  V4_TRY(detail::checkName(file->name(), "file of weights", 0));
  std::string_view name = file->name()->string_view();
  if (name.find('/') != name.npos || name == "." || name == "..")
    return fail(V4_BAD_ARTIFACT, "its weights are in '%s', which is not the name of a file in its folder",
                printable(name.data(), name.size()).c_str());
  return {};
}

template <typename Table>
static Status checkEach(const Manifest &manifest,
                        const flatbuffers::Vector<flatbuffers::Offset<Table>> *tables,
                        Status (*check)(const Manifest &, const Table &, uint32_t), const char *what) {
  if (!tables)
    return fail(V4_BAD_ARTIFACT, "the list of %s is missing", what);
  for (uint32_t i = 0; i < tables->size(); ++i)
    V4_TRY(check(manifest, *tables->Get(i), i));
  return {};
}

Status readManifest(Bytes section, const Manifest *&manifest) {
  if (section.size >= FLATBUFFERS_MAX_BUFFER_SIZE)
    return fail(V4_BAD_ARTIFACT, "it has %" PRIu64 " bytes", section.size);
  flatbuffers::Verifier verifier(section.data, section.size, /*max_depth=*/16, /*max_tables=*/4000000);
  if (!VerifyManifestBuffer(verifier))
    return fail(V4_BAD_ARTIFACT, "it is not a well-formed FlatBuffer of kind %s", ManifestIdentifier());
  const Manifest *candidate = GetManifest(section.data);

  V4_TRY(checkModel(*candidate));
  V4_TRY(checkEach<Buffer>(*candidate, candidate->buffers(), checkBuffer, "buffers"));
  V4_TRY(checkEach<State>(*candidate, candidate->states(), checkState, "states"));
  V4_TRY(checkEach<Weight>(*candidate, candidate->weights(), checkWeight, "weights"));
  V4_TRY(checkWeightOverlap(*candidate));
  V4_TRY(checkWeightsFile(*candidate));
  std::unordered_set<std::string_view> stateNames;
  for (const State *state : *candidate->states())
    if (!stateNames.insert(state->name()->string_view()).second)
      return fail(V4_BAD_ARTIFACT, "two states are called %s", state->name()->c_str());
  V4_TRY(detail::checkPrograms(*candidate));
  manifest = candidate;
  return {};
}

} // namespace v4rt
