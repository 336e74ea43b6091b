#include "runtime/pack/PartialMarks.h"

#include "runtime/Checksum.h"
#include "runtime/format/Format.h"

#include <algorithm>
#include <cstddef>
#include <cstring>

namespace v4rt {

namespace {

constexpr char kPartialMagic[8] = {'V', '4', 'P', 'A', 'R', 'T', '\r', '\n'};
constexpr uint64_t kSlots = format::kMaxSections;

struct PartialHeader {
  char magic[8];
  uint32_t major, minor; // of the format that is being written
  uint64_t program, checkpoint;
  uint64_t checksum; // of the above
};
static_assert(sizeof(PartialHeader) <= sizeof(format::Header));

struct Slot {
  uint64_t done;
  uint64_t checksum;
  uint64_t identity; // of the partial header
  uint64_t own;      // checksum of the above
};
static_assert(sizeof(Slot) == sizeof(format::Section));

struct Start {
  PartialHeader header;
  char unused[sizeof(format::Header) - sizeof(PartialHeader)];
  Slot slots[kSlots];
};
static_assert(sizeof(Start) == sizeof(format::Header) + kSlots * sizeof(format::Section));

PartialHeader headerOf(const PackInputs &inputs) {
  PartialHeader header;
  memset(&header, 0, sizeof(header));
  memcpy(header.magic, kPartialMagic, sizeof(header.magic));
  header.major = format::kFormatMajor;
  header.minor = format::kFormatMinor;
  header.program = inputs.program;
  header.checkpoint = inputs.checkpoint;
  header.checksum = checksum(&header, offsetof(PartialHeader, checksum));
  return header;
}

const char *difference(const PartialHeader &found, const PartialHeader &wanted) {
  if (memcmp(found.magic, wanted.magic, sizeof(found.magic)) != 0 ||
      checksum(&found, offsetof(PartialHeader, checksum)) != found.checksum)
    return "it is damaged";
  if (found.major != wanted.major || found.minor != wanted.minor)
    return "it is of another version";
  if (found.program != wanted.program)
    return "it is of another program";
  return "the checkpoint is another one or has changed";
}

} // namespace

Status PartialMarks::begin(AtomicFile &file, const PackInputs &inputs) {
  Start start;
  memset(&start, 0, sizeof(start));
  start.header = headerOf(inputs);
  identity = start.header.checksum;
  next = 0;
  marks.clear();
  V4_TRY(file.truncate(0));
  return file.writeAt(0, &start, sizeof(start));
}

Status PartialMarks::open(AtomicFile &file, const PackInputs &inputs, std::string &why) {
  uint64_t bytes;
  V4_TRY(file.size(bytes));
  why.clear();
  if (bytes == 0)
    return begin(file, inputs);
  Start start;
  memset(&start, 0, sizeof(start));
  V4_TRY(file.readAt(0, &start, std::min<uint64_t>(bytes, sizeof(start))));
  PartialHeader wanted = headerOf(inputs);
  if (memcmp(&start.header, &wanted, sizeof(wanted)) != 0) {
    why = difference(start.header, wanted);
    return begin(file, inputs);
  }

  identity = wanted.checksum;
  marks.clear();
  uint64_t furthest = 0;
  for (uint64_t i = 0; i < kSlots; ++i) {
    const Slot &slot = start.slots[i];
    if (slot.identity != identity || slot.own != checksum(&slot, offsetof(Slot, own)))
      continue;
    marks.push_back({slot.done, slot.checksum});
    if (slot.done >= furthest) {
      furthest = slot.done;
      next = i + 1;
    }
  }
  std::sort(marks.begin(), marks.end(), [](const Mark &a, const Mark &b) { return a.done < b.done; });
  return {};
}

Status PartialMarks::add(AtomicFile &file, const Mark &mark) {
  Slot slot{mark.done, mark.checksum, identity, 0};
  slot.own = checksum(&slot, offsetof(Slot, own));
  return file.writeAt(offsetof(Start, slots) + next++ % kSlots * sizeof(Slot), &slot, sizeof(slot));
}

} // namespace v4rt
