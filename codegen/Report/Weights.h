// What the weights of a model weigh: stored bytes, and those that one token has to read.
#pragma once

#include "codegen/Import/Inventory.h"

namespace mlir::v4 {

struct WeightCosts {
  double stored = 0; // bytes, scales included, without MTP layers
  double read = 0;   // for one token: one row of tables, the chosen experts only
  // Of `read`, by the format that it is stored in.
  double readF8 = 0;
  double readF4 = 0;
  double readWide = 0;
  // Operations of the products of a token with matrices of one and two bytes or more an element.
  double narrowOperations = 0;
  double wideOperations = 0;
};

WeightCosts countWeights(const ModelConfig &config, const Inventory &inventory);

} // namespace mlir::v4
