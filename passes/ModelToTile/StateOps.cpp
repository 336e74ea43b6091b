// Rows that come from or go to tables and states.
#include "passes/ModelToTile/Records.h"

namespace mlir::v4 {

void emitEmbed(KernelBuilder &k, EmbedOp op) {
  Value token = k.rowId(op.getTokens(), k.row);
  k.copy(k.memory(op.getTable()), {token, k.index(0)}, k.memory(op.getResult()), {k.row, k.index(0)},
         rowElements(op.getResult()));
}

void emitGatherRows(KernelBuilder &k, GatherRowsOp op) {
  Value source = k.rowId(op.getRows(), k.row);
  k.copy(k.memory(op.getInput()), {source, k.index(0)}, k.memory(op.getResult()), {k.row, k.index(0)},
         rowElements(op.getResult()));
}

void emitScale(KernelBuilder &k, ScaleOp op) {
  Value input = k.memory(op.getInput()), result = k.memory(op.getResult());
  double factor = op.getFactor().convertToDouble();
  k.forTiles(rowElements(op.getInput()), k.lanes(), [&](Value offset, int64_t width) {
    Value x = k.loadF32(input, {k.row, offset}, {width});
    k.store(k.mulf(x, k.constant(factor, {width})), result, {k.row, offset});
  });
}

void emitRingWrite(KernelBuilder &k, RingWriteOp op) {
  RingType ring = cast<RingType>(op.getRing().getType());
  Value slot = k.rowId(op.getSlots(), k.row), position = k.rowId(op.getPositions(), k.row);
  k.copy(k.memory(op.getInput()), {k.row, k.index(0)}, k.memory(op.getRing()),
         {slot, k.rem(position, k.index(ring.getRows())), k.index(0)}, ring.getWidth());
}

/// Whether the row's token is the last of a block of `ratio` tokens.
static Value closesBlock(KernelBuilder &k, Value position, int64_t ratio) {
  Value last = k.rem(k.add(position, k.index(1)), k.index(ratio));
  return arith::CmpIOp::create(k.builder, k.loc, arith::CmpIPredicate::eq, last, k.index(0));
}

void emitEntryWrite(KernelBuilder &k, EntryWriteOp op) {
  EntriesType entries = cast<EntriesType>(op.getEntries().getType());
  Value slot = k.rowId(op.getSlots(), k.row), position = k.rowId(op.getPositions(), k.row);
  k.ifThen(closesBlock(k, position, op.getRatio()), [&] {
    if (entries.isPacked())
      return writeRecord(k, entries, k.memory(op.getInput()), k.memory(op.getEntries()), slot,
                         k.div(position, k.index(op.getRatio())));
    k.copy(k.memory(op.getInput()), {k.row, k.index(0)}, k.memory(op.getEntries()),
           {slot, k.div(position, k.index(op.getRatio())), k.index(0)}, entries.getWidth());
  });
}

/// Pools one block into channels [offset, offset + width) of the result (specification section 5.1).
static void poolChannels(KernelBuilder &k, CompressOp op, Value slot, Value position, Value offset,
                         int64_t width) {
  int64_t ratio = op.getRatio(), ringRows = cast<RingType>(op.getValues().getType()).getRows();
  int64_t channels = rowElements(op.getResult()), rows = op.getOverlap() ? 2 * ratio : ratio;
  Value values = k.memory(op.getValues()), gates = k.memory(op.getGates()), ape = k.memory(op.getApe());
  // Row j of the softmax is position first + j, in the previous block's half of the ring while j < ratio; a
  // sequence's first block has no previous one.
  Value begin = k.index(0);
  Value first = k.sub(k.add(position, k.index(1)), k.index(ratio));
  if (op.getOverlap()) {
    Value firstBlock = k.less(position, k.index(ratio));
    begin = arith::SelectOp::create(k.builder, k.loc, firstBlock, k.index(ratio), k.index(0));
  }
  auto locate = [&](Value j) {
    Value column = offset, token = j;
    if (op.getOverlap()) {
      Value own = arith::CmpIOp::create(k.builder, k.loc, arith::CmpIPredicate::uge, j, k.index(ratio));
      Value ownColumn = k.add(offset, k.index(channels));
      column = arith::SelectOp::create(k.builder, k.loc, own, ownColumn, offset);
      // first + j - ratio, in an order that never goes below zero
      token = k.sub(k.add(first, j), k.index(ratio));
    } else {
      token = k.add(first, j);
    }
    return std::pair(token, column);
  };
  auto gate = [&](Value j) {
    auto [token, column] = locate(j);
    Value s = k.loadF32(gates, {slot, k.rem(token, k.index(ringRows)), column}, {width});
    return k.addf(s, k.loadF32(ape, {k.rem(j, k.index(ratio)), column}, {width}));
  };
  Value lowest = k.constant(-std::numeric_limits<float>::infinity(), {width}),
        zero = k.constant(0.0, {width});
  Value end = k.index(rows), one = k.index(1);
  Value top = k.forLoop(begin, end, one, lowest, [&](Value j, ValueRange carried) {
    return SmallVector<Value>{k.maxf(carried[0], gate(j))};
  })[0];
  auto value = [&](Value j) {
    auto [token, column] = locate(j);
    return k.loadF32(values, {slot, k.rem(token, k.index(ringRows)), column}, {width});
  };
  auto weight = [&](Value j) { return k.exp(k.subf(gate(j), top)); };
  Value result = k.memory(op.getResult());
  if (op.getNumerics().getOption("compressor") != "bf16") {
    auto sums = k.forLoop(begin, end, one, {zero, zero}, [&](Value j, ValueRange carried) {
      Value p = weight(j);
      return SmallVector<Value>{k.addf(carried[0], p), k.fma(p, value(j), carried[1])};
    });
    k.store(k.divf(sums[1], sums[0]), result, {k.row, offset});
    return;
  }
  Value sum = k.forLoop(begin, end, one, zero, [&](Value j, ValueRange carried) {
    return SmallVector<Value>{k.addf(carried[0], weight(j))};
  })[0];
  Value pooled = k.forLoop(begin, end, one, zero, [&](Value j, ValueRange carried) {
    Value p = k.roundBF16(k.divf(weight(j), sum));
    return SmallVector<Value>{k.fma(p, value(j), carried[0])};
  })[0];
  k.store(pooled, result, {k.row, offset});
}

void emitCompress(KernelBuilder &k, CompressOp op) {
  Value slot = k.rowId(op.getSlots(), k.row), position = k.rowId(op.getPositions(), k.row);
  int64_t channels = rowElements(op.getResult());
  Value closes = closesBlock(k, position, op.getRatio());
  k.ifThen(closes, [&] {
    k.forTiles(channels, k.lanes(),
               [&](Value offset, int64_t width) { poolChannels(k, op, slot, position, offset, width); });
  });
  Value open = arith::XOrIOp::create(
      k.builder, k.loc, closes, arith::ConstantOp::create(k.builder, k.loc, k.builder.getBoolAttr(true)));
  k.ifThen(open, [&] {
    k.forTiles(channels, k.lanes(), [&](Value offset, int64_t width) {
      k.store(k.constant(0.0, {width}), k.memory(op.getResult()), {k.row, offset});
    });
  });
}

} // namespace mlir::v4
