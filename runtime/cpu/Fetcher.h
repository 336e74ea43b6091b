// What a thread does while it waits for others: it fetches the weights that a later launch reads first.
#pragma once

#include <cstdint>
#include <vector>

namespace v4rt::cpu {

/// Programs that a thread takes at a time, of those that are left: many first, of programs that read memory
/// one after the other; few even out unequal speeds at the end.
int64_t chunkOf(int64_t left, unsigned threads);

/// What the programs of a launch read: one after the other, the pieces from their first byte to their last.
struct Ahead {
  struct Piece {
    const uint8_t *begin;
    uint64_t size;
  };
  std::vector<Piece> pieces;
  int64_t programs = 0;
};

/// The fetching of one thread. What is fetched is a guess at what the thread will read, and changes no
/// result.
class Fetcher {
public:
  /// Thread `number` of `threads` gets the chunk of that number. A pointer that it has seen last means that
  /// it goes on where it was; null means nothing.
  void aim(const Ahead *ahead, unsigned number, unsigned threads);

  /// Fetches some lines into the second cache; false if nothing is left.
  bool fetchSome();

  /// Bytes that are left.
  uint64_t left() const { return uint64_t(end - next); }
  const uint8_t *place() const { return next; }

private:
  const Ahead *last = nullptr;
  const uint8_t *next = nullptr, *end = nullptr;
};

} // namespace v4rt::cpu
