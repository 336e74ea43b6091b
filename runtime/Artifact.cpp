#include "runtime/Artifact.h"
#include "runtime/Checksum.h"
#include "runtime/Manifest.h"

#include <algorithm>
#include <cinttypes>
#include <cstring>
#include <vector>

namespace v4rt {

using format::Header;
using format::Section;
using format::SectionKind;

// Above it, reading all weights would dominate the start (866 MB took 0.25 s); page by page they are read as
// they are used.
static constexpr uint64_t kAlwaysVerified = uint64_t(256) << 20;

static const char *kindName(uint32_t kind) {
  switch (SectionKind(kind)) {
  case SectionKind::manifest:
    return "manifest";
  case SectionKind::kernels:
    return "kernels";
  case SectionKind::weights:
    return "weights";
  case SectionKind::tokenizer:
    return "tokenizer";
  case SectionKind::device:
    return "device";
  case SectionKind::tokens:
    return "tokens";
  }
  return "unknown";
}

Status ArtifactView::checkHeader(const uint8_t *data, uint64_t size, const std::string &name) {
  const char *path = name.c_str();
  if (size < sizeof(Header))
    return fail(V4_BAD_ARTIFACT, "%s is not an artifact: it has %" PRIu64 " bytes, a header has %zu", path,
                size, sizeof(Header));
  memcpy(&header_, data, sizeof(Header));
  if (memcmp(header_.magic, format::kMagic, sizeof(header_.magic)) != 0)
    return fail(V4_BAD_ARTIFACT, "%s is not an artifact: it does not begin with the bytes V4ART", path);
  // Before the checksum: a later format may lay the rest of the header out anew.
  if (header_.major > format::kFormatMajor)
    return fail(V4_UNSUPPORTED,
                "%s was made by a newer v4c: its format is version %u.%u, this runtime reads version %u",
                path, header_.major, header_.minor, format::kFormatMajor);
  if (header_.major < format::kFormatMajor)
    return fail(V4_UNSUPPORTED,
                "%s was made by an older v4c: its format is version %u.%u, this runtime reads version %u",
                path, header_.major, header_.minor, format::kFormatMajor);
  Header zeroed = header_;
  zeroed.header_checksum = 0;
  if (checksum(&zeroed, sizeof(zeroed)) != header_.header_checksum)
    return fail(V4_BAD_ARTIFACT, "%s is damaged: the checksum of its header does not match", path);
  if (header_.file_bytes > size)
    return fail(V4_BAD_ARTIFACT, "%s is truncated: it has %" PRIu64 " bytes of %" PRIu64, path, size,
                header_.file_bytes);
  if (header_.file_bytes < size)
    return fail(V4_BAD_ARTIFACT, "%s is damaged: it has %" PRIu64 " bytes, its header says %" PRIu64, path,
                size, header_.file_bytes);
  if (header_.section_count > format::kMaxSections)
    return fail(V4_BAD_ARTIFACT, "%s is damaged: it says it has %u sections, the most is %u", path,
                header_.section_count, format::kMaxSections);
  if (size - sizeof(Header) < header_.section_count * sizeof(Section))
    return fail(V4_BAD_ARTIFACT, "%s is damaged: its table of %u sections does not fit", path,
                header_.section_count);
  if (checksum(data + sizeof(Header), header_.section_count * sizeof(Section)) != header_.table_checksum)
    return fail(V4_BAD_ARTIFACT, "%s is damaged: the checksum of its section table does not match", path);
  return {};
}

/// No checksum covers what lies between sections, so that it must be zero.
static Status checkPadding(const uint8_t *data, uint64_t begin, uint64_t end, const char *path) {
  for (uint64_t i = begin; i < end; ++i)
    if (data[i] != 0)
      return fail(V4_BAD_ARTIFACT, "%s is damaged: byte %" PRIu64 ", between its sections, is not zero", path,
                  i);
  return {};
}

static Status checkPlaces(std::vector<Section> sections, const uint8_t *data, uint64_t fileBytes,
                          const char *path) {
  uint64_t tableEnd = sizeof(Header) + sections.size() * sizeof(Section);
  for (const Section &section : sections) {
    uint64_t alignment =
        SectionKind(section.kind) == SectionKind::kernels || SectionKind(section.kind) == SectionKind::weights
            ? 4096
            : 64;
    if (section.offset % alignment != 0)
      return fail(V4_BAD_ARTIFACT,
                  "%s is damaged: its %s section is at byte %" PRIu64 ", which is no multiple of %" PRIu64,
                  path, kindName(section.kind), section.offset, alignment);
    if (section.offset < tableEnd || section.offset > fileBytes || section.bytes > fileBytes - section.offset)
      return fail(V4_BAD_ARTIFACT,
                  "%s is damaged: its %s section, %" PRIu64 " bytes at %" PRIu64
                  ", does not fit a file of %" PRIu64 " bytes",
                  path, kindName(section.kind), section.bytes, section.offset, fileBytes);
  }
  std::sort(sections.begin(), sections.end(), [](const Section &a, const Section &b) {
    return a.offset != b.offset ? a.offset < b.offset : a.bytes < b.bytes;
  });
  for (size_t i = 1; i < sections.size(); ++i)
    if (sections[i].offset - sections[i - 1].offset < sections[i - 1].bytes)
      return fail(V4_BAD_ARTIFACT, "%s is damaged: its %s and %s sections overlap", path,
                  kindName(sections[i - 1].kind), kindName(sections[i].kind));
  uint64_t covered = tableEnd;
  for (const Section &section : sections) {
    V4_TRY(checkPadding(data, covered, section.offset, path));
    covered = section.offset + section.bytes;
  }
  return checkPadding(data, covered, fileBytes, path);
}

Status ArtifactView::readSections(const uint8_t *data, const std::string &name, v4_verify_weights verify) {
  const char *path = name.c_str();
  std::vector<Section> sections(header_.section_count);
  if (!sections.empty())
    memcpy(sections.data(), data + sizeof(Header), sections.size() * sizeof(Section));
  V4_TRY(checkPlaces(sections, data, header_.file_bytes, path));
  for (const Section &section : sections) {
    Bytes *place = nullptr;
    bool verified = true;
    switch (SectionKind(section.kind)) {
    case SectionKind::manifest:
      place = &manifestBytes_;
      break;
    case SectionKind::kernels:
      place = &kernels_;
      break;
    case SectionKind::weights:
      place = &weights_;
      verified = verify == V4_VERIFY_ALWAYS || (verify == V4_VERIFY_AUTO && section.bytes <= kAlwaysVerified);
      break;
    case SectionKind::tokenizer:
      place = &tokenizer_;
      break;
    case SectionKind::device:
      place = &device_;
      break;
    case SectionKind::tokens:
      place = &tokenTables_;
      break;
    }
    if (!place) // of a later minor version, which promises that it may be ignored
      continue;
    if (*place)
      return fail(V4_BAD_ARTIFACT, "%s is damaged: it has two %s sections", path, kindName(section.kind));
    *place = Bytes{data + section.offset, section.bytes};
    if (verified && checksum(place->data, place->size) != section.checksum)
      return fail(V4_BAD_ARTIFACT, "%s is damaged: the checksum of its %s section does not match", path,
                  kindName(section.kind));
    if (section.kind <= std::size(sums_))
      sums_[section.kind - 1] = section.checksum;
  }
  return {};
}

Status ArtifactView::parse(const uint8_t *data, uint64_t size, const std::string &name,
                           v4_verify_weights verify) {
  *this = {};
  V4_TRY(checkHeader(data, size, name));
  V4_TRY(readSections(data, name, verify));
  if (!manifestBytes_ && weights_ && !kernels_)
    return fail(V4_BAD_ARTIFACT, "%s holds the weights of an artifact beside it; open that one",
                name.c_str());
  if (!manifestBytes_)
    return fail(V4_BAD_ARTIFACT, "%s is damaged: it has no manifest", name.c_str());
  const format::Manifest *manifest = nullptr;
  Status checked = readManifest(manifestBytes_, manifest);
  if (!checked.ok())
    return fail(checked.code(), "%s has a bad manifest: %s", name.c_str(), checked.text().c_str());
  V4_TRY(checkWeights(*manifest, name));
  V4_TRY(checkDeviceCode(*manifest, device_));
  manifest_ = manifest;
  return {};
}

Status ArtifactView::checkWeights(const format::Manifest &manifest, const std::string &name) const {
  if (!manifest.weights_packed())
    return {};
  if (manifest.weights_file() && weights_)
    return fail(V4_BAD_ARTIFACT, "%s is damaged: it holds weights and names a file of weights", name.c_str());
  if (manifest.weights_file())
    return {};
  if (!weights_)
    return fail(V4_BAD_ARTIFACT, "%s is damaged: its weights section is missing", name.c_str());
  if (weights_.size != manifest.weights_bytes())
    return fail(V4_BAD_ARTIFACT,
                "%s is damaged: its weights section has %" PRIu64 " bytes, its manifest says %" PRIu64,
                name.c_str(), weights_.size, manifest.weights_bytes());
  return {};
}

const flatbuffers::String *ArtifactView::weightsFile() const {
  const format::WeightsFile *file = manifest_->weights_packed() ? manifest_->weights_file() : nullptr;
  return file ? file->name() : nullptr;
}

Status ArtifactView::attachWeights(const uint8_t *data, uint64_t size, const std::string &name,
                                   v4_verify_weights verify) {
  ArtifactView other;
  V4_TRY(other.checkHeader(data, size, name));
  V4_TRY(other.readSections(data, name, verify));
  const format::WeightsFile &wanted = *manifest_->weights_file();
  if (!other.weights_ || other.manifestBytes_ || other.kernels_)
    return fail(V4_BAD_ARTIFACT, "%s is no file of weights alone", name.c_str());
  if (size != wanted.bytes() || other.weights_.size != manifest_->weights_bytes() ||
      other.sums_[2] != wanted.checksum())
    return fail(V4_BAD_ARTIFACT,
                "%s holds the weights of another artifact: %" PRIu64 " bytes with the checksum %016" PRIx64
                ", wanted %" PRIu64 " with %016" PRIx64,
                name.c_str(), size, other.sums_[2], wanted.bytes(), wanted.checksum());
  weights_ = other.weights_;
  sums_[2] = other.sums_[2];
  return {};
}

uint64_t ArtifactView::identity() const { return checksum(sums_, sizeof(sums_)); }

Status Artifact::open(const std::string &path, v4_verify_weights verify) {
  V4_TRY(file.open(path));
  V4_TRY(parse(file.data(), file.size(), path, verify));
  const flatbuffers::String *beside = weightsFile();
  if (!beside)
    return {};
  std::string weightsPath = path.substr(0, path.rfind('/') + 1) + beside->str();
  Status opened = weightsBeside.open(weightsPath);
  if (!opened.ok())
    return fail(opened.code(), "%s has its weights in a file beside it: %s", path.c_str(),
                opened.text().c_str());
  return attachWeights(weightsBeside.data(), weightsBeside.size(), weightsPath, verify);
}

} // namespace v4rt
