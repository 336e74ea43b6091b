// XXH3-64, the checksum of everything on disk. One translation unit includes xxhash, the rest see this.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

namespace v4rt {

uint64_t checksum(const void *data, size_t bytes);

/// The same value, of bytes that come in pieces.
class StreamingChecksum {
public:
  StreamingChecksum();
  ~StreamingChecksum();
  StreamingChecksum(const StreamingChecksum &) = delete;
  StreamingChecksum &operator=(const StreamingChecksum &) = delete;

  void update(const void *data, size_t bytes);
  uint64_t value() const;
  void reset();

private:
  struct State;
  std::unique_ptr<State> state;
};

} // namespace v4rt
