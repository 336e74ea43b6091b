#include "test/Pack/SmallArtifact.h"

namespace v4test {

namespace format = v4rt::format;
using format::ElementType;
using format::Extent;

static void addBuffer(format::ManifestT &manifest, ElementType type, std::vector<uint64_t> rowShape,
                      Extent extent, uint64_t bytes) {
  auto buffer = std::make_unique<format::BufferT>();
  buffer->type = type;
  buffer->row_shape = std::move(rowShape);
  buffer->extent = extent;
  buffer->offset = manifest.arena_bytes;
  buffer->bytes = bytes;
  manifest.arena_bytes += (bytes + 63) / 64 * 64;
  manifest.buffers.push_back(std::move(buffer));
}

void fillModel(format::ManifestT &manifest) {
  manifest.model = std::make_unique<format::ModelT>();
  manifest.model->architecture = "deepseek_v4";
  manifest.model->numerics = "hf";
  manifest.model->vocab_size = 10;
  manifest.model->max_context = 100;
  manifest.model->config = "{}";
  manifest.producer = "test";
  manifest.target = "cpu";
  manifest.max_step_tokens = 4;
  for (int i = 0; i < 3; ++i)
    addBuffer(manifest, ElementType::i32, {}, Extent::tokens, 16);
  addBuffer(manifest, ElementType::i32, {}, Extent::logit_rows, 16);
  addBuffer(manifest, ElementType::f32, {10}, Extent::logit_rows, 160);
  manifest.slots = 1;
  manifest.positions = 2;
  manifest.logit_rows = 3;
  manifest.logits = 4;
  auto program = std::make_unique<format::ProgramT>();
  program->name = "prefill";
  program->max_tokens = 4;
  manifest.programs.push_back(std::move(program));
  manifest.variants.push_back(std::make_unique<format::VariantT>());
  manifest.variants[0]->name = "baseline";
}

} // namespace v4test
