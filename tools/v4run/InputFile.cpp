#include "tools/v4run/InputFile.h"

#include "tools/v4run/Failure.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>

namespace v4run {

std::string inputName(const std::string &path) { return path == "-" ? "the standard input" : path; }

static int closeUnlessStandard(FILE *file) { return file == stdin ? 0 : fclose(file); }

std::string readInput(const std::string &path, uint64_t most) {
  std::unique_ptr<FILE, int (*)(FILE *)> file(path == "-" ? stdin : fopen(path.c_str(), "rb"),
                                              closeUnlessStandard);
  if (!file)
    throw Failure("cannot open " + path + ": " + strerror(errno));
  std::string bytes;
  char block[1 << 16];
  while (size_t count = fread(block, 1, sizeof block, file.get())) {
    bytes.append(block, count);
    if (bytes.size() > most)
      throw Failure(inputName(path) + " has more than " + std::to_string(most) + " bytes");
  }
  if (ferror(file.get()))
    throw Failure("cannot read " + inputName(path) + ": " + strerror(errno));
  return bytes;
}

} // namespace v4run
