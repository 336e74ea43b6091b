// The panel layout: `panel` rows of a matrix side by side, so that a kernel streams one line for all of them.
//
//   2 rows of 3 in panels of 2:   a b c   ->   a d | b e | c f
//                                 d e f
#pragma once

#include <cstdint>

namespace v4rt {

/// Packs `rows` rows of `columns` units, `unitBytes` (1, 2, 4 or 8) each, from `from` to `to` as
/// [ceil(rows / panel)][columns][panel]. Rows that are absent from the last panel become zero.
void packPanels(const void *from, uint64_t rows, uint64_t columns, uint32_t unitBytes, uint32_t panel,
                void *to);

} // namespace v4rt
