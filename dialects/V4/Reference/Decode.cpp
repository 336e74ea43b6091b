#include "dialects/V4/Reference/Decode.h"

#include "llvm/Support/Endian.h"
#include "llvm/Support/FormatVariadic.h"

#include <cmath>
#include <limits>

namespace mlir::v4::reference {
namespace {

double decodeF32(uint32_t bits) {
  float value;
  std::memcpy(&value, &bits, sizeof(value));
  return value;
}

double decodeElement(Type type, const uint8_t *data, int64_t index) {
  using namespace llvm::support::endian;
  if (type.isF32())
    return decodeF32(read32le(data + 4 * index));
  if (type.isBF16())
    return decodeBF16(read16le(data + 2 * index));
  if (type.isInteger(64))
    return static_cast<double>(static_cast<int64_t>(read64le(data + 8 * index)));
  if (isa<Float8E4M3FNType>(type))
    return decodeE4M3(data[index]);
  if (isa<Float8E8M0FNUType>(type))
    return decodeE8M0(data[index]);
  assert(isa<Float4E2M1FNType>(type) && "element types that a weight can have");
  return decodeE2M1(index % 2 ? data[index / 2] >> 4 : data[index / 2]);
}

llvm::Error checkBytes(StringRef what, Type type, int64_t count, size_t bytes) {
  if (storedBytes(type, count) == static_cast<int64_t>(bytes))
    return llvm::Error::success();
  return llvm::createStringError(llvm::formatv("{0} of {1} elements take {2} bytes, but there are {3}", what,
                                               count, storedBytes(type, count), bytes));
}

} // namespace

double decodeBF16(uint16_t bits) { return decodeF32(static_cast<uint32_t>(bits) << 16); }

double decodeE4M3(uint8_t bits) {
  int exponent = bits >> 3 & 15, mantissa = bits & 7;
  if (exponent == 15 && mantissa == 7)
    return std::numeric_limits<double>::quiet_NaN();
  double magnitude = exponent == 0 ? std::ldexp(mantissa, -9) : std::ldexp(8 + mantissa, exponent - 10);
  return bits & 0x80 ? -magnitude : magnitude;
}

double decodeE2M1(uint8_t bits) {
  static constexpr double magnitudes[] = {0, 0.5, 1, 1.5, 2, 3, 4, 6};
  return bits & 8 ? -magnitudes[bits & 7] : magnitudes[bits & 7];
}

double decodeE8M0(uint8_t bits) {
  return bits == 255 ? std::numeric_limits<double>::quiet_NaN() : std::ldexp(1.0, bits - 127);
}

int64_t storedBytes(Type type, int64_t count) {
  return (count * static_cast<int64_t>(type.getIntOrFloatBitWidth()) + 7) / 8;
}

llvm::Error decodeMatrix(WeightType type, ArrayRef<uint8_t> data, ArrayRef<uint8_t> scale, double *result) {
  Type elementType = type.getElementType();
  int64_t outputs = type.getOutputs(), inputs = type.getInputs();
  // A row of E2M1 codes begins at a byte.
  int64_t rowBytes = storedBytes(elementType, inputs);
  if (llvm::Error error = checkBytes(
          "weights", elementType, outputs * rowBytes * 8 / elementType.getIntOrFloatBitWidth(), data.size()))
    return error;
  for (int64_t n = 0; n < outputs; ++n)
    for (int64_t k = 0; k < inputs; ++k)
      result[n * inputs + k] = decodeElement(elementType, data.data() + n * rowBytes, k);
  if (!type.isScaled())
    return llvm::Error::success();

  SmallVector<int64_t> blocks = type.getScaleShape();
  if (llvm::Error error = checkBytes("scales", type.getScaleType(), blocks[0] * blocks[1], scale.size()))
    return error;
  for (int64_t n = 0; n < outputs; ++n)
    for (int64_t k = 0; k < inputs; ++k)
      result[n * inputs + k] *= decodeElement(type.getScaleType(), scale.data(),
                                              n / type.getBlockRows() * blocks[1] + k / type.getBlockCols());
  return llvm::Error::success();
}

} // namespace mlir::v4::reference
