#include "codegen/TileToVector/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/Transforms/WalkPatternRewriteDriver.h"

#include <limits>

// Polynomials interpolate at Chebyshev nodes; their coefficients are listed from the constant one up.
namespace mlir::v4 {

#define GEN_PASS_DEF_EXPANDMATHFUNCTIONS
#include "codegen/TileToVector/Passes.h.inc"

namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();

// Arithmetic on f32 (scalar, vector or tensor) and on the i32 of the same shape.
struct Arithmetic {
  ImplicitLocOpBuilder b;
  Type f32Type, i32Type;

  Arithmetic(Operation *op, PatternRewriter &rewriter, Type type)
      : b(op->getLoc(), rewriter), f32Type(ofShape(type, rewriter.getF32Type())),
        i32Type(ofShape(type, rewriter.getI32Type())) {}

  static Type ofShape(Type shape, Type element) {
    auto shaped = dyn_cast<ShapedType>(shape);
    return shaped ? Type(shaped.clone(element)) : element;
  }
  Value constant(Type type, TypedAttr value) {
    if (auto shaped = dyn_cast<ShapedType>(type))
      value = DenseElementsAttr::get(shaped, ArrayRef<Attribute>(value));
    return arith::ConstantOp::create(b, value);
  }
  Value real(float value) { return constant(f32Type, b.getF32FloatAttr(value)); }
  Value integer(int32_t value) { return constant(i32Type, b.getI32IntegerAttr(value)); }

  Value add(Value x, Value y) { return arith::AddFOp::create(b, x, y); }
  Value sub(Value x, Value y) { return arith::SubFOp::create(b, x, y); }
  Value mul(Value x, Value y) { return arith::MulFOp::create(b, x, y); }
  Value div(Value x, Value y) { return arith::DivFOp::create(b, x, y); }
  Value fma(Value x, Value y, Value z) { return math::FmaOp::create(b, x, y, z); }
  Value abs(Value x) { return math::AbsFOp::create(b, x); }
  Value less(Value x, float y) { return arith::CmpFOp::create(b, arith::CmpFPredicate::OLT, x, real(y)); }
  Value equal(Value x, float y) { return arith::CmpFOp::create(b, arith::CmpFPredicate::OEQ, x, real(y)); }
  Value select(Value condition, Value x, Value y) { return arith::SelectOp::create(b, condition, x, y); }
  Value bits(Value x) { return arith::BitcastOp::create(b, i32Type, x); }
  Value fromBits(Value x) { return arith::BitcastOp::create(b, f32Type, x); }
  Value addInt(Value x, Value y) { return arith::AddIOp::create(b, x, y); }
  Value subInt(Value x, Value y) { return arith::SubIOp::create(b, x, y); }
  Value shiftLeft(Value x, int32_t n) { return arith::ShLIOp::create(b, x, integer(n)); }
  Value shiftRight(Value x, int32_t n) { return arith::ShRSIOp::create(b, x, integer(n)); }

  Value polynomial(Value x, ArrayRef<float> coefficients) {
    Value sum = real(coefficients.back());
    for (float coefficient : llvm::reverse(coefficients.drop_back()))
      sum = fma(sum, x, real(coefficient));
    return sum;
  }
};

} // namespace

// e^x = 2^n e^r with n the nearest integer to x / ln 2, so that |r| <= ln 2 / 2.
static Value expandExp(Arithmetic &a, Value x) {
  // Below, e^x rounds to 0; above, it overflows. Such x must not reach the exponent's arithmetic, nor (they
  // are what masks are made of) produce subnormal products, which are slow. NaN passes both comparisons.
  Value tiny = a.less(x, -104.0f);
  Value inRange = a.select(tiny, a.real(0.0f), x);
  Value huge = arith::CmpFOp::create(a.b, arith::CmpFPredicate::OGT, inRange, a.real(89.0f));
  inRange = a.select(huge, a.real(89.0f), inRange);
  // Adding 1.5 * 2^23 leaves n in the low bits: no conversion to an integer, which would be undefined for
  // NaN.
  Value magic = a.real(12582912.0f);
  Value shifted = a.fma(inRange, a.real(1.4426950216e+00f), magic);
  Value n = a.sub(shifted, magic);
  Value r = a.fma(n, a.real(-6.9314718246e-01f), inRange);
  r = a.fma(n, a.real(1.9046542121e-09f), r);
  Value p = a.polynomial(r, {5.0000000000e-01f, 1.6666667163e-01f, 4.1666463017e-02f, 8.3333104849e-03f,
                             1.3933674200e-03f, 1.9891017291e-04f});
  p = a.fma(a.mul(r, r), p, r);
  p = a.add(p, a.real(1.0f));
  // 2^n in two factors: n goes from -150 to 128.
  Value exponent = a.subInt(a.bits(shifted), a.integer(0x4b400000));
  Value half = a.shiftRight(exponent, 1);
  Value bias = a.integer(127);
  Value low = a.fromBits(a.shiftLeft(a.addInt(half, bias), 23));
  Value high = a.fromBits(a.shiftLeft(a.addInt(a.subInt(exponent, half), bias), 23));
  return a.select(tiny, a.real(0.0f), a.mul(a.mul(p, low), high));
}

// log(x) + correction, for finite x > 0: x = 2^k (1 + f) with 1 + f in [sqrt(1/2), sqrt(2)).
static Value logOfPositive(Arithmetic &a, Value x, Value kOffset, Value correction) {
  Value root = a.integer(0x3f3504f3); // sqrt(1/2)
  Value k = a.shiftRight(a.subInt(a.bits(x), root), 23);
  Value f = a.sub(a.fromBits(a.subInt(a.bits(x), a.shiftLeft(k, 23))), a.real(1.0f));
  Value scale = arith::SIToFPOp::create(a.b, a.f32Type, k);
  if (kOffset)
    scale = a.add(scale, kOffset);
  Value p = a.polynomial(f, {3.3333331347e-01f, -2.4999997020e-01f, 2.0000715554e-01f, -1.6667802632e-01f,
                             1.4249058068e-01f, -1.2425687164e-01f, 1.1685419828e-01f, -1.1479733884e-01f,
                             6.9716118276e-02f});
  Value square = a.mul(f, f);
  Value y = a.mul(a.mul(f, square), p);
  // ln 2 = 355/512 - 2.1e-4: k times the first part is exact.
  y = a.fma(scale, a.real(-2.1219444005e-04f), y);
  y = a.fma(square, a.real(-0.5f), y);
  if (correction)
    y = a.add(y, correction);
  return a.fma(scale, a.real(355.0f / 512.0f), a.add(f, y));
}

// What logarithms are at the ends: -inf at 0, +inf at +inf, NaN below 0 and at NaN.
static Value logSpecialCases(Arithmetic &a, Value x, Value result) {
  result = a.select(a.equal(x, 0.0f), a.real(-kInfinity), result);
  result = a.select(a.equal(x, kInfinity), x, result);
  Value isNumber = arith::CmpFOp::create(a.b, arith::CmpFPredicate::OGE, x, a.real(0.0f));
  return a.select(isNumber, result, a.real(kNaN));
}

static Value expandLog(Arithmetic &a, Value x) {
  Value subnormal = a.less(x, std::numeric_limits<float>::min());
  Value scaled = a.select(subnormal, a.mul(x, a.real(33554432.0f)), x); // 2^25
  Value offset = a.select(subnormal, a.real(-25.0f), a.real(0.0f));
  return logSpecialCases(a, x, logOfPositive(a, scaled, offset, Value()));
}

// log(1 + x) = log(u) + (1 + x - u) / u with u = 1 + x rounded.
static Value expandLog1p(Arithmetic &a, Value x) {
  Value one = a.real(1.0f);
  Value u = a.add(x, one);
  Value lost = a.select(a.less(x, 1.0f), a.sub(x, a.sub(u, one)), a.sub(one, a.sub(u, x)));
  Value result = logOfPositive(a, u, Value(), a.div(lost, u));
  return a.select(a.equal(u, 1.0f), x, logSpecialCases(a, u, result));
}

// x + x^3 P(x^2) near 0, 1 - 2 / (e^2|x| + 1) beyond.
static Value expandTanh(Arithmetic &a, Value x) {
  Value magnitude = a.abs(x);
  Value square = a.mul(x, x);
  Value p = a.polynomial(square, {-3.3333334327e-01f, 1.3333302736e-01f, -5.3959056735e-02f,
                                  2.1767729893e-02f, -8.3408849314e-03f, 2.2898747120e-03f});
  Value near = a.fma(a.mul(x, square), p, x);
  Value power = expandExp(a, a.add(magnitude, magnitude));
  Value far = a.sub(a.real(1.0f), a.div(a.real(2.0f), a.add(power, a.real(1.0f))));
  far = math::CopySignOp::create(a.b, far, x);
  return a.select(a.less(magnitude, 0.625f), near, far);
}

namespace {

template <typename Op, Value (*expand)(Arithmetic &, Value)>
struct ExpandFunction final : OpRewritePattern<Op> {
  using OpRewritePattern<Op>::OpRewritePattern;

  LogicalResult matchAndRewrite(Op op, PatternRewriter &rewriter) const override {
    if (!getElementTypeOrSelf(op.getType()).isF32())
      return rewriter.notifyMatchFailure(op, "only f32 has an expansion");
    Arithmetic arithmetic(op, rewriter, op.getType());
    rewriter.replaceOp(op, expand(arithmetic, op.getOperand()));
    return success();
  }
};

struct ExpandRsqrt final : OpRewritePattern<math::RsqrtOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(math::RsqrtOp op, PatternRewriter &rewriter) const override {
    Value root = math::SqrtOp::create(rewriter, op.getLoc(), op.getOperand());
    Value one = arith::ConstantOp::create(rewriter, op.getLoc(), rewriter.getOneAttr(op.getType()));
    rewriter.replaceOpWithNewOp<arith::DivFOp>(op, one, root);
    return success();
  }
};

// The processor of x86_64_v4 has no instruction for it, and LLVM calls a library.
struct ExpandToBF16 final : OpRewritePattern<arith::TruncFOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(arith::TruncFOp op, PatternRewriter &rewriter) const override {
    if (!getElementTypeOrSelf(op.getType()).isBF16() || !getElementTypeOrSelf(op.getIn().getType()).isF32())
      return rewriter.notifyMatchFailure(op, "not f32 to bf16");
    Arithmetic a(op, rewriter, op.getType());
    Value bits = a.bits(op.getIn());
    auto high = [&](Value value) -> Value { return arith::ShRUIOp::create(a.b, value, a.integer(16)); };
    Value odd = arith::AndIOp::create(a.b, high(bits), a.integer(1));
    Value rounded = a.addInt(a.addInt(bits, a.integer(0x7fff)), odd);
    // The carry could turn a NaN into a number: keep its sign and upper bits, and make it quiet.
    Value quiet = arith::OrIOp::create(a.b, bits, a.integer(0x400000));
    Value isNaN = arith::CmpFOp::create(a.b, arith::CmpFPredicate::UNO, op.getIn(), op.getIn());
    Type i16 = Arithmetic::ofShape(op.getType(), rewriter.getI16Type());
    Value narrow = arith::TruncIOp::create(a.b, i16, high(a.select(isNaN, quiet, rounded)));
    rewriter.replaceOpWithNewOp<arith::BitcastOp>(op, op.getType(), narrow);
    return success();
  }
};

struct ExpandFromBF16 final : OpRewritePattern<arith::ExtFOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(arith::ExtFOp op, PatternRewriter &rewriter) const override {
    if (!getElementTypeOrSelf(op.getIn().getType()).isBF16())
      return rewriter.notifyMatchFailure(op, "not from bf16");
    Arithmetic a(op, rewriter, op.getType());
    Type i16 = Arithmetic::ofShape(op.getType(), rewriter.getI16Type());
    Value bits = arith::ExtUIOp::create(a.b, a.i32Type, arith::BitcastOp::create(a.b, i16, op.getIn()));
    Value wide = a.fromBits(a.shiftLeft(bits, 16));
    if (wide.getType() != op.getType())
      wide = arith::ExtFOp::create(a.b, op.getType(), wide);
    rewriter.replaceOp(op, wide);
    return success();
  }
};

struct ExpandMathFunctions final : impl::ExpandMathFunctionsBase<ExpandMathFunctions> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    populateMathExpansions(patterns);
    patterns.add<ExpandToBF16, ExpandFromBF16>(&getContext());
    walkAndApplyPatterns(getOperation(), std::move(patterns));

    WalkResult left = getOperation().walk([](Operation *op) {
      if (!isa_and_nonnull<math::MathDialect>(op->getDialect()) || isInstruction(op))
        return WalkResult::advance();
      op->emitOpError("has no expansion on ")
          << op->getResult(0).getType() << ", and kernels call no library";
      return WalkResult::interrupt();
    });
    if (left.wasInterrupted())
      signalPassFailure();
  }

  // What x86-64-v3 computes in place.
  static bool isInstruction(Operation *op) {
    return isa<math::AbsFOp, math::AbsIOp, math::CeilOp, math::CopySignOp, math::CountLeadingZerosOp,
               math::CountTrailingZerosOp, math::CtPopOp, math::FloorOp, math::FmaOp, math::RoundEvenOp,
               math::SqrtOp, math::TruncOp>(op);
  }
};

} // namespace

void populateMathExpansions(RewritePatternSet &patterns) {
  patterns
      .add<ExpandFunction<math::ExpOp, expandExp>, ExpandFunction<math::LogOp, expandLog>,
           ExpandFunction<math::Log1pOp, expandLog1p>, ExpandFunction<math::TanhOp, expandTanh>, ExpandRsqrt>(
          patterns.getContext());
}

} // namespace mlir::v4
