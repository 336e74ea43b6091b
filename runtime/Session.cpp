#include "runtime/Session.h"
#include "runtime/Bindings.h"
#include "runtime/HostDevice.h"
#include "runtime/Manifest.h"
#include "runtime/StateRows.h"
#include "runtime/cuda/CudaDevice.h"

#include <algorithm>
#include <cinttypes>
#include <cstring>

namespace v4rt {

static constexpr uint32_t kMostSequences = 1u << 16;

bool LogitRows::reserve(size_t count) {
  if (count <= capacity)
    return true;
  size_t bytes;
  if (__builtin_mul_overflow(count, sizeof(float), &bytes))
    return false;
  float *larger = static_cast<float *>(malloc(bytes));
  if (!larger)
    return false;
  free(values);
  values = larger;
  capacity = count;
  return true;
}

Status Session::create(std::shared_ptr<Model> opened, const v4_session_options &options) {
  model = std::move(opened);
  uint32_t sequences = options.max_sequences ? options.max_sequences : 1;
  if (sequences > kMostSequences)
    return fail(V4_INVALID_ARGUMENT, "%u sequences were asked for, the most is %u", sequences,
                kMostSequences);
  if (!manifest().weights_packed())
    return fail(V4_UNSUPPORTED, "the artifact holds no weights, so there is nothing to run: pack them first");
  V4_TRY(openDevice(options));
  V4_TRY(device->allocate(manifest().arena_bytes(), "the values of a step", arena));
  device->expectMuch(arena, manifest().arena_bytes());
  V4_TRY(states.allocate(manifest(), sequences, *device));
  const uint8_t *weights = nullptr;
  V4_TRY(device->placeWeights(model->artifact().weights(), weights));
  lengths.resize(sequences);
  nextLengths.resize(sequences);
  Bindings bindings{manifest(), arena, weights, states, sequences};
  for (const format::Program *source : *manifest().programs()) {
    programs.push_back({source->max_tokens(), {}});
    for (const format::Dispatch *dispatch : *source->dispatches())
      programs.back().launches.push_back(bindings.resolve(*dispatch));
  }
  return device->prepare(programs);
}

Status Session::openDevice(const v4_session_options &options) {
  DeviceKind kind;
  V4_TRY(chooseDevice(manifest(), options.device, kind));
  if (options.weights < V4_WEIGHTS_MAPPED || options.weights > V4_WEIGHTS_PER_NODE)
    return fail(V4_INVALID_ARGUMENT, "the place of the weights is %d, wanted 0, 1 or 2",
                int(options.weights));
  if (kind != DeviceKind::cpu && (options.weights != V4_WEIGHTS_MAPPED || options.pin_threads))
    return fail(V4_INVALID_ARGUMENT, "only on the device cpu can threads be pinned and weights be copied");
  if (kind == DeviceKind::cuda) {
    const cuda::LoadedModel *loaded;
    V4_TRY(model->onGpu(loaded));
    auto gpu = std::make_unique<cuda::CudaDevice>(*loaded, manifest());
    V4_TRY(gpu->start());
    device = std::move(gpu);
    return {};
  }
  const cpu::KernelLibrary *library;
  V4_TRY(model->kernels(library));
  std::unique_ptr<HostDevice> host;
  if (kind == DeviceKind::sim)
    host = std::make_unique<SimulatedDevice>(manifest());
  else
    host = std::make_unique<HostDevice>();
  const WeightCopies *copies;
  V4_TRY(model->weightCopies(options.weights, copies));
  V4_TRY(host->start(*library, options.threads, options.pin_threads || options.weights == V4_WEIGHTS_PER_NODE,
                     copies));
  device = std::move(host);
  return {};
}

Status Session::checkSlot(int32_t slot) const {
  if (slot < 0 || uint32_t(slot) >= slots())
    return fail(V4_INVALID_ARGUMENT, "slot %d does not exist: the session has %u", slot, slots());
  return {};
}

Status Session::checkStep(const v4_token *tokens, size_t count, size_t &wanted) {
  const format::Model &facts = *manifest().model();
  if (count == 0)
    return fail(V4_INVALID_ARGUMENT, "the step has no tokens, wanted at least 1");
  nextLengths = lengths;
  wanted = 0;
  for (size_t i = 0; i < count; ++i) {
    const v4_token &row = tokens[i];
    V4_TRY(checkSlot(row.slot));
    if (row.token < 0 || uint32_t(row.token) >= facts.vocab_size())
      return fail(V4_INVALID_ARGUMENT, "token id %d of row %zu is out of range: the vocabulary has %u tokens",
                  row.token, i, facts.vocab_size());
    uint32_t &next = nextLengths[row.slot];
    if (row.position < 0 || uint32_t(row.position) != next)
      return fail(V4_INVALID_ARGUMENT, "row %zu has position %d, but the next position of slot %d is %u", i,
                  row.position, row.slot, next);
    if (next >= facts.max_context())
      return fail(V4_CONTEXT_FULL,
                  "the sequence in slot %d would have more tokens than the artifact's max context of %u",
                  row.slot, facts.max_context());
    ++next;
    wanted += row.wants_logits != 0;
  }
  return {};
}

Status Session::step(const v4_token *tokens, size_t count) {
  size_t wanted, values;
  if (!lost.ok())
    return fail(lost.code(), "the session cannot go on after a step that failed: %s", lost.text().c_str());
  V4_TRY(checkStep(tokens, count, wanted));
  size_t vocabulary = manifest().model()->vocab_size();
  if (__builtin_mul_overflow(wanted, vocabulary, &values) || !logitRows.reserve(values))
    return fail(V4_OUT_OF_MEMORY, "no memory for %zu rows of logits of %zu values", wanted, vocabulary);

  for (size_t i = 0; i < count; ++i)
    states.grow(tokens[i].slot, nextLengths[tokens[i].slot]);
  logitsHeld = 0;
  size_t largestPart = manifest().max_step_tokens();
  for (size_t first = 0; first < count; first += largestPart) {
    lost = runPart(tokens + first, std::min(largestPart, count - first));
    V4_TRY(lost);
  }
  lengths.swap(nextLengths);
  return {};
}

Status Session::fillInputs(const v4_token *tokens, size_t count, Extents &extents) {
  inputs.resize(4 * count);
  int32_t *ids = inputs.data(), *slots = ids + count, *positions = slots + count, *rows = positions + count;
  extents = {count, 0, 0};
  for (size_t i = 0; i < count; ++i) {
    ids[i] = tokens[i].token;
    slots[i] = tokens[i].slot;
    positions[i] = tokens[i].position;
    extents.positions = std::max<uint64_t>(extents.positions, tokens[i].position + 1);
    if (tokens[i].wants_logits)
      rows[extents.logitRows++] = i;
  }
  auto give = [&](uint32_t index, const int32_t *values, size_t number) {
    return number == 0 ? Status() : device->write(buffer(index), values, number * sizeof(int32_t));
  };
  V4_TRY(give(manifest().tokens(), ids, count));
  V4_TRY(give(manifest().slots(), slots, count));
  V4_TRY(give(manifest().positions(), positions, count));
  return give(manifest().logit_rows(), rows, extents.logitRows);
}

Status Session::runPart(const v4_token *tokens, size_t count) {
  Extents extents;
  V4_TRY(fillInputs(tokens, count, extents));
  const Program &program =
      *std::find_if(programs.begin(), programs.end(), [&](const Program &p) { return p.maxTokens >= count; });
  Device::AfterLaunch after;
  if (observer || launchDone)
    after = [&](const format::Dispatch &dispatch) {
      if (launchDone)
        launchDone(dispatch);
      return observer ? offer(dispatch, extents) : Status();
    };
  V4_TRY(device->run(program, extents, after));

  if (extents.logitRows == 0)
    return {};
  size_t vocabulary = manifest().model()->vocab_size(),
         bytes = extents.logitRows * vocabulary * sizeof(float);
  const uint8_t *rows;
  V4_TRY(device->read(buffer(manifest().logits()), bytes, rows));
  memcpy(logitRows.data() + logitsHeld * vocabulary, rows, bytes);
  logitsHeld += extents.logitRows;
  return {};
}

Status Session::offer(const format::Dispatch &dispatch, const Extents &extents) const {
  if (!dispatch.observed())
    return {};
  for (uint32_t index : *dispatch.observed()) {
    const format::Buffer &value = *manifest().buffers()->Get(index);
    int64_t shape[7] = {int64_t(extents.of(value.extent()))};
    int32_t rank = 1;
    uint64_t elements = shape[0], bytes = 0;
    if (value.row_shape())
      for (uint64_t size : *value.row_shape()) {
        shape[rank++] = size;
        elements *= size;
      }
    typeBytes(value.type(), elements, bytes); // cannot overflow: readManifest
    const uint8_t *values;
    V4_TRY(device->read(buffer(index), bytes, values));
    observer(observerUser, value.name()->c_str(), v4_type(value.type()), rank, shape, values);
  }
  return {};
}

Status Session::reset(int32_t slot) {
  V4_TRY(checkSlot(slot));
  V4_TRY(states.clear(slot));
  lengths[slot] = 0;
  return {};
}

Status Session::copy(int32_t from, int32_t to) {
  V4_TRY(checkSlot(from));
  V4_TRY(checkSlot(to));
  if (from == to)
    return {};
  V4_TRY(reset(to));
  states.grow(to, lengths[from]);
  for (const States::State &state : states.all())
    V4_TRY(device->copy(states.slot(state, to), states.slot(state, from),
                        States::liveRows(state, lengths[from]) * state.rowBytes));
  lengths[to] = lengths[from];
  return {};
}

Status Session::readState(const char *name, int32_t slot, uint64_t firstRow, uint64_t rows,
                          float *out) const {
  V4_TRY(checkSlot(slot));
  const States::State *state = states.find(name);
  if (!state)
    return fail(V4_INVALID_ARGUMENT, "the artifact has no state %s", printable(name, strlen(name)).c_str());
  uint64_t capacity = state->schema->rows();
  if (firstRow > capacity || rows > capacity - firstRow)
    return fail(V4_INVALID_ARGUMENT,
                "rows %" PRIu64 " to %" PRIu64 " of state %s were asked for, it has %" PRIu64, firstRow,
                firstRow + rows, name, capacity);
  const uint8_t *from;
  V4_TRY(device->read(states.slot(*state, slot) + firstRow * state->rowBytes, rows * state->rowBytes, from));
  if (!canWiden(*state->schema))
    return fail(V4_UNSUPPORTED, "state %s is stored as %s, which this runtime does not read out", name,
                typeName(state->schema->type()));
  for (uint64_t row = 0; row < rows; ++row)
    widenRow(*state->schema, from + row * state->rowBytes, out + row * rowValues(*state->schema));
  return {};
}

} // namespace v4rt
