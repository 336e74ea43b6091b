#include "test/benchmark/KernelRig.h"

#include "runtime/Bindings.h"
#include "runtime/SyntheticRows.h"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <emmintrin.h>

namespace v4bench {

using v4rt::States;
using v4rt::Status;
namespace format = v4rt::format;

Status KernelRig::open(const char *path, unsigned threads, uint32_t sequences) {
  V4_TRY(model.open(path, V4_VERIFY_NEVER));
  v4rt::DeviceKind kind;
  V4_TRY(v4rt::chooseDevice(manifest(), nullptr, kind));
  if (kind != v4rt::DeviceKind::cpu)
    return v4rt::fail(V4_UNSUPPORTED, "the artifact is for a GPU, wanted one for a CPU");
  if (!manifest().weights_packed())
    return v4rt::fail(V4_UNSUPPORTED, "the artifact has no weights (v4run pack adds them)");
  if (sequences > manifest().max_step_tokens())
    return v4rt::fail(V4_INVALID_ARGUMENT,
                      "steps of %u sequences were wanted, the artifact's largest step has %u tokens",
                      sequences, manifest().max_step_tokens());
  const v4rt::cpu::KernelLibrary *library;
  V4_TRY(model.kernels(library));
  V4_TRY(device.start(*library, threads));
  V4_TRY(device.allocate(manifest().arena_bytes(), "the values of a step", arena));
  mostSequences = sequences;
  V4_TRY(states.allocate(manifest(), sequences, device));
  return device.placeWeights(model.artifact().weights(), weights);
}

Status KernelRig::beginStep(uint32_t sequences, uint32_t tokens, uint32_t context) {
  uint32_t most = manifest().model()->max_context();
  uint64_t all = uint64_t(sequences) * tokens;
  if (sequences > mostSequences)
    return v4rt::fail(V4_INVALID_ARGUMENT, "a step of %u sequences was wanted, there are states of %u",
                      sequences, mostSequences);
  if (all > manifest().max_step_tokens())
    return v4rt::fail(V4_INVALID_ARGUMENT,
                      "a step of %llu tokens was wanted, the artifact's largest has %u tokens",
                      static_cast<unsigned long long>(all), manifest().max_step_tokens());
  if (context > most || tokens > most - context)
    return v4rt::fail(V4_CONTEXT_FULL,
                      "%u tokens after %u others do not fit the artifact's max context of %u", tokens,
                      context, most);
  this->sequences = sequences, this->tokens = tokens, this->context = context;
  for (uint32_t sequence = 0; sequence < sequences; ++sequence)
    fillStates(sequence);
  fillInputs();
  auto program = std::find_if(manifest().programs()->begin(), manifest().programs()->end(),
                              [&](const format::Program *p) { return p->max_tokens() >= all; });
  steps.clear();
  at = 0;
  v4rt::Bindings bindings{manifest(), arena, weights, states, mostSequences};
  for (const format::Dispatch *dispatch : *program->dispatches())
    if (v4rt::LaunchSize::of(*dispatch, extents).programs != 0)
      steps.push_back({program->max_tokens(), {bindings.resolve(*dispatch)}});
  return {};
}

void KernelRig::fillStates(uint32_t sequence) {
  v4rt::SyntheticRows rows(sequence + 1);
  for (const States::State &state : states.all())
    rows.fill(states.slot(state, sequence), States::liveRows(state, context) * state.rowBytes, *state.schema,
              state.rowBytes);
}

void KernelRig::fillInputs() {
  std::vector<int32_t> ids, slots, positions, last;
  for (uint32_t sequence = 0; sequence < sequences; ++sequence) {
    for (uint32_t i = 0; i < tokens; ++i) {
      ids.push_back(int32_t((ids.size() + 1) * 2654435761u % manifest().model()->vocab_size()));
      slots.push_back(int32_t(sequence));
      positions.push_back(int32_t(context + i));
    }
    last.push_back(int32_t(ids.size() - 1));
  }
  auto give = [&](uint32_t index, const std::vector<int32_t> &values) {
    memcpy(buffer(index), values.data(), values.size() * sizeof(int32_t));
  };
  give(manifest().tokens(), ids);
  give(manifest().slots(), slots);
  give(manifest().positions(), positions);
  give(manifest().logit_rows(), last);
  extents = {uint32_t(ids.size()), sequences, context + tokens};
}

Status KernelRig::advanceTo(size_t launch) {
  if (at > launch) {
    // Its first launches may have written over the step's inputs.
    fillInputs();
    at = 0;
  }
  for (; at < launch; ++at)
    V4_TRY(device.run(steps[at], extents, {}));
  return {};
}

static void evict(const uint8_t *from, uint64_t bytes) {
  constexpr uint64_t kLine = 64;
  for (uint64_t at = 0; at < bytes; at += kLine)
    _mm_clflush(from + at);
}

void KernelRig::evictInputs(size_t launch) const {
  const v4rt::Launch &next = steps[launch].launches.front();
  for (uint32_t i = 0; i < next.buffers.size(); ++i) {
    const format::Binding &binding = *next.dispatch->bindings()->Get(i);
    if (binding.space() == format::Space::state) {
      const States::State &state = states.all()[binding.index()];
      for (uint32_t sequence = 0; sequence < sequences; ++sequence)
        evict(states.slot(state, sequence), States::liveRows(state, context) * state.rowBytes);
    } else if (binding.space() != format::Space::buffer) {
      evict(static_cast<const uint8_t *>(next.buffers[i]), uint64_t(next.bytes[i]));
    }
  }
  _mm_mfence();
}

Status KernelRig::run(size_t launch, double &seconds) {
  auto start = std::chrono::steady_clock::now();
  V4_TRY(device.run(steps[launch], extents, {}));
  seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return {};
}

} // namespace v4bench
