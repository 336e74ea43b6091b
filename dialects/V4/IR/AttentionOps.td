// Indexer and core attention (report eq. 13-19, specification sections 4.3-4.5 and 5.3).
#ifndef V4_IR_ATTENTIONOPS
#define V4_IR_ATTENTIONOPS

include "dialects/V4/IR/V4OpBase.td"

def V4_IndexScoresOp : V4_ComputeOp<"index_scores", "entries"> {
  let summary = "score every visible entry with the lightning indexer";
  let description = [{
    `result[t, e] = sum_h max(sum_i query[t, h, i] keys[slots[t]][e, i], 0) * weights[t, h]` for the visible entries, `e <
    (positions[t] + 1) / ratio`. Other columns hold anything: a consumer looks at the visible ones only. Weights may be
    negative, and exact ties are common: an entry that no head likes scores 0.

    (C1) `query` is [T, H, d]. (C2) `weights` is [T, H]. (C3) `keys` has C rows of d elements. (C4) `slots` and `positions` are
    [T]. (C5) `result` is [T, C]. (C6) With `codes` all of a key is packed as e2m1, in blocks of 32.

    Numerics: float32; `index_score` = bf16 rounds each head's dot product, its weighted value and the sum to BF16. Queries
    and keys are taken as they are: `indexer` is about the ops that made them. With `codes` (set by `v4-use-codes`) queries were
    rounded to E2M1 in blocks of 32, as the keys' codes are, and the products of each block are summed exactly.

    ```mlir
    func.func @scores(%query: tensor<?x64x128xf32>, %weights: tensor<?x64xf32>, %slots: tensor<?xi32>,
                      %positions: tensor<?xi32>) -> tensor<?x1024xf32> {
      %keys = v4.state "layers.2.attn.indexer.entries" : !v4.entries<1024, 128, f32>
      %scores = v4.index_scores %query, %weights, %keys at %slots, %positions by 4
        : (tensor<?x64x128xf32>, tensor<?x64xf32>, !v4.entries<1024, 128, f32>, tensor<?xi32>, tensor<?xi32>)
        -> tensor<?x1024xf32>
      return %scores : tensor<?x1024xf32>
    }
    ```
  }];
  let arguments = (ins V4_Rows:$query, V4_Rows:$weights, Arg<V4_Entries, "", [MemRead]>:$keys, V4_Ids:$slots,
                       V4_Ids:$positions, V4_Count:$ratio, V4_Numerics:$numerics, UnitAttr:$codes);
  let results = (outs V4_Rows:$result);
  let assemblyFormat = [{ $query `,` $weights `,` $keys `at` $slots `,` $positions `by` $ratio attr-dict
                         `:` functional-type(operands, results) }];
}

def V4_IndexTopkOp : V4_ComputeOp<"index_topk", "rows", [Pure]> {
  let summary = "choose the k best entries among the visible ones";
  let description = [{
    A row of the result holds the numbers of the k visible entries (`e < (positions[t] + 1) / ratio`) with the largest scores,
    ascending; of equal scores the lower entry wins. Where no more than k are visible it holds all of them, then -1.

    (C1) `scores` is [T, C]. (C2) `positions` is [T]. (C3) `result` is [T, k]. (C4) k is at most C.

    Numerics: scores are compared, never changed. What becomes of a NaN is not defined.

    ```mlir
    func.func @choose(%scores: tensor<?x1024xf32>, %positions: tensor<?xi32>) -> tensor<?x512xi32> {
      %chosen = v4.index_topk %scores at %positions by 4 : (tensor<?x1024xf32>, tensor<?xi32>) -> tensor<?x512xi32>
      return %chosen : tensor<?x512xi32>
    }
    ```
  }];
  let arguments = (ins V4_Rows:$scores, V4_Ids:$positions, V4_Count:$ratio);
  let results = (outs V4_Ids:$result);
  let assemblyFormat = "$scores `at` $positions `by` $ratio attr-dict `:` functional-type(operands, results)";
}

class V4_AttentionOp<string mnemonic> : V4_ComputeOp<mnemonic, "heads">;

def V4_WindowAttentionOp : V4_AttentionOp<"window_attention"> {
  let summary = "attend to the sliding window";
  let description = [{
    All heads of query t share its keys, which are the values too: the rows of `ring` of positions `max(0, p - window + 1)` to
    `p = positions[t]`, ascending. With

    `z_j = scale * sum_i query[t, h, i] key_j[i]`, `result[t, h] = sum_j exp(z_j) key_j / (sum_j exp(z_j) + exp(sink[h]))`:

    the sink takes its share of the sum and gives no value. Exponents are taken relative to a maximum.

    (C1) `query` is [T, H, d]. (C2) `ring` has R rows of d elements. (C3) `sink` is [H]. (C4) `slots` and `positions` are [T].
    (C5) `window` is at most R. (C6) `result` is [T, H, d].

    Numerics: float32, keys in the order given and exponents relative to the largest z_j, so the result does not depend on the
    step that a query came in. The sum over values is divided once, at the end. `activations` = bf16 rounds each exp(z_j) to
    BF16 before it multiplies a value, not in the denominator. Keys are taken as they are: `kv_quant` is about the ops that
    made them.

    ```mlir
    func.func @attend(%query: tensor<?x64x512xf32>, %slots: tensor<?xi32>, %positions: tensor<?xi32>)
        -> tensor<?x64x512xf32> {
      %ring = v4.state "layers.0.attn.window" : !v4.ring<256, 512, f32>
      %sink = v4.weight "layers.0.attn.attn_sink" : <64xf32>
      %out = v4.window_attention %query, %ring, %sink at %slots, %positions window 128 scale 0.044194173824159216
        : (tensor<?x64x512xf32>, !v4.ring<256, 512, f32>, !v4.weight<64xf32>, tensor<?xi32>, tensor<?xi32>)
        -> tensor<?x64x512xf32>
      return %out : tensor<?x64x512xf32>
    }
    ```
  }];
  let arguments = (ins V4_Rows:$query, Arg<V4_Ring, "", [MemRead]>:$ring, V4_Weight:$sink, V4_Ids:$slots,
                       V4_Ids:$positions, V4_Count:$window, V4_NonNegativeReal:$scale, V4_Numerics:$numerics);
  let results = (outs V4_Rows:$result);
  let assemblyFormat = [{ $query `,` $ring `,` $sink `at` $slots `,` $positions `window` $window `scale` $scale attr-dict
                         `:` functional-type(operands, results) }];
}

def V4_CsaAttentionOp : V4_AttentionOp<"csa_attention"> {
  let summary = "attend to the sliding window and the chosen compressed entries";
  let description = [{
    As `v4.window_attention`; behind the window's rows come the rows of `entries` that `topk[t]` lists, in its order. A -1 is no
    entry.

    (C1) `query` is [T, H, d]. (C2) `ring` has R rows of d elements. (C3) `entries` has C rows of d elements. (C4) `topk` is
    [T, k]. (C5) `sink` is [H]. (C6) `slots` and `positions` are [T]. (C7) `window` is at most R. (C8) `result` is [T, H, d].

    Numerics: as `v4.window_attention`.

    ```mlir
    func.func @attend(%query: tensor<?x64x512xf32>, %chosen: tensor<?x512xi32>, %slots: tensor<?xi32>,
                      %positions: tensor<?xi32>) -> tensor<?x64x512xf32> {
      %ring = v4.state "layers.2.attn.window" : !v4.ring<256, 512, f32>
      %entries = v4.state "layers.2.attn.compressor.entries" : !v4.entries<1024, 512, f32>
      %sink = v4.weight "layers.2.attn.attn_sink" : <64xf32>
      %out = v4.csa_attention %query, %ring, %entries, %chosen, %sink at %slots, %positions window 128
        scale 0.044194173824159216
        : (tensor<?x64x512xf32>, !v4.ring<256, 512, f32>, !v4.entries<1024, 512, f32>, tensor<?x512xi32>,
           !v4.weight<64xf32>, tensor<?xi32>, tensor<?xi32>) -> tensor<?x64x512xf32>
      return %out : tensor<?x64x512xf32>
    }
    ```
  }];
  let arguments = (ins V4_Rows:$query, Arg<V4_Ring, "", [MemRead]>:$ring, Arg<V4_Entries, "", [MemRead]>:$entries,
                       V4_Ids:$topk, V4_Weight:$sink, V4_Ids:$slots, V4_Ids:$positions, V4_Count:$window,
                       V4_NonNegativeReal:$scale, V4_Numerics:$numerics);
  let results = (outs V4_Rows:$result);
  let assemblyFormat = [{ $query `,` $ring `,` $entries `,` $topk `,` $sink `at` $slots `,` $positions `window` $window
                         `scale` $scale attr-dict `:` functional-type(operands, results) }];
}

def V4_HcaAttentionOp : V4_AttentionOp<"hca_attention"> {
  let summary = "attend to the sliding window and every visible compressed entry";
  let description = [{
    As `v4.window_attention`; behind the window's rows come entries 0 to `(positions[t] + 1) / ratio - 1`, ascending: an entry is
    visible to the token that closes its block.

    (C1) `query` is [T, H, d]. (C2) `ring` has R rows of d elements. (C3) `entries` has C rows of d elements. (C4) `sink` is
    [H]. (C5) `slots` and `positions` are [T]. (C6) `window` is at most R. (C7) `result` is [T, H, d].

    Numerics: as `v4.window_attention`.

    ```mlir
    func.func @attend(%query: tensor<?x64x512xf32>, %slots: tensor<?xi32>, %positions: tensor<?xi32>)
        -> tensor<?x64x512xf32> {
      %ring = v4.state "layers.3.attn.window" : !v4.ring<256, 512, f32>
      %entries = v4.state "layers.3.attn.compressor.entries" : !v4.entries<32, 512, f32>
      %sink = v4.weight "layers.3.attn.attn_sink" : <64xf32>
      %out = v4.hca_attention %query, %ring, %entries, %sink at %slots, %positions by 128 window 128
        scale 0.044194173824159216
        : (tensor<?x64x512xf32>, !v4.ring<256, 512, f32>, !v4.entries<32, 512, f32>, !v4.weight<64xf32>, tensor<?xi32>,
           tensor<?xi32>) -> tensor<?x64x512xf32>
      return %out : tensor<?x64x512xf32>
    }
    ```
  }];
  let arguments = (ins V4_Rows:$query, Arg<V4_Ring, "", [MemRead]>:$ring, Arg<V4_Entries, "", [MemRead]>:$entries,
                       V4_Weight:$sink, V4_Ids:$slots, V4_Ids:$positions, V4_Count:$ratio, V4_Count:$window,
                       V4_NonNegativeReal:$scale, V4_Numerics:$numerics);
  let results = (outs V4_Rows:$result);
  let assemblyFormat = [{ $query `,` $ring `,` $entries `,` $sink `at` $slots `,` $positions `by` $ratio `window` $window
                         `scale` $scale attr-dict `:` functional-type(operands, results) }];
}

def V4_GroupHeadsOp : V4_ComputeOp<"group_heads", "heads", [Pure]> {
  let summary = "take the query position's rotation off and lay heads side by side in groups";
  let description = [{
    `result[t, g, h*d + i] = rope^-1(input[t, g*(H/G) + h])[i]`: the inverse of `v4.rope` (sines negated) on every head, the H/G
    heads of a group one after the other. Values are keys rotated at their own positions; what is left is relative.

    (C1) `input` is [T, H, d]. (C2) `cos` and `sin` are [T, F]. (C3) 2F is at most d. (C4) `result` is [T, G, (H/G)d], G a divisor
    of H.

    Numerics: as `v4.rope`.

    ```mlir
    func.func @group(%heads: tensor<?x64x512xf32>, %cos: tensor<?x32xf32>, %sin: tensor<?x32xf32>)
        -> tensor<?x8x4096xf32> {
      %o = v4.group_heads %heads, %cos, %sin
        : (tensor<?x64x512xf32>, tensor<?x32xf32>, tensor<?x32xf32>) -> tensor<?x8x4096xf32>
      return %o : tensor<?x8x4096xf32>
    }
    ```
  }];
  let arguments = (ins V4_Rows:$input, V4_Rows:$cos, V4_Rows:$sin);
  let results = (outs V4_Rows:$result);
  let assemblyFormat = "$input `,` $cos `,` $sin attr-dict `:` functional-type(operands, results)";
}

#endif
