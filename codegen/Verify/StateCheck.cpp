#include "codegen/Verify/StateCheck.h"

#include "runtime/StateRows.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/ADT/TypeSwitch.h"

namespace mlir::v4 {

/// Rows before the next one that an op still reads.
static int64_t lookBackOf(Value ring) {
  int64_t rows = 0;
  for (Operation *user : ring.getUsers())
    llvm::TypeSwitch<Operation *>(user)
        .Case<WindowAttentionOp, CsaAttentionOp, HcaAttentionOp>(
            [&](auto attention) { rows = std::max<int64_t>(rows, attention.getWindow()); })
        .Case([&](CompressOp compress) {
          rows = std::max<int64_t>(rows, compress.getRatio() * (compress.getOverlap() ? 2 : 1));
        });
  return std::max<int64_t>(rows - 1, 1);
}

StateCheck::StateCheck(func::FuncOp step, const ArtifactRun &run) : run(run) {
  step.walk([&](Operation *op) {
    llvm::TypeSwitch<Operation *>(op)
        .Case([&](RingWriteOp write) {
          add(write.getRing(), write.getInput(), 1, lookBackOf(write.getRing()));
        })
        .Case([&](EntryWriteOp write) { add(write.getEntries(), write.getInput(), write.getRatio(), 0); });
  });
  llvm::StringSet<> known;
  for (const Checked &checked : states)
    known.insert(checked.name);
  for (const v4rt::format::State *state : *run.manifest().states()) {
    std::string name = state->name()->str();
    if (known.count(name))
      continue;
    Checked extra{name, "", nullptr, 1, 0, {}, {}};
    extra.finding.problem = "the checkpoint's model has no such state";
    states.push_back(std::move(extra));
  }
  for (Checked &checked : states) {
    checked.finding.name = checked.name;
    checked.finding.op = "state";
    StringRef rest = checked.name;
    if (rest.consume_front("layers."))
      rest.split('.').first.getAsInteger(10, checked.finding.layer);
  }
}

void StateCheck::add(Value state, Value input, int64_t ratio, int64_t lookBack) {
  auto from = cast<OpResult>(input);
  Checked checked{state.getDefiningOp<StateOp>().getName().str(),
                  reference::observedName(*from.getOwner(), from.getResultNumber()).str(),
                  nullptr,
                  ratio,
                  lookBack,
                  {},
                  {}};
  checked.state = run.findState(checked.name);
  checked.finding.seen = checked.state != nullptr;
  if (!checked.state)
    checked.finding.problem = "the artifact has no such state";
  states.push_back(std::move(checked));
}

void StateCheck::check(const reference::Executor &executor, int64_t length, int64_t from) {
  for (Checked &checked : states) {
    const reference::State *wanted = executor.state(checked.name);
    if (!checked.state || !wanted)
      continue;
    int64_t first = from / checked.ratio, end = length / checked.ratio;
    if (checked.lookBack)
      first = std::max(first, end - checked.lookBack);
    for (int64_t row = first; row < end; ++row)
      checkRow(checked, *wanted, row);
  }
}

void StateCheck::checkRow(Checked &checked, const reference::State &wanted, int64_t row) {
  auto capacity = static_cast<int64_t>(checked.state->rows());
  llvm::Expected<const double *> values = wanted.read(/*slot=*/0, row);
  if (!values) {
    llvm::consumeError(values.takeError()); // a step that failed did not write it
    return;
  }
  auto fail = [&](std::string problem) {
    if (checked.finding.problem.empty())
      checked.finding.problem = std::move(problem);
  };
  auto width = static_cast<int64_t>(v4rt::rowValues(*checked.state));
  if (width != wanted.width())
    return fail("the artifact's has rows of " + std::to_string(width) + " values, wanted " +
                std::to_string(wanted.width()));
  llvm::Expected<std::vector<float>> found = run.stateRow(*checked.state, row % capacity);
  if (!found)
    return fail(llvm::toString(found.takeError()));
  std::vector<double> wide(found->begin(), found->end());
  bool isFarthest = checked.comparison.addRow(*values, wide.data(), width);
  if (isFarthest)
    checked.finding.position = (row + 1) * checked.ratio - 1;
}

void StateCheck::addTo(std::vector<Finding> &findings) const {
  for (const Checked &checked : states) {
    Finding finding = checked.finding;
    finding.rows = checked.comparison.rows();
    finding.found = checked.comparison.deviation();
    StringRef measure;
    finding.share = finding.found.of(finding.bound, measure);
    finding.measure = measure.str();
    auto input = llvm::find_if(findings, [&](const Finding &other) { return other.name == checked.input; });
    if (input == findings.end()) // of no value: behind its layer
      input = std::find_if(findings.rbegin(), findings.rend(), [&](const Finding &other) {
                return other.layer == finding.layer;
              }).base();
    else
      ++input;
    findings.insert(input, std::move(finding));
  }
}

} // namespace mlir::v4
