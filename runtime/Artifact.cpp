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

// Above it, reading all weights would dominate the start; page by page they are read as they are used.
static constexpr uint64_t kAlwaysVerified = uint64_t(1) << 30;

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

  // Of manifest, kernels and weights; what the tokenizer makes of text changes no state.
  uint64_t sums[3] = {};
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
    }
    if (!place) // of a later minor version, which promises that it may be ignored
      continue;
    if (*place)
      return fail(V4_BAD_ARTIFACT, "%s is damaged: it has two %s sections", path, kindName(section.kind));
    *place = Bytes{data + section.offset, section.bytes};
    if (verified && checksum(place->data, place->size) != section.checksum)
      return fail(V4_BAD_ARTIFACT, "%s is damaged: the checksum of its %s section does not match", path,
                  kindName(section.kind));
    if (section.kind <= std::size(sums))
      sums[section.kind - 1] = section.checksum;
  }
  identity_ = checksum(sums, sizeof(sums));
  return {};
}

Status ArtifactView::parse(const uint8_t *data, uint64_t size, const std::string &name,
                           v4_verify_weights verify) {
  *this = {};
  V4_TRY(checkHeader(data, size, name));
  V4_TRY(readSections(data, name, verify));
  if (!manifestBytes_)
    return fail(V4_BAD_ARTIFACT, "%s is damaged: it has no manifest", name.c_str());
  const format::Manifest *manifest = nullptr;
  Status checked = readManifest(manifestBytes_, manifest);
  if (!checked.ok())
    return fail(checked.code(), "%s has a bad manifest: %s", name.c_str(), checked.text().c_str());

  if (manifest->weights_packed()) {
    if (!weights_)
      return fail(V4_BAD_ARTIFACT, "%s is damaged: its weights section is missing", name.c_str());
    if (weights_.size != manifest->weights_bytes())
      return fail(V4_BAD_ARTIFACT,
                  "%s is damaged: its weights section has %" PRIu64 " bytes, its manifest says %" PRIu64,
                  name.c_str(), weights_.size, manifest->weights_bytes());
  }
  manifest_ = manifest;
  return {};
}

Status Artifact::open(const std::string &path, v4_verify_weights verify) {
  V4_TRY(file.open(path));
  return parse(file.data(), file.size(), path, verify);
}

} // namespace v4rt
