// Choices of the router and of the indexer: near-ties are no errors.
#include "codegen/Verify/Teacher.h"
#include "dialects/V4/Reference/Ops.h"

#include "llvm/Support/FormatVariadic.h"

#include <algorithm>
#include <cmath>
#include <set>

namespace mlir::v4 {

using reference::Tensor;

namespace {

using Choice = std::set<int64_t>;

Choice choiceOf(const double *row, int64_t width) {
  Choice choice;
  for (int64_t i = 0; i < width; ++i)
    if (row[i] != -1)
      choice.insert(static_cast<int64_t>(row[i]));
  return choice;
}

/// How much better the best score that only `wanted` has is than the worst that only `found` has.
double gapOf(const Choice &wanted, const Choice &found, llvm::function_ref<double(int64_t)> score) {
  double best = -INFINITY, worst = INFINITY;
  for (int64_t id : wanted)
    if (!found.count(id))
      best = std::max(best, score(id));
  for (int64_t id : found)
    if (!wanted.count(id))
      worst = std::min(worst, score(id));
  return best - worst;
}

double largestOf(const double *row, int64_t width) {
  double largest = 0;
  for (int64_t i = 0; i < width; ++i)
    if (std::isfinite(row[i]))
      largest = std::max(largest, std::abs(row[i]));
  return largest;
}

} // namespace

void Teacher::compareTopk(Result &result, const Tensor &seen, Tensor &value) {
  auto op = cast<IndexTopkOp>(result.value.getOwner());
  auto from = cast<OpResult>(op.getScores());
  std::string name = reference::observedName(*from.getOwner(), from.getResultNumber()).str();
  const Tensor &rows = scores.at(name);
  // Scores that were computed anew may be as far from the artifact's as their bound allows.
  bool direct = seenValues->count(name) != 0;
  double margin = direct ? kTieMargin : boundOf(from, /*direct=*/false).element;
  for (int64_t r = 0; r < value.rows(); ++r) {
    ++result.choices;
    Choice wanted = choiceOf(value.row(r), value.width()), found = choiceOf(seen.row(r), value.width());
    if (wanted == found)
      continue;
    auto visible = reference::visibleEntries(positionOf(result, r), op.getRatio());
    bool possible = found.size() == wanted.size() &&
                    (found.empty() || (*found.begin() >= 0 && *found.rbegin() < visible));
    auto score = [&](int64_t entry) { return rows.row(r)[entry]; };
    bool tie = possible && gapOf(wanted, found, score) <= margin * largestOf(rows.row(r), rows.width());
    noteChoice(result, r, tie);
    // What is not there cannot be read: the reference goes on with its own.
    if (possible)
      std::copy_n(seen.row(r), value.width(), value.row(r));
  }
}

void Teacher::compareExperts(Result &result, const Tensor &seen, Tensor &value) {
  Operation *op = result.value.getOwner();
  const Tensor &rows = scores.at(reference::observedName(*op, 0));
  auto route = dyn_cast<RouteOp>(op);
  for (int64_t r = 0; r < value.rows(); ++r) {
    ++result.choices;
    Choice wanted = choiceOf(value.row(r), value.width()), found = choiceOf(seen.row(r), value.width());
    if (wanted == found)
      continue;
    bool possible = found.size() == wanted.size() && *found.begin() >= 0 && *found.rbegin() < rows.width();
    auto score = [&](int64_t expert) { return rows.row(r)[expert] + biasOf(route)[expert]; };
    bool tie =
        route && possible && gapOf(wanted, found, score) <= kTieMargin * largestOf(rows.row(r), rows.width());
    noteChoice(result, r, tie);
    if (possible)
      std::copy_n(seen.row(r), value.width(), value.row(r));
  }
}

void Teacher::noteChoice(Result &result, int64_t row, bool tie) {
  Finding &finding = result.finding;
  ++(tie ? finding.nearTies : finding.otherChoices);
  if (finding.position < 0 || (!tie && finding.otherChoices == 1))
    finding.position = positionOf(result, row);
}

void Teacher::reweigh(Result &result, Tensor &value) {
  Operation *op = result.value.getOwner();
  auto again = [&](auto route) {
    const Tensor &chosen = indices.at(reference::observedName(*op, 1));
    value = reference::routingWeights(scores.at(reference::observedName(*op, 0)), chosen, route.getScoring(),
                                      route.getScaling().convertToDouble());
  };
  if (auto route = dyn_cast<RouteOp>(op))
    again(route);
  else
    again(cast<HashRouteOp>(op));
}

llvm::ArrayRef<double> Teacher::biasOf(RouteOp op) {
  auto weight = op.getBias().getDefiningOp<WeightOp>();
  auto [known, isNew] = biases.try_emplace(weight.getName());
  if (isNew) {
    if (llvm::Expected<Tensor> loaded = weights.load(weight.getName(), weight.getType()))
      known->second = std::move(*loaded);
    else
      llvm::consumeError(loaded.takeError()); // the executor has read it, and would have failed
  }
  return known->second.data;
}

} // namespace mlir::v4
