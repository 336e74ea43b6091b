#include "dialects/V4/IR/V4Dialect.h"

#include "mlir/IR/DialectImplementation.h"
#include "llvm/ADT/TypeSwitch.h"
#include "llvm/Support/MathExtras.h"

#define GET_TYPEDEF_CLASSES
#include "dialects/V4/IR/V4Types.cpp.inc"

namespace mlir::v4 {

void V4Dialect::registerTypes() {
  addTypes<
#define GET_TYPEDEF_LIST
#include "dialects/V4/IR/V4Types.cpp.inc"
      >();
}

// <8x32x64xf4E2M1FN, scale f8E8M0FNU by 1x32>
Type WeightType::parse(AsmParser &parser) {
  SmallVector<int64_t> shape, block;
  Type elementType, scaleType;
  SMLoc loc = parser.getCurrentLocation();
  if (parser.parseLess() || parser.parseDimensionList(shape, /*allowDynamic=*/false) ||
      parser.parseType(elementType))
    return {};
  if (succeeded(parser.parseOptionalComma()) &&
      (parser.parseKeyword("scale") || parser.parseType(scaleType) || parser.parseKeyword("by") ||
       parser.parseDimensionList(block, /*allowDynamic=*/false, /*withTrailingX=*/false)))
    return {};
  if (parser.parseGreater())
    return {};
  if (!scaleType)
    block = {0, 0};
  if (block.size() != 2) {
    parser.emitError(loc, "a scale's block has ") << block.size() << " dimensions, not 2";
    return {};
  }
  return parser.getChecked<WeightType>(loc, parser.getContext(), shape, elementType, scaleType, block[0],
                                       block[1]);
}

void WeightType::print(AsmPrinter &printer) const {
  printer << '<';
  for (int64_t size : getShape())
    printer << size << 'x';
  printer << getElementType();
  if (isScaled())
    printer << ", scale " << getScaleType() << " by " << getBlockRows() << 'x' << getBlockCols();
  printer << '>';
}

SmallVector<int64_t> WeightType::getScaleShape() const {
  return {static_cast<int64_t>(llvm::divideCeil(getOutputs(), getBlockRows())),
          static_cast<int64_t>(llvm::divideCeil(getInputs(), getBlockCols()))};
}

LogicalResult WeightType::verify(function_ref<InFlightDiagnostic()> emitError, ArrayRef<int64_t> shape,
                                 Type elementType, Type scaleType, int64_t blockRows, int64_t blockCols) {
  if (shape.empty() || shape.size() > 3) // weight_c1
    return emitError() << "a weight has 1 to 3 dimensions, not " << shape.size();
  for (int64_t size : shape)
    if (size <= 0) // weight_c2
      return emitError() << "a weight's dimensions are positive, but one is " << size;
  bool scaled = isa<Float8E4M3FNType, Float4E2M1FNType>(elementType);
  if (!scaled && !isa<Float32Type, BFloat16Type>(elementType) && !elementType.isInteger(64)) // weight_c3
    return emitError() << "a weight's elements are f32, bf16, f8E4M3FN, f4E2M1FN or i64, not " << elementType;
  if (scaled != static_cast<bool>(scaleType)) // weight_c4
    return emitError() << elementType << " weights " << (scaled ? "need a scale" : "have no scale");
  if (scaled && !isa<Float32Type, Float8E8M0FNUType>(scaleType)) // weight_c5
    return emitError() << "a scale is f8E8M0FNU or f32, not " << scaleType;
  if (scaled && (blockRows <= 0 || blockCols <= 0)) // weight_c6
    return emitError() << "a scale's block is positive, not " << blockRows << "x" << blockCols;
  if (scaled && shape.size() == 1) // weight_c7
    return emitError() << "a scaled weight is a matrix or a stack, not a vector";
  return success();
}

static LogicalResult verifyState(function_ref<InFlightDiagnostic()> emitError, int64_t rows, int64_t width,
                                 Type elementType) {
  if (rows <= 0 || width <= 0) // ring_c1, entries_c1
    return emitError() << "a state has a positive number of rows and of elements a row, not " << rows
                       << " and " << width;
  if (!isa<Float32Type, BFloat16Type>(elementType)) // ring_c2, entries_c2
    return emitError() << "a state's elements are f32 or bf16, not " << elementType;
  return success();
}

LogicalResult RingType::verify(function_ref<InFlightDiagnostic()> emitError, int64_t rows, int64_t width,
                               Type elementType) {
  return verifyState(emitError, rows, width, elementType);
}

// <1024, 512, bf16, packed e4m3 by 64 first 448>
Type EntriesType::parse(AsmParser &parser) {
  int64_t rows, width, block = 0, packed = 0;
  Type elementType;
  QuantFormat format = QuantFormat::e4m3;
  SMLoc loc = parser.getCurrentLocation();
  if (parser.parseLess() || parser.parseInteger(rows) || parser.parseComma() || parser.parseInteger(width) ||
      parser.parseComma() || parser.parseType(elementType))
    return {};
  if (succeeded(parser.parseOptionalComma())) {
    FailureOr<QuantFormat> parsed = failure();
    if (parser.parseKeyword("packed") || failed(parsed = FieldParser<QuantFormat>::parse(parser)) ||
        parser.parseKeyword("by") || parser.parseInteger(block) || parser.parseKeyword("first") ||
        parser.parseInteger(packed))
      return {};
    format = *parsed;
    if (packed <= 0) { // entries_c3
      parser.emitError(loc, "packs ") << packed << " elements of a row";
      return {};
    }
  }
  if (parser.parseGreater())
    return {};
  return parser.getChecked<EntriesType>(loc, parser.getContext(), rows, width, elementType, format, block,
                                        packed);
}

void EntriesType::print(AsmPrinter &printer) const {
  printer << '<' << getRows() << ", " << getWidth() << ", " << getElementType();
  if (isPacked())
    printer << ", packed " << stringifyQuantFormat(getFormat()) << " by " << getBlock() << " first "
            << getPacked();
  printer << '>';
}

bool EntriesType::isPackedAs(QuantFormat format, int64_t block) const {
  return isPacked() && getFormat() == format && getBlock() == block && getPacked() == getWidth() &&
         getWidth() % block == 0;
}

static int64_t elementBytes(EntriesType type) { return type.getElementType().getIntOrFloatBitWidth() / 8; }

int64_t EntriesType::getPlainOffset() const {
  int64_t bytes = getFormat() == QuantFormat::e2m1 ? llvm::divideCeil(getPacked(), 2) : getPacked();
  return llvm::alignTo(bytes, elementBytes(*this));
}

int64_t EntriesType::getScaleOffset() const {
  return getPlainOffset() + (getWidth() - getPacked()) * elementBytes(*this);
}

int64_t EntriesType::getRowBytes() const {
  if (!isPacked())
    return getWidth() * elementBytes(*this);
  return llvm::alignTo(getScaleOffset() + llvm::divideCeil(getPacked(), getBlock()), elementBytes(*this));
}

LogicalResult EntriesType::verify(function_ref<InFlightDiagnostic()> emitError, int64_t rows, int64_t width,
                                  Type elementType, QuantFormat, int64_t block, int64_t packed) {
  if (failed(verifyState(emitError, rows, width, elementType)))
    return failure();
  if (packed < 0 || packed > width || (packed > 0 && block <= 0)) // entries_c3
    return emitError() << "packs " << packed << " of " << width << " elements in blocks of " << block;
  return success();
}

} // namespace mlir::v4
