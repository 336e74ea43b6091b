// What a sequence remembers (specification, sections 5.2 and 10.1).
#ifndef V4_IR_STATEOPS
#define V4_IR_STATEOPS

include "dialects/V4/IR/V4OpBase.td"

def V4_StateOp : V4_Op<"state", [Pure]> {
  let summary = "name a state of the sequences";
  let arguments = (ins StrAttr:$name);
  let results = (outs V4_State:$result);
  let assemblyFormat = "$name attr-dict `:` type($result)";
}

def V4_RingWriteOp : V4_ComputeOp<"ring_write", "rows"> {
  let summary = "store each row at its slot and position";
  let description = [{`ring[slot[t]][position[t] mod rows] = input[t]`}];
  let arguments = (ins V4_Rows:$input, Arg<V4_Ring, "", [MemWrite]>:$ring, V4_Ids:$slots, V4_Ids:$positions);
  let assemblyFormat = "$input `,` $ring `at` $slots `,` $positions attr-dict `:` type(operands)";
}

def V4_EntryWriteOp : V4_ComputeOp<"entry_write", "rows"> {
  let summary = "append the entries of the blocks that the step's tokens close";
  let description = [{
    Where `(position[t] + 1) mod ratio == 0`: `entries[slot[t]][position[t] / ratio] = input[t]`; other rows are left out.
  }];
  let arguments = (ins V4_Rows:$input, Arg<V4_Entries, "", [MemWrite]>:$entries, V4_Ids:$slots, V4_Ids:$positions,
                       I64Attr:$ratio);
  let assemblyFormat = "$input `,` $entries `at` $slots `,` $positions `by` $ratio attr-dict `:` type(operands)";
}

def V4_CompressOp : V4_ComputeOp<"compress", "rows"> {
  let summary = "pool the block of tokens that a row closes into one entry";
  let description = [{
    For rows with `(position + 1) mod ratio == 0`, per channel c of d:
    `result[c] = sum_j p_j K[j, c]`, `p = softmax_j(S[j, c] + ape[j, c])` over the `ratio` tokens of the block. With
    `overlap` the rings are 2d wide and the softmax runs over 2*ratio rows: the previous block's tokens with channels
    [0, d) (absent for the first block) and the own block's with [d, 2d). Rows that close no block are zero.
  }];
  let arguments = (ins Arg<V4_Ring, "", [MemRead]>:$values, Arg<V4_Ring, "", [MemRead]>:$gates, V4_Weight:$ape,
                       V4_Ids:$slots, V4_Ids:$positions, I64Attr:$ratio, UnitAttr:$overlap, V4_Numerics:$numerics);
  let results = (outs V4_Rows:$result);
  let assemblyFormat = [{ $values `,` $gates `,` $ape `at` $slots `,` $positions `by` $ratio (`overlap` $overlap^)? attr-dict
                         `:` functional-type(operands, results) }];
}

#endif
