// One op on values: from operands and attributes to the functions of Ops.h.
#pragma once

#include "dialects/V4/Reference/Ops.h"

#include <memory>

namespace mlir::v4::reference {

using SharedTensor = std::shared_ptr<const Tensor>;

/// What the values of a function are while it runs.
struct Frame {
  DenseMap<Value, SharedTensor> tensors; // activations, ids and weights
  DenseMap<Value, State *> states;
  Angles angles = Angles::f32;

  const Tensor &tensor(Value value) const { return *tensors.at(value); }
  State &state(Value value) const { return *states.at(value); }
};

/// The op's results, not yet rounded to their types. Fails with one sentence where an id is out of range, a
/// state lacks a row, or the op is none that computes.
Expected<SmallVector<Tensor>> evaluate(Operation *op, const Frame &frame);

} // namespace mlir::v4::reference
