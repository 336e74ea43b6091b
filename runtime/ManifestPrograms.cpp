// Checks of what is run: kernels, variants, programs and the buffers of a step.
#include "runtime/Artifact.h"
#include "runtime/Manifest.h"

#include <cinttypes>

namespace v4rt {

using namespace format;

static constexpr uint64_t kMostPrograms = uint64_t(1) << 40;
static constexpr uint32_t kMostWarps = 32, kMostSharedBytes = 1u << 20;
static constexpr uint64_t kMostScratchBytes = uint64_t(1) << 24;

static Status checkKernels(const Manifest &manifest) {
  if (!manifest.kernels() || !manifest.variants())
    return fail(V4_BAD_ARTIFACT, "the list of kernels or of variants is missing");
  for (uint32_t i = 0; i < manifest.kernels()->size(); ++i)
    V4_TRY(detail::checkName(manifest.kernels()->Get(i)->name(), "kernel", i));
  for (uint32_t i = 0; i < manifest.variants()->size(); ++i) {
    const Variant &variant = *manifest.variants()->Get(i);
    V4_TRY(detail::checkName(variant.name(), "variant", i));
    if (!variant.features())
      return fail(V4_BAD_ARTIFACT, "variant %s has no list of features", variant.name()->c_str());
    for (uint32_t j = 0; j < variant.features()->size(); ++j)
      V4_TRY(detail::checkName(variant.features()->Get(j), "CPU feature", j));
    for (uint32_t j = 0; variant.prefers() && j < variant.prefers()->size(); ++j)
      V4_TRY(detail::checkName(variant.prefers()->Get(j), "preferred CPU feature", j));
  }
  return {};
}

static Status checkDevice(const Manifest &manifest) {
  const DeviceCode *device = manifest.device();
  if (!device)
    return {};
  V4_TRY(detail::checkName(device->architecture(), "architecture of", 0));
  if (!device->kernels() || device->kernels()->size() != manifest.kernels()->size())
    return fail(V4_BAD_ARTIFACT, "it has code of %u kernels for the device, wanted %u",
                device->kernels() ? device->kernels()->size() : 0, manifest.kernels()->size());
  for (uint32_t i = 0; i < device->kernels()->size(); ++i) {
    const DeviceKernel &kernel = *device->kernels()->Get(i);
    V4_TRY(detail::checkName(kernel.entry(), "device kernel", i));
    if (kernel.warps() == 0 || kernel.warps() > kMostWarps || (kernel.warps() & (kernel.warps() - 1)) ||
        kernel.shared_bytes() > kMostSharedBytes || kernel.scratch_bytes() > kMostScratchBytes)
      return fail(V4_BAD_ARTIFACT,
                  "device kernel %s wants %u warps, %u bytes of shared memory and %" PRIu64
                  " of scratch memory, wanted a power of two up to %u, at most %u and %" PRIu64,
                  kernel.entry()->c_str(), kernel.warps(), kernel.shared_bytes(), kernel.scratch_bytes(),
                  kMostWarps, kMostSharedBytes, kMostScratchBytes);
  }
  return {};
}

Status checkDeviceCode(const Manifest &manifest, Bytes section) {
  if (!manifest.device())
    return {};
  for (const DeviceKernel *kernel : *manifest.device()->kernels()) {
    auto inside = [&](uint64_t offset, uint64_t bytes) {
      return offset <= section.size && bytes <= section.size - offset;
    };
    if (!inside(kernel->cubin_offset(), kernel->cubin_bytes()) ||
        !inside(kernel->ptx_offset(), kernel->ptx_bytes()))
      return fail(V4_BAD_ARTIFACT,
                  "the code of device kernel %s is outside a device section of %" PRIu64 " bytes",
                  kernel->entry()->c_str(), section.size);
  }
  return {};
}

static Status checkGrid(const Manifest &manifest, const Dispatch &dispatch, const char *where) {
  const auto *grid = dispatch.grid();
  if (!grid || grid->size() < 1 || grid->size() > 3)
    return fail(V4_BAD_ARTIFACT, "%s has a grid of %u dimensions, wanted 1 to 3", where,
                grid ? grid->size() : 0);
  uint64_t programs = 1;
  for (const GridDim *dim : *grid) {
    if (dim->extent() > Extent::MAX || dim->divisor() == 0 || dim->scale() == 0)
      return fail(V4_BAD_ARTIFACT, "%s has a grid of %u * ceil(extent %u / %u)", where, dim->scale(),
                  unsigned(dim->extent()), dim->divisor());
    if (!multiply(programs, gridPrograms(*dim, largest(manifest, dim->extent())), programs) ||
        programs > kMostPrograms)
      return fail(V4_BAD_ARTIFACT, "the grid of %s overflows", where);
  }
  return {};
}

static Status checkBindings(const Manifest &manifest, const Dispatch &dispatch, const char *where) {
  if (!dispatch.bindings())
    return fail(V4_BAD_ARTIFACT, "%s has no bindings", where);
  for (const Binding *binding : *dispatch.bindings()) {
    uint32_t count = 0;
    const char *space = "memory of an unknown kind";
    switch (binding->space()) {
    case Space::buffer:
      count = manifest.buffers()->size();
      space = "buffer";
      break;
    case Space::weight:
      count = manifest.weights()->size();
      space = "weight";
      break;
    case Space::state:
      count = manifest.states()->size();
      space = "state";
      break;
    }
    if (binding->index() >= count)
      return fail(V4_BAD_ARTIFACT, "%s binds %s %u of %u", where, space, binding->index(), count);
  }
  return {};
}

static Status checkDispatch(const Manifest &manifest, const Dispatch &dispatch, const char *where) {
  if (dispatch.kernel() >= manifest.kernels()->size())
    return fail(V4_BAD_ARTIFACT, "%s runs kernel %u of %u", where, dispatch.kernel(),
                manifest.kernels()->size());
  if (dispatch.rows() > Extent::MAX)
    return fail(V4_BAD_ARTIFACT, "%s counts rows by extent %u, which is unknown", where,
                unsigned(dispatch.rows()));
  if (dispatch.layer() < -1 || dispatch.layer() >= int64_t(manifest.model()->layers()))
    return fail(V4_BAD_ARTIFACT, "%s belongs to layer %d of %u", where, dispatch.layer(),
                manifest.model()->layers());
  V4_TRY(checkGrid(manifest, dispatch, where));
  V4_TRY(checkBindings(manifest, dispatch, where));
  if (dispatch.observed())
    for (uint32_t index : *dispatch.observed()) {
      if (index >= manifest.buffers()->size())
        return fail(V4_BAD_ARTIFACT, "%s offers buffer %u of %u", where, index, manifest.buffers()->size());
      const flatbuffers::String *name = manifest.buffers()->Get(index)->name();
      if (!name || name->size() == 0)
        return fail(V4_BAD_ARTIFACT, "%s offers buffer %u, which has no name", where, index);
    }
  return {};
}

static Status checkStepBuffer(const Manifest &manifest, uint32_t index, const char *what, ElementType type,
                              Extent extent, uint64_t rowElements) {
  if (index >= manifest.buffers()->size())
    return fail(V4_BAD_ARTIFACT, "the %s are in buffer %u of %u", what, index, manifest.buffers()->size());
  const Buffer &buffer = *manifest.buffers()->Get(index);
  uint64_t elements = 1; // checked against overflow with the buffer
  if (buffer.row_shape())
    for (uint64_t size : *buffer.row_shape())
      elements *= size;
  if (buffer.type() != type || buffer.extent() != extent || elements != rowElements)
    return fail(V4_BAD_ARTIFACT,
                "the buffer of the %s has rows of %" PRIu64 " %s by %s, wanted %" PRIu64 " %s by %s", what,
                elements, typeName(buffer.type()), EnumNameExtent(buffer.extent()), rowElements,
                typeName(type), EnumNameExtent(extent));
  return {};
}

/// A session fills the four inputs before the first dispatch, so they must not share memory.
static Status checkInputsDisjoint(const Manifest &manifest) {
  const uint32_t inputs[] = {manifest.tokens(), manifest.slots(), manifest.positions(),
                             manifest.logit_rows()};
  for (int i = 0; i < 4; ++i)
    for (int j = 0; j < 4; ++j) {
      const Buffer &a = *manifest.buffers()->Get(inputs[i]), &b = *manifest.buffers()->Get(inputs[j]);
      if (i != j && a.offset() <= b.offset() && b.offset() - a.offset() < a.bytes())
        return fail(V4_BAD_ARTIFACT, "the input buffers %u and %u of a step overlap", inputs[i], inputs[j]);
    }
  return {};
}

Status detail::checkPrograms(const Manifest &manifest) {
  V4_TRY(checkKernels(manifest));
  V4_TRY(checkDevice(manifest));
  V4_TRY(checkStepBuffer(manifest, manifest.tokens(), "tokens", ElementType::i32, Extent::tokens, 1));
  V4_TRY(checkStepBuffer(manifest, manifest.slots(), "slots", ElementType::i32, Extent::tokens, 1));
  V4_TRY(checkStepBuffer(manifest, manifest.positions(), "positions", ElementType::i32, Extent::tokens, 1));
  V4_TRY(checkStepBuffer(manifest, manifest.logit_rows(), "logit rows", ElementType::i32, Extent::logit_rows,
                         1));
  V4_TRY(checkStepBuffer(manifest, manifest.logits(), "logits", ElementType::f32, Extent::logit_rows,
                         manifest.model()->vocab_size()));
  V4_TRY(checkInputsDisjoint(manifest));

  const auto *programs = manifest.programs();
  if (!programs || programs->size() == 0)
    return fail(V4_BAD_ARTIFACT, "it has no programs");
  uint32_t before = 0;
  for (uint32_t i = 0; i < programs->size(); ++i) {
    const format::Program &program = *programs->Get(i);
    V4_TRY(checkName(program.name(), "program", i));
    if (program.max_tokens() <= before)
      return fail(V4_BAD_ARTIFACT, "program %s takes %u tokens after one that takes %u, wanted more",
                  program.name()->c_str(), program.max_tokens(), before);
    before = program.max_tokens();
    if (!program.dispatches())
      return fail(V4_BAD_ARTIFACT, "program %s has no dispatches", program.name()->c_str());
    for (uint32_t j = 0; j < program.dispatches()->size(); ++j) {
      std::string where = "dispatch " + std::to_string(j) + " of " + program.name()->str();
      V4_TRY(checkDispatch(manifest, *program.dispatches()->Get(j), where.c_str()));
    }
  }
  if (before != manifest.max_step_tokens())
    return fail(V4_BAD_ARTIFACT, "the last program takes %u tokens, a step takes %u", before,
                manifest.max_step_tokens());
  return {};
}

} // namespace v4rt
