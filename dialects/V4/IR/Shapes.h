// Shapes of an op's operands and results, matched against the letters of its description.
//
//   ShapeMatcher shapes(op);
//   shapes.match("query", getQuery(), {"T", "H", "d"}) && shapes.match("weights", getWeights(), {"T", "H"})
//
// binds T, H and d to the extents of `query`; if `weights` has another H, the error is
// "'weights' has H = 3, but 'query' has H = 4".
#pragma once

#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Operation.h"
#include "llvm/ADT/StringMap.h"

namespace mlir::v4 {

/// Extents of a tensor, a weight, or a state ([rows, width]).
ArrayRef<int64_t> getShape(Type type, SmallVectorImpl<int64_t> &storage);

/// Elements of a row: the product of all dimensions but the first; dynamic if one of them is.
int64_t getRowWidth(ArrayRef<int64_t> shape);

/// "[?, 4, 8]"
std::string describeShape(ArrayRef<int64_t> shape);

/// A dimension as a description writes it: a letter, which is one extent throughout the op, or a formula with
/// its value.
struct Dim {
  Dim(const char *name) : name(name) {}
  Dim(const char *name, int64_t value) : name(name), value(value) {}
  StringRef name;
  std::optional<int64_t> value;
};

/// Every method emits an error on the op and returns false where the shapes disagree. Only the number of
/// rows, the first dimension of a tensor, may be dynamic; it then is in all tensors of the op.
class ShapeMatcher {
public:
  explicit ShapeMatcher(Operation *op) : op(op) {}

  bool match(StringRef what, Value value, ArrayRef<Dim> dims);
  bool match(StringRef what, Value value, std::initializer_list<Dim> dims) {
    return match(what, value, ArrayRef<Dim>(dims.begin(), dims.size()));
  }
  /// As `match` with two dimensions, all but the first flattened into one.
  bool matchRow(StringRef what, Value value, Dim rows, Dim width);
  bool matchSame(StringRef what, Value value, StringRef otherWhat, Value other);
  /// `factor` * `letter` is at most the extent of `limit`.
  bool atMost(StringRef letter, StringRef limit, int64_t factor = 1);
  /// `size`, the attribute `what`, is at most the extent of `limit`.
  bool attributeAtMost(StringRef what, int64_t size, StringRef limit);

  /// The extent that a letter is bound to.
  int64_t operator[](StringRef letter) const { return bound.lookup(letter).extent; }

private:
  struct Binding {
    int64_t extent = 0;
    StringRef what;
  };
  bool matchExtents(StringRef what, ArrayRef<int64_t> shape, ArrayRef<Dim> dims);
  bool checkStatic(StringRef what, ArrayRef<int64_t> shape);

  Operation *op;
  llvm::StringMap<Binding> bound;
};

} // namespace mlir::v4
