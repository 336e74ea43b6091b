#include "dialects/V4/Reference/Sequences.h"

#include "llvm/ADT/TypeSwitch.h"

#include <limits>

namespace mlir::v4::reference {
namespace {

/// Widens the rows of a matrix.
void widen(Tensor &tensor, int64_t width) {
  Tensor wide({tensor.rows(), width});
  std::fill(wide.data.begin(), wide.data.end(), -std::numeric_limits<double>::infinity());
  for (int64_t t = 0; t < tensor.rows(); ++t)
    std::copy_n(tensor.row(t), tensor.width(), wide.row(t));
  tensor = std::move(wide);
}

void appendRows(Tensor &all, Tensor more) {
  if (all.shape.empty()) {
    all = std::move(more);
    return;
  }
  if (all.width() < more.width())
    widen(all, more.width());
  if (more.width() < all.width())
    widen(more, all.width());
  all.shape[0] += more.rows();
  all.data.insert(all.data.end(), more.data.begin(), more.data.end());
}

} // namespace

int64_t longestStep(func::FuncOp step) {
  int64_t longest = std::numeric_limits<int32_t>::max();
  // The first row of a step still looks back at `reach` rows, its own included.
  auto limit = [&](Value ring, int64_t reach) {
    longest = std::min(longest, cast<RingType>(ring.getType()).getRows() - reach + 1);
  };
  step.walk([&](Operation *op) {
    TypeSwitch<Operation *>(op)
        .Case<WindowAttentionOp, CsaAttentionOp, HcaAttentionOp>(
            [&](auto attention) { limit(attention.getRing(), attention.getWindow()); })
        .Case([&](CompressOp compress) {
          limit(compress.getValues(), compress.getRatio() * (compress.getOverlap() ? 2 : 1));
        });
  });
  return std::max<int64_t>(longest, 1);
}

llvm::Expected<SequenceResult> runSequence(Executor &executor, func::FuncOp step, ArrayRef<int64_t> tokens,
                                           int64_t slot, int64_t position, int64_t chunk) {
  SequenceResult result;
  for (size_t begin = 0; begin < tokens.size(); begin += chunk) {
    ArrayRef<int64_t> part = tokens.slice(begin, std::min<size_t>(chunk, tokens.size() - begin));
    int64_t rows = static_cast<int64_t>(part.size());
    Tensor ids({rows}), slots({rows}), positions({rows}), logitRows({rows});
    for (int64_t t = 0; t < rows; ++t) {
      ids.data[t] = static_cast<double>(part[t]);
      slots.data[t] = static_cast<double>(slot);
      positions.data[t] = static_cast<double>(position + static_cast<int64_t>(begin) + t);
      logitRows.data[t] = static_cast<double>(t);
    }
    llvm::Expected<std::vector<Tensor>> results = executor.run(step, {ids, slots, positions, logitRows});
    if (!results)
      return results.takeError();
    if (results->size() != 1)
      return llvm::createStringError("a step returns the logits and nothing else");
    appendRows(result.logits, std::move(results->front()));
    for (const auto &[name, tensor] : executor.observed())
      appendRows(result.observed[name], tensor);
  }
  return result;
}

} // namespace mlir::v4::reference
