#include "tools/v4c/TuneMeasure.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Program.h"
#include "llvm/Support/raw_ostream.h"

namespace v4c {

using llvm::StringRef;

static constexpr unsigned kPatienceSeconds = 600;

static llvm::json::Array toArray(const std::vector<double> &times) { return llvm::json::Array(times); }

int runMeasure(int argc, char **argv) {
  v4tune::MeasureOptions options;
  if (argc != 8 || StringRef(argv[5]).getAsInteger(10, options.context) ||
      StringRef(argv[6]).getAsInteger(10, options.stepTokens) ||
      StringRef(argv[7]).getAsInteger(10, options.threads))
    return 2;
  options.base = argv[2];
  options.candidate = argv[3];
  options.device = argv[4];
  v4tune::Measurement result;
  std::string error;
  if (!v4tune::measure(options, result, error)) {
    fprintf(stderr, "%s\n", error.c_str());
    return 1;
  }
  llvm::json::Array programs;
  for (const v4tune::ProgramTimes &times : result.programs)
    programs.push_back(llvm::json::Object{{"program", times.program},
                                          {"wrong", times.wrong},
                                          {"base", toArray(times.base)},
                                          {"candidate", toArray(times.candidate)}});
  llvm::outs() << llvm::json::Value(
      llvm::json::Object{{"variant", result.variant}, {"programs", std::move(programs)}});
  return 0;
}

static bool readTimes(const llvm::json::Array *array, std::vector<double> &times) {
  for (const llvm::json::Value &value : array ? *array : llvm::json::Array())
    times.push_back(value.getAsNumber().value_or(0));
  return array != nullptr;
}

static bool readMeasurement(StringRef text, v4tune::Measurement &result) {
  llvm::Expected<llvm::json::Value> root = llvm::json::parse(text);
  if (!root) {
    consumeError(root.takeError());
    return false;
  }
  const llvm::json::Object *object = root->getAsObject();
  const llvm::json::Array *programs = object ? object->getArray("programs") : nullptr;
  if (!programs)
    return false;
  result.variant = object->getString("variant").value_or("").str();
  for (const llvm::json::Value &value : *programs) {
    const llvm::json::Object *program = value.getAsObject();
    if (!program)
      return false;
    v4tune::ProgramTimes times;
    times.program = program->getString("program").value_or("").str();
    times.wrong = program->getString("wrong").value_or("").str();
    if (!readTimes(program->getArray("base"), times.base) ||
        !readTimes(program->getArray("candidate"), times.candidate))
      return false;
    result.programs.push_back(std::move(times));
  }
  return true;
}

/// The first line of a file; empty if there is none.
static std::string firstLine(const std::string &path) {
  auto file = llvm::MemoryBuffer::getFile(path);
  return file ? (*file)->getBuffer().split('\n').first.str() : "";
}

bool measureApart(const v4tune::MeasureOptions &options, const std::string &folder,
                  v4tune::Measurement &result, std::string &error) {
  std::string out = folder + "/measured.json", said = folder + "/measured.txt";
  std::string context = std::to_string(options.context), tokens = std::to_string(options.stepTokens),
              threads = std::to_string(options.threads);
  StringRef arguments[] = {"v4c",          kMeasureCommand, options.base, options.candidate,
                           options.device, context,         tokens,       threads};
  std::optional<StringRef> redirects[] = {StringRef(""), StringRef(out), StringRef(said)};
  for (const std::string &left : {out, said}) // is not truncated when it is opened again
    llvm::sys::fs::remove(left);
  std::string problem;
  int status = llvm::sys::ExecuteAndWait("/proc/self/exe", arguments, std::nullopt, redirects,
                                         kPatienceSeconds, /*MemoryLimit=*/0, &problem);
  if (status == 0) {
    auto file = llvm::MemoryBuffer::getFile(out);
    if (file && readMeasurement((*file)->getBuffer(), result))
      return true;
    error = "what was measured cannot be read back";
    return false;
  }
  error = firstLine(said);
  if (status == -2 || error.empty())
    error = "it did not run to its end" + (problem.empty() ? "" : " (" + problem + ")");
  return false;
}

} // namespace v4c
