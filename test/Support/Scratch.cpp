#include "test/Support/Scratch.h"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <unistd.h>

namespace v4test {

namespace fs = std::filesystem;

std::string binary(const std::string &name) { return std::string(V4_TEST_BINARIES) + "/" + name; }

std::string data(const std::string &name) { return std::string(V4_TEST_DATA) + "/" + name; }

std::string scratchFolder(const std::string &name) {
  fs::path folder = fs::path(V4_TEST_SCRATCH) / fs::read_symlink("/proc/self/exe").filename() / name;
  fs::remove_all(folder);
  fs::create_directories(folder);
  return folder.string();
}

bool exists(const std::string &path) { return fs::exists(path); }

std::string readFile(const std::string &path) {
  std::ifstream stream(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

void writeFile(const std::string &path, const std::string &bytes) {
  std::ofstream(path, std::ios::binary).write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

std::string tokensJson(const std::vector<int> &tokens) {
  std::string text = "[";
  for (size_t i = 0; i < tokens.size(); ++i)
    text += (i ? "," : "") + std::to_string(tokens[i]);
  return text + "]";
}

std::string tokensJson(const std::vector<std::vector<int>> &sequences) {
  std::string text = "[";
  for (size_t i = 0; i < sequences.size(); ++i)
    text += (i ? "," : "") + tokensJson(sequences[i]);
  return text + "]";
}

} // namespace v4test
