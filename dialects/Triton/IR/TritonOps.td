// The `tt` dialect: Triton IR as Triton 3.6 reads it, under Triton's names. Only what the PTX exit prints.
#ifndef TRITON_IR_TRITONOPS
#define TRITON_IR_TRITONOPS

include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/EnumAttr.td"
include "mlir/IR/OpBase.td"
include "mlir/IR/SymbolInterfaces.td"
include "mlir/Interfaces/ControlFlowInterfaces.td"
include "mlir/Interfaces/FunctionInterfaces.td"
include "mlir/Interfaces/InferTypeOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

def Triton_Dialect : Dialect {
  let name = "tt";
  let summary = "the part of Triton's IR that kernels are written in for Triton's compiler";
  let description = [{
    Names, operands, attributes and syntax are Triton's, so that the printed text is read by Triton's own parser. The meaning of
    the ops is Triton's too; nothing here is verified beyond types, since Triton verifies what it reads.
  }];
  let cppNamespace = "::mlir::tt";
  let useDefaultTypePrinterParser = 1;
}

def TT_Pointer : TypeDef<Triton_Dialect, "Pointer"> {
  let mnemonic = "ptr";
  let summary = "address of global memory";
  let parameters = (ins "::mlir::Type":$pointee);
  let assemblyFormat = "`<` $pointee `>`";
}

def TT_Tensor : Type<CPred<"::llvm::isa<::mlir::RankedTensorType>($_self)">, "tensor", "::mlir::RankedTensorType">;

class TT_Op<string mnemonic, list<Trait> traits = []> : Op<Triton_Dialect, mnemonic, traits>;

def TT_Precision : I32EnumAttr<"InputPrecision", "how a product treats f32 factors", [
    I32EnumAttrCase<"tf32", 0>, I32EnumAttrCase<"tf32x3", 1>, I32EnumAttrCase<"ieee", 2>]> {
  let cppNamespace = "::mlir::tt";
}

def TT_ScaledType : I32EnumAttr<"ScaledType", "elements of a scaled product", [
    I32EnumAttrCase<"e4m3", 0>, I32EnumAttrCase<"e5m2", 1>, I32EnumAttrCase<"e2m3", 2>, I32EnumAttrCase<"e3m2", 3>,
    I32EnumAttrCase<"e2m1", 4>, I32EnumAttrCase<"bf16", 5>, I32EnumAttrCase<"fp16", 6>]> {
  let cppNamespace = "::mlir::tt";
}

def TT_Dim : I32EnumAttr<"ProgramDim", "dimension of the grid", [
    I32EnumAttrCase<"x", 0>, I32EnumAttrCase<"y", 1>, I32EnumAttrCase<"z", 2>]> {
  let cppNamespace = "::mlir::tt";
}

// Functions
// -----------------------------------------------------------------------------------------------------------

def TT_FuncOp : TT_Op<"func", [FunctionOpInterface, IsolatedFromAbove, Symbol]> {
  let summary = "a kernel";
  let arguments = (ins SymbolNameAttr:$sym_name, TypeAttrOf<FunctionType>:$function_type,
                       OptionalAttr<StrAttr>:$sym_visibility, OptionalAttr<DictArrayAttr>:$arg_attrs,
                       OptionalAttr<DictArrayAttr>:$res_attrs);
  let regions = (region AnyRegion:$body);
  let builders = [OpBuilder<(ins "StringRef":$name, "FunctionType":$type)>];
  let extraClassDeclaration = [{
    ::llvm::ArrayRef<::mlir::Type> getArgumentTypes() { return getFunctionType().getInputs(); }
    ::llvm::ArrayRef<::mlir::Type> getResultTypes() { return getFunctionType().getResults(); }
    ::mlir::Region *getCallableRegion() { return &getBody(); }
  }];
  let hasCustomAssemblyFormat = 1;
}

def TT_ReturnOp : TT_Op<"return", [Pure, Terminator, ReturnLike, HasParent<"FuncOp">]> {
  let summary = "end the program";
  let assemblyFormat = "attr-dict";
}

def TT_GetProgramIdOp : TT_Op<"get_program_id", [Pure]> {
  let summary = "this program's coordinate in the grid";
  let arguments = (ins TT_Dim:$axis);
  let results = (outs I32:$result);
  let assemblyFormat = "$axis attr-dict `:` type($result)";
}

def TT_GetNumProgramsOp : TT_Op<"get_num_programs", [Pure]> {
  let summary = "the grid's extent";
  let arguments = (ins TT_Dim:$axis);
  let results = (outs I32:$result);
  let assemblyFormat = "$axis attr-dict `:` type($result)";
}

// Shapes
// --------------------------------------------------------------------------------------------------------------

def TT_MakeRangeOp : TT_Op<"make_range", [Pure]> {
  let summary = "start, start + 1, ... up to end";
  let arguments = (ins I32Attr:$start, I32Attr:$end);
  let results = (outs TT_Tensor:$result);
  let assemblyFormat = "attr-dict `:` type($result)";
}

class TT_Reshaping<string mnemonic, list<Trait> traits = []> : TT_Op<mnemonic, !listconcat([Pure], traits)> {
  let results = (outs TT_Tensor:$result);
}

def TT_SplatOp : TT_Reshaping<"splat"> {
  let summary = "a tensor of one value";
  let arguments = (ins AnyType:$src);
  let assemblyFormat = "$src attr-dict `:` type($src) `->` type($result)";
}

def TT_ExpandDimsOp : TT_Reshaping<"expand_dims"> {
  let summary = "insert a dimension of size 1";
  let arguments = (ins TT_Tensor:$src, I32Attr:$axis);
  let assemblyFormat = "$src attr-dict `:` type($src) `->` type($result)";
}

def TT_BroadcastOp : TT_Reshaping<"broadcast"> {
  let summary = "repeat along dimensions of size 1";
  let arguments = (ins TT_Tensor:$src);
  let assemblyFormat = "$src attr-dict `:` type($src) `->` type($result)";
}

def TT_ReshapeOp : TT_Reshaping<"reshape"> {
  let summary = "the same elements in the same order";
  let arguments = (ins TT_Tensor:$src);
  let assemblyFormat = "$src attr-dict `:` type($src) `->` type($result)";
}

def TT_TransOp : TT_Reshaping<"trans"> {
  let summary = "permute dimensions";
  let arguments = (ins TT_Tensor:$src, DenseI32ArrayAttr:$order);
  let assemblyFormat = "$src attr-dict `:` type($src) `->` type($result)";
}

def TT_JoinOp : TT_Reshaping<"join", [AllTypesMatch<["lhs", "rhs"]>]> {
  let summary = "two tensors along a new last dimension";
  let arguments = (ins TT_Tensor:$lhs, TT_Tensor:$rhs);
  let assemblyFormat = "$lhs `,` $rhs attr-dict `:` type($lhs) `->` type($result)";
}

def TT_SplitOp : TT_Op<"split", [Pure, AllTypesMatch<["outLHS", "outRHS"]>]> {
  let summary = "the two halves of a last dimension of size 2";
  let arguments = (ins TT_Tensor:$src);
  let results = (outs TT_Tensor:$outLHS, TT_Tensor:$outRHS);
  let assemblyFormat = "$src attr-dict `:` type($src) `->` type($outLHS)";
}

// Memory
// --------------------------------------------------------------------------------------------------------------

def TT_AddPtrOp : TT_Op<"addptr", [Pure, AllTypesMatch<["ptr", "result"]>]> {
  let summary = "advance pointers by elements";
  let arguments = (ins AnyType:$ptr, AnyType:$offset);
  let results = (outs AnyType:$result);
  let assemblyFormat = "$ptr `,` $offset attr-dict `:` type($ptr) `,` type($offset)";
}

def TT_BitcastOp : TT_Op<"bitcast", [Pure]> {
  let summary = "the same bits as another type";
  let arguments = (ins AnyType:$src);
  let results = (outs AnyType:$result);
  let assemblyFormat = "$src attr-dict `:` type($src) `->` type($result)";
}

def TT_LoadOp : TT_Op<"load", [
    AttrSizedOperandSegments, TypesMatchWith<"the result is what the pointers lead to", "ptr", "result", "pointeeOf($_self)">,
    TypesMatchWith<"the mask is shaped as the pointers", "ptr", "mask", "maskFor($_self)",
                   "!getMask() || std::equal_to<>()">,
    TypesMatchWith<"the others are what the pointers lead to", "ptr", "other", "pointeeOf($_self)",
                   "!getOther() || std::equal_to<>()">]> {
  let summary = "read what pointers lead to";
  let arguments = (ins Arg<AnyType, "", [MemRead]>:$ptr, Optional<AnyType>:$mask, Optional<AnyType>:$other);
  let results = (outs AnyType:$result);
  let assemblyFormat = "$ptr (`,` $mask^)? (`,` $other^)? attr-dict `:` type($ptr)";
}

def TT_StoreOp : TT_Op<"store", [
    TypesMatchWith<"the value is what the pointers lead to", "ptr", "value", "pointeeOf($_self)">,
    TypesMatchWith<"the mask is shaped as the pointers", "ptr", "mask", "maskFor($_self)",
                   "!getMask() || std::equal_to<>()">]> {
  let summary = "write where pointers lead";
  let arguments = (ins Arg<AnyType, "", [MemWrite]>:$ptr, AnyType:$value, Optional<AnyType>:$mask);
  let assemblyFormat = "$ptr `,` $value (`,` $mask^)? attr-dict `:` type($ptr)";
}

// Arithmetic
// ----------------------------------------------------------------------------------------------------------

def TT_FpToFpOp : TT_Op<"fp_to_fp", [Pure]> {
  let summary = "another floating-point format";
  let arguments = (ins AnyType:$src);
  let results = (outs AnyType:$result);
  let assemblyFormat = "$src attr-dict `:` type($src) `->` type($result)";
}

def TT_PreciseDivFOp : TT_Op<"precise_divf", [Pure, SameOperandsAndResultType]> {
  let summary = "quotient, rounded to the nearest";
  let arguments = (ins AnyType:$x, AnyType:$y);
  let results = (outs AnyType:$result);
  let assemblyFormat = "$x `,` $y attr-dict `:` type($x)";
}

def TT_PreciseSqrtOp : TT_Op<"precise_sqrt", [Pure, SameOperandsAndResultType]> {
  let summary = "square root, rounded to the nearest";
  let arguments = (ins AnyType:$x);
  let results = (outs AnyType:$result);
  let assemblyFormat = "$x attr-dict `:` type($x)";
}

def TT_DotOp : TT_Op<"dot", [Pure, AllTypesMatch<["c", "d"]>]> {
  let summary = "matrix product, added to a matrix";
  let arguments = (ins TT_Tensor:$a, TT_Tensor:$b, TT_Tensor:$c, DefaultValuedAttr<TT_Precision, "InputPrecision::ieee">:$inputPrecision,
                       DefaultValuedAttr<I32Attr, "0">:$maxNumImpreciseAcc);
  let results = (outs TT_Tensor:$d);
  let assemblyFormat = [{ $a `,` $b `,` $c `,` `inputPrecision` `=` $inputPrecision attr-dict
                         `:` type($a) `*` type($b) `->` type($d) }];
}

def TT_DotScaledOp : TT_Op<"dot_scaled", [Pure, AttrSizedOperandSegments, AllTypesMatch<["c", "d"]>]> {
  let summary = "matrix product of block-scaled factors, added to a matrix";
  let arguments = (ins TT_Tensor:$a, TT_Tensor:$b, TT_Tensor:$c, Optional<TT_Tensor>:$a_scale, Optional<TT_Tensor>:$b_scale,
                       TT_ScaledType:$a_elem_type, TT_ScaledType:$b_elem_type, BoolAttr:$fastMath,
                       DefaultValuedAttr<BoolAttr, "true">:$lhs_k_pack, DefaultValuedAttr<BoolAttr, "true">:$rhs_k_pack);
  let results = (outs TT_Tensor:$d);
  let assemblyFormat = [{
    $a (`scale` $a_scale^)? `,` $b (`scale` $b_scale^)? `,` $c `lhs` `=` $a_elem_type `rhs` `=` $b_elem_type attr-dict
    `:` type($a) (`,` type($a_scale)^)? `*` type($b) (`,` type($b_scale)^)? `->` type($d)
  }];
}

def TT_ElementwiseInlineAsmOp : TT_Op<"elementwise_inline_asm"> {
  let summary = "instructions on registers that hold `packed_element` elements each";
  let arguments = (ins StrAttr:$asm_string, StrAttr:$constraints, BoolAttr:$pure, I32Attr:$packed_element, Variadic<AnyType>:$args);
  let results = (outs AnyType:$result);
  let assemblyFormat = "$asm_string attr-dict ($args^ `:` type($args))? `->` type($result)";
}

def TT_ReduceOp : TT_Op<"reduce", [SingleBlock, RecursiveMemoryEffects]> {
  let summary = "combine the elements along a dimension";
  let arguments = (ins Variadic<TT_Tensor>:$srcs, I32Attr:$axis);
  let results = (outs Variadic<AnyType>:$result);
  let regions = (region SizedRegion<1>:$combineOp);
}

def TT_ReduceReturnOp : TT_Op<"reduce.return", [HasParent<"ReduceOp">, Pure, Terminator, ReturnLike]> {
  let summary = "the combination of two elements";
  let arguments = (ins Variadic<AnyType>:$result);
}

#endif
