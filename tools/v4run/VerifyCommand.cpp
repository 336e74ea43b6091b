// v4run verify: hands over to v4c, which has the reference.
#include "tools/v4run/CommandLine.h"
#include "tools/v4run/Commands.h"
#include "tools/v4run/Failure.h"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <unistd.h>

namespace v4run {

namespace fs = std::filesystem;

/// v4c beside this program, else in PATH; empty if there is none.
static std::string findCompiler() {
  std::error_code code;
  std::vector<fs::path> folders = {fs::read_symlink("/proc/self/exe", code).parent_path()};
  const char *list = getenv("PATH");
  std::string path = list ? list : "";
  for (size_t begin = 0; begin < path.size();) {
    size_t end = std::min(path.find(':', begin), path.size());
    folders.emplace_back(path.substr(begin, end - begin));
    begin = end + 1;
  }
  for (const fs::path &folder : folders) {
    std::string program = folder / "v4c";
    if (!folder.empty() && fs::is_regular_file(program, code) && access(program.c_str(), X_OK) == 0)
      return program;
  }
  return "";
}

void verifyCommand(const Arguments &arguments) {
  CommandLine line(
      "verify OUT.v4 --against CHECKPOINT [--tokens FILE] [--json]",
      "Runs an artifact beside a double-precision reference of its checkpoint, and says layer by "
      "layer which op\nis farthest from it, and the first one that is farther than its bound. "
      "Needs v4c, beside v4run or in PATH.\nExit status: 0 it holds, 1 it differs, 2 bad command "
      "line or nothing to compare.");
  line.positional("artifact")
      .value("against", "CHECKPOINT", "the folder that the artifact was compiled from")
      .value("tokens", "FILE", "JSON array of token ids (default: 166 that mean nothing)")
      .value("threads", "N", "threads that run the artifact (default: one a processor)")
      .value("device", "NAME", "cpu, cuda or sim (default: the artifact's)")
      .flag("json", "print JSON with every value instead of a line a layer");
  if (!line.parse(arguments))
    return;
  std::string artifact = line.text("artifact"), against = line.required("against");
  std::string program = findCompiler();
  if (program.empty())
    throw UsageError("verify needs the compiler's package: there is no v4c beside v4run, nor in PATH");
  std::vector<std::string> words = {program, "verify", artifact, "--against", against};
  for (const char *option : {"tokens", "threads", "device"})
    if (line.has(option))
      words.insert(words.end(), {std::string("--") + option, line.text(option)});
  if (line.has("json"))
    words.push_back("--json");
  std::vector<char *> argv;
  for (std::string &word : words)
    argv.push_back(word.data());
  argv.push_back(nullptr);
  execv(program.c_str(), argv.data());
  throw UsageError("cannot run " + program + ": " + strerror(errno));
}

} // namespace v4run
