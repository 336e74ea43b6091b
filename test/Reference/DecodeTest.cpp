// LLVM's soft floats are an independent decoder of every code.
#include "dialects/V4/Reference/Decode.h"

#include "llvm/ADT/APFloat.h"

#include <gtest/gtest.h>

namespace {

using namespace mlir;
using namespace mlir::v4;
using namespace mlir::v4::reference;

double softValue(const llvm::fltSemantics &semantics, unsigned width, uint64_t bits) {
  llvm::APFloat value(semantics, llvm::APInt(width, bits));
  // Converting the NaN of E8M0 to double gives an infinity.
  return value.isNaN() ? std::numeric_limits<double>::quiet_NaN() : value.convertToDouble();
}

void expectSame(double mine, double other, unsigned code) {
  if (std::isnan(other))
    EXPECT_TRUE(std::isnan(mine)) << "code " << code;
  else
    EXPECT_EQ(mine, other) << "code " << code;
}

TEST(Decode, EveryCode) {
  for (unsigned code = 0; code < 256; ++code) {
    expectSame(decodeE4M3(code), softValue(llvm::APFloat::Float8E4M3FN(), 8, code), code);
    expectSame(decodeE8M0(code), softValue(llvm::APFloat::Float8E8M0FNU(), 8, code), code);
  }
  for (unsigned code = 0; code < 16; ++code)
    expectSame(decodeE2M1(code), softValue(llvm::APFloat::Float4E2M1FN(), 4, code), code);
  for (unsigned code = 0; code < 65536; ++code)
    expectSame(decodeBF16(code), softValue(llvm::APFloat::BFloat(), 16, code), code);
}

struct DecodeMatrix : testing::Test {
  DecodeMatrix() { context.loadDialect<V4Dialect>(); }

  MLIRContext context;
  Builder builder{&context};
};

TEST_F(DecodeMatrix, LowNibbleFirst) {
  auto type = WeightType::get(&context, {2, 4}, Float4E2M1FNType::get(&context),
                              Float8E8M0FNUType::get(&context), 1, 2);
  // Codes 1 2 3 4 | 9 10 7 15; scales 1, 2 | 1/2, 4.
  const uint8_t data[] = {0x21, 0x43, 0xa9, 0xf7}, scale[] = {127, 128, 126, 129};
  double values[8];
  ASSERT_FALSE(static_cast<bool>(decodeMatrix(type, data, scale, values)));
  const double wanted[] = {0.5, 1, 3, 4, -0.25, -0.5, 24, -24};
  for (int i = 0; i < 8; ++i)
    EXPECT_EQ(values[i], wanted[i]) << i;
}

TEST_F(DecodeMatrix, RaggedBlocksAndFloatScales) {
  auto type = WeightType::get(&context, {3, 3}, Float8E4M3FNType::get(&context), builder.getF32Type(), 2, 2);
  const uint8_t data[] = {0x38, 0x38, 0x38, 0x38, 0x38, 0x38, 0xb8, 0x38, 0x01}; // 1 is 0x38
  const float scales[] = {1, 2, 4, 8};
  double values[9];
  ArrayRef<uint8_t> scale(reinterpret_cast<const uint8_t *>(scales), sizeof(scales));
  ASSERT_FALSE(static_cast<bool>(decodeMatrix(type, data, scale, values)));
  const double wanted[] = {1, 1, 2, 1, 1, 2, -4, 4, 8 * 0.001953125};
  for (int i = 0; i < 9; ++i)
    EXPECT_EQ(values[i], wanted[i]) << i;
}

TEST_F(DecodeMatrix, WrongNumberOfBytes) {
  auto type = WeightType::get({2, 2}, builder.getF32Type());
  const uint8_t data[15] = {};
  double values[4];
  EXPECT_EQ(llvm::toString(decodeMatrix(type, data, {}, values)),
            "weights of 4 elements take 16 bytes, but there are 15");
}

} // namespace
