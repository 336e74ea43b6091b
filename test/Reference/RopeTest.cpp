// Specification, section 4.2.
#include "dialects/V4/Reference/Ops.h"
#include "test/Reference/Values.h"

#include <gtest/gtest.h>

namespace {

using namespace mlir;
using namespace mlir::v4;
using namespace mlir::v4::reference;
using namespace v4test;

struct Rope : testing::Test {
  Rope() {
    context.loadDialect<V4Dialect>();
    yarn = RopeAttr::get(&context, 64, 160000.0, 16.0, 32.0, 1.0, 65536);
  }

  MLIRContext context;
  RopeAttr yarn;
};

TEST_F(Rope, PublishedFrequencies) {
  const float wanted[] = {1.f,
                          .687656045f,
                          .472870797f,
                          .325172454f,
                          .223606795f,
                          .153764561f,
                          .105737120f,
                          .0727107748f,
                          .0500000007f,
                          .0343828015f,
                          .0236435402f,
                          .0162586235f,
                          .0111803403f,
                          .00768822804f,
                          .00528685655f,
                          .00363553851f,
                          .00226562493f,
                          .00139680132f,
                          8.49689706e-4f,
                          5.08081983e-4f,
                          2.96977785e-4f,
                          1.68179977e-4f,
                          9.08678412e-5f,
                          4.54442306e-5f,
                          1.95312532e-5f,
                          5.37231244e-6f,
                          3.69430336e-6f,
                          2.54040970e-6f,
                          1.74692821e-6f,
                          1.20128561e-6f,
                          8.26071300e-7f,
                          5.68052940e-7f};
  SmallVector<float> got = yarn.getFrequencies();
  ASSERT_EQ(got.size(), std::size(wanted));
  for (size_t i = 0; i < got.size(); ++i)
    EXPECT_EQ(got[i], wanted[i]) << i;
}

TEST_F(Rope, AngleIsTheFloatProduct) {
  SmallVector<float> frequencies = yarn.getFrequencies();
  RopeTable table = ropeTable(Tensor({2}, {999999, 5}), frequencies, /*offset=*/-3);
  float angle = 999996.0f * frequencies[1];
  EXPECT_EQ(table.cos.row(0)[1], static_cast<float>(std::cos(static_cast<double>(angle))));
  EXPECT_EQ(table.sin.row(0)[1], static_cast<float>(std::sin(static_cast<double>(angle))));
  EXPECT_NEAR(table.sin.row(1)[0], std::sin(2.0), 1e-7);
  // Before the first block there is nothing: positions stop at zero.
  RopeTable early = ropeTable(Tensor({1}, {1}), frequencies, /*offset=*/-3);
  EXPECT_EQ(early.cos.row(0)[0], 1);
  EXPECT_EQ(early.sin.row(0)[0], 0);
}

TEST_F(Rope, InverseUndoesIt) {
  std::mt19937 generator(1);
  Tensor input = randomTensor({5, 3, 96}, generator);
  RopeTable table = ropeTable(Tensor({5}, {0, 1, 5, 4095, 999999}), yarn.getFrequencies(), 0);
  Tensor turned = rope(input, table.cos, table.sin);
  Tensor back = rope(turned, table.cos, table.sin, /*inverse=*/true);
  for (int64_t i = 0; i < input.size(); ++i) {
    // cos^2 + sin^2 of the float32 values is 1 up to their rounding.
    EXPECT_NEAR(back.data[i], input.data[i], 1e-6) << i;
    if (i % 96 < 32) {
      EXPECT_EQ(turned.data[i], input.data[i]) << i;
    }
  }
}

TEST_F(Rope, RotatesInterleavedPairs) {
  Tensor input({1, 6}, {9, 9, 1, 2, 3, 4});
  Tensor cos({1, 2}, {0, 0.6}), sin({1, 2}, {1, 0.8});
  Tensor turned = rope(input, cos, sin);
  EXPECT_EQ(turned.data[0], 9);
  EXPECT_EQ(turned.data[2], -2);
  EXPECT_EQ(turned.data[3], 1);
  EXPECT_DOUBLE_EQ(turned.data[4], 3 * 0.6 - 4 * 0.8);
  EXPECT_DOUBLE_EQ(turned.data[5], 3 * 0.8 + 4 * 0.6);
}

} // namespace
