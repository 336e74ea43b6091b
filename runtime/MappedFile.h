// A whole file, mapped read-only.
#pragma once

#include "runtime/Status.h"

#include <cstdint>

namespace v4rt {

class MappedFile {
public:
  MappedFile() = default;
  ~MappedFile();
  MappedFile(const MappedFile &) = delete;
  MappedFile &operator=(const MappedFile &) = delete;

  Status open(const std::string &path);

  const uint8_t *data() const { return bytes; }
  uint64_t size() const { return length; }

private:
  const uint8_t *bytes = nullptr;
  uint64_t length = 0;
};

} // namespace v4rt
