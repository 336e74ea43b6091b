// Paths that a command will write.
#pragma once

#include <string>

namespace v4run {

/// Throws Failure if no file can be made at `path`: better before an hour of work than after it.
void checkWritable(const std::string &path);

/// Writes a whole file, aside first; throws Failure.
void writeTextFile(const std::string &path, const std::string &text);

} // namespace v4run
