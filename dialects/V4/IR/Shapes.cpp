#include "dialects/V4/IR/Shapes.h"

#include "dialects/V4/IR/V4Dialect.h"

namespace mlir::v4 {
namespace {

std::string describeExtent(int64_t extent) {
  return ShapedType::isDynamic(extent) ? "?" : std::to_string(extent);
}

std::string describeDims(ArrayRef<Dim> dims) {
  std::string text;
  llvm::raw_string_ostream stream(text);
  stream << '[';
  llvm::interleaveComma(dims, stream, [&](const Dim &dim) { stream << dim.name; });
  stream << ']';
  return text;
}

} // namespace

ArrayRef<int64_t> getShape(Type type, SmallVectorImpl<int64_t> &storage) {
  if (auto tensor = dyn_cast<RankedTensorType>(type))
    return tensor.getShape();
  if (auto weight = dyn_cast<WeightType>(type))
    return weight.getShape();
  if (auto ring = dyn_cast<RingType>(type))
    storage.assign({ring.getRows(), ring.getWidth()});
  else
    storage.assign({cast<EntriesType>(type).getRows(), cast<EntriesType>(type).getWidth()});
  return storage;
}

int64_t getRowWidth(ArrayRef<int64_t> shape) {
  int64_t width = 1;
  for (int64_t extent : shape.drop_front()) {
    if (ShapedType::isDynamic(extent))
      return ShapedType::kDynamic;
    width *= extent;
  }
  return width;
}

std::string describeShape(ArrayRef<int64_t> shape) {
  std::string text;
  llvm::raw_string_ostream stream(text);
  stream << '[';
  llvm::interleaveComma(shape, stream, [&](int64_t extent) { stream << describeExtent(extent); });
  stream << ']';
  return text;
}

bool ShapeMatcher::checkStatic(StringRef what, ArrayRef<int64_t> shape) {
  if (shape.empty() || !ShapedType::isDynamicShape(shape.drop_front()))
    return true;
  op->emitOpError() << "has '" << what << "' of shape " << describeShape(shape)
                    << ", but only the number of rows may be dynamic";
  return false;
}

bool ShapeMatcher::match(StringRef what, Value value, ArrayRef<Dim> dims) {
  SmallVector<int64_t> storage;
  ArrayRef<int64_t> shape = getShape(value.getType(), storage);
  if (shape.size() != dims.size()) {
    op->emitOpError() << "has '" << what << "' of shape " << describeShape(shape) << ", but "
                      << describeDims(dims) << " is wanted";
    return false;
  }
  return checkStatic(what, shape) && matchExtents(what, shape, dims);
}

bool ShapeMatcher::matchRow(StringRef what, Value value, Dim rows, Dim width) {
  SmallVector<int64_t> storage;
  ArrayRef<int64_t> shape = getShape(value.getType(), storage);
  if (shape.size() < 2) {
    op->emitOpError() << "has '" << what << "' of shape " << describeShape(shape) << ", but [" << rows.name
                      << ", ...] is wanted";
    return false;
  }
  return checkStatic(what, shape) && matchExtents(what, SmallVector<int64_t>{shape[0], getRowWidth(shape)},
                                                  SmallVector<Dim>{rows, width});
}

bool ShapeMatcher::matchExtents(StringRef what, ArrayRef<int64_t> shape, ArrayRef<Dim> dims) {
  for (auto [extent, dim] : llvm::zip_equal(shape, dims)) {
    if (dim.value) {
      if (extent == *dim.value)
        continue;
      op->emitOpError() << "has '" << what << "' with " << dim.name << " = " << describeExtent(extent)
                        << ", but " << describeExtent(*dim.value) << " is wanted";
      return false;
    }
    auto [entry, isNew] = bound.try_emplace(dim.name, Binding{extent, what});
    if (isNew || entry->second.extent == extent)
      continue;
    op->emitOpError() << "has '" << what << "' with " << dim.name << " = " << describeExtent(extent)
                      << ", but '" << entry->second.what << "' with " << dim.name << " = "
                      << describeExtent(entry->second.extent);
    return false;
  }
  return true;
}

bool ShapeMatcher::matchSame(StringRef what, Value value, StringRef otherWhat, Value other) {
  SmallVector<int64_t> storage, otherStorage;
  ArrayRef<int64_t> shape = getShape(value.getType(), storage),
                    wanted = getShape(other.getType(), otherStorage);
  if (shape == wanted)
    return checkStatic(what, shape);
  op->emitOpError() << "has '" << what << "' of shape " << describeShape(shape) << ", but '" << otherWhat
                    << "' of shape " << describeShape(wanted);
  return false;
}

bool ShapeMatcher::atMost(StringRef letter, StringRef limit, int64_t factor) {
  const Binding &small = bound.find(letter)->second, &large = bound.find(limit)->second;
  if (factor * small.extent <= large.extent)
    return true;
  InFlightDiagnostic error = op->emitOpError();
  error << "has '" << small.what << "' with ";
  if (factor != 1)
    error << factor << ' ';
  error << letter << " = " << factor * small.extent << ", more than " << limit << " = " << large.extent
        << " of '" << large.what << "'";
  return false;
}

bool ShapeMatcher::attributeAtMost(StringRef what, int64_t size, StringRef limit) {
  const Binding &large = bound.find(limit)->second;
  if (size <= large.extent)
    return true;
  op->emitOpError() << "has '" << what << "' = " << size << ", more than " << limit << " = " << large.extent
                    << " of '" << large.what << "'";
  return false;
}

} // namespace mlir::v4
