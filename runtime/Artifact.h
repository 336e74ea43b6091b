// An opened artifact: the container checked, the manifest checked, nothing copied.
#pragma once

#include "runtime/MappedFile.h"
#include "runtime/format/Format.h"
#include "runtime/format/artifact_generated.h"

namespace v4rt {

struct Bytes {
  const uint8_t *data = nullptr;
  uint64_t size = 0;
  explicit operator bool() const { return data != nullptr; }
};

/// The container and manifest in memory that someone else owns, at a multiple of 64 bytes.
class ArtifactView {
public:
  /// Checks everything; `name` is for messages. Trusts nothing in `data`.
  Status parse(const uint8_t *data, uint64_t size, const std::string &name, v4_verify_weights verify);

  /// The name of the file beside this one that holds its weights, or null: until attachWeights there are
  /// none.
  const flatbuffers::String *weightsFile() const;

  /// Takes the weights from that file, in memory that someone else owns, after checking that it is the one.
  Status attachWeights(const uint8_t *data, uint64_t size, const std::string &name, v4_verify_weights verify);

  const format::Manifest &manifest() const { return *manifest_; }
  Bytes kernels() const { return kernels_; }
  Bytes weights() const { return weights_; }
  /// Cubins and PTX of an artifact for a GPU; none in others.
  Bytes deviceCode() const { return device_; }
  /// tokenizer.json, not looked into; none if the artifact has none.
  Bytes tokenizer() const { return tokenizer_; }
  /// The same as tables, not looked into; none in artifacts before format 1.5.
  Bytes tokenTables() const { return tokenTables_; }
  const format::Header &header() const { return header_; }

  /// Equal for artifacts whose program, kernels and weights are equal.
  uint64_t identity() const;

private:
  Status checkHeader(const uint8_t *data, uint64_t size, const std::string &name);
  Status readSections(const uint8_t *data, const std::string &name, v4_verify_weights verify);
  Status checkWeights(const format::Manifest &manifest, const std::string &name) const;

  format::Header header_ = {};
  const format::Manifest *manifest_ = nullptr;
  Bytes manifestBytes_, kernels_, weights_, tokenizer_, tokenTables_, device_;
  // Of manifest, kernels and weights; what the tokenizer makes of text changes no state.
  uint64_t sums_[3] = {};
};

class Artifact : public ArtifactView {
public:
  /// With the file beside it that holds its weights, where there is one.
  Status open(const std::string &path, v4_verify_weights verify);

private:
  MappedFile file, weightsBeside;
};

} // namespace v4rt
