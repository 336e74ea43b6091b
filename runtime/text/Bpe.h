// Byte-pair encoding of one word: the pair of neighbours with the lowest rank is merged first, of equal ones
// the leftmost.
//
//   merges  0: h e   1: he r   2: t h     "ther"  ->  t h e r  ->  t he r  ->  t her
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

namespace v4rt::text {

struct Merge {
  uint32_t left, right, result; // token ids; the rank is the place in the list
};

class Bpe {
public:
  /// What encoding needs besides the table: one for each thread, kept for its capacity.
  struct Scratch {
    std::vector<uint32_t> ids, ranks, next, before;
    std::vector<uint64_t> queue;
  };

  /// `bytes`: the token of each byte. There are fewer than 2^31 merges. A merge whose pair another one has,
  /// too, is returned, and the table is of no use then.
  const Merge *build(const std::array<uint32_t, 256> &bytes, const std::vector<Merge> &merges);

  const std::array<uint32_t, 256> &tokensOfBytes() const { return byteTokens; }
  std::vector<Merge> merges() const;

  /// Appends the tokens of `word`, which has fewer than 2^32 bytes. Cost: n log n, and n^2 up to a few dozen
  /// bytes, where that is faster.
  void encode(std::string_view word, Scratch &scratch, std::vector<uint32_t> &ids) const;

private:
  struct Entry {
    uint64_t pair = kFree;
    uint32_t rank = kNoMerge, result = 0;
  };
  static constexpr uint64_t kFree = ~uint64_t(0);
  static constexpr uint32_t kNoMerge = ~uint32_t(0);

  const Entry *find(uint32_t left, uint32_t right) const;
  uint32_t rankOf(uint32_t left, uint32_t right) const {
    const Entry *entry = find(left, right);
    return entry ? entry->rank : kNoMerge;
  }
  void encodeShort(Scratch &scratch) const;
  void encodeLong(Scratch &scratch) const;

  std::array<uint32_t, 256> byteTokens{};
  std::vector<Entry> table; // open addressing, a power of two
  std::vector<uint32_t> results;
  unsigned shift = 0;
};

} // namespace v4rt::text
