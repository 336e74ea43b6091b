#include "tools/v4c/ReportCommand.h"

#include "codegen/Report/MeasureStability.h"
#include "codegen/Report/Report.h"
#include "runtime/AtomicFile.h"
#include "runtime/checkpoint/Checkpoint.h"
#include "tools/v4c/ReportOptions.h"

#include "llvm/Support/MemoryBuffer.h"

#include <cstdio>
#include <filesystem>

namespace v4c {

namespace fs = std::filesystem;
using namespace mlir;
using v4rt::checkpoint::Checkpoint;

namespace {

class ReportCommand {
public:
  explicit ReportCommand(const ReportOptions &options) : options(options) {}

  /// False: `error` says why.
  bool run() {
    if (!readInput() || !checkOutput())
      return false;
    report.devices = options.devices;
    report.against = options.against;
    if (!measure())
      return false;
    v4::fillReport(report, options.contexts);
    if (!options.output.empty() && !writePage(v4::writeHtml(report)))
      return false;
    return print(options.json ? v4::writeJson(report) : v4::writeText(report));
  }

  std::string error;

private:
  bool fail(const std::string &sentence) {
    error = sentence;
    return false;
  }

  bool readInput() {
    std::error_code code;
    fs::path path = fs::absolute(options.input, code).lexically_normal();
    if (!fs::is_directory(path, code)) {
      report.title = path.parent_path().filename().string();
      return readConfig();
    }
    report.title = (path.has_filename() ? path : path.parent_path()).filename().string();
    checkpoint = Checkpoint::open(options.input, Checkpoint::Weights::optional, error);
    return checkpoint && parseInput(checkpoint->config());
  }

  bool checkOutput() {
    if (options.output.empty())
      return true;
    std::error_code code;
    fs::path output(options.output);
    fs::path folder = output.parent_path().empty() ? fs::path(".") : output.parent_path();
    if (!fs::is_directory(folder, code))
      return fail("there is no folder '" + folder.string() + "' to write into");
    // Renaming onto a device would replace it.
    if (fs::exists(output, code) && !fs::is_regular_file(output, code))
      return fail("'" + options.output + "' is no file that can be replaced");
    // A page beside the weights is fine, but no other file of theirs.
    bool own = output.extension() == ".json" || output.extension() == ".safetensors";
    if (own || fs::equivalent(output, options.input, code))
      return fail("'" + options.output + "' is no name for a page, wanted one like report.html");
    return true;
  }

  bool measure() {
    if (!report.measuredFormats || !options.sampleTokens)
      return true;
    double parameters = v4::countParameters(report.config).total();
    if (parameters > v4::kMostMeasuredParameters) {
      report.stabilityNote =
          "the checkpoint was not run: the reference executor takes 500 million parameters "
          "at most";
      return true;
    }
    // Nothing rounded on the way, which takes every size.
    report.stability.emplace_back();
    std::vector<int64_t> tokens =
        v4::drawTokens(report.config, std::min(options.sampleTokens, report.config.maxPositions));
    return v4::measureStability(*checkpoint, report.config, tokens, "hf", report.stability.back(), error);
  }

  bool writePage(const std::string &text) {
    v4rt::AtomicFile file;
    v4rt::Status status = file.create(options.output);
    if (status.ok())
      status = file.writeAt(0, text.data(), text.size());
    if (status.ok())
      status = file.commit();
    return status.ok() || fail(status.text());
  }

  bool readConfig() {
    std::error_code code;
    uint64_t bytes = fs::file_size(options.input, code);
    if (code)
      return fail("cannot read '" + options.input + "': " + code.message());
    if (bytes > v4rt::checkpoint::kMaxConfigBytes)
      return fail("'" + options.input + "' has " + std::to_string(bytes) +
                  " bytes, which is more than a config.json can have");
    auto buffer = llvm::MemoryBuffer::getFile(options.input);
    if (!buffer)
      return fail("cannot read '" + options.input + "': " + buffer.getError().message());
    return parseInput((*buffer)->getBuffer());
  }

  bool parseInput(StringRef text) {
    v4::Inventory inventory;
    if (!v4::parseConfig(text, report.config, error))
      return false;
    report.measuredFormats = checkpoint && checkpoint->hasWeights();
    bool known = report.measuredFormats ? v4::takeInventory(report.config, *checkpoint, inventory, error)
                                        : v4::assumeInventory(report.config, inventory, error);
    if (known)
      report.weights = v4::countWeights(report.config, inventory);
    return known;
  }

  bool print(const std::string &text) {
    bool done = fwrite(text.data(), 1, text.size(), stdout) == text.size() && fflush(stdout) == 0;
    return done || fail("cannot write to the standard output");
  }

  const ReportOptions &options;
  v4::Report report;
  std::unique_ptr<Checkpoint> checkpoint;
};

} // namespace

int runReport(int argc, char **argv) {
  ReportOptions options;
  std::string error;
  switch (parseReportOptions(argc, argv, options, error)) {
  case Parsed::help:
  case Parsed::version:
    fputs(reportHelpText().c_str(), stdout);
    return 0;
  case Parsed::wrong:
    fprintf(stderr, "v4c: error: %s\n", error.c_str());
    return 2;
  case Parsed::run:
    break;
  }
  ReportCommand command(options);
  if (command.run())
    return 0;
  fprintf(stderr, "v4c: error: %s\n", command.error.c_str());
  return 1;
}

} // namespace v4c
