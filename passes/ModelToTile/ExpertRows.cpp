#include "passes/ModelToTile/ExpertRows.h"

namespace mlir::v4 {

static Value i32Memory(KernelBuilder &k, StringRef name, int64_t size) {
  return k.programMemory(name, {size, 1}, k.builder.getI32Type());
}

static Value at(KernelBuilder &k, Value memory, Value place) {
  return k.toIndex(k.loadScalar(memory, {place, k.index(0)}));
}

static void put(KernelBuilder &k, Value value, Value memory, Value place) {
  k.storeScalar(k.toI32(value), memory, {place, k.index(0)});
}

RoutedRows routedRows(KernelBuilder &k, Value indices, int64_t choices, Value expert) {
  Value numbers = i32Memory(k, "routed", k.rowTile), wanted = k.toI32(expert);
  Value count = k.forLoop(k.index(0), k.rowCount(), k.index(1), k.index(0), [&](Value i, ValueRange carried) {
    Value row = k.add(k.firstRow, i), chosen = k.index(0), found;
    for (int64_t choice = 0; choice < choices; ++choice) {
      Value index = k.loadScalar(indices, {row, k.index(choice)});
      Value here = arith::CmpIOp::create(k.builder, k.loc, arith::CmpIPredicate::eq, index, wanted);
      Value own = k.add(k.mul(row, k.index(choices)), k.index(choice));
      chosen = arith::SelectOp::create(k.builder, k.loc, here, own, chosen);
      found = found ? arith::OrIOp::create(k.builder, k.loc, found, here).getResult() : here;
    }
    // Every row writes to the end of the list, and stays there if it belongs.
    put(k, chosen, numbers, carried[0]);
    Value next = k.add(carried[0], k.index(1));
    return SmallVector<Value>{arith::SelectOp::create(k.builder, k.loc, found, next, carried[0])};
  })[0];
  return {numbers, count, choices, {}, 0};
}

Value ExpertLists::expert(KernelBuilder &k, Value i) const { return at(k, present, i); }
Value ExpertLists::begin(KernelBuilder &k, Value expert) const { return at(k, ends, expert); }
Value ExpertLists::end(KernelBuilder &k, Value expert) const {
  return at(k, ends, k.add(expert, k.index(1)));
}

ExpertLists listsByExpert(KernelBuilder &k, Value indices, int64_t choices, int64_t experts) {
  Value numbers = i32Memory(k, "by_expert", k.rowTile * choices), counts = i32Memory(k, "ends", experts + 2);
  Value one = k.index(1), two = k.index(2);
  // Counting sort. First the number of choices of expert e stands at e + 2 ..
  k.forEach(k.index(0), k.index(experts + 2), [&](Value i) { put(k, k.index(0), counts, i); });
  auto forChoices = [&](function_ref<void(Value number, Value expert)> body) {
    k.forEach(k.index(0), k.rowCount(), [&](Value i) {
      for (int64_t choice = 0; choice < choices; ++choice) {
        Value expert = k.toIndex(k.loadScalar(indices, {k.add(k.firstRow, i), k.index(choice)}));
        body(k.add(k.mul(i, k.index(choices)), k.index(choice)), expert);
      }
    });
  };
  forChoices([&](Value, Value expert) {
    Value place = k.add(expert, two);
    put(k, k.add(at(k, counts, place), one), counts, place);
  });
  // .. then where its list begins stands at e + 1, and moves on with each choice that is put there.
  k.forEach(two, k.index(experts + 2),
            [&](Value i) { put(k, k.add(at(k, counts, i), at(k, counts, k.sub(i, one))), counts, i); });
  forChoices([&](Value number, Value expert) {
    Value place = k.add(expert, one), next = at(k, counts, place);
    put(k, number, numbers, next);
    put(k, k.add(next, one), counts, place);
  });
  ExpertLists lists = {numbers, counts, i32Memory(k, "present", experts + 1), {}};
  lists.count =
      k.forLoop(k.index(0), k.index(experts), one, k.index(0), [&](Value expert, ValueRange carried) {
        // Each expert is written to the end of the list, and stays there if it has choices.
        put(k, expert, lists.present, carried[0]);
        Value next = k.add(carried[0], one), any = k.less(lists.begin(k, expert), lists.end(k, expert));
        return SmallVector<Value>{arith::SelectOp::create(k.builder, k.loc, any, next, carried[0])};
      })[0];
  put(k, lists.expert(k, k.index(0)), lists.present, lists.count);
  return lists;
}

} // namespace mlir::v4
