#include "runtime/text/Bpe.h"

#include <algorithm>
#include <functional>

namespace v4rt::text {

// Above this, the queue is cheaper than looking at all pairs after each merge.
static constexpr size_t kShortWord = 48;

static uint64_t pairOf(uint32_t left, uint32_t right) { return uint64_t(left) << 32 | right; }

// Multiplicative hashing: the high bits are the good ones.
static uint64_t hashOf(uint64_t pair) { return (pair ^ pair >> 32) * 0x9e3779b97f4a7c15u; }

const Merge *Bpe::build(const std::array<uint32_t, 256> &bytes, const std::vector<Merge> &merges) {
  byteTokens = bytes;
  unsigned bits = 4;
  while ((size_t(1) << bits) < merges.size() * 2)
    ++bits;
  shift = 64 - bits;
  table.assign(size_t(1) << bits, Entry());
  results.clear();
  for (const Merge &merge : merges) {
    uint64_t pair = pairOf(merge.left, merge.right);
    size_t slot = hashOf(pair) >> shift;
    for (; table[slot].pair != kFree; slot = (slot + 1) & (table.size() - 1))
      if (table[slot].pair == pair)
        return &merge;
    table[slot] = {pair, uint32_t(results.size()), merge.result};
    results.push_back(merge.result);
  }
  return nullptr;
}

std::vector<Merge> Bpe::merges() const {
  std::vector<Merge> merges(results.size());
  for (const Entry &entry : table)
    if (entry.pair != kFree)
      merges[entry.rank] = {uint32_t(entry.pair >> 32), uint32_t(entry.pair), entry.result};
  return merges;
}

const Bpe::Entry *Bpe::find(uint32_t left, uint32_t right) const {
  uint64_t pair = pairOf(left, right);
  for (size_t slot = hashOf(pair) >> shift;; slot = (slot + 1) & (table.size() - 1)) {
    if (table[slot].pair == pair)
      return &table[slot];
    if (table[slot].pair == kFree)
      return nullptr;
  }
}

void Bpe::encode(std::string_view word, Scratch &scratch, std::vector<uint32_t> &out) const {
  std::vector<uint32_t> &ids = scratch.ids, &ranks = scratch.ranks;
  ids.resize(word.size());
  for (size_t i = 0; i < word.size(); ++i)
    ids[i] = byteTokens[uint8_t(word[i])];
  if (word.size() > 1) {
    ranks.resize(word.size());
    for (size_t i = 0; i + 1 < ids.size(); ++i)
      ranks[i] = rankOf(ids[i], ids[i + 1]);
    ranks.back() = kNoMerge;
    word.size() <= kShortWord ? encodeShort(scratch) : encodeLong(scratch);
  }
  out.insert(out.end(), ids.begin(), ids.end());
}

void Bpe::encodeShort(Scratch &scratch) const {
  std::vector<uint32_t> &ids = scratch.ids, &ranks = scratch.ranks;
  for (;;) {
    size_t at = std::min_element(ranks.begin(), ranks.end()) - ranks.begin();
    if (ranks[at] == kNoMerge)
      return;
    ids[at] = results[ranks[at]];
    ids.erase(ids.begin() + at + 1);
    ranks.erase(ranks.begin() + at + 1);
    ranks[at] = at + 1 < ids.size() ? rankOf(ids[at], ids[at + 1]) : kNoMerge;
    if (at)
      ranks[at - 1] = rankOf(ids[at - 1], ids[at]);
  }
}

// Positions form a list; the queue holds (rank, position) and may hold outdated ones, which the rank now
// stored at the position gives away.
void Bpe::encodeLong(Scratch &scratch) const {
  std::vector<uint32_t> &ids = scratch.ids, &ranks = scratch.ranks;
  std::vector<uint32_t> &next = scratch.next, &before = scratch.before;
  std::vector<uint64_t> &queue = scratch.queue;
  uint32_t count = ids.size();
  next.resize(count);
  before.resize(count);
  queue.clear();
  for (uint32_t i = 0; i < count; ++i) {
    next[i] = i + 1;
    before[i] = i - 1;
    if (ranks[i] != kNoMerge)
      queue.push_back(pairOf(ranks[i], i));
  }
  std::greater<uint64_t> later;
  std::make_heap(queue.begin(), queue.end(), later);
  auto rank = [&](uint32_t at) {
    ranks[at] = next[at] < count ? rankOf(ids[at], ids[next[at]]) : kNoMerge;
    if (ranks[at] == kNoMerge)
      return;
    queue.push_back(pairOf(ranks[at], at));
    std::push_heap(queue.begin(), queue.end(), later);
  };
  while (!queue.empty()) {
    std::pop_heap(queue.begin(), queue.end(), later);
    uint64_t best = queue.back();
    queue.pop_back();
    uint32_t at = uint32_t(best);
    if (ranks[at] != best >> 32)
      continue;
    uint32_t gone = next[at];
    ids[at] = results[ranks[at]];
    ranks[gone] = kNoMerge;
    next[at] = next[gone];
    if (next[at] < count)
      before[next[at]] = at;
    rank(at);
    if (at)
      rank(before[at]);
  }
  uint32_t kept = 0;
  for (uint32_t at = 0; at < count; at = next[at])
    ids[kept++] = ids[at];
  ids.resize(kept);
}

} // namespace v4rt::text
