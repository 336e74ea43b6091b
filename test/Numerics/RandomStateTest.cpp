// Ops that read and write what sequences remember: several sequences that grow in ragged steps.
#include "test/Numerics/RandomStep.h"

#include <gtest/gtest.h>

#include <cmath>

namespace v4test {
namespace {

/// Sequences of up to `steps` times `longest` tokens.
struct Growth {
  int64_t steps, longest;
  int64_t positions() const { return steps * longest; }
};

Growth drawGrowth(StepText &step, int64_t steps, int64_t longest) {
  Growth growth{step.draw.between(1, steps), step.draw.between(1, longest)};
  step.slotCount = step.draw.between(1, 3);
  step.steps = drawSteps(step.draw, step.slotCount, growth.steps, growth.longest, step.vocabulary);
  return growth;
}

std::string ring(StepText &step, int64_t rows, int64_t width) {
  return "ring<" + std::to_string(rows) + ", " + std::to_string(width) + ", " + step.element() + ">";
}

/// A table of the growth's entries, and perhaps more.
Val entries(StepText &step, const std::string &name, Growth growth, int64_t ratio, int64_t width) {
  int64_t rows = std::max<int64_t>(growth.positions() / ratio, 1) +
                 (step.draw.chance(50) ? step.draw.between(0, 70) : 0);
  return step.state(name, "entries<" + std::to_string(rows) + ", " + std::to_string(width) + ", " +
                              step.element() + ">");
}

int64_t capacity(const Val &table) { return std::stoll(table.type.substr(table.type.find('<') + 1)); }

void writeRing(StepText &step, Val rows, Val ring) {
  step.write("v4.ring_write $, $ at $, $", {rows, ring, step.slots, step.positions});
}

void writeEntries(StepText &step, Val rows, Val table, int64_t ratio) {
  step.write("v4.entry_write $, $ at $, $ by " + std::to_string(ratio),
             {rows, table, step.slots, step.positions});
}

TEST(Random, Compress) {
  checkDraws(drawSeeds(7000, 35), [](StepText &step) {
    Draw &draw = step.draw;
    bool overlap = draw.chance(50);
    int64_t ratio = overlap ? draw.pick({4, 4, 4, 2, 3}) : draw.pick({2, 3, 5, 8, 16, 31, 128});
    int64_t size = draw.size(1, 140), width = overlap ? 2 * size : size;
    Growth growth = drawGrowth(step, 5, draw.chance(60) ? 2 * ratio : 7);
    int64_t rows = (overlap ? 2 : 1) * ratio + growth.longest;
    Val values = step.state("values", ring(step, rows, width)),
        gates = step.state("gates", ring(step, rows, width));
    Val ape = step.weight("ape", drawPlainType(draw, {ratio, width}));
    writeRing(step, step.input({width}), values);
    writeRing(step, step.input({width}), gates);
    Val pooled = step.one("v4.compress $, $, $ at $, $ by " + std::to_string(ratio) +
                              (overlap ? " overlap" : "") + step.numerics({{"compressor", "bf16"}}),
                          {values, gates, ape, step.slots, step.positions}, step.rows({size}));
    writeEntries(step, pooled, entries(step, "entries", growth, ratio, size), ratio);
  });
}

/// Exact in BF16; sums of products are exact in float32 but not in BF16.
void fillLargeIntegers(Draw &draw, double *row, int64_t width) {
  for (int64_t i = 0; i < width; ++i)
    row[i] = static_cast<double>(draw.between(-12, 12));
}

TEST(Random, Indexer) {
  checkDraws(drawSeeds(8000, 35), [](StepText &step) {
    Draw &draw = step.draw;
    int64_t ratio = draw.pick({4, 4, 2, 1, 7}), heads = draw.between(1, 7), size = draw.size(1, 70);
    Growth growth = drawGrowth(step, 4, draw.pick({5, 40, 90}));
    // Whole numbers make equal scores, exactly.
    bool whole = draw.chance(50);
    auto fill = !whole ? StepText::fillNormal : step.rounds ? fillLargeIntegers : StepText::fillIntegers;
    Val keys = entries(step, "keys", growth, ratio, size);
    writeEntries(step, step.input({size}, fill), keys, ratio);
    Val query = step.input({heads, size}, fill), weights = step.input({heads}, fill);
    std::string by = " by " + std::to_string(ratio);
    // What is rounded of whole numbers is the same on both sides, and so is the choice.
    if (whole)
      step.coarsest = 0;
    Val scores = step.one("v4.index_scores $, $, $ at $, $" + by + step.numerics({{"index_score", "bf16"}}),
                          {query, weights, keys, step.slots, step.positions}, step.rows({capacity(keys)}));
    if (whole || !step.rounds)
      step.one("v4.index_topk $ at $" + by, {scores, step.positions},
               rowsType({draw.size(1, std::min<int64_t>(capacity(keys), 70))}, "i32"));
  });
}

TEST(Random, Attention) {
  checkDraws(drawSeeds(9000, 45), [](StepText &step) {
    Draw &draw = step.draw;
    int64_t groups = draw.between(1, 3), heads = groups * draw.between(1, 2), size = draw.size(2, 100);
    int64_t window = draw.size(1, 40), ratio = draw.pick({4, 2, 3, 16});
    Growth growth = drawGrowth(step, 4, draw.pick({3, 20, 50}));
    Val window_ = step.state("window", ring(step, window + growth.longest, size));
    writeRing(step, step.input({size}), window_);
    Val query = step.input({heads, size}), sink = step.weight("sink", drawPlainType(draw, {heads}));
    bool rotates = draw.chance(50);
    std::vector<Val> table;
    if (rotates) { // norm and rotation go into the kernel of the heads
      int64_t pairs = draw.between(1, size / 2);
      table = step.op(
          "v4.rope_table $ <dims = " + std::to_string(2 * pairs) +
              ", theta = 10000.0, factor = 1.0, beta_fast = 32.0, beta_slow = 1.0, original_context = 64>",
          {step.positions}, {rowsType({pairs}), rowsType({pairs})});
      query = step.one("v4.head_norm $ eps 1.0e-6" + step.numerics({{"q_norm", "bf16"}}), {query},
                       step.rows({heads, size}));
      query = step.one("v4.rope $, $, $", {query, table[0], table[1]}, step.rows({heads, size}));
    }
    std::string tail =
        " window " + std::to_string(window) + " scale " + real(1 / std::sqrt(static_cast<double>(size)));
    tail += step.numerics({{"activations", "bf16"}});
    std::string by = " by " + std::to_string(ratio), type = step.rows({heads, size});
    Val heads_;
    if (draw.chance(30)) {
      heads_ = step.one("v4.window_attention $, $, $ at $, $" + tail,
                        {query, window_, sink, step.slots, step.positions}, type);
    } else {
      Val compressed = entries(step, "entries", growth, ratio, size);
      writeEntries(step, step.input({size}), compressed, ratio);
      if (draw.chance(50)) {
        heads_ = step.one("v4.hca_attention $, $, $, $ at $, $" + by + tail,
                          {query, window_, compressed, sink, step.slots, step.positions}, type);
      } else {
        Val scores = step.input({capacity(compressed)},
                                draw.chance(50) ? StepText::fillIntegers : StepText::fillNormal);
        Val chosen = step.one("v4.index_topk $ at $" + by, {scores, step.positions},
                              rowsType({draw.size(1, std::min<int64_t>(capacity(compressed), 40))}, "i32"));
        heads_ = step.one("v4.csa_attention $, $, $, $, $ at $, $" + tail,
                          {query, window_, compressed, chosen, sink, step.slots, step.positions}, type);
      }
    }
    if (rotates)
      step.one("v4.group_heads $, $, $", {heads_, table[0], table[1]},
               step.rows({groups, heads / groups * size}));
  });
}

} // namespace
} // namespace v4test
