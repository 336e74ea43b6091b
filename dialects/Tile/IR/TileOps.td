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

    Bits are part of the meaning: operations happen in the order written, none are fused or reassociated, so that a kernel
    gives the same result on every processor.
  }];
  let cppNamespace = "::mlir::tile";
}

class Tile_Op<string mnemonic, list<Trait> traits = []> : Op<Tile_Dialect, mnemonic, traits>;

def Tile_Tile : ConfinedType<RankedTensorOf<[F64, F32, BF16, I32, I16, I8, I1]>, [HasStaticShapePred, HasAnyRankOfPred<[1, 2]>],
                             "tile (tensor of static shape, rank 1 or 2) of f64, f32, bf16, i32, i16, i8 or i1">;
def Tile_Memory : MemRefOf<[F64, F32, BF16, I32, I16, I8]>;
def Tile_Scalar : AnyTypeOf<[F64, F32, BF16, I32, I16, I8]>;

def Tile_ReduceKind : I32EnumAttr<"ReduceKind", "reduction", [I32EnumAttrCase<"add", 0>, I32EnumAttrCase<"max", 1>]> {
  let cppNamespace = "::mlir::tile";
}

def Tile_Format : I32EnumAttr<"Format", "narrow number format", [
    I32EnumAttrCase<"e4m3", 0>, I32EnumAttrCase<"e2m1", 1>, I32EnumAttrCase<"e8m0", 2>,
    I32EnumAttrCase<"bf16", 3>]> {
  let cppNamespace = "::mlir::tile";
}

def Tile_KernelOp : Tile_Op<"kernel", [FunctionOpInterface, IsolatedFromAbove, Symbol]> {
  let summary = "the program that every instance of a grid runs";
  let description = [{
    Arguments are base addresses: row-major memory whose first dimension may be dynamic, since no address depends on it. The
    programs of a launch are independent.

    (C1) Arguments are memrefs of rank 1 or more in row-major layout, all dimensions but the first static; no results.
    (C2) The body is one block: control flow is `scf`.

    ```mlir
    // y = 2 x, 16 elements a program
    tile.kernel @twice(%x: memref<?x64xf32>, %y: memref<?x64xf32>) {
      %column = tile.program_id 0
      %row = tile.program_id 1
      %width = arith.constant 16 : index
      %offset = arith.muli %column, %width : index
      %0 = tile.load %x[%row, %offset] : memref<?x64xf32> -> tensor<16xf32>
      %1 = arith.addf %0, %0 : tensor<16xf32>
      tile.store %1, %y[%row, %offset] : tensor<16xf32>, memref<?x64xf32>
      tile.return
    }
    ```
  }];
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
  let description = [{
    ```mlir
    tile.kernel @nothing() {
      tile.return
    }
    ```
  }];
  let assemblyFormat = "attr-dict";
}

def Tile_ProgramIdOp : Tile_Op<"program_id", [Pure]> {
  let summary = "this instance's coordinate along one grid dimension";
  let description = [{
    Programs are numbered `x + grid[0] * (y + grid[1] * z)`; dimension 0 is x.

    ```mlir
    tile.kernel @first_bytes(%m: memref<?x64xi8>) {
      %row = tile.program_id 0
      %column = arith.constant 0 : index
      %zero = arith.constant dense<0> : tensor<16xi8>
      tile.store %zero, %m[%row, %column] : tensor<16xi8>, memref<?x64xi8>
      tile.return
    }
    ```
  }];
  let arguments = (ins ConfinedAttr<I32Attr, [IntNonNegative, IntMaxValue<2>]>:$dim);
  let results = (outs Index:$result);
  let assemblyFormat = "$dim attr-dict";
}

def Tile_NumRowsOp : Tile_Op<"num_rows", [Pure]> {
  let summary = "the number of rows of this launch";
  let description = [{
    The value of the extent that the launch names: tokens of the step, or rows of it that logits are wanted for.

    ```mlir
    tile.kernel @count(%m: memref<?xi32>) {
      %rows = tile.num_rows
      %0 = arith.index_cast %rows : index to i32
      %at = arith.constant 0 : index
      tile.store_scalar %0, %m[%at] : i32, memref<?xi32>
      tile.return
    }
    ```
  }];
  let results = (outs Index:$result);
  let assemblyFormat = "attr-dict";
}

def Tile_ScratchOp : Tile_Op<"scratch", [MemoryEffects<[MemAlloc]>]> {
  let summary = "memory of the program's own";
  let description = [{
    Undefined at first, gone at the end of the program. On a CPU it is on the stack.

    (C1) The memory is in row-major layout, all dimensions static, and no larger than a MiB.

    ```mlir
    tile.kernel @reverse_halves(%m: memref<?x32xf32>) {
      %row = tile.program_id 0
      %c0 = arith.constant 0 : index
      %c16 = arith.constant 16 : index
      %own = tile.scratch : memref<32xf32>
      %0 = tile.load %m[%row, %c0] : memref<?x32xf32> -> tensor<16xf32>
      %1 = tile.load %m[%row, %c16] : memref<?x32xf32> -> tensor<16xf32>
      tile.store %0, %own[%c16] : tensor<16xf32>, memref<32xf32>
      tile.store %1, %own[%c0] : tensor<16xf32>, memref<32xf32>
      %2 = tile.load %own[%c0] : memref<32xf32> -> tensor<32xf32>
      tile.store %2, %m[%row, %c0] : tensor<32xf32>, memref<?x32xf32>
      tile.return
    }
    ```
  }];
  let results = (outs Tile_Memory:$memory);
  let assemblyFormat = "attr-dict `:` type($memory)";
  let hasVerifier = 1;
}

def Tile_ViewOp : Tile_Op<"view", [Pure]> {
  let summary = "the same memory under another shape";
  let description = [{
    Row-major memory is cut into rows anew: element 5 of a row of 6 is element [1, 2] of a row of 2x3. With another type of
    elements the same bytes are read as that, little end first.

    (C1) Both are row-major with the first dimension dynamic and the others static. (C2) Rows have equally many bytes.

    ```mlir
    tile.kernel @first_head(%q: memref<?x64xf32>, %out: memref<?x16xf32>) {
      %row = tile.program_id 0
      %c0 = arith.constant 0 : index
      %heads = tile.view %q : memref<?x64xf32> -> memref<?x4x16xf32>
      %0 = tile.load %heads[%row, %c0, %c0] : memref<?x4x16xf32> -> tensor<16xf32>
      tile.store %0, %out[%row, %c0] : tensor<16xf32>, memref<?x16xf32>
      tile.return
    }
    ```
  }];
  let arguments = (ins Tile_Memory:$memory);
  let results = (outs Tile_Memory:$result);
  let assemblyFormat = "$memory attr-dict `:` type($memory) `->` type($result)";
  let hasVerifier = 1;
}

def Tile_LoadOp : Tile_Op<"load"> {
  let summary = "read a tile";
  let description = [{
    `result[i, j] = memory[..., offset[-2] + i, offset[-1] + j]`; a tile of rank 1 lies along the last dimension.

    (C1) One offset for each dimension. (C2) The element types are equal, and the tile has no more dimensions than the memory.
    (C3) Without `masked` the tile lies inside the memory, so it is no larger. With `masked`, elements beyond the last
    dimension are not read and are zero; the other dimensions must still be inside, and the last one is static.

    ```mlir
    tile.kernel @last_columns(%m: memref<?x20xf32>, %out: memref<?x32xf32>) {
      %row = tile.program_id 0
      %left = arith.constant 16 : index
      %0 = tile.load %m[%row, %left] masked : memref<?x20xf32> -> tensor<16xf32>
      tile.store %0, %out[%row, %left] : tensor<16xf32>, memref<?x32xf32>
      tile.return
    }
    ```
  }];
  let arguments = (ins Arg<Tile_Memory, "", [MemRead]>:$memory, Variadic<Index>:$offsets, UnitAttr:$masked);
  let results = (outs Tile_Tile:$result);
  let assemblyFormat = "$memory `[` $offsets `]` (`masked` $masked^)? attr-dict `:` type($memory) `->` type($result)";
  let hasVerifier = 1;
}

def Tile_LoadPanelsOp : Tile_Op<"load_panels"> {
  let summary = "read the same rows of panels, side by side";
  let description = [{
    With P the last dimension of the memory:
    `result[i, P s + j] = memory[.., offset[-3] + s, offset[-2] + i, offset[-1] + j]`; a tile of rank 1 is one row.
    Each panel is a stream of its own, which a processor fetches ahead. For processors only.

    (C1) One offset for each dimension, of which there are three at least. (C2) The element types are equal. (C3) The rows of the
    result are as wide as all panels of the third to last dimension together.

    ```mlir
    tile.kernel @row(%w: memref<8x4x512x16xi32>, %out: memref<?x64xi32>) {
      %panels = tile.program_id 0
      %c0 = arith.constant 0 : index
      %row = tile.load_panels %w[%panels, %c0, %c0, %c0] : memref<8x4x512x16xi32> -> tensor<1x64xi32>
      tile.store %row, %out[%panels, %c0] : tensor<1x64xi32>, memref<?x64xi32>
      tile.return
    }
    ```
  }];
  let arguments = (ins Arg<Tile_Memory, "", [MemRead]>:$memory, Variadic<Index>:$offsets);
  let results = (outs Tile_Tile:$result);
  let assemblyFormat = "$memory `[` $offsets `]` attr-dict `:` type($memory) `->` type($result)";
  let hasVerifier = 1;
}

def Tile_GatherOp : Tile_Op<"gather"> {
  let summary = "read rows by number";
  let description = [{
    `leading` offsets pick a matrix [n, columns] of the memory, its last two dimensions:
    `result[i, j] = memory[leading, rows[i], column + j]`, or 0 where `rows[i]` is negative.

    (C1) One leading offset for each dimension but two. (C2) `rows` is [R] of i32. (C3) The result is [R, C] of the memory's
    element type, no wider than the memory. Row 0 of the matrix exists, even if no row is asked for.

    ```mlir
    tile.kernel @pick(%keys: memref<?x128x64xf32>, %list: memref<?x4xi32>, %out: memref<?x64xf32>) {
      %slot = tile.program_id 0
      %zero = arith.constant 0 : index
      %rows = tile.load %list[%slot, %zero] : memref<?x4xi32> -> tensor<4xi32>
      %0 = tile.gather %keys[%slot] rows %rows from %zero : memref<?x128x64xf32>, tensor<4xi32> -> tensor<4x64xf32>
      tile.store %0, %out[%zero, %zero] : tensor<4x64xf32>, memref<?x64xf32>
      tile.return
    }
    ```
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
  let description = [{
    `memory[..., offset[-2] + i, offset[-1] + j] = value[i, j]`, under the constraints of `tile.load`: (C1) offsets, (C2) types,
    (C3) size. With `masked`, elements beyond the memory's last dimension are left out.

    ```mlir
    tile.kernel @ones(%m: memref<?x20xf32>) {
      %row = tile.program_id 0
      %left = arith.constant 16 : index
      %one = arith.constant dense<1.0> : tensor<16xf32>
      tile.store %one, %m[%row, %left] masked : tensor<16xf32>, memref<?x20xf32>
      tile.return
    }
    ```
  }];
  let arguments = (ins Tile_Tile:$value, Arg<Tile_Memory, "", [MemWrite]>:$memory, Variadic<Index>:$offsets,
                       UnitAttr:$masked);
  let assemblyFormat = "$value `,` $memory `[` $offsets `]` (`masked` $masked^)? attr-dict `:` type($value) `,` type($memory)";
  let hasVerifier = 1;
}

def Tile_LoadScalarOp : Tile_Op<"load_scalar"> {
  let summary = "read one element";
  let description = [{
    (C1) One offset for each dimension. (C2) The result has the memory's element type.

    ```mlir
    tile.kernel @next_position(%positions: memref<?xi32>) {
      %row = tile.program_id 0
      %0 = tile.load_scalar %positions[%row] : memref<?xi32> -> i32
      %one = arith.constant 1 : i32
      %1 = arith.addi %0, %one : i32
      tile.store_scalar %1, %positions[%row] : i32, memref<?xi32>
      tile.return
    }
    ```
  }];
  let arguments = (ins Arg<Tile_Memory, "", [MemRead]>:$memory, Variadic<Index>:$offsets);
  let results = (outs Tile_Scalar:$result);
  let assemblyFormat = "$memory `[` $offsets `]` attr-dict `:` type($memory) `->` type($result)";
  let hasVerifier = 1;
}

def Tile_StoreScalarOp : Tile_Op<"store_scalar"> {
  let summary = "write one element";
  let description = [{
    (C1) One offset for each dimension. (C2) The value has the memory's element type.

    ```mlir
    tile.kernel @clear(%m: memref<?xf32>) {
      %row = tile.program_id 0
      %zero = arith.constant 0.0 : f32
      tile.store_scalar %zero, %m[%row] : f32, memref<?xf32>
      tile.return
    }
    ```
  }];
  let arguments = (ins Tile_Scalar:$value, Arg<Tile_Memory, "", [MemWrite]>:$memory, Variadic<Index>:$offsets);
  let assemblyFormat = "$value `,` $memory `[` $offsets `]` attr-dict `:` type($value) `,` type($memory)";
  let hasVerifier = 1;
}

def Tile_DotOp : Tile_Op<"dot", [Pure, AllTypesMatch<["acc", "result"]>]> {
  let summary = "multiply two tiles and add to an accumulator";
  let description = [{
    `result[m, n] = acc[m, n] + sum_k a[m, k] b[k, n]`.

    (C1) `a` is [M, K], `b` [K, N], `acc` [M, N]. (C2) `acc` is f32 or f64; `a` and `b` have its type or are bf16, which widens
    exactly.

    Every element is one chain of fused multiply-adds, k ascending: `acc = fma(a[m, k], b[k, n], acc)`.

    ```mlir
    tile.kernel @product(%a: memref<?x64xf32>, %b: memref<64x16xf32>, %out: memref<?x16xf32>) {
      %c0 = arith.constant 0 : index
      %at = tile.load %a[%c0, %c0] : memref<?x64xf32> -> tensor<8x64xf32>
      %bt = tile.load %b[%c0, %c0] : memref<64x16xf32> -> tensor<64x16xf32>
      %zero = arith.constant dense<0.0> : tensor<8x16xf32>
      %0 = tile.dot %at, %bt, %zero : tensor<8x64xf32>, tensor<64x16xf32> -> tensor<8x16xf32>
      tile.store %0, %out[%c0, %c0] : tensor<8x16xf32>, memref<?x16xf32>
      tile.return
    }
    ```
  }];
  let arguments = (ins Tile_Tile:$a, Tile_Tile:$b, Tile_Tile:$acc);
  let results = (outs Tile_Tile:$result);
  let assemblyFormat = "$a `,` $b `,` $acc attr-dict `:` type($a) `,` type($b) `->` type($result)";
  let hasVerifier = 1;
}

def Tile_DotWordsOp : Tile_Op<"dot_words", [Pure, AllTypesMatch<["acc", "result"]>]> {
  let summary = "multiply by narrow numbers that lie together in words, and add to an accumulator";
  let description = [{
    `tile.dot a, (tile.widen words as format), acc` without the wide tile in between: numbers are decoded where they are
    multiplied, a register of outputs at a time.

    (C1) `a` is [M, K] of f32, `words` [K / g, N], `acc` [M, N] of f32, g the numbers in a word of `tile.widen`.

    The chain and the decoding are those of the two ops.

    ```mlir
    tile.kernel @product(%x: memref<?x32xf32>, %w: memref<4x64xi32>, %out: memref<?x64xf32>) {
      %row = tile.program_id 0
      %c0 = arith.constant 0 : index
      %a = tile.load %x[%row, %c0] : memref<?x32xf32> -> tensor<1x32xf32>
      %words = tile.load %w[%c0, %c0] : memref<4x64xi32> -> tensor<4x64xi32>
      %zero = arith.constant dense<0.0> : tensor<1x64xf32>
      %0 = tile.dot_words %a, %words, %zero as e2m1 : tensor<1x32xf32>, tensor<4x64xi32> -> tensor<1x64xf32>
      tile.store %0, %out[%row, %c0] : tensor<1x64xf32>, memref<?x64xf32>
      tile.return
    }
    ```
  }];
  let arguments = (ins Tile_Tile:$a, Tile_Tile:$words, Tile_Tile:$acc, Tile_Format:$format);
  let results = (outs Tile_Tile:$result);
  let assemblyFormat = [{ $a `,` $words `,` $acc `as` $format attr-dict `:` type($a) `,` type($words) `->` type($result) }];
  let hasVerifier = 1;
}

def Tile_DotRowsOp : Tile_Op<"dot_rows"> {
  let summary = "add the products of many rows with a tile, in the program's own memory";
  let description = [{
    `w` is [D, N], or [N / c, D, c]: c outputs side by side, so that what is used together lies together. For rows i < `count`:
    `acc[i, n] = acc[i, n] + sum_k x[i, column + k] w[k, n]`; `turned`, the left factor is `x[column + k, i]`. With scales:
    `acc[i, n] = acc[i, n] + scales[n] (sum_k x[i, column + k] w[k, n])`. Other rows stay as they are.

    How many rows and columns are held in registers is the target's affair. For processors only.

    (C1) All memories are `tile.scratch` of f32 and of rank 2, `w` of rank 2 or 3, `scales` of rank 1. (C2) `x` is [M, K], or
    [K, M] if turned, `w` [D, N] or [N / c, D, c] with D <= K, `acc` [M, N], `scales` [N]. (C3) c is a multiple of 16 or N.

    Every element is one chain of fused multiply-adds, k ascending, that begins with `acc[i, n]`. With scales it begins with 0,
    and one more multiply-add `fma(chain, scales[n], acc[i, n])` ends it.

    ```mlir
    tile.kernel @product(%a: memref<?x64xf32>, %b: memref<64x16xf32>, %out: memref<?x16xf32>) {
      %c0 = arith.constant 0 : index
      %rows = arith.constant 5 : index
      %x = tile.scratch : memref<8x64xf32>
      %w = tile.scratch : memref<64x16xf32>
      %acc = tile.scratch : memref<8x16xf32>
      %at = tile.load %a[%c0, %c0] : memref<?x64xf32> -> tensor<8x64xf32>
      tile.store %at, %x[%c0, %c0] : tensor<8x64xf32>, memref<8x64xf32>
      %bt = tile.load %b[%c0, %c0] : memref<64x16xf32> -> tensor<64x16xf32>
      tile.store %bt, %w[%c0, %c0] : tensor<64x16xf32>, memref<64x16xf32>
      %zero = arith.constant dense<0.0> : tensor<8x16xf32>
      tile.store %zero, %acc[%c0, %c0] : tensor<8x16xf32>, memref<8x16xf32>
      tile.dot_rows %x[%c0], %w, %acc count %rows : memref<8x64xf32>, memref<64x16xf32>, memref<8x16xf32>
      %0 = tile.load %acc[%c0, %c0] : memref<8x16xf32> -> tensor<8x16xf32>
      tile.store %0, %out[%c0, %c0] : tensor<8x16xf32>, memref<?x16xf32>
      tile.return
    }
    ```
  }];
  let arguments = (ins Arg<Tile_Memory, "", [MemRead]>:$x, Index:$column, Arg<Tile_Memory, "", [MemRead]>:$w,
                       Arg<Tile_Memory, "", [MemRead, MemWrite]>:$acc, Index:$count,
                       Optional<Tile_Memory>:$scales, UnitAttr:$turned);
  let assemblyFormat = [{ $x `[` $column `]` (`turned` $turned^)? `,` $w `,` $acc `count` $count (`scaled` $scales^ `:` type($scales))?
                         attr-dict `:` type($x) `,` type($w) `,` type($acc) }];
  let hasVerifier = 1;
}

def Tile_DotRowsWordsOp : Tile_Op<"dot_rows_words", [AttrSizedOperandSegments]> {
  let summary = "add the products of many rows with narrow numbers that lie together in words";
  let description = [{
    `tile.dot_rows` with `tile.widen .. as format` of the words [D / g, N] of `words` from `offsets` on, without the wide tile in
    between: where numbers are decoded, and what of the words behind these is fetched meanwhile, is the target's affair. D is
    `depth`, g the numbers in a word. For processors only.

    (C1) `x` [M, K], `acc` [M, N] and `scales` [N] are `tile.scratch` of f32, D <= K. (C2) `words` has an offset for each dimension,
    its last dimension is N, or panels of a multiple of 16 are N wide together (`tile.load_panels`), and D is a multiple of g.

    The chains are those of `tile.dot_rows`.

    ```mlir
    tile.kernel @product(%a: memref<?x64xf32>, %b: memref<16x16xi32>, %out: memref<?x16xf32>) {
      %c0 = arith.constant 0 : index
      %rows = arith.constant 5 : index
      %x = tile.scratch : memref<8x64xf32>
      %acc = tile.scratch : memref<8x16xf32>
      %at = tile.load %a[%c0, %c0] : memref<?x64xf32> -> tensor<8x64xf32>
      tile.store %at, %x[%c0, %c0] : tensor<8x64xf32>, memref<8x64xf32>
      %zero = arith.constant dense<0.0> : tensor<8x16xf32>
      tile.store %zero, %acc[%c0, %c0] : tensor<8x16xf32>, memref<8x16xf32>
      tile.dot_rows_words %x[%c0], %b[%c0, %c0], %acc count %rows depth 64 as e4m3 : memref<8x64xf32>, memref<16x16xi32>, memref<8x16xf32>
      %0 = tile.load %acc[%c0, %c0] : memref<8x16xf32> -> tensor<8x16xf32>
      tile.store %0, %out[%c0, %c0] : tensor<8x16xf32>, memref<?x16xf32>
      tile.return
    }
    ```
  }];
  let arguments = (ins Arg<Tile_Memory, "", [MemRead]>:$x, Index:$column, Arg<Tile_Memory, "", [MemRead]>:$words,
                       Variadic<Index>:$offsets, Arg<Tile_Memory, "", [MemRead, MemWrite]>:$acc, Index:$count,
                       Optional<Tile_Memory>:$scales, I64Attr:$depth, Tile_Format:$format);
  let assemblyFormat = [{ $x `[` $column `]` `,` $words `[` $offsets `]` `,` $acc `count` $count (`scaled` $scales^ `:` type($scales))?
                         `depth` $depth `as` $format attr-dict `:` type($x) `,` type($words) `,` type($acc) }];
  let hasVerifier = 1;
}

def Tile_SplitDigitsOp : Tile_Op<"split_digits"> {
  let summary = "write quantised numbers as tile.dot_digits takes them";
  let description = [{
    The numbers are integers of at most 18 bits times one power of two, as E4M3 numbers with one scale are. What stands in the
    32 elements of `memory` from `offsets` on is the target's affair; the vector exit writes digits of a byte each.

    (C1) `numbers` is [32] of f32. (C2) `memory` is f32 with an offset for each dimension, its last dimension a multiple of 32.

    See `tile.dot_digits` for an example. For processors only.
  }];
  let arguments = (ins Tile_Tile:$numbers, Arg<Tile_Memory, "", [MemWrite]>:$memory, Variadic<Index>:$offsets);
  let assemblyFormat = "$numbers `,` $memory `[` $offsets `]` attr-dict `:` type($numbers) `,` type($memory)";
  let hasVerifier = 1;
}

def Tile_DotDigitsOp : Tile_Op<"dot_digits", [AttrSizedOperandSegments]> {
  let summary = "add the exact products of quantised rows with a block of e2m1 words";
  let description = [{
    For rows i < `count`: `acc[i, n] = fma(sum_k x[i, k] w[k, n], scales[n], acc[i, n])`, k < 32. Row 0 of the numbers that
    `tile.split_digits` wrote to `x` begins at `from`, each other one a whole last dimension later; with `rows` row i is `rows[i, 0]`
    last dimensions after `from`. `w` is `tile.widen .. as e2m1` of the words [4, N] of `words` from `offsets` on, eight inputs in
    each.

    The sum is exact and rounded to f32 once, so that no order of its terms has to be kept; the multiply-add rounds again.
    A block in which a number is no finite number makes a sum that is none.

    (C1) `x` is f32 with an offset for each dimension, its last dimension a multiple of 32. (C2) `words` is i32 with an offset for
    each dimension, its last dimension N or more, or panels of a multiple of 16 N wide together (`tile.load_panels`). (C3) `acc` is `tile.scratch` of f32 [M, N], `scales` [N]; N is a multiple of 8.
    (C4) `rows` is i32 [M, 1]. (C5) `then` has an offset for each dimension of `words`, if any.

    Words that are read soon are fetched meanwhile: those below in the same panel or panels, and after the last ones those from `then`
    on, or without it those that follow in memory. They need not be there.

    ```mlir
    tile.kernel @product(%x: memref<?x32xf32>, %w: memref<4x64xi32>, %out: memref<?x64xf32>) {
      %row = tile.program_id 0
      %c0 = arith.constant 0 : index
      %c1 = arith.constant 1 : index
      %digits = tile.scratch : memref<1x32xf32>
      %acc = tile.scratch : memref<1x64xf32>
      %scales = tile.scratch : memref<64xf32>
      %numbers = tile.load %x[%row, %c0] : memref<?x32xf32> -> tensor<32xf32>
      tile.split_digits %numbers, %digits[%c0, %c0] : tensor<32xf32>, memref<1x32xf32>
      %ones = arith.constant dense<1.0> : tensor<64xf32>
      tile.store %ones, %scales[%c0] : tensor<64xf32>, memref<64xf32>
      %zero = arith.constant dense<0.0> : tensor<1x64xf32>
      tile.store %zero, %acc[%c0, %c0] : tensor<1x64xf32>, memref<1x64xf32>
      tile.dot_digits %digits[%c0, %c0], %w[%c0, %c0], %acc count %c1 scaled %scales
        : memref<1x32xf32>, memref<4x64xi32>, memref<1x64xf32>, memref<64xf32>
      %0 = tile.load %acc[%c0, %c0] : memref<1x64xf32> -> tensor<1x64xf32>
      tile.store %0, %out[%row, %c0] : tensor<1x64xf32>, memref<?x64xf32>
      tile.return
    }
    ```
  }];
  let arguments = (ins Arg<Tile_Memory, "", [MemRead]>:$x, Variadic<Index>:$from, Arg<Tile_Memory, "", [MemRead]>:$words,
                       Variadic<Index>:$offsets, Variadic<Index>:$then, Arg<Tile_Memory, "", [MemRead, MemWrite]>:$acc,
                       Index:$count, Arg<Tile_Memory, "", [MemRead]>:$scales, Arg<Optional<Tile_Memory>, "", [MemRead]>:$rows);
  let assemblyFormat = [{ $x `[` $from `]` `,` $words `[` $offsets `]` (`then` `[` $then^ `]`)? `,` $acc `count` $count
                         `scaled` $scales (`rows` $rows^)? attr-dict `:` type($x) `,` type($words) `,` type($acc) `,` type($scales) (`,` type($rows)^)? }];
  let hasVerifier = 1;
}

def Tile_DotCodesOp : Tile_Op<"dot_codes"> {
  let summary = "multiply packed e2m1 rows by columns of small integers";
  let description = [{
    `acc[i, n] = sum_b f(sum_k c[i, 32b + k] w[b, k, n]) s[i, b] scales[b, n]` for rows i < `count`, k < 32, b ascending from 0: a chain
    of fused multiply-adds that begins at 0, where f rounds a block's exact sum to f32 (it is below 2^13) and s[i, b] scales[b, n]
    is rounded, too.

    Row 0 of `x` begins at `from`, each other one a whole last dimension later: 16B bytes with two codes each, the even one in the
    low nibble, and `scale_offset` bytes after their first one the B bytes of scales. c is *twice* the e2m1 number of a code, an
    integer of magnitude 12 at most, and s is 2^(byte - 127), of the byte 0 the number 0.

    `columns` holds w as bytes [B, 8, 4N]: `columns[b, g, 4n + j] = w[b, k, n]`, where groups 0 to 3 have the even k and 4 to 7 the odd
    ones, ascending: of group g and j, k = 8 (g mod 4) + 2j, plus 1 for the odd ones.

    (C1) `x` is i8 with an offset for each dimension, its last dimension `scale_offset` + B or more, and `scale_offset` 16B or more.
    (C2) `columns` is i8 [B, 8, 4N]. (C3) `acc` is `tile.scratch` of f32 [M, N], `scales` is f32 [B, N]; N is a multiple of 8.
    (C4) Each |w| is 12 at most.

    ```mlir
    tile.kernel @scores(%keys: memref<?x256x68xi8>, %q: memref<4x8x256xi8>, %scales: memref<4x64xf32>, %out: memref<?x64xf32>) {
      %row = tile.program_id 0
      %c0 = arith.constant 0 : index
      %c1 = arith.constant 1 : index
      %acc = tile.scratch : memref<1x64xf32>
      tile.dot_codes %keys[%c0, %row, %c0] scale_offset 64, %q scaled %scales, %acc count %c1
        : memref<?x256x68xi8>, memref<4x8x256xi8>, memref<4x64xf32>, memref<1x64xf32>
      %0 = tile.load %acc[%c0, %c0] : memref<1x64xf32> -> tensor<1x64xf32>
      tile.store %0, %out[%row, %c0] : tensor<1x64xf32>, memref<?x64xf32>
      tile.return
    }
    ```
  }];
  let arguments = (ins Arg<Tile_Memory, "", [MemRead]>:$x, Variadic<Index>:$from, I64Attr:$scale_offset,
                       Arg<Tile_Memory, "", [MemRead]>:$columns, Arg<Tile_Memory, "", [MemRead]>:$scales,
                       Arg<Tile_Memory, "", [MemWrite]>:$acc, Index:$count);
  let assemblyFormat = [{ $x `[` $from `]` `scale_offset` $scale_offset `,` $columns `scaled` $scales `,` $acc `count` $count attr-dict
                         `:` type($x) `,` type($columns) `,` type($scales) `,` type($acc) }];
  let hasVerifier = 1;
}

def Tile_ScaledDotOp : Tile_Op<"scaled_dot", [Pure, AllTypesMatch<["acc", "result"]>]> {
  let summary = "multiply block-scaled narrow weights and add to an accumulator";
  let description = [{
    `result[m, n] = acc[m, n] + sum_k (a[m, k] 2^(scales[m, k / 32] - 127)) b[k, n]`, where a[m, k] is decoded exactly. `e4m3`: a
    number a byte. `e2m1`: two a byte along the row, the even k in the low nibble.

    (C1) `a` is [M, K] of i8 for `e4m3`, [M, K / 2] for `e2m1`; `scales` is [M, K / 32] of i8; `b` is [K, N] and `acc` [M, N].
    (C2) `b` is f32 or bf16, `acc` f32. (C3) K is a multiple of 32.

    Every element is one chain of fused multiply-adds, k ascending: `acc = fma(a[m, k] * scale, b[k, n], acc)`.

    ```mlir
    tile.kernel @product(%w: memref<16x32xi8>, %scales: memref<16x2xi8>, %x: memref<64x8xf32>, %out: memref<16x8xf32>) {
      %c0 = arith.constant 0 : index
      %a = tile.load %w[%c0, %c0] : memref<16x32xi8> -> tensor<16x32xi8>
      %s = tile.load %scales[%c0, %c0] : memref<16x2xi8> -> tensor<16x2xi8>
      %b = tile.load %x[%c0, %c0] : memref<64x8xf32> -> tensor<64x8xf32>
      %zero = arith.constant dense<0.0> : tensor<16x8xf32>
      %0 = tile.scaled_dot %a, %s, %b, %zero as e2m1
          : tensor<16x32xi8>, tensor<16x2xi8>, tensor<64x8xf32> -> tensor<16x8xf32>
      tile.store %0, %out[%c0, %c0] : tensor<16x8xf32>, memref<16x8xf32>
      tile.return
    }
    ```
  }];
  let arguments = (ins Tile_Tile:$a, Tile_Tile:$scales, Tile_Tile:$b, Tile_Tile:$acc, Tile_Format:$format);
  let results = (outs Tile_Tile:$result);
  let assemblyFormat = [{ $a `,` $scales `,` $b `,` $acc `as` $format attr-dict
                         `:` type($a) `,` type($scales) `,` type($b) `->` type($result) }];
  let hasVerifier = 1;
}

def Tile_TransposeOp : Tile_Op<"transpose", [Pure]> {
  let summary = "exchange rows and columns";
  let description = [{
    (C1) [R, C] -> [C, R] of one element type.

    ```mlir
    tile.kernel @turn(%m: memref<16x8xf32>, %out: memref<8x16xf32>) {
      %c0 = arith.constant 0 : index
      %0 = tile.load %m[%c0, %c0] : memref<16x8xf32> -> tensor<16x8xf32>
      %1 = tile.transpose %0 : tensor<16x8xf32> -> tensor<8x16xf32>
      tile.store %1, %out[%c0, %c0] : tensor<8x16xf32>, memref<8x16xf32>
      tile.return
    }
    ```
  }];
  let arguments = (ins Tile_Tile:$input);
  let results = (outs Tile_Tile:$result);
  let assemblyFormat = "$input attr-dict `:` type($input) `->` type($result)";
  let hasVerifier = 1;
}

def Tile_ReduceOp : Tile_Op<"reduce", [Pure]> {
  let summary = "combine the elements along the last dimension";
  let description = [{
    Rank 1 to a scalar, rank 2 to one element a row. `max` of floating-point numbers is that of `arith.maximumf`.

    (C1) [C] -> a scalar of the element type, [R, C] -> [R] of the element type. (C2) Elements are not i1.

    The order is fixed: element i of the first half is combined with element i of the second, and so on until one is left; of
    an odd number the last waits for the next round. Of five elements: ((x0 + x2) + (x1 + x3)) + x4.

    ```mlir
    tile.kernel @sums(%m: memref<?x64xf32>, %out: memref<?x4xf32>) {
      %c0 = arith.constant 0 : index
      %0 = tile.load %m[%c0, %c0] : memref<?x64xf32> -> tensor<4x64xf32>
      %1 = tile.reduce add %0 : tensor<4x64xf32> -> tensor<4xf32>
      %2 = tile.reduce max %1 : tensor<4xf32> -> f32
      tile.store %1, %out[%c0, %c0] : tensor<4xf32>, memref<?x4xf32>
      tile.store_scalar %2, %out[%c0, %c0] : f32, memref<?x4xf32>
      tile.return
    }
    ```
  }];
  let arguments = (ins Tile_ReduceKind:$kind, Tile_Tile:$input);
  let results = (outs AnyTypeOf<[Tile_Tile, Tile_Scalar]>:$result);
  let assemblyFormat = "$kind $input attr-dict `:` type($input) `->` type($result)";
  let hasVerifier = 1;
}

def Tile_SplatOp : Tile_Op<"splat", [Pure]> {
  let summary = "a tile with one value everywhere";
  let description = [{
    (C1) The value has the tile's element type.

    ```mlir
    tile.kernel @fill(%m: memref<?x16xf32>, %values: memref<?xf32>) {
      %row = tile.program_id 0
      %c0 = arith.constant 0 : index
      %0 = tile.load_scalar %values[%row] : memref<?xf32> -> f32
      %1 = tile.splat %0 : f32 -> tensor<16xf32>
      tile.store %1, %m[%row, %c0] : tensor<16xf32>, memref<?x16xf32>
      tile.return
    }
    ```
  }];
  let arguments = (ins AnyType:$value);
  let results = (outs Tile_Tile:$result);
  let assemblyFormat = "$value attr-dict `:` type($value) `->` type($result)";
  let hasVerifier = 1;
}

def Tile_BroadcastOp : Tile_Op<"broadcast", [Pure]> {
  let summary = "repeat a row tile along a new dimension";
  let description = [{
    `along 0`: [C] -> [R, C], every row the same. `along 1`: [R] -> [R, C], every column the same.

    (C1) The input has rank 1 and the result rank 2, of one element type. (C2) The input's size is that of the result's other
    dimension.

    ```mlir
    tile.kernel @scale_rows(%m: memref<?x16xf32>, %scales: memref<?xf32>) {
      %c0 = arith.constant 0 : index
      %0 = tile.load %m[%c0, %c0] : memref<?x16xf32> -> tensor<8x16xf32>
      %1 = tile.load %scales[%c0] : memref<?xf32> -> tensor<8xf32>
      %2 = tile.broadcast %1 along 1 : tensor<8xf32> -> tensor<8x16xf32>
      %3 = arith.mulf %0, %2 : tensor<8x16xf32>
      tile.store %3, %m[%c0, %c0] : tensor<8x16xf32>, memref<?x16xf32>
      tile.return
    }
    ```
  }];
  let arguments = (ins Tile_Tile:$input, ConfinedAttr<I32Attr, [IntNonNegative, IntMaxValue<1>]>:$along);
  let results = (outs Tile_Tile:$result);
  let assemblyFormat = "$input `along` $along attr-dict `:` type($input) `->` type($result)";
  let hasVerifier = 1;
}

def Tile_IotaOp : Tile_Op<"iota", [Pure]> {
  let summary = "0, 1, 2, ...";
  let description = [{
    (C1) The result has rank 1 and elements of i32.

    ```mlir
    tile.kernel @numbers(%m: memref<?x16xi32>) {
      %row = tile.program_id 0
      %c0 = arith.constant 0 : index
      %0 = tile.iota : tensor<16xi32>
      tile.store %0, %m[%row, %c0] : tensor<16xi32>, memref<?x16xi32>
      tile.return
    }
    ```
  }];
  let results = (outs Tile_Tile:$result);
  let assemblyFormat = "attr-dict `:` type($result)";
  let hasVerifier = 1;
}

def Tile_WidenOp : Tile_Op<"widen", [Pure]> {
  let summary = "decode narrow numbers held in bytes or words, exactly, to f32";
  let description = [{
    `e4m3` (without infinities, as in OCP's 8-bit formats) and `e8m0` (2^(byte - 127); 255 is not a number): one number a byte.
    `e2m1`: two a byte; [J, N] bytes become [2J, N] numbers, byte j's low nibble in row 2j, its high nibble in row 2j + 1.
    Words of i32 hold g numbers, from the lowest bits on: eight of `e2m1`, four of `e4m3` or two of `bf16`; [J, N] words become
    [g J, N] numbers, word j in rows g j and up.

    (C1) From i8, or from the format's words, to f32. (C2) The shapes are equal; where g > 1 the rank is 2 and the result has g
    times the rows.

    Every code is decoded exactly, subnormal ones and -0 included. `e4m3` in words, where each instruction counts, is decoded to
    2^-116 of its value, which no code makes a subnormal f32, and as if all codes were numbers: what it is multiplied by makes up for
    the factor, and packed weights have no others.

    ```mlir
    tile.kernel @decode(%bytes: memref<32x16xi8>, %scales: memref<16xi8>, %out: memref<64x16xf32>) {
      %c0 = arith.constant 0 : index
      %0 = tile.load %bytes[%c0, %c0] : memref<32x16xi8> -> tensor<4x16xi8>
      %1 = tile.widen %0 as e2m1 : tensor<4x16xi8> -> tensor<8x16xf32>
      %2 = tile.load %scales[%c0] : memref<16xi8> -> tensor<16xi8>
      %3 = tile.widen %2 as e8m0 : tensor<16xi8> -> tensor<16xf32>
      %4 = tile.broadcast %3 along 0 : tensor<16xf32> -> tensor<8x16xf32>
      %5 = arith.mulf %1, %4 : tensor<8x16xf32>
      tile.store %5, %out[%c0, %c0] : tensor<8x16xf32>, memref<64x16xf32>
      tile.return
    }
    ```
  }];
  let arguments = (ins Tile_Tile:$input, Tile_Format:$format);
  let results = (outs Tile_Tile:$result);
  let assemblyFormat = "$input `as` $format attr-dict `:` type($input) `->` type($result)";
  let hasVerifier = 1;
}

def Tile_DeinterleaveOp : Tile_Op<"deinterleave", [Pure, AllTypesMatch<["even", "odd"]>]> {
  let summary = "part the even and the odd elements of a row tile";
  let description = [{
    (C1) [2N] -> [N], [N] of one element type: elements 0, 2, 4, ... and 1, 3, 5, ...

    ```mlir
    tile.kernel @swap_pairs(%m: memref<?x16xf32>) {
      %row = tile.program_id 0
      %c0 = arith.constant 0 : index
      %0 = tile.load %m[%row, %c0] : memref<?x16xf32> -> tensor<16xf32>
      %even, %odd = tile.deinterleave %0 : tensor<16xf32> -> tensor<8xf32>
      %1 = tile.interleave %odd, %even : tensor<8xf32> -> tensor<16xf32>
      tile.store %1, %m[%row, %c0] : tensor<16xf32>, memref<?x16xf32>
      tile.return
    }
    ```
  }];
  let arguments = (ins Tile_Tile:$input);
  let results = (outs Tile_Tile:$even, Tile_Tile:$odd);
  let assemblyFormat = "$input attr-dict `:` type($input) `->` type($even)";
  let hasVerifier = 1;
}

def Tile_InterleaveOp : Tile_Op<"interleave", [Pure, AllTypesMatch<["even", "odd"]>]> {
  let summary = "join two row tiles element by element, the reverse of `tile.deinterleave`";
  let description = [{
    (C1) [N], [N] -> [2N] of one element type. See `tile.deinterleave` for an example with both.

    ```mlir
    tile.kernel @with_zeros(%m: memref<?x16xf32>, %out: memref<?x32xf32>) {
      %row = tile.program_id 0
      %c0 = arith.constant 0 : index
      %0 = tile.load %m[%row, %c0] : memref<?x16xf32> -> tensor<16xf32>
      %zero = arith.constant dense<0.0> : tensor<16xf32>
      %1 = tile.interleave %0, %zero : tensor<16xf32> -> tensor<32xf32>
      tile.store %1, %out[%row, %c0] : tensor<32xf32>, memref<?x32xf32>
      tile.return
    }
    ```
  }];
  let arguments = (ins Tile_Tile:$even, Tile_Tile:$odd);
  let results = (outs Tile_Tile:$result);
  let assemblyFormat = "$even `,` $odd attr-dict `:` type($even) `->` type($result)";
  let hasVerifier = 1;
}

#endif
