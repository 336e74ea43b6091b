// How the page of a report looks: one column up to 900 pixels, two beyond; light or dark as the reader has
// it.
#pragma once

#include "llvm/ADT/StringRef.h"

namespace mlir::v4 {

inline constexpr llvm::StringLiteral kStyle = R"css(
:root {
  color-scheme: light dark;
  --back: #ffffff; --card: #f6f7f9; --text: #1c1f24; --soft: #5b6270; --grid: #dfe2e8; --edge: #ffffff;
  --v32: #1c1f24;
}
@media (prefers-color-scheme: dark) {
  :root {
    --back: #15171b; --card: #1f2228; --text: #e8eaee; --soft: #a4abb8; --grid: #353a43; --edge: #15171b;
    --v32: #f2f4f8;
  }
}
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 1180px; padding: 20px 16px 48px; background: var(--back); color: var(--text);
  font: 15px/1.5 system-ui, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; }
h1 { font-size: 26px; line-height: 1.25; margin: 8px 0 2px; overflow-wrap: anywhere; }
h2 { font-size: 18px; margin: 34px 0 8px; }
p { margin: 4px 0 12px; max-width: 78ch; }
.soft, li { color: var(--soft); }
.cards { display: grid; grid-template-columns: repeat(auto-fit, minmax(168px, 1fr)); gap: 12px; margin: 18px 0; }
.card { background: var(--card); border-radius: 8px; padding: 12px 14px; }
.card b { display: block; font-size: 22px; line-height: 1.3; }
.card span { color: var(--soft); font-size: 13px; }
.pair { display: grid; grid-template-columns: minmax(0, 1fr); gap: 28px; }
figure { margin: 0; min-width: 0; }
figure h2 { margin: 12px 0 4px; }
svg { display: block; width: 100%; height: auto; }
svg.wide { display: none; }
svg.bar { border-radius: 4px; margin: 2px 0 10px; }
svg text { fill: var(--soft); font-size: 12px; font-variant-numeric: tabular-nums; }
svg text.y { text-anchor: end; }
svg text.x { text-anchor: middle; }
.grid line { stroke: var(--grid); }
.area { stroke: var(--edge); stroke-width: 0.6; }
.line { fill: none; stroke-width: 2.2; stroke-linejoin: round; }
.column { fill: transparent; }
.column:hover { fill: var(--text); fill-opacity: 0.12; }
.legend { display: flex; flex-wrap: wrap; gap: 2px 16px; margin: 6px 0 0; padding: 0; list-style: none; font-size: 13px; }
.legend svg { display: inline-block; width: 12px; height: 12px; margin-right: 6px; vertical-align: -1px; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: 14px; width: 100%; }
th, td { padding: 4px 10px; text-align: right; border-bottom: 1px solid var(--grid); white-space: nowrap; }
th:first-child, td:first-child { text-align: left; padding-left: 0; white-space: normal; min-width: 132px; }
th { color: var(--soft); font-weight: 600; }
tr.all td { font-weight: 600; }
.k-attention, .k-projections { fill: #4269d0; }
.k-window { fill: #97bbf5; }
.k-csa { fill: #3ca951; }
.k-hca { fill: #6cc5b0; }
.k-indexer, .k-index_keys { fill: #efb118; }
.k-experts, .k-moe { fill: #ff725c; }
.k-shared_experts { fill: #ff8ab7; }
.k-gate, .k-compressors { fill: #9c6b4e; }
.k-hyper_connections { fill: #a463f2; }
.k-embedding { fill: #5f7186; }
.k-head { fill: #9498a0; }
.k-other { fill: #c7c9ce; }
.k-v32 { fill: var(--v32); }
.line.k-v32 { fill: none; stroke: var(--v32); stroke-dasharray: 6 4; }
.k-projected { fill: #3ca951; } .line.k-projected { fill: none; stroke: #3ca951; }
.k-raw { fill: #ff725c; } .line.k-raw { fill: none; stroke: #ff725c; }
.k-device0 { fill: #4269d0; } .line.k-device0 { fill: none; stroke: #4269d0; }
.k-device1 { fill: #ff725c; } .line.k-device1 { fill: none; stroke: #ff725c; }
.k-device2 { fill: #3ca951; } .line.k-device2 { fill: none; stroke: #3ca951; }
.k-device3 { fill: #efb118; } .line.k-device3 { fill: none; stroke: #efb118; }
@media (max-width: 639px) {
  table { font-size: 12.5px; }
  th, td { padding: 4px 5px; }
  th:first-child, td:first-child { min-width: 84px; }
}
@media (min-width: 640px) { svg.wide { display: block; } svg.narrow { display: none; } }
@media (min-width: 900px) { .pair { grid-template-columns: repeat(2, minmax(0, 1fr)); } }
)css";

} // namespace mlir::v4
