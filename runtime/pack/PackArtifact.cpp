#include "runtime/pack/PackArtifact.h"

#include "runtime/Artifact.h"
#include "runtime/pack/PackTokenizer.h"

#include <filesystem>

namespace v4rt {

using format::SectionKind;

static Status writeSections(const std::string &path, format::ManifestT &manifest, Bytes kernels,
                            Bytes tokenizer, const checkpoint::Checkpoint *checkpoint,
                            const PackOptions &options) {
  ArtifactWriter writer;
  V4_TRY(writer.create(path));
  V4_TRY(writer.addSection(SectionKind::kernels, kernels.data, kernels.size));
  manifest.weights_packed = false;
  for (auto &weight : manifest.weights)
    weight->checksum = 0;
  if (checkpoint)
    V4_TRY(packWeights(manifest, *checkpoint, writer, options));

  if (tokenizer)
    V4_TRY(writer.addSection(SectionKind::tokenizer, tokenizer.data, tokenizer.size));
  flatbuffers::FlatBufferBuilder builder;
  format::FinishManifestBuffer(builder, format::Manifest::Pack(builder, &manifest));
  V4_TRY(writer.addSection(SectionKind::manifest, builder.GetBufferPointer(), builder.GetSize()));
  return writer.finish();
}

static Bytes bytesOf(const std::string &text) {
  return text.empty() ? Bytes{} : Bytes{reinterpret_cast<const uint8_t *>(text.data()), text.size()};
}

Status writeArtifact(const std::string &path, format::ManifestT &manifest, const void *kernels,
                     size_t kernelBytes, const checkpoint::Checkpoint *checkpoint,
                     const PackOptions &options) {
  std::string tokenizer;
  if (!options.tokenizer.empty())
    V4_TRY(readTokenizer(options.tokenizer, manifest.model->vocab_size, tokenizer));
  return writeSections(path, manifest, {static_cast<const uint8_t *>(kernels), kernelBytes},
                       bytesOf(tokenizer), checkpoint, options);
}

Status packArtifact(const std::string &program, const checkpoint::Checkpoint &checkpoint,
                    const std::string &path, const PackOptions &options) {
  std::error_code code;
  if (std::filesystem::equivalent(program, path, code))
    return fail(V4_INVALID_ARGUMENT, "%s is both the program and the output; give the output another name",
                checkpoint::inQuotes(program).c_str());
  Artifact artifact;
  V4_TRY(artifact.open(program, V4_VERIFY_NEVER));
  if (artifact.manifest().weights_packed())
    return fail(V4_INVALID_ARGUMENT, "%s has its weights already", checkpoint::inQuotes(program).c_str());
  if (!checkpoint.hasWeights())
    return fail(V4_INVALID_ARGUMENT, "%s has no safetensors files to pack",
                checkpoint::inQuotes(checkpoint.folder()).c_str());
  format::ManifestT manifest;
  artifact.manifest().UnPackTo(&manifest);
  std::string file = options.tokenizer, read;
  if (file.empty() && !artifact.tokenizer())
    file = tokenizerOf(checkpoint.folder());
  if (!file.empty())
    V4_TRY(readTokenizer(file, manifest.model->vocab_size, read));
  return writeSections(path, manifest, artifact.kernels(),
                       file.empty() ? artifact.tokenizer() : bytesOf(read), &checkpoint, options);
}

} // namespace v4rt
