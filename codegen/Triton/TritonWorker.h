// A Python process with Triton's compiler in it.
#pragma once

#include "mlir/Support/LLVM.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/JSON.h"

#include <string>

namespace mlir::v4 {

// The interpreter to take: `given`, or $V4C_TRITON_PYTHON, or the one that tools/install-deps.sh installs. An
// error says where it was looked for.
llvm::Expected<std::string> findTritonPython(StringRef given);

class TritonWorker {
public:
  TritonWorker() = default;
  // Ends the process.
  ~TritonWorker();
  TritonWorker(const TritonWorker &) = delete;
  TritonWorker &operator=(const TritonWorker &) = delete;

  // Starts `python` and checks its Triton's version. `folder` is for the worker's files.
  llvm::Error start(StringRef python, StringRef folder);
  bool isRunning() const { return process > 0; }

  // Sends a request, waits for the answer; see worker.py. Its errors, and the end of the process, are errors.
  llvm::Expected<llvm::json::Object> ask(llvm::json::Object request);

private:
  llvm::Expected<llvm::json::Object> receive();
  llvm::Error lost(const llvm::Twine &what);
  void stop();

  int process = -1;
  int channel = -1;     // the worker's standard input and output
  std::string received; // and not yet read
  std::string errorFile;
};

} // namespace mlir::v4
