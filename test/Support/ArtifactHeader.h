// Artifacts with another header, its checksum right: only what it says is wrong.
#pragma once

#include "runtime/Checksum.h"
#include "runtime/format/Format.h"

#include <cstring>
#include <string>

namespace v4test {

/// The artifact `bytes` with a header that `change(header)` has changed.
template <typename Function> std::string withHeader(std::string bytes, Function change) {
  v4rt::format::Header header;
  std::memcpy(&header, bytes.data(), sizeof(header));
  change(header);
  header.header_checksum = 0;
  header.header_checksum = v4rt::checksum(&header, sizeof(header));
  std::memcpy(&bytes[0], &header, sizeof(header));
  return bytes;
}

} // namespace v4test
