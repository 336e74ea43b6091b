// Files that a command reads: regular ones, pipes, and "-", the standard input.
#pragma once

#include <cstdint>
#include <string>

namespace v4run {

/// All of it. Throws Failure, also if it has more than `most` bytes.
std::string readInput(const std::string &path, uint64_t most = uint64_t(1) << 30);

/// `path`, or "the standard input", for messages.
std::string inputName(const std::string &path);

} // namespace v4run
