// A weight's recipe (format::Weight) checked against a checkpoint and turned into numbers.
#pragma once

#include "runtime/Status.h"
#include "runtime/checkpoint/Checkpoint.h"
#include "runtime/format/artifact_generated.h"

#include <cstdint>
#include <memory>
#include <vector>

namespace v4rt {

/// Rows are packed a panel at a time, so that a panel is the least that memory must hold.
inline constexpr uint64_t kLargestPanelBytes = 64 << 20;

/// A source is `rows` rows of `columns` units. A unit is an element, or a byte with two of f4e2m1. Row-major
/// weights have one column: their rows are the units.
struct WeightPlan {
  const format::WeightT *recipe = nullptr;
  size_t index = 0; // of the recipe in the manifest
  std::vector<const checkpoint::TensorInfo *> sources;
  uint64_t rows = 0;
  uint64_t columns = 0;
  uint32_t sourceUnitBytes = 0; // of the widest source
  uint32_t packedUnitBytes = 0;
  uint32_t panel = 1;             // packed rows are a multiple of it
  uint32_t panelUnitBytes = 0;    // what lies side by side: a unit, or a word of several
  bool interleaved = false;       // the rows of a panel lie side by side, not one after the other
  uint64_t sourcePackedBytes = 0; // of one source
};

/// Bytes of the packed weight that `recipe` describes. Fails on recipes without a meaning; `recipe.offset`,
/// `.bytes` and `.checksum` are not looked at.
Status packedBytes(const format::WeightT &recipe, uint64_t &bytes);

/// Checks that the checkpoint has every source with the dtype and shape wanted, and that `recipe.bytes` is
/// right. Scales that the program wants as f8e8m0 may be F32 (Base checkpoints): packing converts them.
Status planWeight(const format::WeightT &recipe, const checkpoint::Checkpoint &checkpoint, WeightPlan &plan);

/// Plans all weights, in the order of their offsets; they must lie apart, aligned to 64, within
/// `sectionBytes`.
Status planWeights(const std::vector<std::unique_ptr<format::WeightT>> &recipes, uint64_t sectionBytes,
                   const checkpoint::Checkpoint &checkpoint, std::vector<WeightPlan> &plans);

} // namespace v4rt
