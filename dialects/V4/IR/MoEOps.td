// Routing and experts (report section 2.1, specification section 6).
#ifndef V4_IR_MOEOPS
#define V4_IR_MOEOPS

include "dialects/V4/IR/V4OpBase.td"

class V4_RouteBaseOp<string mnemonic> : V4_ComputeOp<mnemonic, "rows", [Pure]> {
  let results = (outs V4_Wide:$scores, V4_Ids:$indices, V4_Wide:$weights);
  let extraClassDeclaration = extraBase # [{
    ::llvm::StringRef getResultSuffix(unsigned index) {
      static constexpr ::llvm::StringLiteral names[] = {"scores", "indices", "weights"};
      return names[index];
    }
  }];
}

def V4_RouteOp : V4_RouteBaseOp<"route"> {
  let summary = "choose the k experts with the best biased scores";
  let description = [{
    - `scores[t, e] = sqrt(softplus(logits[t, e]))`, or `sigmoid`, or `softmax` over e; softplus(v) is v above 20;
    - `indices[t]`: the k experts with the largest `scores[t, e] + bias[e]`, ascending by number; of equal ones the lower expert
      wins;
    - `weights[t, j] = scaling * scores[t, indices[t, j]] / sum_j scores[t, indices[t, j]]`, without the bias. Softmax scores
      are scaled only.

    (C1) `logits` is [T, E]. (C2) `bias` is [E]. (C3) `scores` is [T, E]. (C4) `indices` and `weights` are [T, k]. (C5) k is at
    most E.

    Numerics: float32. `router` = bf16 is about the type of the logits. There is no epsilon in the divisor.

    ```mlir
    func.func @choose(%logits: tensor<?x256xf32>) -> (tensor<?x6xi32>, tensor<?x6xf32>) {
      %bias = v4.weight "layers.3.ffn.gate.bias" : <256xf32>
      %scores, %experts, %weights = v4.route %logits, %bias sqrtsoftplus scaling 1.5
        : (tensor<?x256xf32>, !v4.weight<256xf32>) -> (tensor<?x256xf32>, tensor<?x6xi32>, tensor<?x6xf32>)
      return %experts, %weights : tensor<?x6xi32>, tensor<?x6xf32>
    }
    ```
  }];
  let arguments = (ins V4_Rows:$logits, V4_Weight:$bias, V4_ScoringFunc:$scoring, V4_PositiveReal:$scaling);
  let assemblyFormat = "$logits `,` $bias $scoring `scaling` $scaling attr-dict `:` functional-type(operands, results)";
}

def V4_HashRouteOp : V4_RouteBaseOp<"hash_route"> {
  let summary = "take a token's experts from a frozen table";
  let description = [{
    As `v4.route`, but `indices[t]` is row `tokens[t]` of `table` in ascending order; the gate's scores only weigh. Ids of a row
    have to be distinct and in [0, E); nothing is defined for others.

    (C1) `logits` is [T, E]. (C2) `tokens` is [T]. (C3) `table` is [V, k]. (C4) `scores` is [T, E]. (C5) `indices` and `weights`
    are [T, k]. (C6) k is at most E.

    Numerics: as `v4.route`.

    ```mlir
    func.func @look_up(%logits: tensor<?x256xf32>, %tokens: tensor<?xi32>) -> (tensor<?x6xi32>, tensor<?x6xf32>) {
      %table = v4.weight "layers.0.ffn.gate.tid2eid" : <129280x6xi64>
      %scores, %experts, %weights = v4.hash_route %logits, %tokens in %table sqrtsoftplus scaling 1.5
        : (tensor<?x256xf32>, tensor<?xi32>, !v4.weight<129280x6xi64>)
        -> (tensor<?x256xf32>, tensor<?x6xi32>, tensor<?x6xf32>)
      return %experts, %weights : tensor<?x6xi32>, tensor<?x6xf32>
    }
    ```
  }];
  let arguments = (ins V4_Rows:$logits, V4_Ids:$tokens, V4_IdTable:$table, V4_ScoringFunc:$scoring,
                       V4_PositiveReal:$scaling);
  let assemblyFormat = [{ $logits `,` $tokens `in` $table $scoring `scaling` $scaling attr-dict
                         `:` functional-type(operands, results) }];
}

def V4_ExpertsOp : V4_ComputeOp<"experts", "outputs", [Pure]> {
  let summary = "run each row through its experts and add up";
  let description = [{
    With `e = indices[t, j]`, `u = w1[e] input[t]`, `v = w3[e] input[t]`:

    `z_j = weights[t, j] * silu(min(u, limit)) * clamp(v, -limit, limit)`, `result[t] = sum_j w2[e] z_j`, j ascending.

    silu(u) = u sigmoid(u); the gate u is clamped from above only. A `limit` of 0 clamps nothing. `v4-split-experts` makes a
    `v4.expert_up` and a `v4.expert_down` of it.

    (C1) `input` is [T, D]. (C2) `indices` is [T, k]. (C3) `weights` is [T, k]. (C4) `w1` is [E, I, D]. (C5) `w3` is [E, I, D].
    (C6) `w2` is [E, D, I]. (C7) `result` is [T, D].

    Numerics: products and sums as `v4.linear`, the sum over j in float32, rounded once to the result's type. `input` is taken
    as it is. `activations` = bf16 rounds what each matrix makes, and z_j, to BF16. `act_quant` = fp8_128 quantises z_j as
    `v4.fake_quantise` does if `w2` is stored in FP8 or FP4. `expert_weight` = pre_w2 multiplies by the routing weight before
    z_j is rounded, post_w2 multiplies `w2 z_j` (and rounds again); in exact arithmetic both are equal.

    ```mlir
    func.func @routed(%x: tensor<?x64xf32>, %experts: tensor<?x2xi32>, %weights: tensor<?x2xf32>) -> tensor<?x64xf32> {
      %w1 = v4.weight "layers.0.ffn.experts.{e}.w1.weight" : <8x32x64xf32>
      %w3 = v4.weight "layers.0.ffn.experts.{e}.w3.weight" : <8x32x64xf32>
      %w2 = v4.weight "layers.0.ffn.experts.{e}.w2.weight" : <8x64x32xf32>
      %y = v4.experts %x, %experts, %weights, %w1, %w3, %w2 limit 10.0
        : (tensor<?x64xf32>, tensor<?x2xi32>, tensor<?x2xf32>, !v4.weight<8x32x64xf32>, !v4.weight<8x32x64xf32>,
           !v4.weight<8x64x32xf32>) -> tensor<?x64xf32>
      return %y : tensor<?x64xf32>
    }
    ```
  }];
  let arguments = (ins V4_Rows:$input, V4_Ids:$indices, V4_Wide:$weights, V4_Weight:$w1, V4_Weight:$w3, V4_Weight:$w2,
                       V4_NonNegativeReal:$limit, V4_Numerics:$numerics);
  let results = (outs V4_Rows:$result);
  let assemblyFormat = [{ $input `,` $indices `,` $weights `,` $w1 `,` $w3 `,` $w2 `limit` $limit attr-dict
                         `:` functional-type(operands, results) }];
}

def V4_SharedExpertOp : V4_ComputeOp<"shared_expert", "outputs", [Pure]> {
  let summary = "run every row through the shared expert";
  let description = [{
    `result[t] = w2 (silu(min(w1 input[t], limit)) * clamp(w3 input[t], -limit, limit))`; a `limit` of 0 clamps nothing.

    (C1) `input` is [T, D]. (C2) `w1` is [I, D]. (C3) `w3` is [I, D]. (C4) `w2` is [D, I]. (C5) `result` is [T, D].

    Numerics: as `v4.experts`.

    ```mlir
    func.func @shared(%x: tensor<?x64xf32>) -> tensor<?x64xf32> {
      %w1 = v4.weight "layers.0.ffn.shared_experts.w1.weight" : <32x64xf32>
      %w3 = v4.weight "layers.0.ffn.shared_experts.w3.weight" : <32x64xf32>
      %w2 = v4.weight "layers.0.ffn.shared_experts.w2.weight" : <64x32xf32>
      %y = v4.shared_expert %x, %w1, %w3, %w2 limit 10.0
        : (tensor<?x64xf32>, !v4.weight<32x64xf32>, !v4.weight<32x64xf32>, !v4.weight<64x32xf32>) -> tensor<?x64xf32>
      return %y : tensor<?x64xf32>
    }
    ```
  }];
  let arguments = (ins V4_Rows:$input, V4_Weight:$w1, V4_Weight:$w3, V4_Weight:$w2, V4_NonNegativeReal:$limit,
                       V4_Numerics:$numerics);
  let results = (outs V4_Rows:$result);
  let assemblyFormat = "$input `,` $w1 `,` $w3 `,` $w2 `limit` $limit attr-dict `:` functional-type(operands, results)";
}

// The halves of an expert, made by `v4-split-experts`.

def V4_ExpertUpOp : V4_ComputeOp<"expert_up", "outputs", [Pure]> {
  let summary = "run each row through the gated half of its experts";
  let description = [{
    `result[t, j] = z_j` of `v4.experts`. Without `weights` the routing weight is left for `v4.expert_down`.

    (C1) `input` is [T, D]. (C2) `indices` is [T, k]. (C3) `weights` is [T, k]. (C4) `w1` is [E, I, D]. (C5) `w3` is [E, I, D].
    (C6) `result` is [T, k, I].

    Numerics: as `v4.experts`, but z_j is not quantised; it is rounded to the result's type. With `digits` the input comes from a
    `v4.fake_quantise` with `digits`, and the products of each block of the weights are summed exactly.

    ```mlir
    func.func @up(%x: tensor<?x64xf32>, %experts: tensor<?x2xi32>, %weights: tensor<?x2xf32>) -> tensor<?x2x32xf32> {
      %w1 = v4.weight "layers.0.ffn.experts.{e}.w1.weight" : <8x32x64xf32>
      %w3 = v4.weight "layers.0.ffn.experts.{e}.w3.weight" : <8x32x64xf32>
      %z = v4.expert_up %x, %experts, %w1, %w3 weights %weights limit 10.0
        : (tensor<?x64xf32>, tensor<?x2xi32>, !v4.weight<8x32x64xf32>, !v4.weight<8x32x64xf32>, tensor<?x2xf32>)
        -> tensor<?x2x32xf32>
      return %z : tensor<?x2x32xf32>
    }
    ```
  }];
  let arguments = (ins V4_Rows:$input, V4_Ids:$indices, V4_Weight:$w1, V4_Weight:$w3, Optional<V4_Wide>:$weights,
                       V4_NonNegativeReal:$limit, V4_Numerics:$numerics, UnitAttr:$digits);
  let results = (outs V4_Rows:$result);
  let assemblyFormat = [{ $input `,` $indices `,` $w1 `,` $w3 (`weights` $weights^)? `limit` $limit attr-dict
                         `:` functional-type(operands, results) }];
}

def V4_ExpertDownOp : V4_ComputeOp<"expert_down", "outputs", [Pure]> {
  let summary = "multiply by the second matrix of each row's experts and add up";
  let description = [{
    `result[t] = sum_j w2[indices[t, j]] input[t, j]`, j ascending; with `weights` each product is multiplied by `weights[t, j]`.

    (C1) `input` is [T, k, I]. (C2) `indices` is [T, k]. (C3) `w2` is [E, D, I]. (C4) `weights` is [T, k]. (C5) `result` is
    [T, D].

    Numerics: as `v4.experts`; `input` is taken as it is. `digits`: as for `v4.expert_up`.

    ```mlir
    func.func @down(%z: tensor<?x2x32xf32>, %experts: tensor<?x2xi32>) -> tensor<?x64xf32> {
      %w2 = v4.weight "layers.0.ffn.experts.{e}.w2.weight" : <8x64x32xf32>
      %y = v4.expert_down %z, %experts, %w2
        : (tensor<?x2x32xf32>, tensor<?x2xi32>, !v4.weight<8x64x32xf32>) -> tensor<?x64xf32>
      return %y : tensor<?x64xf32>
    }
    ```
  }];
  let arguments = (ins V4_Rows:$input, V4_Ids:$indices, V4_Weight:$w2, Optional<V4_Wide>:$weights, V4_Numerics:$numerics,
                       UnitAttr:$digits);
  let results = (outs V4_Rows:$result);
  let assemblyFormat = [{ $input `,` $indices `,` $w2 (`weights` $weights^)? attr-dict
                         `:` functional-type(operands, results) }];
}

def V4_SharedUpOp : V4_ComputeOp<"shared_up", "outputs", [Pure]> {
  let summary = "run every row through the gated half of the shared expert";
  let description = [{
    `result[t] = silu(min(w1 input[t], limit)) * clamp(w3 input[t], -limit, limit)`; a `limit` of 0 clamps nothing.

    (C1) `input` is [T, D]. (C2) `w1` is [I, D]. (C3) `w3` is [I, D]. (C4) `result` is [T, I].

    Numerics: as `v4.expert_up`.

    ```mlir
    func.func @up(%x: tensor<?x64xf32>) -> tensor<?x32xf32> {
      %w1 = v4.weight "layers.0.ffn.shared_experts.w1.weight" : <32x64xf32>
      %w3 = v4.weight "layers.0.ffn.shared_experts.w3.weight" : <32x64xf32>
      %z = v4.shared_up %x, %w1, %w3 limit 10.0
        : (tensor<?x64xf32>, !v4.weight<32x64xf32>, !v4.weight<32x64xf32>) -> tensor<?x32xf32>
      return %z : tensor<?x32xf32>
    }
    ```
  }];
  let arguments = (ins V4_Rows:$input, V4_Weight:$w1, V4_Weight:$w3, V4_NonNegativeReal:$limit, V4_Numerics:$numerics);
  let results = (outs V4_Rows:$result);
  let assemblyFormat = "$input `,` $w1 `,` $w3 `limit` $limit attr-dict `:` functional-type(operands, results)";
}

#endif
