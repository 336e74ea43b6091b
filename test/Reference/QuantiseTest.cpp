// Unit values of the specification, section 2; LLVM's soft floats are an independent rounding.
#include "dialects/V4/Reference/Quantise.h"
#include "dialects/V4/Reference/Decode.h"
#include "dialects/V4/Reference/Ops.h"
#include "test/Reference/Values.h"
#include "test/Support/Scratch.h"
#include "test/Support/TensorFile.h"

#include "llvm/ADT/APFloat.h"

#include <gtest/gtest.h>

#include <cmath>

namespace {

using namespace mlir::v4;
using namespace mlir::v4::reference;
using reference::Tensor;
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
    double value = static_cast<float>(std::ldexp(mantissa(generator), exponent(generator)));
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
  // First to float32, where this is a tie: 1 is even.
  EXPECT_EQ(roundToBF16(1 + 0x1p-8 + 0x1p-40), 1);
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

TEST(Quantise, EveryCodeIsItsOwnRounding) {
  TensorFile formats = readTensors(data("formats.safetensors"));
  const std::vector<double> &e4m3 = formats.at("e4m3.value_of_code").values;
  const std::vector<double> &e2m1 = formats.at("e2m1.value_of_code").values;
  ASSERT_EQ(e4m3.size(), 256u);
  ASSERT_EQ(e2m1.size(), 16u);
  for (int code = 0; code < 256; ++code) {
    if (code % 128 == 127) {
      EXPECT_TRUE(std::isnan(e4m3[code]) && std::isnan(decodeE4M3(code)));
      continue;
    }
    EXPECT_EQ(decodeE4M3(code), e4m3[code]) << code;
    EXPECT_EQ(roundToE4M3(e4m3[code]), e4m3[code]) << code;
  }
  for (int code = 0; code < 16; ++code) {
    EXPECT_EQ(decodeE2M1(code), e2m1[code]) << code;
    EXPECT_EQ(roundToE2M1(e2m1[code]), e2m1[code]) << code;
  }
  // Halfway between two neighbours the even code wins, beyond it the nearer one. Code 126 is 448.
  for (int code = 0; code < 126; ++code) {
    double middle = (e4m3[code] + e4m3[code + 1]) / 2;
    EXPECT_EQ(roundToE4M3(middle), e4m3[code + code % 2]) << code;
    EXPECT_EQ(roundToE4M3(-middle * (1 + 1e-9)), -e4m3[code + 1]) << code;
    EXPECT_EQ(roundToE4M3(middle * (1 - 1e-9)), e4m3[code]) << code;
  }
  for (int code = 0; code < 7; ++code)
    EXPECT_EQ(roundToE2M1((e2m1[code] + e2m1[code + 1]) / 2), e2m1[code + code % 2]) << code;
}

TEST(Quantise, GoldenRoundings) {
  TensorFile formats = readTensors(data("formats.safetensors"));
  const std::vector<double> &input = formats.at("bf16.input").values;
  for (size_t i = 0; i < input.size(); ++i) {
    double wanted = formats.at("bf16.rounded").values[i];
    if (!std::isnan(wanted)) {
      EXPECT_EQ(roundToBF16(input[i]), wanted) << input[i];
    }
  }
  // Rows of 96 in blocks of 32, as weights are quantised.
  const v4test::Tensor &rows = formats.at("fp4.input"), &wanted = formats.at("fp4.dequantized");
  for (int64_t row = 0; row < rows.rows(); ++row) {
    std::vector<double> values(rows.row(row), rows.row(row) + rows.width());
    fakeQuantise(values.data(), rows.width(), QuantFormat::e2m1, 32);
    for (int64_t i = 0; i < rows.width(); ++i)
      EXPECT_EQ(values[i], wanted.row(row)[i]) << row << ", " << i;
  }
}

TEST(Quantise, BlocksHaveScalesOfTheirOwn) {
  // Under a scale of 1 small values vanish, in a block of their own they stay; the last block is shorter.
  std::vector<double> values = {448, 0.0001, 1, 0.0001, 3};
  fakeQuantise(values.data(), 5, QuantFormat::e4m3, 2);
  EXPECT_EQ(values[0], 448);
  EXPECT_EQ(values[1], 0);
  EXPECT_EQ(values[2], 1);
  EXPECT_NEAR(values[3], 0.0001, 1e-5);
  EXPECT_EQ(values[4], 3);
  std::vector<double> again = values;
  fakeQuantise(again.data(), 5, QuantFormat::e4m3, 2);
  EXPECT_EQ(again, values);

  std::vector<double> nibbles(33, 6.1);
  nibbles[32] = 0.7;
  fakeQuantise(nibbles.data(), 33, QuantFormat::e2m1, 32);
  EXPECT_EQ(nibbles[0], 6);     // 3.05 under a scale of 2 is 3
  EXPECT_EQ(nibbles[32], 0.75); // 5.6 under a scale of 1/8 is 6
}

TEST(Quantise, FirstElementsOfRowsCutOtherwise) {
  // Two rows of two groups of three: of the six only four are quantised, the second block across the groups.
  Tensor input({2, 2, 3}, {448, 1.03, 1.03, 100, 1.03, 1.03, 1.03, 448, 449, 1.03, 1.03, 449});
  Tensor result = fakeQuantise(input, {2, 6}, QuantFormat::e4m3, /*block=*/2, /*first=*/4);
  EXPECT_EQ(result.shape, (std::vector<int64_t>{2, 6}));
  EXPECT_EQ(result.data, (std::vector<double>{448, 1, 1, 96, 1.03, 1.03, 1, 448, 448, 1, 1.03, 449}));
}

TEST(Quantise, HadamardIsItsOwnInverse) {
  std::mt19937 generator(4);
  Tensor values = randomTensor({3, 128}, generator), turned = hadamard(values);
  float factor = 0.088388346f;
  for (int64_t t = 0; t < 3; ++t)
    for (int64_t j = 0; j < 128; ++j) {
      double sum = 0;
      for (int64_t i = 0; i < 128; ++i)
        sum += __builtin_parityll(i & j) ? -values.row(t)[i] : values.row(t)[i];
      EXPECT_NEAR(turned.row(t)[j], sum * factor, 1e-13) << j;
    }
  Tensor again = hadamard(turned);
  for (int64_t i = 0; i < again.size(); ++i)
    EXPECT_NEAR(again.data[i], values.data[i], 1e-6) << i;
  // With a rational root nothing is lost.
  Tensor sixteen({1, 16});
  sixteen.data[5] = 3;
  EXPECT_EQ(hadamard(hadamard(sixteen)).data, sixteen.data);
}

} // namespace
