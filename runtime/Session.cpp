#include "runtime/Session.h"
#include "runtime/Manifest.h"

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
  V4_TRY(chooseDevice(manifest(), options.device, device));
  if (device == Device::cuda)
    return fail(V4_UNSUPPORTED, "this runtime runs artifacts for GPUs on the simulated device, sim, only");
  V4_TRY(model->kernels(library));
  V4_TRY(arena.reserve(manifest().arena_bytes(), "the values of a step"));
  V4_TRY(states.allocate(manifest(), sequences));
  if (device == Device::sim)
    V4_TRY(reserveWorkspace());
  lengths.resize(sequences);
  nextLengths.resize(sequences);
  for (const format::Program *program : *manifest().programs())
    prepare(*program);
  return pool.start(options.threads ? options.threads
                                    : std::min(cpu::availableProcessors(), cpu::ThreadPool::kMostThreads));
}

void Session::prepare(const format::Program &source) {
  Program program{source.max_tokens(), {}};
  for (const format::Dispatch *dispatch : *source.dispatches()) {
    Launch launch{dispatch, library->kernel(dispatch->kernel()), {}, {}};
    for (const format::Binding *binding : *dispatch->bindings()) {
      const uint8_t *address = nullptr;
      switch (binding->space()) {
      case format::Space::buffer:
        address = buffer(binding->index());
        break;
      case format::Space::weight:
        address = model->artifact().weights().data + manifest().weights()->Get(binding->index())->offset();
        break;
      case format::Space::state:
        address = states.base(states.all()[binding->index()]);
        break;
      }
      launch.buffers.push_back(const_cast<uint8_t *>(address)); // weights are mapped read-only
      if (device == Device::sim)
        launch.bytes.push_back(bytesOf(*binding));
    }
    program.launches.push_back(std::move(launch));
  }
  programs.push_back(std::move(program));
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
  V4_TRY(checkStep(tokens, count, wanted));
  size_t vocabulary = manifest().model()->vocab_size();
  if (__builtin_mul_overflow(wanted, vocabulary, &values) || !logitRows.reserve(values))
    return fail(V4_OUT_OF_MEMORY, "no memory for %zu rows of logits of %zu values", wanted, vocabulary);

  logitsHeld = 0;
  size_t largestPart = manifest().max_step_tokens();
  for (size_t first = 0; first < count; first += largestPart)
    V4_TRY(runPart(tokens + first, std::min(largestPart, count - first)));
  lengths.swap(nextLengths);
  return {};
}

uint64_t Session::Extents::of(format::Extent extent) const {
  switch (extent) {
  case format::Extent::one:
    return 1;
  case format::Extent::tokens:
    return tokens;
  case format::Extent::logit_rows:
    return logitRows;
  case format::Extent::positions:
    return positions;
  }
  return 0;
}

Session::Extents Session::fillInputs(const v4_token *tokens, size_t count) {
  auto input = [this](uint32_t index) { return reinterpret_cast<int32_t *>(buffer(index)); };
  int32_t *ids = input(manifest().tokens()), *slots = input(manifest().slots());
  int32_t *positions = input(manifest().positions()), *rows = input(manifest().logit_rows());
  Extents extents{count, 0, 0};
  for (size_t i = 0; i < count; ++i) {
    ids[i] = tokens[i].token;
    slots[i] = tokens[i].slot;
    positions[i] = tokens[i].position;
    extents.positions = std::max<uint64_t>(extents.positions, tokens[i].position + 1);
    if (tokens[i].wants_logits)
      rows[extents.logitRows++] = i;
  }
  return extents;
}

Status Session::runPart(const v4_token *tokens, size_t count) {
  Extents extents = fillInputs(tokens, count);
  const Program &program =
      *std::find_if(programs.begin(), programs.end(), [&](const Program &p) { return p.maxTokens >= count; });
  for (const Launch &launch : program.launches)
    V4_TRY(runLaunch(launch, extents));

  if (extents.logitRows == 0)
    return {};
  size_t vocabulary = manifest().model()->vocab_size();
  memcpy(logitRows.data() + logitsHeld * vocabulary, buffer(manifest().logits()),
         extents.logitRows * vocabulary * sizeof(float));
  logitsHeld += extents.logitRows;
  return {};
}

Status Session::runLaunch(const Launch &launch, const Extents &extents) {
  const format::Dispatch &dispatch = *launch.dispatch;
  KernelArgs args = {
      launch.buffers.data(), int64_t(extents.of(dispatch.rows())), {1, 1, 1}, nullptr, nullptr, nullptr};
  int64_t total = args.rows > 0; // the head of a step that wants no logits has nothing to do
  for (uint32_t i = 0; i < dispatch.grid()->size(); ++i) {
    const format::GridDim &dim = *dispatch.grid()->Get(i);
    args.grid[i] = gridPrograms(dim, extents.of(dim.extent()));
    total *= args.grid[i];
  }
  if (total == 0)
    return {};
  if (device == Device::sim)
    V4_TRY(runSimulated(launch, args, total));
  else
    pool.run(launch.kernel, args, total);
  if (observer)
    offer(dispatch, extents);
  return {};
}

void Session::offer(const format::Dispatch &dispatch, const Extents &extents) const {
  if (!dispatch.observed())
    return;
  for (uint32_t index : *dispatch.observed()) {
    const format::Buffer &value = *manifest().buffers()->Get(index);
    int64_t shape[7] = {int64_t(extents.of(value.extent()))};
    int32_t rank = 1;
    if (value.row_shape())
      for (uint64_t size : *value.row_shape())
        shape[rank++] = size;
    observer(observerUser, value.name()->c_str(), v4_type(value.type()), rank, shape, buffer(index));
  }
}

Status Session::reset(int32_t slot) {
  V4_TRY(checkSlot(slot));
  states.clear(slot);
  lengths[slot] = 0;
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
  const uint8_t *from = states.slot(*state, slot) + firstRow * state->rowBytes;
  uint64_t elements = rows * state->schema->row_elements();
  switch (state->schema->type()) {
  case format::ElementType::f32:
    memcpy(out, from, elements * sizeof(float));
    return {};
  case format::ElementType::bf16:
    for (uint64_t i = 0; i < elements; ++i) {
      uint16_t half;
      memcpy(&half, from + i * sizeof(half), sizeof(half));
      uint32_t widened = uint32_t(half) << 16;
      memcpy(out + i, &widened, sizeof(widened));
    }
    return {};
  default:
    return fail(V4_UNSUPPORTED, "state %s is stored as %s, which this runtime does not read out", name,
                typeName(state->schema->type()));
  }
}

} // namespace v4rt
