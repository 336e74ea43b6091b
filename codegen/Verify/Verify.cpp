#include "codegen/Verify/Verify.h"

#include "codegen/Import/ImportModel.h"
#include "codegen/Verify/StateCheck.h"
#include "codegen/Verify/Teacher.h"
#include "passes/Passes.h"

#include "mlir/Pass/PassManager.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"

#include <random>

namespace mlir::v4 {

using reference::Tensor;
using v4rt::checkpoint::Checkpoint;

namespace {

constexpr int64_t kMostParameters = 500'000'000; // the reference holds them all, in double
constexpr int64_t kLogitRows = 8;                // of a step's last tokens: heads are large

/// "reference, kv_quant=none"
void readNumerics(StringRef text, ImportOptions &options) {
  SmallVector<StringRef> parts;
  text.split(parts, ", ");
  options.numerics = parts.front().str();
  for (StringRef setting : llvm::drop_begin(parts))
    options.numericsOptions.push_back(setting.str());
}

/// Ids without a meaning, the same every time.
std::vector<int32_t> drawTokens(int64_t count, int64_t vocabulary) {
  std::minstd_rand draw(4);
  std::vector<int32_t> tokens;
  for (int64_t i = 0; i < count; ++i)
    tokens.push_back(static_cast<int32_t>(draw() / 7 % vocabulary));
  return tokens;
}

class Verifier {
public:
  Verifier(ArtifactRun &run, const Checkpoint &checkpoint)
      : run(run), manifest(run.manifest()), checkpoint(checkpoint), weights(checkpoint), executor(&weights) {}

  llvm::Error start(const std::vector<int32_t> &given) {
    if (llvm::Error error = import())
      return error;
    if (llvm::Error error = chooseTokens(given))
      return error;
    step = module->lookupSymbol<func::FuncOp>("step");
    teacher.emplace(step, weights);
    states.emplace(step, run);
    executor.setTeacher([&](StringRef name, Tensor &value) { teacher->teach(name, value); });
    result.numerics = manifest.model()->numerics()->str();
    result.target = manifest.target()->str();
    result.layers = manifest.model()->layers();
    return llvm::Error::success();
  }

  llvm::Error runAll() {
    auto count = static_cast<int64_t>(tokens.size());
    result.decoded = std::min<int64_t>(kDecodeSteps, count - 1);
    result.prompt = count - result.decoded;
    // Two parts that no block ends with, the second behind entries of the first.
    int64_t part = std::min<int64_t>(result.prompt / 2 + 3, manifest.max_step_tokens());
    while (position < result.prompt && result.stopped.empty())
      if (llvm::Error error = runStep(std::min(part, result.prompt - position)))
        return error;
    while (position < count && result.stopped.empty()) {
      // Half of the decode steps go on with a copy, as from a prefix that was kept.
      if (position == result.prompt + result.decoded / 2) {
        if (llvm::Error error = run.fork())
          return error;
        states->check(executor, position, /*from=*/0);
      }
      if (llvm::Error error = runStep(1))
        return error;
    }
    return llvm::Error::success();
  }

  Verification finish() {
    result.findings = teacher->findings();
    states->addTo(result.findings);
    return std::move(result);
  }

private:
  llvm::Error import() {
    const auto &facts = *manifest.model();
    ImportOptions options;
    options.maxContext = facts.max_context();
    options.maxStepTokens = manifest.max_step_tokens();
    readNumerics(facts.numerics()->c_str(), options);
    std::string error;
    auto imported = importModel(context, checkpoint, options, error);
    if (failed(imported))
      return llvm::createStringError(error);
    module = std::move(*imported);
    auto described = (*module)->getAttrOfType<DictionaryAttr>("v4.model");
    for (auto [name, value] : {std::pair<StringRef, int64_t>("layers", facts.layers()),
                               {"hidden_size", facts.hidden_size()},
                               {"vocab_size", facts.vocab_size()}})
      if (int64_t wanted = described.getAs<IntegerAttr>(name).getInt(); wanted != value)
        return llvm::createStringError(
            llvm::formatv("'{0}' is {1} in the artifact and {2} in the checkpoint: they are different models",
                          name, value, wanted));
    int64_t parameters = 0;
    module->walk(
        [&](WeightOp weight) { parameters += ShapedType::getNumElements(weight.getType().getShape()); });
    if (parameters > kMostParameters)
      return llvm::createStringError(llvm::formatv(
          "the checkpoint has {0} million parameters, the reference executor takes {1} million at most",
          parameters / 1000000, kMostParameters / 1000000));
    // The halves of an expert are values of their own in the artifact.
    context.loadDialect<func::FuncDialect>();
    PassManager passes(&context);
    passes.addNestedPass<func::FuncOp>(createSplitExperts());
    return succeeded(passes.run(*module)) ? llvm::Error::success()
                                          : llvm::createStringError("experts could not be split");
  }

  llvm::Error chooseTokens(const std::vector<int32_t> &given) {
    int64_t context = manifest.model()->max_context(), vocabulary = manifest.model()->vocab_size();
    tokens = given;
    if (tokens.empty())
      tokens = drawTokens(std::min(kDrawnPrompt + kDecodeSteps, context), vocabulary);
    if (static_cast<int64_t>(tokens.size()) > context)
      return llvm::createStringError(llvm::formatv(
          "there are {0} tokens, more than the artifact's max context of {1}", tokens.size(), context));
    for (size_t i = 0; i < tokens.size(); ++i)
      if (tokens[i] < 0 || tokens[i] >= vocabulary)
        return llvm::createStringError(
            llvm::formatv("token {0} at {1} is not in [0, {2})", tokens[i], i, vocabulary));
    return llvm::Error::success();
  }

  llvm::Error runStep(int64_t rows) {
    int64_t wanted = std::min(rows, kLogitRows);
    SeenValues seen;
    if (llvm::Error error = run.step(llvm::ArrayRef(tokens).slice(position, rows), wanted, seen))
      return error;
    teacher->beginStep(seen, position, rows, wanted);
    Tensor ids({rows}), slots({rows}), positions({rows}), logitRows({wanted});
    for (int64_t t = 0; t < rows; ++t) {
      ids.data[t] = tokens[position + t];
      positions.data[t] = static_cast<double>(position + t);
    }
    for (int64_t i = 0; i < wanted; ++i)
      logitRows.data[i] = static_cast<double>(rows - wanted + i);
    auto logits = executor.run(step, {ids, slots, positions, logitRows});
    if (!logits) {
      result.stopped = describe(llvm::toString(logits.takeError()));
      return llvm::Error::success();
    }
    states->check(executor, position + rows, position);
    position += rows;
    return llvm::Error::success();
  }

  std::string describe(const std::string &sentence) {
    Operation *op = executor.failedOp();
    std::string where = op ? op->getName().getStringRef().str() : "the model";
    if (auto name = op ? op->getLoc()->findInstanceOf<NameLoc>() : NameLoc())
      where = name.getName().str();
    return where + ": " + sentence;
  }

  ArtifactRun &run;
  const v4rt::format::Manifest &manifest;
  const Checkpoint &checkpoint;
  MLIRContext context;
  OwningOpRef<ModuleOp> module;
  reference::CheckpointWeights weights;
  reference::Executor executor;
  func::FuncOp step;
  std::optional<Teacher> teacher;
  std::optional<StateCheck> states;
  std::vector<int32_t> tokens;
  int64_t position = 0;
  Verification result;
};

} // namespace

bool Verification::holds() const { return !first() && stopped.empty(); }

const Finding *Verification::first() const {
  auto wrong = llvm::find_if(findings, [](const Finding &finding) { return !finding.holds(); });
  return wrong == findings.end() ? nullptr : &*wrong;
}

int64_t Verification::nearTies() const {
  int64_t count = 0;
  for (const Finding &finding : findings)
    count += finding.nearTies;
  return count;
}

llvm::Expected<Verification> verify(ArtifactRun &run, const Checkpoint &checkpoint,
                                    const std::vector<int32_t> &tokens) {
  Verifier verifier(run, checkpoint);
  if (llvm::Error error = verifier.start(tokens))
    return std::move(error);
  if (llvm::Error error = verifier.runAll())
    return std::move(error);
  return verifier.finish();
}

} // namespace mlir::v4
