// Weights cut into the pieces that are packed at a time.
#pragma once

#include "runtime/pack/WeightPlan.h"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace v4rt {

/// Rows [row, row + rows) of one source of one weight.
struct Block {
  uint64_t number = 0; // in the order of the packed bytes
  const WeightPlan *plan = nullptr;
  size_t source = 0;
  uint64_t row = 0;
  uint64_t rows = 0;
  uint64_t offset = 0; // of its packed bytes, in the section
  uint64_t bytes = 0;

  const checkpoint::TensorInfo &tensor() const { return *plan->sources[source]; }
  uint64_t end() const { return offset + bytes; }
  uint64_t units() const { return rows * plan->columns; }
  uint32_t sourceUnitBytes() const { return checkpoint::dtypeBytes(tensor().dtype); }
  uint64_t sourceBegin() const { return row * plan->columns * sourceUnitBytes(); }
  uint64_t sourceBytes() const { return units() * sourceUnitBytes(); }
};

/// All blocks, in the order of the packed bytes. Where they are cut depends on the plans and `blockBytes`
/// alone: a run that is gone on with finds the blocks of the run before it.
class Blocks {
public:
  Blocks(const std::vector<WeightPlan> &plans, uint64_t blockBytes) : plans(plans), blockBytes(blockBytes) {}

  bool next(Block &block);

  /// The most memory that packing one block takes.
  static uint64_t memoryBytes(const std::vector<WeightPlan> &plans, uint64_t blockBytes);

private:
  const std::vector<WeightPlan> &plans;
  uint64_t blockBytes;
  uint64_t number = 0;
  size_t weight = 0, source = 0;
  uint64_t row = 0;
};

} // namespace v4rt
