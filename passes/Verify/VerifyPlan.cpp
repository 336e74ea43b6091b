// Runs each program in mind: which buffer's value do the bytes of the arena hold? Knows nothing of how the
// plan was made.
#include "passes/Verify/Rules.h"

#include "dialects/Rt/IR/RtDialect.h"

#include <map>

namespace mlir::v4 {
namespace {

class Arena {
public:
  void write(rt::BufferOp buffer) {
    int64_t begin = *buffer.getOffset(), end = begin + buffer.getBytes();
    // Spans do not overlap, so only the one before can reach into this.
    auto it = spans.upper_bound(begin);
    if (it != spans.begin() && std::prev(it)->second.end > begin)
      --it;
    while (it != spans.end() && it->first < end)
      it = spans.erase(it);
    spans.emplace(begin, Span{end, buffer});
  }

  bool holds(rt::BufferOp buffer) const {
    auto it = spans.find(*buffer.getOffset());
    return it != spans.end() && it->second.buffer == buffer;
  }

private:
  struct Span {
    int64_t end;
    rt::BufferOp buffer;
  };
  std::map<int64_t, Span> spans;
};

} // namespace

static LogicalResult verifyDispatch(rt::DispatchOp dispatch, SymbolTable &symbols, Arena &arena) {
  SmallVector<rt::BufferOp> reads;
  for (auto name : dispatch.getReads().getAsRange<FlatSymbolRefAttr>())
    if (auto buffer = symbols.lookup<rt::BufferOp>(name.getValue()))
      reads.push_back(buffer);
  auto checkReads = [&](StringRef when) -> LogicalResult {
    for (rt::BufferOp buffer : reads)
      if (!arena.holds(buffer))
        return dispatch.emitOpError() << "reads @" << buffer.getSymName() << ", which is not there " << when;
    return success();
  };
  if (failed(checkReads("yet or any more")))
    return failure();
  SmallVector<rt::BufferOp> writes;
  for (auto name : dispatch.getWrites().getAsRange<FlatSymbolRefAttr>()) {
    writes.push_back(symbols.lookup<rt::BufferOp>(name.getValue()));
    arena.write(writes.back());
  }
  if (failed(checkReads("once the dispatch writes")))
    return failure();
  for (rt::BufferOp buffer : writes)
    if (!arena.holds(buffer))
      return dispatch.emitOpError() << "writes @" << buffer.getSymName()
                                    << " and another buffer to the same place";
  return success();
}

LogicalResult verifyPlan(ModuleOp module) {
  SymbolTable symbols(module);
  static constexpr StringLiteral inputs[] = {"tokens", "slots", "positions", "logit_rows"};
  for (auto program : module.getOps<rt::ProgramOp>()) {
    Arena arena;
    for (StringRef name : inputs) {
      auto buffer = symbols.lookup<rt::BufferOp>(name);
      if (!buffer)
        return module.emitError() << "has no buffer @" << name << " for the step's " << name;
      arena.write(buffer);
    }
    auto logits = symbols.lookup<rt::BufferOp>("logits");
    if (!logits)
      return module.emitError("has no buffer @logits");
    for (auto dispatch : program.getOps<rt::DispatchOp>())
      if (failed(verifyDispatch(dispatch, symbols, arena)))
        return failure();
    if (!arena.holds(logits))
      return program.emitOpError("does not end with the logits in @logits");
  }
  return success();
}

} // namespace mlir::v4
