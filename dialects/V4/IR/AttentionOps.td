// Indexer and core attention (report eq. 13-19, specification sections 4.3-4.5 and 5.3).
#ifndef V4_IR_ATTENTIONOPS
#define V4_IR_ATTENTIONOPS

include "dialects/V4/IR/V4OpBase.td"

def V4_IndexScoresOp : V4_ComputeOp<"index_scores", "entries"> {
  let summary = "score every visible entry with the lightning indexer";
  let description = [{
    `result[t, e] = sum_h relu(query[t, h] . keys[slot, e]) * weights[t, h]` for `e < (position + 1) / ratio`. Other
    columns hold nothing: a consumer looks at the visible ones only.
  }];
  let arguments = (ins V4_Rows:$query, V4_Rows:$weights, Arg<V4_Entries, "", [MemRead]>:$keys, V4_Ids:$slots,
                       V4_Ids:$positions, I64Attr:$ratio, V4_Numerics:$numerics);
  let results = (outs V4_Rows:$result);
  let assemblyFormat = [{ $query `,` $weights `,` $keys `at` $slots `,` $positions `by` $ratio attr-dict
                         `:` functional-type(operands, results) }];
}

def V4_IndexTopkOp : V4_ComputeOp<"index_topk", "rows", [Pure]> {
  let summary = "choose the k best entries among the visible ones";
  let description = [{
    Result [T, k]: entry numbers in ascending order, then -1. Ties go to the lower entry; all visible entries where there
    are no more than k.
  }];
  let arguments = (ins V4_Rows:$scores, V4_Ids:$positions, I64Attr:$ratio);
  let results = (outs V4_Ids:$result);
  let assemblyFormat = "$scores `at` $positions `by` $ratio attr-dict `:` functional-type(operands, results)";
}

class V4_AttentionOp<string mnemonic> : V4_ComputeOp<mnemonic, "heads">;

def V4_WindowAttentionOp : V4_AttentionOp<"window_attention"> {
  let summary = "attend to the sliding window";
  let description = [{
    Keys (also the values) of query t: ring rows of positions max(0, p - window + 1) .. p, ascending.
    `z_j = scale q . key_j`, `result = sum_j exp(z_j) key_j / (sum_j exp(z_j) + exp(sink[h]))`.
  }];
  let arguments = (ins V4_Rows:$query, Arg<V4_Ring, "", [MemRead]>:$ring, V4_Weight:$sink, V4_Ids:$slots,
                       V4_Ids:$positions, I64Attr:$window, F64Attr:$scale, V4_Numerics:$numerics);
  let results = (outs V4_Rows:$result);
  let assemblyFormat = [{ $query `,` $ring `,` $sink `at` $slots `,` $positions `window` $window `scale` $scale attr-dict
                         `:` functional-type(operands, results) }];
}

def V4_CsaAttentionOp : V4_AttentionOp<"csa_attention"> {
  let summary = "attend to the sliding window and the chosen compressed entries";
  let description = [{As `v4.window_attention`, with the entries listed in `topk` (-1: none) after the window rows.}];
  let arguments = (ins V4_Rows:$query, Arg<V4_Ring, "", [MemRead]>:$ring, Arg<V4_Entries, "", [MemRead]>:$entries,
                       V4_Ids:$topk, V4_Weight:$sink, V4_Ids:$slots, V4_Ids:$positions, I64Attr:$window,
                       F64Attr:$scale, V4_Numerics:$numerics);
  let results = (outs V4_Rows:$result);
  let assemblyFormat = [{ $query `,` $ring `,` $entries `,` $topk `,` $sink `at` $slots `,` $positions `window` $window
                         `scale` $scale attr-dict `:` functional-type(operands, results) }];
}

def V4_HcaAttentionOp : V4_AttentionOp<"hca_attention"> {
  let summary = "attend to the sliding window and every visible compressed entry";
  let description = [{As `v4.window_attention`, with entries 0 .. (position + 1) / ratio - 1 after the window rows.}];
  let arguments = (ins V4_Rows:$query, Arg<V4_Ring, "", [MemRead]>:$ring, Arg<V4_Entries, "", [MemRead]>:$entries,
                       V4_Weight:$sink, V4_Ids:$slots, V4_Ids:$positions, I64Attr:$ratio, I64Attr:$window,
                       F64Attr:$scale, V4_Numerics:$numerics);
  let results = (outs V4_Rows:$result);
  let assemblyFormat = [{ $query `,` $ring `,` $entries `,` $sink `at` $slots `,` $positions `by` $ratio `window` $window
                         `scale` $scale attr-dict `:` functional-type(operands, results) }];
}

def V4_GroupHeadsOp : V4_ComputeOp<"group_heads", "heads", [Pure]> {
  let summary = "take the query position's rotation off and lay heads side by side in groups";
  let description = [{
    Input [T, H, d], result [T, G, (H/G)*d]: the inverse of `v4.rope` on every head, heads of a group contiguous.
  }];
  let arguments = (ins V4_Rows:$input, V4_Wide:$cos, V4_Wide:$sin, V4_Numerics:$numerics);
  let results = (outs V4_Rows:$result);
  let assemblyFormat = "$input `,` $cos `,` $sin attr-dict `:` functional-type(operands, results)";
}

#endif
