#include "codegen/TileToLoops/LoopEmitter.h"

#include "llvm/ADT/TypeSwitch.h"

namespace mlir::v4 {

LogicalResult LoopEmitter::emit(Block &block) {
  for (Operation &op : block.without_terminator()) {
    b.setLoc(op.getLoc());
    if (failed(emitOp(&op)))
      return failure();
  }
  return success();
}

LogicalResult LoopEmitter::emitOp(Operation *op) {
  auto always = [](auto &&emit) {
    emit();
    return success();
  };
  return llvm::TypeSwitch<Operation *, LogicalResult>(op)
      .Case([&](scf::ForOp loop) { return emitFor(loop); })
      .Case([&](scf::IfOp branch) { return emitIf(branch); })
      .Case([&](scf::WhileOp loop) { return emitWhile(loop); })
      .Case([&](tile::LoadOp access) { return emitLoad(access); })
      .Case([&](tile::LoadPanelsOp access) { return emitLoadPanels(access); })
      .Case([&](tile::StoreOp access) { return emitStore(access); })
      .Case([&](tile::GatherOp access) { return emitGather(access); })
      .Case([&](tile::LoadScalarOp access) { return emitLoadScalar(access); })
      .Case([&](tile::StoreScalarOp access) { return emitStoreScalar(access); })
      .Case([&](tile::ProgramIdOp id) {
        scalars.map(id.getResult(), ids[id.getDim()]);
        return success();
      })
      .Case([&](tile::NumRowsOp number) {
        scalars.map(number.getResult(), rows);
        return success();
      })
      .Case([&](tile::ViewOp view) {
        AccessedMemory memory = memories.lookup(view.getMemory());
        memory.type = view.getResult().getType();
        memories[view.getResult()] = memory;
        return success();
      })
      .Case([&](tile::ScratchOp own) {
        MemRefType type = own.getMemory().getType();
        Value bytes = index(type.getNumElements() * type.getElementTypeBitWidth() / 8);
        Value base = address(scratch, b.getI8Type(), index(scratchOffsets.lookup(own)));
        memories[own.getMemory()] = {base, type, bytes, -1};
        return success();
      })
      .Case([&](tile::DotOp dot) { return always([&] { emitDot(dot); }); })
      .Case([&](tile::DotWordsOp dot) { return always([&] { emitDotWords(dot); }); })
      .Case([&](tile::DotRowsOp dot) { return always([&] { emitDotRows(dot); }); })
      .Case([&](tile::DotRowsWordsOp dot) { return always([&] { emitDotRowsWords(dot); }); })
      .Case([&](tile::SplitDigitsOp split) { return always([&] { emitSplitDigits(split); }); })
      .Case([&](tile::DotDigitsOp dot) { return always([&] { emitDotDigits(dot); }); })
      .Case([&](tile::DotCodesOp dot) { return always([&] { emitDotCodes(dot); }); })
      .Case([&](tile::ScaledDotOp dot) { return always([&] { emitScaledDot(dot); }); })
      .Case([&](tile::ReduceOp reduce) { return always([&] { emitReduce(reduce); }); })
      .Case([&](tile::WidenOp widen) { return always([&] { emitWiden(widen); }); })
      .Case([&](tile::BroadcastOp broadcast) { return always([&] { emitBroadcast(broadcast); }); })
      .Case([&](tile::TransposeOp transpose) { return always([&] { emitTranspose(transpose); }); })
      .Case([&](tile::IotaOp iota) { return always([&] { emitIota(iota); }); })
      .Case([&](tile::DeinterleaveOp part) { return always([&] { emitDeinterleave(part); }); })
      .Case([&](tile::InterleaveOp join) { return always([&] { emitInterleave(join); }); })
      .Case([&](tile::SplatOp splat) {
        const TileStorage &to = define(splat.getResult());
        Value scalar = scalars.lookup(splat.getValue());
        int64_t width = chunk(to.size());
        forEach(to.size(), width, [&](Value i) { store(this->splat(scalar, width), to, i); });
        return success();
      })
      .Case([&](arith::ConstantOp constant) { return emitConstant(constant); })
      .Default([&](Operation *other) { return emitElementwise(other); });
}

LogicalResult LoopEmitter::emitFor(scf::ForOp op) {
  SmallVector<Value> initial;
  SmallVector<TileStorage> carried;
  for (auto [init, argument, result] : llvm::zip(op.getInitArgs(), op.getRegionIterArgs(), op.getResults())) {
    if (!isa<RankedTensorType>(init.getType())) {
      initial.push_back(scalars.lookup(init));
      continue;
    }
    TileStorage storage = define(result);
    copy(tile(init), storage);
    tiles[argument] = storage;
    carried.push_back(storage);
  }
  auto loop = scf::ForOp::create(b, scalars.lookup(op.getLowerBound()), scalars.lookup(op.getUpperBound()),
                                 scalars.lookup(op.getStep()), initial);
  OpBuilder::InsertionGuard guard(b);
  if (initial.empty())
    b.setInsertionPoint(loop.getBody()->getTerminator());
  else
    b.setInsertionPointToEnd(loop.getBody());
  scalars.map(op.getInductionVar(), loop.getInductionVar());
  size_t next = 0;
  for (Value argument : op.getRegionIterArgs())
    if (!isa<RankedTensorType>(argument.getType()))
      scalars.map(argument, loop.getRegionIterArg(next++));

  int64_t top = frameTop;
  if (failed(emit(*op.getBody())))
    return failure();
  // What is handed on may be one of the values that are replaced: all are read before any is written.
  SmallVector<Value> scalarYields;
  SmallVector<TileStorage> yielded;
  for (Value value : op.getYieldedValues()) {
    if (!isa<RankedTensorType>(value.getType())) {
      scalarYields.push_back(scalars.lookup(value));
      continue;
    }
    TileStorage from = tile(value);
    if (llvm::is_contained(op.getRegionIterArgs(), value)) {
      TileStorage aside = allocate(from.element, from.rows, from.columns);
      copy(from, aside);
      from = aside;
    }
    yielded.push_back(from);
  }
  for (auto [from, to] : llvm::zip_equal(yielded, carried))
    copy(from, to);
  frameTop = top;
  if (!initial.empty())
    scf::YieldOp::create(b, scalarYields);
  next = 0;
  for (OpResult result : op.getResults())
    if (!isa<RankedTensorType>(result.getType()))
      scalars.map(result, loop.getResult(next++));
  return success();
}

LogicalResult LoopEmitter::emitIf(scf::IfOp op) {
  SmallVector<Type> types;
  for (OpResult result : op.getResults()) {
    if (isa<RankedTensorType>(result.getType()))
      define(result);
    else
      types.push_back(result.getType());
  }
  bool withElse = !op.getElseRegion().empty();
  auto branch = scf::IfOp::create(b, types, scalars.lookup(op.getCondition()), withElse);
  auto emitBranch = [&](Block &from, Block &to) -> LogicalResult {
    OpBuilder::InsertionGuard guard(b);
    if (types.empty())
      b.setInsertionPoint(to.getTerminator());
    else
      b.setInsertionPointToEnd(&to);
    int64_t top = frameTop;
    if (failed(emit(from)))
      return failure();
    SmallVector<Value> yields;
    for (auto [value, result] : llvm::zip(from.getTerminator()->getOperands(), op.getResults())) {
      if (isa<RankedTensorType>(value.getType()))
        copy(tile(value), tile(result));
      else
        yields.push_back(scalars.lookup(value));
    }
    frameTop = top;
    if (!types.empty())
      scf::YieldOp::create(b, yields);
    return success();
  };
  if (failed(emitBranch(*op.thenBlock(), *branch.thenBlock())) ||
      (withElse && failed(emitBranch(*op.elseBlock(), *branch.elseBlock()))))
    return failure();
  size_t next = 0;
  for (OpResult result : op.getResults())
    if (!isa<RankedTensorType>(result.getType()))
      scalars.map(result, branch.getResult(next++));
  return success();
}

LogicalResult LoopEmitter::emitWhile(scf::WhileOp op) {
  auto scalarsOf = [&](auto values) {
    SmallVector<Value> found;
    for (Value value : values)
      if (!isa<RankedTensorType>(value.getType()))
        found.push_back(scalars.lookup(value));
    return found;
  };
  // Tiles have a place for each half of the loop, so that what one hands on is never what it reads.
  auto copyTiles = [&](auto from, auto to) {
    for (auto [value, place] : llvm::zip_equal(from, to))
      if (isa<RankedTensorType>(value.getType()))
        copy(tile(value), tile(place));
  };
  SmallVector<Type> types;
  for (auto [result, argument] : llvm::zip_equal(op.getResults(), op.getAfterArguments())) {
    if (isa<RankedTensorType>(result.getType()))
      tiles[argument] = define(result);
    else
      types.push_back(result.getType());
  }
  for (Value argument : op.getBeforeArguments())
    if (isa<RankedTensorType>(argument.getType()))
      define(argument);
  copyTiles(op.getInits(), op.getBeforeArguments());

  LogicalResult emitted = success();
  auto emitHalf = [&](Block &block, OpBuilder &inside, ValueRange arguments, function_ref<void()> end) {
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPoint(inside.getInsertionBlock(), inside.getInsertionPoint());
    for (Value argument : block.getArguments())
      if (!isa<RankedTensorType>(argument.getType())) {
        scalars.map(argument, arguments.front());
        arguments = arguments.drop_front();
      }
    int64_t top = frameTop;
    if (failed(emit(block)))
      emitted = failure();
    else
      end();
    frameTop = top;
  };
  auto loop = scf::WhileOp::create(
      b, types, scalarsOf(op.getInits()),
      [&](OpBuilder &inside, Location, ValueRange arguments) {
        emitHalf(*op.getBeforeBody(), inside, arguments, [&] {
          scf::ConditionOp condition = op.getConditionOp();
          copyTiles(condition.getArgs(), op.getResults());
          scf::ConditionOp::create(b, scalars.lookup(condition.getCondition()),
                                   scalarsOf(condition.getArgs()));
        });
      },
      [&](OpBuilder &inside, Location, ValueRange arguments) {
        if (failed(emitted))
          return;
        emitHalf(*op.getAfterBody(), inside, arguments, [&] {
          copyTiles(op.getYieldOp().getResults(), op.getBeforeArguments());
          scf::YieldOp::create(b, scalarsOf(op.getYieldOp().getResults()));
        });
      });
  if (failed(emitted))
    return failure();
  size_t next = 0;
  for (OpResult result : op.getResults())
    if (!isa<RankedTensorType>(result.getType()))
      scalars.map(result, loop.getResult(next++));
  return success();
}

} // namespace mlir::v4
