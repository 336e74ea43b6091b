#include "codegen/Verify/Teacher.h"

#include "dialects/V4/Reference/Ops.h"
#include "llvm/Support/FormatVariadic.h"

#include <algorithm>
#include <cmath>

namespace mlir::v4 {

using reference::Tensor;

/// "layers.3.attn.q" is of layer 3; -1 outside of layers.
static int64_t layerOf(StringRef name) {
  int64_t layer = -1;
  if (name.consume_front("layers.") && name.split('.').first.getAsInteger(10, layer))
    return -1;
  return layer;
}

/// Tokens of the block that a row of `op` belongs to the end of; 1 if every row means something.
static int64_t ratioOf(Operation *op) {
  if (auto compress = dyn_cast<CompressOp>(op))
    return compress.getRatio();
  if (auto table = dyn_cast<RopeTableOp>(op))
    return 1 - static_cast<int64_t>(table.getOffset());
  return 1;
}

Teacher::Teacher(func::FuncOp step, reference::WeightProvider &weights) : weights(weights) {
  for (Operation &op : step.front())
    addResults(&op);
}

void Teacher::addResults(Operation *op) {
  if (isa<WeightOp, StateOp>(op))
    return;
  for (OpResult value : op->getResults()) {
    std::string name = reference::observedName(*op, value.getResultNumber()).str();
    if (name.empty() || !isa<RankedTensorType>(value.getType()))
      continue;
    Result result;
    result.value = value;
    result.name = name;
    result.ratio = ratioOf(op);
    result.onLogitRows = isa<GatherRowsOp>(op);
    for (Value operand : op->getOperands())
      if (Operation *from = operand.getDefiningOp())
        if (auto known =
                byName.find(reference::observedName(*from, cast<OpResult>(operand).getResultNumber()));
            known != byName.end() && !isa<WeightOp, StateOp>(from)) {
          const Result &input = results[known->second];
          result.ratio = std::max(result.ratio, input.ratio);
          result.onLogitRows |= input.onLogitRows;
        }
    result.finding.name = name;
    result.finding.op = op->getName().getStringRef().str();
    result.finding.layer = layerOf(name);
    byName[name] = results.size();
    results.push_back(std::move(result));
  }
}

void Teacher::beginStep(const SeenValues &seen, int64_t position, int64_t rows, int64_t logitRows) {
  seenValues = &seen;
  firstPosition = position;
  stepRows = rows;
  stepLogitRows = logitRows;
  scores.clear();
  indices.clear();
}

int64_t Teacher::positionOf(const Result &result, int64_t row) const {
  return firstPosition + row + (result.onLogitRows ? stepRows - stepLogitRows : 0);
}

bool Teacher::isCompared(const Result &result, int64_t row) const {
  return (positionOf(result, row) + 1) % result.ratio == 0;
}

void Teacher::teach(StringRef name, Tensor &value) {
  auto known = byName.find(name);
  if (known == byName.end())
    return;
  Result &result = results[known->second];
  Operation *op = result.value.getOwner();
  unsigned number = result.value.getResultNumber();
  bool routes = isa<RouteOp, HashRouteOp>(op);
  // The weights of the artifact's choice, not of the reference's.
  if (routes && number == 2)
    reweigh(result, value);
  if (auto seen = seenValues->find(name); seen != seenValues->end() && fits(result, seen->second, value)) {
    result.finding.seen = true;
    if (isa<IndexTopkOp>(op))
      compareTopk(result, seen->second, value);
    else if (routes && number == 1)
      compareExperts(result, seen->second, value);
    else if (isa<IndexScoresOp>(op))
      compareScores(result, seen->second, value);
    else
      compareRows(result, seen->second, value);
  }
  if (isa<IndexScoresOp>(op) || (routes && number == 0))
    scores[name] = value;
  if (routes && number == 1)
    indices[name] = value;
}

bool Teacher::fits(Result &result, const Tensor &seen, const Tensor &value) const {
  bool same = seen.rows() == value.rows() &&
              (seen.width() == value.width() || isa<IndexScoresOp>(result.value.getOwner()));
  if (!same && result.finding.problem.empty())
    result.finding.problem = llvm::formatv("the artifact has {0} rows of {1} values, wanted {2} of {3}",
                                           seen.rows(), seen.width(), value.rows(), value.width());
  return same;
}

void Teacher::compareRows(Result &result, const Tensor &seen, Tensor &value) {
  for (int64_t r = 0; r < value.rows(); ++r) {
    if (!isCompared(result, r))
      continue;
    if (result.comparison.addRow(value.row(r), seen.row(r), value.width()))
      result.finding.position = positionOf(result, r);
    std::copy_n(seen.row(r), value.width(), value.row(r));
  }
}

/// Behind the visible entries there is nothing to compare.
void Teacher::compareScores(Result &result, const Tensor &seen, Tensor &value) {
  for (int64_t r = 0; r < value.rows(); ++r) {
    int64_t visible = 0, columns = std::min(value.width(), seen.width());
    while (visible < columns && value.row(r)[visible] != -INFINITY)
      ++visible;
    if (visible == 0)
      continue;
    if (result.comparison.addRow(value.row(r), seen.row(r), visible))
      result.finding.position = positionOf(result, r);
    std::copy_n(seen.row(r), visible, value.row(r));
  }
}

std::vector<Finding> Teacher::findings() {
  std::vector<Finding> all;
  for (Result &result : results) {
    Finding finding = result.finding;
    // What an operand that the artifact does not show was rounded to is not known.
    for (Value operand : result.value.getOwner()->getOperands())
      if (auto from = dyn_cast<OpResult>(operand))
        if (auto known = byName.find(reference::observedName(*from.getOwner(), from.getResultNumber()));
            known != byName.end())
          finding.direct &= results[known->second].finding.seen;
    finding.rows = result.comparison.rows() + result.choices;
    finding.found = result.comparison.deviation();
    finding.bound = boundOf(result.value, finding.direct);
    StringRef measure;
    finding.share = finding.found.of(finding.bound, measure);
    finding.measure = measure.str();
    all.push_back(std::move(finding));
  }
  return all;
}

} // namespace mlir::v4
