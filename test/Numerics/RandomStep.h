// Functions of random `v4` ops, written as text, and the comparison of their kernels with the reference
// executor.
#pragma once

#include "dialects/V4/Reference/Executor.h"
#include "test/Numerics/RandomDraw.h"
#include "test/Numerics/RandomRunner.h"

#include <functional>

namespace v4test {

/// An SSA value in text.
struct Val {
  std::string name, type;
};

std::string rowsType(llvm::ArrayRef<int64_t> shape, llvm::StringRef element = "f32");
/// "1.000000e-06", which parses as a float.
std::string real(double value);

/// A step function in the making:
///
///     StepText step(seed);
///     Val x = step.input({K});
///     step.op("v4.linear $, $", {x, step.weight("w", "8x4xf32")}, {rowsType({8})});
class StepText {
public:
  /// Gives a row of an argument its values.
  using FillRow = std::function<void(Draw &draw, double *row, int64_t width)>;
  static void fillNormal(Draw &draw, double *row, int64_t width);
  /// Small whole numbers, so that products and sums are exact and ties are common.
  static void fillIntegers(Draw &draw, double *row, int64_t width);

  /// Two in five draws round.
  explicit StepText(uint64_t seed);

  const uint64_t seed;
  Draw draw;
  /// Whether ops of the draw may round to BF16, and the coarsest step of a rounding, relative to its value.
  const bool rounds;
  double coarsest;
  /// Type of numbers: f32, or in a draw that rounds perhaps bf16.
  std::string element() { return rounds ? draw.pick({"f32", "bf16", "bf16"}) : "f32"; }
  /// The type of rows of such numbers.
  std::string rows(llvm::ArrayRef<int64_t> shape) { return rowsType(shape, element()); }
  /// Numerics for an op that has these options, "" or ` {numerics = ..}`: each is drawn on its own.
  std::string numerics(llvm::ArrayRef<std::pair<const char *, const char *>> options);

  Val tokens{"%tokens", "tensor<?xi32>"}, slots{"%slots", "tensor<?xi32>"},
      positions{"%positions", "tensor<?xi32>"}, logitRows{"%logit_rows", "tensor<?xi32>"};

  /// Values are exact in the type, which is `rows(shape)`.
  Val input(llvm::ArrayRef<int64_t> shape, FillRow fill = fillNormal);
  /// `type` as in "8x4xf32"; the name gets the draw's number in front.
  Val weight(const std::string &name, const std::string &type);
  /// `type` as in "ring<8, 4, f32>".
  Val state(const std::string &name, const std::string &type);
  /// Writes an op: each `$` in `text` becomes the next operand. The op is located, so its results are
  /// compared.
  std::vector<Val> op(llvm::StringRef text, llvm::ArrayRef<Val> operands, std::vector<std::string> results);
  Val one(llvm::StringRef text, llvm::ArrayRef<Val> operands, std::string result) {
    return op(text, operands, {std::move(result)})[0];
  }
  /// As `op`, for the ops without results that write states.
  void write(llvm::StringRef text, llvm::ArrayRef<Val> operands);

  int64_t slotCount = 1, vocabulary = 100;
  int64_t ids = 1; // ids in tables are below
  std::vector<StepRows> steps;

  std::string function(int64_t rowTile) const;
  std::string name() const { return "draw_" + std::to_string(seed); }
  std::vector<mlir::v4::reference::Tensor> arguments(const StepRows &rows, Draw &values) const;

private:
  struct Input {
    Val value;
    std::vector<int64_t> shape;
    FillRow fill;
  };
  std::string place(llvm::StringRef text, llvm::ArrayRef<Val> operands) const;

  std::vector<Input> inputs;
  std::vector<Val> made; // returned, all of them: what nobody uses would not be compiled
  std::string body;
  int names = 0;
};

/// A stored format of an NxK matrix, or of a stack of them: one of `TYPE`s of the specification, at random.
std::string drawMatrixType(Draw &draw, llvm::ArrayRef<int64_t> shape);
/// f32 or bf16.
std::string drawPlainType(Draw &draw, llvm::ArrayRef<int64_t> shape);

/// What a comparison found.
struct Comparison {
  std::string error; // not empty: something differs
  double largest = 0;
  double coarsest = 0; // of the roundings, see StepText; 0: there are none
  std::map<std::string, std::pair<int64_t, int64_t>>
      otherwise;     // of a value: rows that were rounded otherwise, and rows
  std::string where; // the value with the largest distance
  int64_t values = 0;
  std::map<std::string, std::pair<double, int64_t>>
      lengths; // of a value's rows so far: squares, and how many
};

/// Compares what kernels gave for a step with what the executor observed. A row of numbers may be `tolerance`
/// of its length away, or of the root mean square length of the value's rows so far if that is longer: a
/// short row is a sum that cancels, and its roundings are those of the terms. Ids are equal; minus infinity
/// stands for a column that holds anything.
///
/// Where results are rounded, a float32 error may turn a rounding over: rarely, as it is so much smaller than
/// the rounding's step, but then the row and what is made of it is a step away. Such rows are counted;
/// `roundOtherwise` tells whether they are too many.
void compare(const StepValues &got,
             const llvm::MapVector<llvm::StringRef, mlir::v4::reference::Tensor> &wanted, double tolerance,
             Comparison &comparison);

/// A value most of whose rows were rounded otherwise, or "".
std::string roundOtherwise(const Comparison &comparison);

/// Whether the last run of `executor` chose between scores that float32 sums cannot tell apart. Equal ones
/// are no such choice: of those the lower number is taken.
bool choseClosely(mlir::func::FuncOp function, const mlir::v4::reference::Executor &executor,
                  RandomWeights &weights);

/// Registers what the passes and the kernels' compiler need.
void loadDialects(mlir::MLIRContext &context);
/// Fuses, lays out and lowers the functions of `module`, which say their `v4.row_tile`.
bool lowerToKernels(mlir::ModuleOp module);

/// For each seed makes a step with `make`, compiles it for one of the machine's variants and with one of the
/// row tiles, and compares each of its runs with the reference. Failures name the seed.
void checkDraws(llvm::ArrayRef<uint64_t> seeds, llvm::function_ref<void(StepText &)> make,
                double tolerance = 1e-5);

} // namespace v4test
