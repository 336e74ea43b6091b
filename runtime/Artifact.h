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

  const format::Manifest &manifest() const { return *manifest_; }
  Bytes kernels() const { return kernels_; }
  Bytes weights() const { return weights_; }
  /// tokenizer.json, not looked into; none if the artifact has none.
  Bytes tokenizer() const { return tokenizer_; }
  const format::Header &header() const { return header_; }

  /// Equal for artifacts whose program, kernels and weights are equal.
  uint64_t identity() const { return identity_; }

private:
  Status checkHeader(const uint8_t *data, uint64_t size, const std::string &name);
  Status readSections(const uint8_t *data, const std::string &name, v4_verify_weights verify);

  format::Header header_ = {};
  const format::Manifest *manifest_ = nullptr;
  Bytes manifestBytes_, kernels_, weights_, tokenizer_;
  uint64_t identity_ = 0;
};

class Artifact : public ArtifactView {
public:
  Status open(const std::string &path, v4_verify_weights verify);

private:
  MappedFile file;
};

} // namespace v4rt
