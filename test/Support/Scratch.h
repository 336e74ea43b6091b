// Where tests find things and where they put them.
#pragma once

#include <string>
#include <vector>

namespace v4test {

/// The path of one of our programs, "v4c".
std::string binary(const std::string &name);

/// The path of a file or folder under test/data.
std::string data(const std::string &name);

/// An empty folder in the build tree, of this name under that of the running test binary. Made anew on each
/// call.
std::string scratchFolder(const std::string &name);

bool exists(const std::string &path);
std::string readFile(const std::string &path);
void writeFile(const std::string &path, const std::string &bytes);

/// "[1,2,3]"; and an array of such arrays for a batch.
std::string tokensJson(const std::vector<int> &tokens);
std::string tokensJson(const std::vector<std::vector<int>> &sequences);

} // namespace v4test
