// Which rows go to which expert, found by the program that needs it.
//
// A row's choice has the number row * choices + choice. Scanning the numbers of a step costs next to nothing
// beside the products with one expert's panel, and saves a launch and a buffer.
#pragma once

#include "passes/ModelToTile/KernelBuilder.h"

namespace mlir::v4 {

/// The program's rows that have `expert` among their choices, as they come: `tile` and `tiles` are left open.
/// A row counts once and there are no more than `rowTile`, whatever `indices` [rows, choices] hold.
RoutedRows routedRows(KernelBuilder &k, Value indices, int64_t choices, Value expert);

/// The choices of all the program's rows, sorted by expert; of one expert as they come. Numbers count from
/// the program's first row.
struct ExpertLists {
  Value numbers; // i32 [rowTile * choices, 1]
  Value ends;    // i32 [experts + 2, 1]: where the list of the expert before ends
  Value present; // i32 [experts + 1, 1]: experts with choices, ascending, and once more the first
  Value count;   // of experts with choices

  /// Expert `i` of those with choices, i <= count.
  Value expert(KernelBuilder &k, Value i) const;
  Value begin(KernelBuilder &k, Value expert) const;
  Value end(KernelBuilder &k, Value expert) const;
};

/// `indices` [rows, choices] are below `experts`.
ExpertLists listsByExpert(KernelBuilder &k, Value indices, int64_t choices, int64_t experts);

} // namespace mlir::v4
