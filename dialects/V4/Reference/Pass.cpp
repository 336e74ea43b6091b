#include "dialects/V4/Reference/Pass.h"

#include "dialects/V4/Reference/Output.h"
#include "dialects/V4/Reference/Sequences.h"
#include "runtime/checkpoint/Checkpoint.h"

#include "mlir/Pass/Pass.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/MemoryBuffer.h"

namespace mlir::v4 {
namespace {

using namespace reference;

/// The sequences of a JSON array of ids, or of such arrays.
llvm::Expected<std::vector<std::vector<int64_t>>> readTokens(StringRef path) {
  auto buffer = llvm::MemoryBuffer::getFile(path);
  if (!buffer)
    return llvm::createStringError(buffer.getError(), "cannot read '" + path.str() + "'");
  llvm::Expected<llvm::json::Value> value = llvm::json::parse((*buffer)->getBuffer());
  if (!value)
    return value.takeError();
  llvm::json::Path::Root root(path);
  std::vector<std::vector<int64_t>> sequences(1);
  const llvm::json::Array *array = value->getAsArray();
  if (array && !array->empty() && array->front().getAsArray()) {
    if (!llvm::json::fromJSON(*value, sequences, root))
      return root.getError();
  } else if (!llvm::json::fromJSON(*value, sequences.front(), root)) {
    return root.getError();
  }
  return sequences;
}

struct RunReference final : PassWrapper<RunReference, OperationPass<ModuleOp>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(RunReference)

  RunReference() = default;
  RunReference(const RunReference &other) : PassWrapper(other) {}

  StringRef getArgument() const override { return "v4-run-reference"; }
  StringRef getDescription() const override {
    return "run functions of v4 ops in double precision and print or write what they return";
  }
  void getDependentDialects(DialectRegistry &registry) const override { registry.insert<V4Dialect>(); }

  void runOnOperation() override {
    markAllAnalysesPreserved();
    if (failed(checkpoint.empty() ? runTests() : runCheckpoint()))
      signalPassFailure();
  }

private:
  Option<std::string> function{
      *this, "function", llvm::cl::desc("function to run (default: every one without arguments, or @step)")};
  Option<std::string> checkpoint{*this, "checkpoint", llvm::cl::desc("folder to read weights from")};
  Option<std::string> tokens{*this, "tokens", llvm::cl::desc("JSON array of token ids, or of such arrays")};
  Option<std::string> out{*this, "out", llvm::cl::desc("safetensors file for logits and observed results")};
  Option<int64_t> chunk{*this, "chunk", llvm::cl::desc("tokens a call (default: as many as the rings allow)"),
                        llvm::cl::init(0)};
  Option<int> digits{*this, "digits", llvm::cl::desc("significant digits to print"), llvm::cl::init(6)};

  LogicalResult report(const Executor &executor, llvm::Error error) {
    std::string text = llvm::toString(std::move(error));
    Operation *op = executor.failedOp() ? executor.failedOp() : getOperation().getOperation();
    return op->emitOpError(text);
  }

  /// Functions without arguments, their inputs constants; prints what they return.
  LogicalResult runTests() {
    bool found = false;
    for (auto candidate : getOperation().getOps<func::FuncOp>()) {
      if (function.empty() ? candidate.getNumArguments() > 0 || candidate.isExternal()
                           : candidate.getName() != function)
        continue;
      found = true;
      Executor executor;
      llvm::Expected<std::vector<Tensor>> results = executor.run(candidate, {});
      if (!results)
        return report(executor, results.takeError());
      for (auto [index, tensor] : llvm::enumerate(*results)) {
        llvm::outs() << '@' << candidate.getName() << " result " << index << ": ";
        llvm::interleave(tensor.shape, llvm::outs(), "x");
        llvm::outs() << '\n';
        print(tensor, digits, llvm::outs());
      }
    }
    if (found)
      return success();
    return getOperation().emitError()
           << "there is no function " << (function.empty() ? "without arguments" : "@" + function)
           << " to run";
  }

  /// Sequences through a step with a checkpoint's weights.
  LogicalResult runCheckpoint() {
    auto fail = [&](const Twine &text) { return getOperation().emitError() << text; };
    std::string name = function.empty() ? "step" : function.getValue();
    auto step = getOperation().lookupSymbol<func::FuncOp>(name);
    if (!step)
      return fail("there is no function @" + name + " to run");
    if (tokens.empty() || out.empty())
      return fail("a checkpoint needs the options tokens and out");
    llvm::Expected<std::vector<std::vector<int64_t>>> sequences = readTokens(tokens);
    if (!sequences)
      return fail(llvm::toString(sequences.takeError()));
    std::string error;
    auto opened = v4rt::checkpoint::Checkpoint::open(checkpoint,
                                                     v4rt::checkpoint::Checkpoint::Weights::required, error);
    if (!opened)
      return fail(error);

    CheckpointWeights weights(*opened);
    Executor executor(&weights);
    Output output;
    for (auto [slot, sequence] : llvm::enumerate(*sequences)) {
      llvm::Expected<SequenceResult> result =
          runSequence(executor, step, sequence, slot, /*position=*/0, chunk > 0 ? chunk : longestStep(step));
      if (!result)
        return report(executor, result.takeError());
      output.add(*result, executor, slot, sequences->size() == 1 ? "" : "." + std::to_string(slot));
    }
    if (!output.write(out, error))
      return fail(error);
    return success();
  }
};

} // namespace

void registerReferencePass() { PassRegistration<RunReference>(); }

} // namespace mlir::v4
