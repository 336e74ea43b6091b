#include "runtime/pack/PackArtifact.h"

#include "runtime/pack/PackTokenizer.h"
#include "runtime/pack/WeightPlan.h"

#include <filesystem>

namespace v4rt {

namespace fs = std::filesystem;
using checkpoint::Checkpoint;
using checkpoint::inQuotes;
using format::SectionKind;

namespace {

struct TextSections {
  Bytes json, tables;
};

class Fingerprint {
public:
  void add(const void *data, size_t bytes) {
    addNumber(bytes);
    hash.update(data, bytes);
  }
  void add(Bytes bytes) { add(bytes.data, bytes.size); }
  void add(const std::string &text) { add(text.data(), text.size()); }
  void addNumber(uint64_t number) { hash.update(&number, sizeof(number)); }
  uint64_t value() const { return hash.value(); }

private:
  StreamingChecksum hash;
};

/// Files by name, size and time, and where in them each tensor is: a change of the data alone is noticed by
/// the time.
uint64_t fingerprint(const Checkpoint &checkpoint) {
  Fingerprint all;
  for (const checkpoint::File &file : checkpoint.files()) {
    all.add(fs::path(file.path()).filename().string());
    all.addNumber(file.size());
    all.addNumber(file.modified());
  }
  for (const checkpoint::TensorInfo &tensor : checkpoint.tensors()) {
    all.add(tensor.name);
    all.addNumber(uint64_t(tensor.dtype));
    all.add(tensor.shape.data(), tensor.shape.size() * sizeof(tensor.shape[0]));
    all.addNumber(tensor.file);
    all.addNumber(tensor.offset);
  }
  return all.value();
}

/// Of a manifest without checksums, and of all else that decides which byte is where.
uint64_t fingerprint(const format::ManifestT &manifest, const Code &code, const TextSections &tokenizer,
                     const PackOptions &options) {
  flatbuffers::FlatBufferBuilder builder;
  format::FinishManifestBuffer(builder, format::Manifest::Pack(builder, &manifest));
  Fingerprint all;
  all.add(builder.GetBufferPointer(), builder.GetSize());
  all.add(code.kernels);
  if (code.device)
    all.add(code.device);
  all.add(tokenizer.json);
  all.add(tokenizer.tables);
  all.addNumber(options.blockBytes);
  all.addNumber(options.weightsBeside);
  return all.value();
}

/// What an earlier run left for `path`, unless another process is writing it.
void dropPartial(const std::string &path) {
  std::error_code code;
  AtomicFile partial;
  if (fs::exists(path + ".partial", code))
    (void)partial.createPartial(path); // removed with `partial`
}

Bytes bytesOf(const std::string &text) {
  return text.empty() ? Bytes{} : Bytes{reinterpret_cast<const uint8_t *>(text.data()), text.size()};
}

TextSections sectionsOf(const TokenizerSections &read) { return {bytesOf(read.json), bytesOf(read.tables)}; }

/// The writer of one artifact, with one more for its weights if they go beside it.
class Writing {
public:
  Writing(const std::string &path, format::ManifestT &manifest, const PackOptions &options)
      : path(path), manifest(manifest), options(options) {}

  Status run(const Code &code, const TextSections &tokenizer, const Checkpoint *checkpoint) {
    manifest.weights_packed = false;
    manifest.weights_file.reset();
    for (auto &weight : manifest.weights)
      weight->checksum = 0;
    if (checkpoint)
      V4_TRY(begin(code, tokenizer, *checkpoint));
    else
      V4_TRY(artifact.create(path));
    V4_TRY(artifact.addSection(SectionKind::kernels, code.kernels.data, code.kernels.size));
    if (code.device)
      V4_TRY(artifact.addSection(SectionKind::device, code.device.data, code.device.size));
    if (checkpoint)
      V4_TRY(addWeights(*checkpoint));
    if (tokenizer.json)
      V4_TRY(artifact.addSection(SectionKind::tokenizer, tokenizer.json.data, tokenizer.json.size));
    if (tokenizer.tables)
      V4_TRY(artifact.addSection(SectionKind::tokens, tokenizer.tables.data, tokenizer.tables.size));

    flatbuffers::FlatBufferBuilder builder;
    format::FinishManifestBuffer(builder, format::Manifest::Pack(builder, &manifest));
    V4_TRY(artifact.addSection(SectionKind::manifest, builder.GetBufferPointer(), builder.GetSize()));
    return publish();
  }

private:
  std::string weightsPath() const { return path + ".weights"; }
  ArtifactWriter &weightsWriter() { return options.weightsBeside ? beside : artifact; }

  Status begin(const Code &code, const TextSections &tokenizer, const Checkpoint &checkpoint) {
    // What cannot be packed must not cost what was.
    std::vector<WeightPlan> plans;
    V4_TRY(planWeights(manifest.weights, manifest.weights_bytes, checkpoint, plans));

    const std::string &output = options.weightsBeside ? weightsPath() : path;
    dropPartial(options.weightsBeside ? path : weightsPath());
    if (options.restart)
      dropPartial(output);
    PackInputs inputs{fingerprint(manifest, code, tokenizer, options), fingerprint(checkpoint)};
    std::string why;
    V4_TRY(weightsWriter().createPartial(output, inputs, why));
    if (!why.empty() && options.note)
      options.note("starting over, not going on with " + inQuotes(output + ".partial") + ": " + why);
    return options.weightsBeside ? artifact.create(path) : Status();
  }

  Status addWeights(const Checkpoint &checkpoint) {
    PackReport unused;
    PackOptions packing = options;
    if (!packing.report)
      packing.report = &unused;
    Status status = packWeights(manifest, checkpoint, weightsWriter(), packing);
    if (packing.report->interrupted)
      weightsWriter().keep();
    V4_TRY(status);
    if (!options.weightsBeside)
      return {};
    manifest.weights_file = std::make_unique<format::WeightsFileT>();
    manifest.weights_file->name = fs::path(weightsPath()).filename().string();
    manifest.weights_file->bytes = beside.fileBytes();
    manifest.weights_file->checksum = beside.lastChecksum();
    return {};
  }

  // Both files are whole on the disk before either has its name.
  Status publish() {
    if (!manifest.weights_file)
      return artifact.finish();
    V4_TRY(beside.seal());
    V4_TRY(artifact.seal());
    V4_TRY(beside.publish());
    return artifact.publish();
  }

  const std::string &path;
  format::ManifestT &manifest;
  const PackOptions &options;
  ArtifactWriter artifact, beside;
};

Status refuseOwnInput(const std::string &input, const char *what, const std::string &output) {
  std::error_code code;
  if (!fs::equivalent(input, output, code))
    return {};
  return fail(V4_INVALID_ARGUMENT, "%s is both %s and the output; give the output another name",
              inQuotes(input).c_str(), what);
}

/// Programs before format 1.6 want words of FP8 that the packer no longer makes.
Status refuseOldWords(const Artifact &program, const std::string &path) {
  constexpr uint32_t kWordsOf32Bits = 6;
  if (program.header().minor >= kWordsOf32Bits)
    return {};
  for (const format::Weight *weight : *program.manifest().weights())
    if (weight->type() == format::ElementType::f8e4m3 && weight->layout() == format::Layout::panel_words)
      return fail(
          V4_UNSUPPORTED,
          "%s was made by an older v4c: its format is version %u.%u, FP8 weights are packed for %u.%u "
          "or later; compile it again",
          inQuotes(path).c_str(), program.header().major, program.header().minor, format::kFormatMajor,
          kWordsOf32Bits);
  return {};
}

} // namespace

Status writeArtifact(const std::string &path, format::ManifestT &manifest, const Code &code,
                     const Checkpoint *checkpoint, const PackOptions &options) {
  TokenizerSections tokenizer;
  if (!options.tokenizer.empty())
    V4_TRY(readTokenizer(options.tokenizer, manifest.model->vocab_size, tokenizer));
  return Writing(path, manifest, options).run(code, sectionsOf(tokenizer), checkpoint);
}

Status packArtifact(const std::string &program, const Checkpoint &checkpoint, const std::string &path,
                    const PackOptions &options) {
  for (const std::string &output : {path, path + ".weights"}) {
    V4_TRY(refuseOwnInput(program, "the program", output));
    for (const checkpoint::File &file : checkpoint.files())
      V4_TRY(refuseOwnInput(file.path(), "a file of the checkpoint", output));
  }
  Artifact artifact;
  V4_TRY(artifact.open(program, V4_VERIFY_NEVER));
  if (artifact.manifest().weights_packed())
    return fail(V4_INVALID_ARGUMENT, "%s has its weights already", inQuotes(program).c_str());
  V4_TRY(refuseOldWords(artifact, program));
  if (!checkpoint.hasWeights())
    return fail(V4_INVALID_ARGUMENT, "%s has no safetensors files to pack",
                inQuotes(checkpoint.folder()).c_str());
  format::ManifestT manifest;
  artifact.manifest().UnPackTo(&manifest);
  std::string file = options.tokenizer;
  TokenizerSections read;
  if (file.empty() && !artifact.tokenizer())
    file = tokenizerOf(checkpoint.folder());
  if (!file.empty())
    V4_TRY(readTokenizer(file, manifest.model->vocab_size, read));
  return Writing(path, manifest, options)
      .run({artifact.kernels(), artifact.deviceCode()},
           file.empty() ? TextSections{artifact.tokenizer(), artifact.tokenTables()} : sectionsOf(read),
           &checkpoint);
}

} // namespace v4rt
