// The instructions by their names in AVX2 and AVX-512.
#include "codegen/TileToVector/ByteOps.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

namespace mlir::v4 {

static int64_t numberOf(Value vector) { return cast<VectorType>(vector.getType()).getNumElements(); }

static Value callIntrinsic(ImplicitLocOpBuilder &b, Type result, StringRef name, ValueRange arguments) {
  return LLVM::CallIntrinsicOp::create(b, result, b.getStringAttr(name), arguments).getResult(0);
}

Value repeatBytes(ImplicitLocOpBuilder &b, VectorType type, ArrayRef<int8_t> values) {
  SmallVector<int8_t> all;
  for (size_t i = 0; i < size_t(type.getNumElements()); ++i)
    all.push_back(values[i % values.size()]);
  return arith::ConstantOp::create(b, DenseElementsAttr::get(type, ArrayRef<int8_t>(all)));
}

Value lookUpBytes(ImplicitLocOpBuilder &b, ArrayRef<int8_t> table, Value indices) {
  auto type = cast<VectorType>(indices.getType());
  StringRef name = numberOf(indices) == 64 ? "llvm.x86.avx512.pshuf.b.512" : "llvm.x86.avx2.pshuf.b";
  return callIntrinsic(b, type, name, {repeatBytes(b, type, table), indices});
}

Value multiplyBytes(ImplicitLocOpBuilder &b, Value withoutSign, Value withSign) {
  int64_t bytes = numberOf(withSign);
  StringRef name = bytes == 64 ? "llvm.x86.avx512.pmaddubs.w.512" : "llvm.x86.avx2.pmadd.ub.sw";
  return callIntrinsic(b, VectorType::get({bytes / 2}, b.getI16Type()), name, {withoutSign, withSign});
}

Value multiplyPairs(ImplicitLocOpBuilder &b, Value x, Value y) {
  int64_t lanes = numberOf(x) / 2;
  StringRef name = lanes == 16 ? "llvm.x86.avx512.pmaddw.d.512" : "llvm.x86.avx2.pmadd.wd";
  return callIntrinsic(b, VectorType::get({lanes}, b.getI32Type()), name, {x, y});
}

Value addBytes(ImplicitLocOpBuilder &b, Value sums, Value withoutSign, Value withSign) {
  StringRef name = numberOf(withSign) == 64 ? "llvm.x86.avx512.vpdpbusd.512" : "llvm.x86.avx512.vpdpbusd.256";
  return callIntrinsic(b, sums.getType(), name, {sums, withoutSign, withSign});
}

} // namespace mlir::v4
