// The `tile` dialect: one program instance of a kernel's grid, working on tiles of static shape.
#ifndef TILE_IR_TILEOPS
#define TILE_IR_TILEOPS

include "mlir/IR/EnumAttr.td"
include "mlir/IR/OpBase.td"
include "mlir/IR/SymbolInterfaces.td"
include "mlir/Interfaces/ControlFlowInterfaces.td"
include "mlir/Interfaces/FunctionInterfaces.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

def Tile_Dialect : Dialect {
  let name = "tile";
  let summary = "one program of a kernel's grid, on static tiles";
  let description = [{
    A `tile.kernel` is what one program instance of a grid does. Memory is a memref argument, touched only through
    structured accesses (memref, offsets, tile shape); values are tensors of static shape, rank 1 or 2, on which
    `arith` and `math` work elementwise; control flow is `scf`. Nothing here knows the model or the target: tile sizes are
    all that a schedule leaves behind.
  }];
  let cppNamespace = "::mlir::tile";
}

class Tile_Op<string mnemonic, list<Trait> traits = []> : Op<Tile_Dialect, mnemonic, traits>;

// A tile: static shape, rank 1 or 2.
def Tile_Tile : RankedTensorOf<[F64, F32, BF16, I32, I8, I1]>;
def Tile_Memory : MemRefOf<[F64, F32, BF16, I32, I8]>;
def Tile_Scalar : AnyTypeOf<[F64, F32, BF16, I32, I8]>;

def Tile_ReduceKind : I32EnumAttr<"ReduceKind", "reduction", [I32EnumAttrCase<"add", 0>, I32EnumAttrCase<"max", 1>]> {
  let cppNamespace = "::mlir::tile";
}

def Tile_Format : I32EnumAttr<"Format", "narrow number format", [
    I32EnumAttrCase<"e4m3", 0>, I32EnumAttrCase<"e2m1", 1>, I32EnumAttrCase<"e8m0", 2>]> {
  let cppNamespace = "::mlir::tile";
}

def Tile_KernelOp : Tile_Op<"kernel", [FunctionOpInterface, IsolatedFromAbove, Symbol]> {
  let summary = "the program that every instance of a grid runs";
  let arguments = (ins SymbolNameAttr:$sym_name, TypeAttrOf<FunctionType>:$function_type,
                       OptionalAttr<DictArrayAttr>:$arg_attrs, OptionalAttr<DictArrayAttr>:$res_attrs);
  let regions = (region MinSizedRegion<1>:$body);
  let builders = [OpBuilder<(ins "StringRef":$name, "FunctionType":$type)>];
  let extraClassDeclaration = [{
    ::llvm::ArrayRef<::mlir::Type> getArgumentTypes() { return getFunctionType().getInputs(); }
    ::llvm::ArrayRef<::mlir::Type> getResultTypes() { return getFunctionType().getResults(); }
    ::mlir::Region *getCallableRegion() { return &getBody(); }
  }];
  let hasCustomAssemblyFormat = 1;
  let hasVerifier = 1;
}

def Tile_ReturnOp : Tile_Op<"return", [Pure, Terminator, ReturnLike, HasParent<"KernelOp">]> {
  let summary = "end the program";
  let assemblyFormat = "attr-dict";
}

def Tile_ProgramIdOp : Tile_Op<"program_id", [Pure]> {
  let summary = "this instance's coordinate along one grid dimension";
  let arguments = (ins ConfinedAttr<I32Attr, [IntNonNegative, IntMaxValue<2>]>:$dim);
  let results = (outs Index:$result);
  let assemblyFormat = "$dim attr-dict";
}

def Tile_NumRowsOp : Tile_Op<"num_rows", [Pure]> {
  let summary = "the number of rows of this launch";
  let results = (outs Index:$result);
  let assemblyFormat = "attr-dict";
}

def Tile_LoadOp : Tile_Op<"load"> {
  let summary = "read a tile";
  let description = [{
    The tile covers the trailing dimensions of the memref at `offsets` (one for each dimension). With `masked`, elements beyond the
    memref's last dimension are zero; without it the tile lies inside.
  }];
  let arguments = (ins Arg<Tile_Memory, "", [MemRead]>:$memory, Variadic<Index>:$offsets, UnitAttr:$masked);
  let results = (outs Tile_Tile:$result);
  let assemblyFormat = "$memory `[` $offsets `]` (`masked` $masked^)? attr-dict `:` type($memory) `->` type($result)";
  let hasVerifier = 1;
}

def Tile_GatherOp : Tile_Op<"gather"> {
  let summary = "read rows by number";
  let description = [{
    `leading` offsets pick a matrix [rows, columns] of the memref (its last two dimensions); row i of the result is row
    `rows[i]` of it from `column` on, or zero where `rows[i]` is negative.
  }];
  let arguments = (ins Arg<Tile_Memory, "", [MemRead]>:$memory, Variadic<Index>:$leading, Tile_Tile:$rows,
                       Index:$column);
  let results = (outs Tile_Tile:$result);
  let assemblyFormat = [{ $memory `[` $leading `]` `rows` $rows `from` $column attr-dict
                         `:` type($memory) `,` type($rows) `->` type($result) }];
  let hasVerifier = 1;
}

def Tile_StoreOp : Tile_Op<"store"> {
  let summary = "write a tile";
  let description = [{As `tile.load`; with `masked`, elements beyond the memref's last dimension are left out.}];
  let arguments = (ins Tile_Tile:$value, Arg<Tile_Memory, "", [MemWrite]>:$memory, Variadic<Index>:$offsets,
                       UnitAttr:$masked);
  let assemblyFormat = "$value `,` $memory `[` $offsets `]` (`masked` $masked^)? attr-dict `:` type($value) `,` type($memory)";
  let hasVerifier = 1;
}

def Tile_LoadScalarOp : Tile_Op<"load_scalar"> {
  let summary = "read one element";
  let arguments = (ins Arg<Tile_Memory, "", [MemRead]>:$memory, Variadic<Index>:$offsets);
  let results = (outs Tile_Scalar:$result);
  let assemblyFormat = "$memory `[` $offsets `]` attr-dict `:` type($memory) `->` type($result)";
  let hasVerifier = 1;
}

def Tile_StoreScalarOp : Tile_Op<"store_scalar"> {
  let summary = "write one element";
  let arguments = (ins Tile_Scalar:$value, Arg<Tile_Memory, "", [MemWrite]>:$memory, Variadic<Index>:$offsets);
  let assemblyFormat = "$value `,` $memory `[` $offsets `]` attr-dict `:` type($value) `,` type($memory)";
  let hasVerifier = 1;
}

def Tile_DotOp : Tile_Op<"dot", [Pure, AllTypesMatch<["acc", "result"]>]> {
  let summary = "multiply two tiles and add to an accumulator";
  let description = [{
    `result[m, n] = acc[m, n] + sum_k a[m, k] b[k, n]`, every element one chain of fused multiply-adds with k ascending.
  }];
  let arguments = (ins Tile_Tile:$a, Tile_Tile:$b, Tile_Tile:$acc);
  let results = (outs Tile_Tile:$result);
  let assemblyFormat = "$a `,` $b `,` $acc attr-dict `:` type($a) `,` type($b) `->` type($result)";
  let hasVerifier = 1;
}

def Tile_ReduceOp : Tile_Op<"reduce", [Pure]> {
  let summary = "combine the elements along the last dimension";
  let description = [{
    Rank 1 to a scalar, rank 2 to one element a row. The order is fixed: halves are combined element by element until one is
    left; with an odd number the last element waits for the next round.
  }];
  let arguments = (ins Tile_ReduceKind:$kind, Tile_Tile:$input);
  let results = (outs AnyTypeOf<[Tile_Tile, Tile_Scalar]>:$result);
  let assemblyFormat = "$kind $input attr-dict `:` type($input) `->` type($result)";
  let hasVerifier = 1;
}

def Tile_SplatOp : Tile_Op<"splat", [Pure]> {
  let summary = "a tile with one value everywhere";
  let arguments = (ins AnyType:$value);
  let results = (outs Tile_Tile:$result);
  let assemblyFormat = "$value attr-dict `:` type($value) `->` type($result)";
  let hasVerifier = 1;
}

def Tile_BroadcastOp : Tile_Op<"broadcast", [Pure]> {
  let summary = "repeat a row tile along a new dimension";
  let description = [{
    `along 0`: [C] -> [R, C], every row the same. `along 1`: [R] -> [R, C], every column the same.
  }];
  let arguments = (ins Tile_Tile:$input, ConfinedAttr<I32Attr, [IntNonNegative, IntMaxValue<1>]>:$along);
  let results = (outs Tile_Tile:$result);
  let assemblyFormat = "$input `along` $along attr-dict `:` type($input) `->` type($result)";
  let hasVerifier = 1;
}

def Tile_IotaOp : Tile_Op<"iota", [Pure]> {
  let summary = "0, 1, 2, ...";
  let results = (outs Tile_Tile:$result);
  let assemblyFormat = "attr-dict `:` type($result)";
  let hasVerifier = 1;
}

def Tile_WidenOp : Tile_Op<"widen", [Pure]> {
  let summary = "decode narrow numbers held in bytes, exactly, to f32";
  let description = [{
    `e4m3`, `e8m0`: one number a byte, same shape. `e2m1`: two a byte; [J, N] bytes become [2J, N] numbers, byte j's low
    nibble in row 2j, its high nibble in row 2j + 1.
  }];
  let arguments = (ins Tile_Tile:$input, Tile_Format:$format);
  let results = (outs Tile_Tile:$result);
  let assemblyFormat = "$input `as` $format attr-dict `:` type($input) `->` type($result)";
  let hasVerifier = 1;
}

def Tile_DeinterleaveOp : Tile_Op<"deinterleave", [Pure, AllTypesMatch<["even", "odd"]>]> {
  let summary = "part the even and the odd elements of a row tile";
  let description = [{[2N] -> [N], [N]: elements 0, 2, 4, ... and 1, 3, 5, ...}];
  let arguments = (ins Tile_Tile:$input);
  let results = (outs Tile_Tile:$even, Tile_Tile:$odd);
  let assemblyFormat = "$input attr-dict `:` type($input) `->` type($even)";
  let hasVerifier = 1;
}

def Tile_InterleaveOp : Tile_Op<"interleave", [Pure, AllTypesMatch<["even", "odd"]>]> {
  let summary = "join two row tiles element by element, the reverse of `tile.deinterleave`";
  let arguments = (ins Tile_Tile:$even, Tile_Tile:$odd);
  let results = (outs Tile_Tile:$result);
  let assemblyFormat = "$even `,` $odd attr-dict `:` type($even) `->` type($result)";
  let hasVerifier = 1;
}

#endif
