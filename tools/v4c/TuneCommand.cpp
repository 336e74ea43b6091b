#include "tools/v4c/TuneCommand.h"

#include "runtime/AtomicFile.h"
#include "runtime/cuda/Driver.h"
#include "tools/Signals.h"
#include "tools/v4c/Tuner.h"

#include "llvm/ADT/ScopeExit.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/TargetParser/Host.h"

#include <filesystem>

namespace v4c {

namespace fs = std::filesystem;
using namespace mlir;

/// What the target's kernels run on here, "sapphirerapids" or "NVIDIA H100 80GB HBM3".
static bool findMachine(const v4::TargetFacts &target, std::string &machine, std::string &error) {
  if (!target.isGpu()) {
    machine = llvm::sys::getHostCPUName().str();
    return true;
  }
  v4rt::cuda::Driver driver;
  v4rt::cuda::Gpu gpu(driver);
  v4rt::Status status = driver.open();
  if (status.ok())
    status = gpu.open();
  if (!status.ok()) {
    error = "cannot tune for " + target.name +
            " without its GPU, the simulated device says nothing of time: " + status.text();
    return false;
  }
  machine = gpu.name();
  return true;
}

static bool check(const Options &options, std::string &error) {
  std::error_code code;
  fs::path output = options.output, folder = output.parent_path().empty() ? "." : output.parent_path();
  if (fs::path(options.input).extension() == ".mlir" && !fs::is_directory(options.input, code))
    error =
        "--tune wants the folder of a checkpoint or a config.json, not the module '" + options.input + "'";
  else if (options.simulatedOnly)
    error = "--tune times kernels, so --simulated-only leaves it nothing to do";
  else if (!fs::is_directory(folder, code))
    error = "there is no folder '" + folder.string() + "' to write into";
  else if (fs::exists(output, code) && !fs::is_regular_file(output, code))
    error = "'" + options.output + "' is no file that can be replaced";
  else if (fs::is_directory(options.input, code) && fs::equivalent(folder, options.input, code))
    error = "the table '" + options.output + "' would lie among the files of the checkpoint";
  else if (fs::equivalent(options.output, options.input, code))
    error = "the output would overwrite the input, '" + options.input + "'";
  return error.empty();
}

static bool tune(const Options &options, Progress &progress, std::string &error) {
  std::string machine;
  const v4::TargetFacts &target = *v4::findTarget(options.target);
  if (!check(options, error) || !findMachine(target, machine, error))
    return false;
  llvm::SmallString<128> folder;
  if (std::error_code code = llvm::sys::fs::createUniqueDirectory("v4c-tune", folder)) {
    error = "cannot make a folder for temporary files: " + code.message();
    return false;
  }
  llvm::scope_exit remove([&] { llvm::sys::fs::remove_directories(folder); });
  Tuner tuner(options, folder.str().str(), target.isGpu() ? "cuda" : "cpu", progress);
  if (!tuner.run()) {
    error = tuner.error;
    return false;
  }
  std::string table = tuner.writeTable(machine);
  v4rt::AtomicFile file;
  v4rt::Status status = file.create(options.output);
  if (status.ok())
    status = file.writeAt(0, table.data(), table.size());
  if (status.ok())
    status = file.commit();
  error = status.text();
  return status.ok();
}

int runTune(const Options &options) {
  std::string error;
  v4tools::CaughtSignals signals;
  {
    Progress progress(options.quiet);
    if (tune(options, progress, error))
      return 0;
  }
  fprintf(stderr, "v4c: error: %s\n", error.c_str());
  int number = v4tools::CaughtSignals::number();
  return number ? 128 + number : 1;
}

} // namespace v4c
