#include "runtime/text/StandIns.h"

#include "runtime/text/Utf8.h"

#include <algorithm>
#include <bitset>

namespace v4rt::text {

namespace {

struct Range {
  uint32_t first, last, standIn;
};

constexpr Range kRanges[] = {
#include "runtime/text/StandIns.inc"
};

// The blocks of 64 characters, those whose UTF-8 differs in the last byte only, that have any.
using Blocks = std::bitset<0x110000 / 64>;

const Blocks &blocks() {
  static const Blocks made = [] {
    Blocks found;
    for (const Range &range : kRanges)
      for (uint32_t block = range.first / 64; block <= range.last / 64; ++block)
        found.set(block);
    return found;
  }();
  return made;
}

const Range *rangeOf(uint32_t code) {
  const Range *range = std::lower_bound(std::begin(kRanges), std::end(kRanges), code,
                                        [](const Range &entry, uint32_t key) { return entry.last < key; });
  return range != std::end(kRanges) && range->first <= code ? range : nullptr;
}

} // namespace

std::string_view withStandIns(std::string_view text, std::string &storage) {
  const Blocks &known = blocks();
  bool isCopied = false;
  for (size_t at = 0; at < text.size();) {
    uint8_t lead = text[at];
    size_t length = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    if (length > 2) {
      uint32_t code = utf8Code(text.substr(at, length));
      const Range *range = known[code / 64] ? rangeOf(code) : nullptr;
      if (range) {
        if (!isCopied)
          storage = text;
        isCopied = true;
        std::string standIn;
        appendUtf8(range->standIn, standIn);
        storage.replace(at, length, standIn);
      }
    }
    at += length;
  }
  return isCopied ? std::string_view(storage) : text;
}

bool standInsAgree(uint32_t first, uint32_t last) {
  auto has = [&](uint32_t code) { return first <= code && code <= last; };
  return std::all_of(std::begin(kRanges), std::end(kRanges), [&](const Range &range) {
    if (last < range.first || range.last < first)
      return !has(range.standIn);
    return has(range.first) && has(range.last) && has(range.standIn);
  });
}

} // namespace v4rt::text
