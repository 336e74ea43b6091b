#ifndef V4_IR_V4OPBASE
#define V4_IR_V4OPBASE

include "dialects/V4/IR/V4Types.td"
include "dialects/V4/IR/V4Attrs.td"
include "dialects/V4/IR/V4Interfaces.td"

class V4_Op<string mnemonic, list<Trait> traits = []> : Op<V4_Dialect, mnemonic, traits>;

// An op on rows of the step. `work` is what one program of its kernel computes.
class V4_ComputeOp<string mnemonic, string work, list<Trait> traits = []>
    : V4_Op<mnemonic, !listconcat(traits, [V4_ComputeOpInterface])> {
  code extraBase = "::mlir::v4::Parallelism getParallelism() { return ::mlir::v4::Parallelism::" # work # "; }\n";
  let extraClassDeclaration = extraBase;
  let hasVerifier = 1;
}

class V4_Real<string predicate, string text>
    : ConfinedAttr<F64Attr, [AttrConstraint<CPred<"::llvm::cast<::mlir::FloatAttr>($_self).getValueAsDouble() " # predicate>, text>]>;
def V4_PositiveReal : V4_Real<"> 0", "whose value is positive">;
def V4_NonNegativeReal : V4_Real<">= 0", "whose value is not negative">;
def V4_Count : ConfinedAttr<I64Attr, [IntPositive]>;

def V4_Numerics : DefaultValuedAttr<V4_NumericsAttr, "::mlir::v4::getHfNumerics($_builder.getContext())">;

#endif
