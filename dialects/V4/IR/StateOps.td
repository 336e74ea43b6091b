// What a sequence remembers (report eq. 9-12, 20-23, specification sections 5.1, 5.2 and 10.1).
#ifndef V4_IR_STATEOPS
#define V4_IR_STATEOPS

include "dialects/V4/IR/V4OpBase.td"

def V4_StateOp : V4_Op<"state", [Pure]> {
  let summary = "name a state of the sequences";
  let description = [{
    One ring or table of entries a sequence slot. Ops of one name mean one state; they have one type in all functions of a
    module. Rows live from step to step and survive in snapshots.

    ```mlir
    func.func @states() -> (!v4.ring<256, 512, f32>, !v4.entries<1024, 512, f32>) {
      %window = v4.state "layers.2.attn.window" : !v4.ring<256, 512, f32>
      %entries = v4.state "layers.2.attn.compressor.entries" : !v4.entries<1024, 512, f32>
      return %window, %entries : !v4.ring<256, 512, f32>, !v4.entries<1024, 512, f32>
    }
    ```
  }];
  let arguments = (ins StrAttr:$name);
  let results = (outs V4_State:$result);
  let assemblyFormat = "$name attr-dict `:` type($result)";
}

def V4_RingWriteOp : V4_ComputeOp<"ring_write", "rows"> {
  let summary = "store each row at its slot and position";
  let description = [{
    `ring[slots[t]][positions[t] mod R] = input[t]`. A row overwrites that of R positions earlier, which nothing looks back on
    any more; so a step may not have more rows of one slot than R less the readers' reach.

    (C1) `input` is [T, w]. (C2) `ring` has R rows of w elements. (C3) `slots` and `positions` are [T].

    Numerics: rounded to the ring's type.

    ```mlir
    func.func @remember(%kv: tensor<?x512xf32>, %slots: tensor<?xi32>, %positions: tensor<?xi32>) {
      %ring = v4.state "layers.0.attn.window" : !v4.ring<256, 512, f32>
      v4.ring_write %kv, %ring at %slots, %positions
        : tensor<?x512xf32>, !v4.ring<256, 512, f32>, tensor<?xi32>, tensor<?xi32>
      return
    }
    ```
  }];
  let arguments = (ins V4_Rows:$input, Arg<V4_Ring, "", [MemWrite]>:$ring, V4_Ids:$slots, V4_Ids:$positions);
  let assemblyFormat = "$input `,` $ring `at` $slots `,` $positions attr-dict `:` type(operands)";
}

def V4_EntryWriteOp : V4_ComputeOp<"entry_write", "rows"> {
  let summary = "append the entries of the blocks that the step's tokens close";
  let description = [{
    Where `(positions[t] + 1) mod ratio == 0`: `entries[slots[t]][positions[t] / ratio] = input[t]`; other rows are left out.

    (C1) `input` is [T, d]. (C2) `entries` has C rows of d elements. (C3) `slots` and `positions` are [T].

    Numerics: rounded to the table's type.

    ```mlir
    func.func @append(%entry: tensor<?x512xf32>, %slots: tensor<?xi32>, %positions: tensor<?xi32>) {
      %entries = v4.state "layers.2.attn.compressor.entries" : !v4.entries<1024, 512, f32>
      v4.entry_write %entry, %entries at %slots, %positions by 4
        : tensor<?x512xf32>, !v4.entries<1024, 512, f32>, tensor<?xi32>, tensor<?xi32>
      return
    }
    ```
  }];
  let arguments = (ins V4_Rows:$input, Arg<V4_Entries, "", [MemWrite]>:$entries, V4_Ids:$slots, V4_Ids:$positions,
                       V4_Count:$ratio);
  let assemblyFormat = "$input `,` $entries `at` $slots `,` $positions `by` $ratio attr-dict `:` type(operands)";
}

def V4_CompressOp : V4_ComputeOp<"compress", "rows"> {
  let summary = "pool the block of tokens that a row closes into one entry";
  let description = [{
    Row t closes a block if `(positions[t] + 1) mod ratio == 0`; other rows of the result are zero. For each channel c of d:

    `result[t, c] = sum_j p_j K_j[c]`, `p = softmax_j(S_j[c] + ape[j, c])`

    over the `ratio` tokens of the block (positions `p + 1 - ratio` to p), K_j the row of `values`, S_j that of `gates`. With
    `overlap` rings are 2d wide and there are 2*ratio terms: first the previous block's tokens with channels c (there are none
    before the first block), then the own block's with channels d + c; `ape[j]` has the same channel, j the token's place in
    its own block. So the first half of a projection serves the next block, the second half the own one.

    (C1) `values` has R rows of w elements, w = d, or 2d with `overlap`. (C2) `gates` has the rows and the width of `values`.
    (C3) `ape` is [ratio, w]. (C4) `slots` and `positions` are [T]. (C5) The tokens of a block, with `overlap` of two, are at most
    R. (C6) `result` is [T, d].

    Numerics: float32, exponents relative to the maximum, rounded once to the result's type. `compressor` = bf16 rounds each
    p_j to BF16 as well; K and S are then rows of BF16 rings.

    ```mlir
    func.func @pool(%slots: tensor<?xi32>, %positions: tensor<?xi32>) -> tensor<?x512xf32> {
      %values = v4.state "layers.2.attn.compressor.values" : !v4.ring<136, 1024, f32>
      %gates = v4.state "layers.2.attn.compressor.gates" : !v4.ring<136, 1024, f32>
      %ape = v4.weight "layers.2.attn.compressor.ape" : <4x1024xf32>
      %pooled = v4.compress %values, %gates, %ape at %slots, %positions by 4 overlap
        : (!v4.ring<136, 1024, f32>, !v4.ring<136, 1024, f32>, !v4.weight<4x1024xf32>, tensor<?xi32>, tensor<?xi32>)
        -> tensor<?x512xf32>
      return %pooled : tensor<?x512xf32>
    }
    ```
  }];
  let arguments = (ins Arg<V4_Ring, "", [MemRead]>:$values, Arg<V4_Ring, "", [MemRead]>:$gates, V4_Weight:$ape,
                       V4_Ids:$slots, V4_Ids:$positions, V4_Count:$ratio, UnitAttr:$overlap, V4_Numerics:$numerics);
  let results = (outs V4_Rows:$result);
  let assemblyFormat = [{ $values `,` $gates `,` $ape `at` $slots `,` $positions `by` $ratio (`overlap` $overlap^)? attr-dict
                         `:` functional-type(operands, results) }];
}

#endif
