// Ops without state: random sizes, formats and neighbours.
#include "test/Numerics/RandomStep.h"

#include <gtest/gtest.h>

#include <cmath>

namespace v4test {
namespace {

/// A few steps of up to `rows` rows at any position.
void drawStatelessSteps(StepText &step, int64_t rows, int64_t positions = 100) {
  for (int64_t i = step.draw.between(1, 2); i > 0; --i)
    step.steps.push_back(drawRows(step.draw, step.draw.size(1, rows), positions, step.vocabulary));
}

/// The type of `x`, flat.
std::string flatType(const Val &x, int64_t width) {
  return rowsType({width}, llvm::StringRef(x.type).contains("bf16") ? "bf16" : "f32");
}

/// The shape of `x`, perhaps another type.
std::string like(StepText &step, const Val &x) {
  llvm::StringRef shape = llvm::StringRef(x.type).rsplit('x').first;
  return shape.str() + "x" + step.element() + ">";
}

Val linear(StepText &step, const std::string &name, Val x, int64_t inputs, llvm::ArrayRef<int64_t> result) {
  int64_t outputs = 1;
  for (int64_t extent : result)
    outputs *= extent;
  Val w = step.weight(name, drawMatrixType(step.draw, {outputs, inputs}));
  return step.one("v4.linear $, $", {x, w}, step.rows(result));
}

TEST(Random, Linear) {
  checkDraws(drawSeeds(1000, 60), [](StepText &step) {
    Draw &draw = step.draw;
    int64_t heads = draw.chance(30) ? draw.between(1, 5) : 0, inputs = draw.size(1, 300),
            outputs = draw.size(2, 200);
    if (heads)
      inputs = heads * draw.size(1, 60);
    Val x = heads ? step.input({heads, inputs / heads}) : step.input({inputs});
    if (draw.chance(30)) // as FP8 and FP4 weights want it
      x = step.one("v4.fake_quantise $ to e4m3 block 128", {x}, flatType(x, inputs));
    Val y = linear(step, "a", x, inputs,
                   draw.chance(30) ? std::vector<int64_t>{outputs, draw.between(1, 3)}
                                   : std::vector<int64_t>{outputs});
    if (draw.chance(40)) // two in a kernel that divide their outputs differently
      linear(step, "b", x, inputs, {draw.size(1, 100)});
    if (draw.chance(40)) // what experts end with
      step.one(
          "v4.add $, $",
          {y, draw.chance(50) ? y : step.op("v4.scale $ by " + real(draw.normal()), {y}, {like(step, y)})[0]},
          like(step, y));
    drawStatelessSteps(step, 11);
  });
}

// Of many panels two share the copies of a program's rows.
TEST(Random, LinearOfManyOutputs) {
  checkDraws(drawSeeds(1900, 8), [](StepText &step) {
    Draw &draw = step.draw;
    int64_t inputs = draw.size(1, 200), outputs = draw.between(63 * 64 + 1, 68 * 64);
    Val x = step.input({inputs});
    if (draw.chance(50))
      x = step.one("v4.fake_quantise $ to e4m3 block 128", {x}, flatType(x, inputs));
    Val y = linear(step, "a", x, inputs, {outputs});
    if (draw.chance(50))
      step.one("v4.add $, $", {y, y}, like(step, y));
    drawStatelessSteps(step, 40); // enough rows for that, and too few
  });
}

TEST(Random, GroupedLinear) {
  checkDraws(drawSeeds(2000, 30), [](StepText &step) {
    Draw &draw = step.draw;
    int64_t groups = draw.between(1, 5), inputs = draw.size(1, 150), outputs = draw.size(1, 140);
    Val x = step.input({groups, inputs});
    Val w = step.weight("a", drawMatrixType(draw, {groups * outputs, inputs}));
    Val y = step.one("v4.grouped_linear $, $", {x, w}, step.rows({groups, outputs}));
    if (step.rounds && draw.chance(60)) { // blocks go across groups
      std::string block = std::to_string(draw.pick({16, 32, 64, 128, 128}));
      y = step.one("v4.fake_quantise $ to e4m3 block " + block, {y}, flatType(y, groups * outputs));
      step.coarsest = 0.125;
    }
    if (draw.chance(50))
      linear(step, "b", y, groups * outputs, {draw.size(1, 70)});
    drawStatelessSteps(step, 9);
  });
}

TEST(Random, Norm) {
  checkDraws(drawSeeds(3000, 20), [](StepText &step) {
    Draw &draw = step.draw;
    int64_t size = draw.size(1, 400), heads = draw.between(1, 5), of = draw.size(1, 150);
    std::string eps = real(draw.pick({1e-6, 1e-3, 0.0, 0.5}));
    Val x = step.input({size}), q = step.input({heads, of});
    Val w = step.weight("norm", drawPlainType(draw, {size}));
    Val y = step.one("v4.rms_norm $, $ eps " + eps, {x, w}, step.rows({size}));
    step.one("v4.head_norm $ eps " + eps + step.numerics({{"q_norm", "bf16"}}), {q}, step.rows({heads, of}));
    step.one("v4.scale $ by " + real(draw.normal()), {y}, step.rows({size}));
    drawStatelessSteps(step, 9);
  });
}

TEST(Random, Rope) {
  checkDraws(drawSeeds(4000, 25), [](StepText &step) {
    Draw &draw = step.draw;
    int64_t pairs = draw.size(1, 40), groups = draw.between(1, 3), heads = groups * draw.between(1, 2);
    int64_t of = 2 * pairs + (draw.chance(30) ? 0 : draw.size(1, 90));
    std::string rope =
        " <dims = " + std::to_string(2 * pairs) + ", theta = " + real(draw.pick({1e4, 1.6e5, 5e3, 2.5})) +
        ", factor = " + real(draw.pick({1.0, 8.0, 16.0})) +
        ", beta_fast = 32.0, beta_slow = 1.0, original_context = " + draw.pick({"4096", "65536", "64"}) +
        "> {offset = " + draw.pick({"0 : i64", "-3 : i64", "-127 : i64"}) + "}";
    std::vector<Val> table =
        step.op("v4.rope_table $" + rope, {step.positions}, {step.rows({pairs}), step.rows({pairs})});
    Val kv = step.input({of}), q = step.input({heads, of});
    step.one("v4.rope $, $, $", {kv, table[0], table[1]}, step.rows({of}));
    if (draw.chance(50))
      q = step.one("v4.rope $, $, $", {q, table[0], table[1]}, step.rows({heads, of}));
    step.one("v4.group_heads $, $, $", {q, table[0], table[1]}, step.rows({groups, heads / groups * of}));
    drawStatelessSteps(step, 9, draw.pick({200, 70000, 1000000}));
  });
}

TEST(Random, HyperConnections) {
  checkDraws(drawSeeds(5000, 35), [](StepText &step) {
    Draw &draw = step.draw;
    int64_t n = draw.between(1, 5), mixes = (2 + n) * n, size = draw.size(mixes, 150);
    std::string eps = " eps " + real(draw.pick({1e-6, 1e-3})) + " norm_eps " + real(draw.pick({1e-6, 1e-3}));
    Val streams = step.input({n, size}), y = step.input({size});
    Val fn = step.weight("fn", drawPlainType(draw, {mixes, n * size}));
    Val base = step.weight("base", drawPlainType(draw, {mixes})),
        scale = step.weight("scale", drawPlainType(draw, {3}));
    std::vector<Val> pre = step.op("v4.hc_pre $, $, $, $ iters " + std::to_string(draw.between(1, 20)) + eps,
                                   {streams, fn, base, scale},
                                   {step.rows({size}), rowsType({n}), rowsType({n}), rowsType({n, n})});
    // What a product makes, the programs that make it spread in steps of one token.
    if (draw.chance(60)) {
      Val w = step.weight("w", drawPlainType(draw, {size, size}));
      y = step.one("v4.linear $, $", {y, w}, step.rows({size}));
    }
    if (draw.chance(70))
      streams = step.one("v4.hc_post $, $, $, $" + step.numerics({{"mhc", "bf16"}}),
                         {y, streams, pre[2], pre[3]}, step.rows({n, size}));
    if (draw.chance(70)) {
      fn = step.weight("head_fn", drawPlainType(draw, {n, n * size}));
      base = step.weight("head_base", drawPlainType(draw, {n}));
      scale = step.weight("head_scale", drawPlainType(draw, {1}));
      step.one("v4.hc_head $, $, $, $" + eps, {streams, fn, base, scale}, step.rows({size}));
    }
    drawStatelessSteps(step, 7);
  });
}

// Exact: the values are float32, and what is quantised is exact in either type.
TEST(Random, FakeQuantise) {
  checkDraws(drawSeeds(12000, 25), [](StepText &step) {
    Draw &draw = step.draw;
    int64_t vectors = draw.between(1, 4), size = draw.size(1, 300), first = draw.size(1, size);
    std::string to = std::string(" to ") + draw.pick({"e4m3", "e2m1"}) + " block " +
                     std::to_string(draw.chance(60) ? draw.pick({32, 64, 128}) : draw.size(1, 150));
    if (draw.chance(40))
      to += " first " + std::to_string(first);
    // Blocks with magnitudes of their own, some below what scales are made for, and zeros.
    Val x = step.input({vectors, size}, [](Draw &values, double *row, int64_t width) {
      for (int64_t i = 0; i < width; ++i) {
        int exponent = i % 16 ? 0 : static_cast<int>(values.between(-24, 12));
        row[i] = values.chance(10) ? 0 : static_cast<float>(std::ldexp(values.normal(), exponent));
      }
    });
    bool isBF16 = llvm::StringRef(x.type).contains("bf16");
    step.coarsest = 0;
    std::vector<int64_t> shape = {vectors, size};
    if (draw.chance(40) && to.find("first") == std::string::npos)
      shape = {vectors * size}; // across the vectors
    Val y =
        step.one("v4.fake_quantise $" + to, {x}, rowsType(shape, isBF16 && draw.chance(50) ? "bf16" : "f32"));
    if (draw.chance(30)) // once more changes nothing
      step.one("v4.fake_quantise $" + to, {y}, y.type);
    drawStatelessSteps(step, 11);
  });
}

TEST(Random, Hadamard) {
  checkDraws(drawSeeds(13000, 20), [](StepText &step) {
    Draw &draw = step.draw;
    int64_t vectors = draw.between(1, 4), size = int64_t(1) << draw.between(0, 8);
    Val x = step.input({vectors, size});
    Val y = step.one("v4.hadamard $", {x}, step.rows({vectors, size}));
    if (draw.chance(40)) {
      step.one("v4.fake_quantise $ to e2m1 block 32", {y}, y.type);
      step.coarsest = 0.5; // a turned rounding may move a value by a step, of FP4 here
    } else if (draw.chance(50)) {
      step.one("v4.hadamard $", {y}, step.rows({vectors, size}));
    }
    drawStatelessSteps(step, 11);
  });
}

TEST(Random, RowsOfTables) {
  checkDraws(drawSeeds(6000, 15), [](StepText &step) {
    Draw &draw = step.draw;
    int64_t size = draw.size(1, 200), n = draw.between(1, 5);
    step.vocabulary = draw.size(1, 300);
    Val table = step.weight("embed", drawPlainType(draw, {step.vocabulary, size}));
    Val row = step.one("v4.embed $ in $", {step.tokens, table}, step.rows({size}));
    Val streams = step.one("v4.hc_expand $", {row}, step.rows({n, size}));
    Val wanted = step.one("v4.gather_rows $ at $", {streams, step.logitRows}, streams.type);
    if (draw.chance(60)) // the head has other rows than the step
      linear(step, "head", wanted, n * size, {draw.size(2, 130)});
    drawStatelessSteps(step, 12);
  });
}

} // namespace
} // namespace v4test
