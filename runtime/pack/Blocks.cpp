#include "runtime/pack/Blocks.h"

#include <algorithm>

namespace v4rt {

static uint64_t panelBytes(const WeightPlan &plan) {
  return plan.panel * plan.columns * std::max(plan.sourceUnitBytes, plan.packedUnitBytes);
}

bool Blocks::next(Block &block) {
  while (weight < plans.size() &&
         (source == plans[weight].sources.size() || plans[weight].sourcePackedBytes == 0)) {
    ++weight;
    source = 0;
  }
  if (weight == plans.size())
    return false;
  const WeightPlan &plan = plans[weight];
  uint64_t rows = std::max<uint64_t>(1, blockBytes / panelBytes(plan)) * plan.panel;
  block.number = number++;
  block.plan = &plan;
  block.source = source;
  block.row = row;
  block.rows = std::min(rows, plan.rows - row);
  uint64_t packedRowBytes = plan.columns * plan.packedUnitBytes;
  block.offset = plan.recipe->offset + source * plan.sourcePackedBytes + row * packedRowBytes;
  block.bytes = (block.rows + plan.panel - 1) / plan.panel * plan.panel * packedRowBytes;
  row += block.rows;
  if (row == plan.rows) {
    row = 0;
    ++source;
  }
  return true;
}

uint64_t Blocks::memoryBytes(const std::vector<WeightPlan> &plans, uint64_t blockBytes) {
  uint64_t largest = blockBytes;
  for (const WeightPlan &plan : plans)
    largest = std::max(largest, panelBytes(plan));
  return 3 * largest; // as read, converted, in panels
}

} // namespace v4rt
