// The container around the manifest: what sits at which byte of a .v4 file. Little endian throughout.
//
//   0   Header (64 bytes)
//   64  Section[section_count]
//   ..  sections, each at a multiple of its alignment (4096 for kernels and weights, 64 otherwise)
//
// Every section carries the XXH3-64 of its bytes; the header carries that of itself (checksum field zero) and
// of the section table. A reader refuses another major version and ignores sections of unknown kinds.
#pragma once

#include <cstdint>

namespace v4rt::format {

inline constexpr char kMagic[8] = {'V', '4', 'A', 'R', 'T', '\r', '\n', '\x1a'};
inline constexpr uint32_t kFormatMajor = 1;
inline constexpr uint32_t kFormatMinor = 7;

enum class SectionKind : uint32_t {
  manifest = 1,  // FlatBuffer, artifact.fbs
  kernels = 2,   // one x86-64 ELF shared object; symbols "<kernel>.<variant>"
  weights = 3,   // packed weights; absent in an artifact made with --no-weights, or with its weights beside
  tokenizer = 4, // the checkpoint's tokenizer.json as it is; absent if there was none; since 1.1
  device = 5,    // cubins and PTX texts of a GPU artifact, at the offsets of its DeviceCode; since 1.3
  tokens = 6,    // FlatBuffer, tokenizer.fbs: what the runtime uses of the tokenizer.json; since 1.5
};

struct Header {
  char magic[8];
  uint32_t major;
  uint32_t minor;
  uint64_t file_bytes;
  uint32_t section_count;
  uint32_t reserved0;
  uint64_t table_checksum;  // of the section table
  uint64_t header_checksum; // of this struct with this field zero
  uint64_t reserved1[2];
};
static_assert(sizeof(Header) == 64);

struct Section {
  uint32_t kind;
  uint32_t reserved;
  uint64_t offset;
  uint64_t bytes;
  uint64_t checksum;
};
static_assert(sizeof(Section) == 32);

inline constexpr uint32_t kMaxSections = 64;

} // namespace v4rt::format
