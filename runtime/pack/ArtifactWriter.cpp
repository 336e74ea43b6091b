#include "runtime/pack/ArtifactWriter.h"

#include <algorithm>
#include <cstring>

namespace v4rt {

using format::Section;
using format::SectionKind;

// Room for the longest table, so that sections can be written before their number is known.
static constexpr uint64_t kFirstSection = sizeof(format::Header) + format::kMaxSections * sizeof(Section);

static Status notOpen() { return fail(V4_INVALID_ARGUMENT, "the artifact writer has no file open"); }

void ArtifactWriter::start() {
  sections.clear();
  end = kFirstSection;
  inSection = false;
}

Status ArtifactWriter::create(const std::string &path) {
  start();
  partial = {};
  return file.create(path);
}

Status ArtifactWriter::createPartial(const std::string &path, const PackInputs &inputs, std::string &why) {
  start();
  V4_TRY(file.createPartial(path));
  return partial.open(file, inputs, why);
}

Status ArtifactWriter::place(SectionKind kind, uint64_t bytes) {
  if (!file.isOpen())
    return notOpen();
  if (inSection)
    return fail(V4_INVALID_ARGUMENT, "a section was started before the last one ended");
  if (sections.size() == format::kMaxSections)
    return fail(V4_INVALID_ARGUMENT, "an artifact holds at most %u sections", format::kMaxSections);
  for (const Section &section : sections)
    if (section.kind == uint32_t(kind))
      return fail(V4_INVALID_ARGUMENT, "section kind %u was written twice", uint32_t(kind));
  uint64_t alignment = kind == SectionKind::kernels || kind == SectionKind::weights ? 4096 : 64;
  uint64_t offset = (end + alignment - 1) / alignment * alignment;
  if (bytes > UINT64_MAX / 2 - offset)
    return fail(V4_INVALID_ARGUMENT, "a section of %llu bytes is too long", (unsigned long long)bytes);
  sections.push_back(Section{uint32_t(kind), 0, offset, bytes, 0});
  end = offset + bytes;
  return {};
}

Status ArtifactWriter::addSection(SectionKind kind, const void *data, size_t bytes) {
  V4_TRY(beginSection(kind, bytes));
  V4_TRY(append(data, bytes));
  return endSection();
}

Status ArtifactWriter::beginSection(SectionKind kind, uint64_t bytes) {
  V4_TRY(place(kind, bytes));
  V4_TRY(file.resize(end));
  inSection = true;
  appended = 0;
  hash.reset();
  return {};
}

Status ArtifactWriter::checkRange(uint64_t offset, size_t bytes) const {
  if (!inSection)
    return fail(V4_INVALID_ARGUMENT, "bytes were written or read outside a section");
  const Section &section = sections.back();
  if (offset > section.bytes || bytes > section.bytes - offset)
    return fail(V4_INVALID_ARGUMENT, "%zu bytes at %llu do not fit a section of %llu bytes", bytes,
                (unsigned long long)offset, (unsigned long long)section.bytes);
  return {};
}

Status ArtifactWriter::writeAt(uint64_t offset, const void *data, size_t bytes) {
  V4_TRY(checkRange(offset, bytes));
  return file.writeAt(sections.back().offset + offset, data, bytes);
}

Status ArtifactWriter::readAt(uint64_t offset, void *data, size_t bytes) {
  V4_TRY(checkRange(offset, bytes));
  return file.readAt(sections.back().offset + offset, data, bytes);
}

void ArtifactWriter::startWriteback(uint64_t offset, uint64_t bytes) {
  file.startWriteback(sections.back().offset + offset, bytes);
}

// The page cache keeps what is written at once in pages as large as fit, up to 2 MiB, and those are what a
// mapping of the file uses.
static constexpr uint64_t kWrittenAtOnce = 8 << 20;

Status ArtifactWriter::append(const void *data, size_t bytes) {
  V4_TRY(checkRange(appended, bytes));
  hash.update(data, bytes);
  const char *from = static_cast<const char *>(data);
  while (bytes > 0) {
    uint64_t place = sections.back().offset + appended;
    size_t taken = std::min<uint64_t>(bytes, kWrittenAtOnce - place % kWrittenAtOnce);
    held.insert(held.end(), from, from + taken);
    from += taken;
    bytes -= taken;
    appended += taken;
    if ((place + taken) % kWrittenAtOnce == 0)
      V4_TRY(writeHeld());
  }
  return {};
}

Status ArtifactWriter::writeHeld() {
  V4_TRY(file.writeAt(sections.back().offset + appended - held.size(), held.data(), held.size()));
  held.clear();
  return {};
}

Status ArtifactWriter::endSection() {
  if (!inSection)
    return fail(V4_INVALID_ARGUMENT, "a section was ended that was never started");
  V4_TRY(writeHeld());
  const Section &section = sections.back();
  std::vector<char> piece(std::min<uint64_t>(section.bytes - appended, 4 << 20));
  while (appended < section.bytes) {
    size_t bytes = std::min<uint64_t>(piece.size(), section.bytes - appended);
    V4_TRY(file.readAt(section.offset + appended, piece.data(), bytes));
    hash.update(piece.data(), bytes);
    appended += bytes;
  }
  return endSection(hash.value());
}

Status ArtifactWriter::endSection(uint64_t checksum) {
  if (!inSection)
    return fail(V4_INVALID_ARGUMENT, "a section was ended that was never started");
  V4_TRY(writeHeld());
  sections.back().checksum = checksum;
  inSection = false;
  return {};
}

Status ArtifactWriter::seal() {
  if (!file.isOpen())
    return notOpen();
  if (inSection)
    return fail(V4_INVALID_ARGUMENT, "the artifact was finished inside a section");
  size_t tableBytes = sections.size() * sizeof(Section);

  format::Header header;
  memset(&header, 0, sizeof(header));
  memcpy(header.magic, format::kMagic, sizeof(header.magic));
  header.major = format::kFormatMajor;
  header.minor = format::kFormatMinor;
  header.file_bytes = end;
  header.section_count = sections.size();
  header.table_checksum = checksum(sections.data(), tableBytes);
  header.header_checksum = checksum(&header, sizeof(header));

  // Sections first, which may take long: until they are on the disk the marks of a partial file are good.
  V4_TRY(file.truncate(end));
  V4_TRY(file.sync());
  std::vector<char> begin(kFirstSection); // zeros over the marks
  memcpy(begin.data(), &header, sizeof(header));
  if (tableBytes > 0)
    memcpy(begin.data() + sizeof(header), sections.data(), tableBytes);
  V4_TRY(file.writeAt(0, begin.data(), begin.size()));
  return file.sync();
}

Status ArtifactWriter::finish() {
  V4_TRY(seal());
  return publish();
}

} // namespace v4rt
