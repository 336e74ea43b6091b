// Unit values of the specification, section 2; LLVM's soft floats are an independent rounding.
#include "dialects/V4/Reference/Quantise.h"
#include "test/Reference/Values.h"

#include "llvm/ADT/APFloat.h"

#include <gtest/gtest.h>

#include <cmath>

namespace {

using namespace mlir::v4::reference;
using namespace v4test;

double softRound(double value, const llvm::fltSemantics &semantics) {
  llvm::APFloat soft(value);
  bool inexact;
  soft.convert(semantics, llvm::APFloat::rmNearestTiesToEven, &inexact);
  return soft.convertToDouble();
}

TEST(Quantise, RoundsAsSoftFloats) {
  std::mt19937 generator(2);
  std::uniform_real_distribution<double> mantissa(-1, 1);
  std::uniform_int_distribution<int> exponent(-14, 9);
  for (int i = 0; i < 20000; ++i) {
    double value = std::ldexp(mantissa(generator), exponent(generator));
    EXPECT_EQ(roundToBF16(value), softRound(value, llvm::APFloat::BFloat())) << value;
    if (std::abs(value) <= 448) {
      EXPECT_EQ(roundToE4M3(value), softRound(value, llvm::APFloat::Float8E4M3FN())) << value;
    }
    if (std::abs(value) <= 6) {
      EXPECT_EQ(roundToE2M1(value), softRound(value, llvm::APFloat::Float4E2M1FN())) << value;
    }
  }
  EXPECT_EQ(roundToBF16(1e-40), softRound(1e-40, llvm::APFloat::BFloat()));
  EXPECT_TRUE(std::isinf(roundToBF16(3.4e38)) == std::isinf(softRound(3.4e38, llvm::APFloat::BFloat())));
  EXPECT_EQ(roundToE4M3(1e9), 448);
  EXPECT_EQ(roundToE2M1(-7), -6);
}

TEST(Quantise, TiesOfE2M1GoToEvenCodes) {
  const double middles[] = {0.25, 0.75, 1.25, 1.75, 2.5, 3.5, 5}, wanted[] = {0, 1, 1, 2, 2, 4, 4};
  for (int i = 0; i < 7; ++i) {
    EXPECT_EQ(roundToE2M1(middles[i]), wanted[i]) << middles[i];
    EXPECT_EQ(roundToE2M1(-middles[i]), -wanted[i]) << middles[i];
  }
}

TEST(Quantise, Scales) {
  auto fp8 = [](float top) { return ceilPowerOfTwo(std::max(top, 1e-4f) * (1.0f / 448.0f)); };
  EXPECT_EQ(fp8(1), 0x1p-8);
  EXPECT_EQ(fp8(3.5), 0x1p-7);
  EXPECT_EQ(fp8(448), 1);
  EXPECT_EQ(fp8(449), 2);
  EXPECT_EQ(fp8(0), 0x1p-22);
  auto fp4 = [](float top) { return ceilPowerOfTwo(top * (1.0f / 6.0f)); };
  EXPECT_EQ(fp4(6), 1);
  EXPECT_EQ(fp4(6.1f), 2);
  EXPECT_EQ(fp4(1), 0.25);
  EXPECT_EQ(fp4(0.75), 0.125);
}

TEST(Quantise, BlocksHaveScalesOfTheirOwn) {
  // Under a scale of 1 small values vanish, in a block of their own they stay; the last block is shorter.
  std::vector<double> values = {448, 0.0001, 1, 0.0001, 3};
  fakeQuantiseFp8(values.data(), 5, 2);
  EXPECT_EQ(values[0], 448);
  EXPECT_EQ(values[1], 0);
  EXPECT_EQ(values[2], 1);
  EXPECT_NEAR(values[3], 0.0001, 1e-5);
  EXPECT_EQ(values[4], 3);
  std::vector<double> again = values;
  fakeQuantiseFp8(again.data(), 5, 2);
  EXPECT_EQ(again, values);

  std::vector<double> nibbles(33, 6.1);
  nibbles[32] = 0.7;
  fakeQuantiseFp4(nibbles.data(), 33);
  EXPECT_EQ(nibbles[0], 6);     // 3.05 under a scale of 2 is 3
  EXPECT_EQ(nibbles[32], 0.75); // 5.6 under a scale of 1/8 is 6
}

TEST(Quantise, HadamardIsItsOwnInverse) {
  std::mt19937 generator(4);
  Tensor values = randomTensor({128}, generator), turned = values;
  hadamard(turned.data.data(), 128);
  for (int64_t j = 0; j < 128; ++j) {
    double sum = 0;
    for (int64_t i = 0; i < 128; ++i)
      sum += __builtin_parityll(i & j) ? -values.data[i] : values.data[i];
    EXPECT_NEAR(turned.data[j], sum / std::sqrt(128.0), 1e-12) << j;
  }
  hadamard(turned.data.data(), 128);
  for (int64_t j = 0; j < 128; ++j)
    EXPECT_NEAR(turned.data[j], values.data[j], 1e-13) << j;
}

} // namespace
