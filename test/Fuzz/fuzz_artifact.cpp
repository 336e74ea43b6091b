// The bytes are an artifact, an artifact whose checksums have been made good, and a manifest: none may crash
// the reader, and of what it accepts everything that a session will use must be in range.
#include "runtime/Artifact.h"
#include "runtime/Checksum.h"
#include "runtime/HostDevice.h"
#include "runtime/Manifest.h"
#include "runtime/States.h"

#include <cstdlib>
#include <cstring>
#include <memory>

using namespace v4rt;

static void require(bool good) {
  if (!good)
    abort();
}

static void walkDispatch(const format::Manifest &manifest, const format::Dispatch &dispatch) {
  require(dispatch.kernel() < manifest.kernels()->size());
  uint64_t programs = 1;
  for (const format::GridDim *dim : *dispatch.grid())
    require(multiply(programs, gridPrograms(*dim, largest(manifest, dim->extent())), programs));
  require(programs <= uint64_t(1) << 40);
  for (const format::Binding *binding : *dispatch.bindings()) {
    if (binding->space() == format::Space::buffer)
      require(binding->index() < manifest.buffers()->size());
    else if (binding->space() == format::Space::weight)
      require(binding->index() < manifest.weights()->size());
    else
      require(binding->index() < manifest.states()->size());
  }
  if (dispatch.observed())
    for (uint32_t index : *dispatch.observed())
      require(manifest.buffers()->Get(index)->name()->size() > 0);
}

static void walk(const format::Manifest &manifest) {
  uint32_t vocabulary = manifest.model()->vocab_size();
  const format::Buffer &logits = *manifest.buffers()->Get(manifest.logits());
  require(logits.bytes() / sizeof(float) / vocabulary >= manifest.max_step_tokens());
  for (const format::Buffer *buffer : *manifest.buffers())
    require(buffer->offset() + buffer->bytes() <= manifest.arena_bytes());
  for (const format::Weight *weight : *manifest.weights())
    require(weight->offset() + weight->bytes() <= manifest.weights_bytes());
  for (const format::Program *program : *manifest.programs())
    for (const format::Dispatch *dispatch : *program->dispatches())
      walkDispatch(manifest, *dispatch);
  HostDevice device;
  States states;
  (void)states.allocate(manifest, 2, device); // may be more than any address space has
  for (const States::State &state : states.all())
    require(States::liveRows(state, manifest.model()->max_context()) <= state.schema->rows());
}

static void parse(const uint8_t *data, size_t size) {
  ArtifactView artifact;
  Status status = artifact.parse(data, size, "fuzz", V4_VERIFY_ALWAYS);
  require(status.ok() == status.text().empty());
  if (!status.ok())
    return;
  walk(artifact.manifest());
  if (artifact.weightsFile()) {
    // No file is its own weights; the checks on the way are what is driven here.
    require(!artifact.attachWeights(data, size, "fuzz", V4_VERIFY_ALWAYS).ok());
    require(artifact.weightsFile()->string_view().find('/') == std::string_view::npos);
  }
  for (Bytes text : {artifact.tokenizer(), artifact.tokenTables()})
    (void)checksum(text.data, text.size); // reads all of it
}

/// Makes every checksum good, so that the checks behind them are reached.
static void repair(uint8_t *data, size_t size) {
  format::Header header;
  if (size < sizeof(header))
    return;
  memcpy(&header, data, sizeof(header));
  memcpy(header.magic, format::kMagic, sizeof(header.magic));
  header.major = format::kFormatMajor;
  header.file_bytes = size;
  header.section_count %= 5;
  size_t tableBytes = header.section_count * sizeof(format::Section);
  if (tableBytes > size - sizeof(header))
    return;
  for (uint32_t i = 0; i < header.section_count; ++i) {
    uint8_t *place = data + sizeof(header) + i * sizeof(format::Section);
    format::Section section;
    memcpy(&section, place, sizeof(section));
    if (section.offset <= size && section.bytes <= size - section.offset)
      section.checksum = checksum(data + section.offset, section.bytes);
    memcpy(place, &section, sizeof(section));
  }
  header.table_checksum = checksum(data + sizeof(header), tableBytes);
  header.header_checksum = 0;
  header.header_checksum = checksum(&header, sizeof(header));
  memcpy(data, &header, sizeof(header));
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  // Exactly as long as the input and aligned as a mapping is, so that one byte too far is seen.
  std::unique_ptr<void, void (*)(void *)> memory(nullptr, free);
  void *aligned = nullptr;
  if (posix_memalign(&aligned, 4096, size) != 0)
    return 0;
  memory.reset(aligned);
  auto *copy = static_cast<uint8_t *>(aligned);
  if (size > 0)
    memcpy(copy, data, size);

  parse(copy, size);
  const format::Manifest *manifest = nullptr;
  if (readManifest(Bytes{copy, size}, manifest).ok())
    walk(*manifest);
  repair(copy, size);
  parse(copy, size);
  return 0;
}
