#include "tools/v4c/VerifyCommand.h"

#include "codegen/Verify/Verify.h"
#include "runtime/checkpoint/Checkpoint.h"
#include "tools/v4c/VerifyOptions.h"

#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/MemoryBuffer.h"

#include <cstdio>

namespace v4c {

using namespace mlir;
using v4rt::checkpoint::Checkpoint;

static constexpr uint64_t kMostTokenBytes = 16u << 20;

static llvm::Expected<std::vector<int32_t>> readTokens(const std::string &path) {
  std::vector<int32_t> tokens;
  if (path.empty())
    return tokens;
  auto buffer = llvm::MemoryBuffer::getFile(path);
  if (!buffer)
    return llvm::createStringError("cannot read '" + path + "': " + buffer.getError().message());
  if ((*buffer)->getBufferSize() > kMostTokenBytes)
    return llvm::createStringError("'" + path + "' has more than 16 MiB, which are no tokens to verify with");
  llvm::Expected<llvm::json::Value> value = llvm::json::parse((*buffer)->getBuffer());
  if (!value) {
    llvm::consumeError(value.takeError());
    return llvm::createStringError("'" + path + "' is not JSON");
  }
  const llvm::json::Array *array = value->getAsArray();
  if (!array || array->empty())
    return llvm::createStringError("'" + path + "' is no array of token ids");
  for (const llvm::json::Value &element : *array) {
    std::optional<int64_t> id = element.getAsInteger();
    if (!id || *id < 0 || *id > INT32_MAX)
      return llvm::createStringError(
          llvm::formatv("element {0} of '{1}' is no token id", tokens.size(), path));
    tokens.push_back(static_cast<int32_t>(*id));
  }
  return tokens;
}

static llvm::Expected<v4::Verification> verify(const VerifyOptions &options) {
  llvm::Expected<std::vector<int32_t>> tokens = readTokens(options.tokens);
  if (!tokens)
    return tokens.takeError();
  std::string error;
  auto checkpoint = Checkpoint::open(options.checkpoint, Checkpoint::Weights::required, error);
  if (!checkpoint)
    return llvm::createStringError(error);
  auto run = v4::ArtifactRun::open(options.artifact, {unsigned(options.threads), options.device});
  if (!run)
    return run.takeError();
  return v4::verify(**run, *checkpoint, *tokens);
}

int runVerify(int argc, char **argv) {
  VerifyOptions options;
  std::string error;
  switch (parseVerifyOptions(argc, argv, options, error)) {
  case Parsed::help:
  case Parsed::version:
    fputs(verifyHelpText().c_str(), stdout);
    return 0;
  case Parsed::wrong:
    fprintf(stderr, "v4c: error: %s\n", error.c_str());
    return 2;
  case Parsed::run:
    break;
  }
  llvm::Expected<v4::Verification> done = verify(options);
  if (!done) {
    fprintf(stderr, "v4c: error: %s\n", llvm::toString(done.takeError()).c_str());
    return 2;
  }
  std::string text = options.json ? v4::writeJson(*done) : v4::writeText(*done);
  if (fwrite(text.data(), 1, text.size(), stdout) != text.size() || fflush(stdout) != 0) {
    fprintf(stderr, "v4c: error: cannot write to the standard output\n");
    return 2;
  }
  return done->holds() ? 0 : 1;
}

} // namespace v4c
