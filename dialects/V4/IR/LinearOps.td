// Weights, embedding, linear maps, norms and rotary position (specification, sections 2, 4.1, 4.2).
#ifndef V4_IR_LINEAROPS
#define V4_IR_LINEAROPS

include "dialects/V4/IR/V4OpBase.td"

def V4_WeightOp : V4_Op<"weight", [Pure]> {
  let summary = "name a checkpoint tensor";
  let description = [{
    `name` is the tensor's name in the checkpoint; in the name of a stack `{e}` stands for the expert's number. The
    scale of a block-scaled weight has the same name with `.scale` in place of `.weight`. `value` gives the numbers, scales
    applied, in place of a checkpoint (tests). `layout` is chosen by `v4-choose-weight-layouts`.

    (C1) Without `value` the name of a stack has one `{e}`, and no other name has any. (C2) `value` has the weight's shape.
    (C3) `value` has float elements, or i64 elements where the weight has. (C4) Vectors and ids have no panels.
    (C5) `ids_below`, the bound that the packer checks every id against, belongs to ids. (C6) Several streams of a layout divide the
    outputs: none of their panels is missing.

    ```mlir
    func.func @gates() -> !v4.weight<256x2048x4096xf4E2M1FN, scale f8E8M0FNU by 1x32> {
      %w1 = v4.weight "layers.3.ffn.experts.{e}.w1.weight" layout <panel, 16>
        : <256x2048x4096xf4E2M1FN, scale f8E8M0FNU by 1x32>
      return %w1 : !v4.weight<256x2048x4096xf4E2M1FN, scale f8E8M0FNU by 1x32>
    }
    ```
  }];
  let arguments = (ins StrAttr:$name, OptionalAttr<ElementsAttr>:$value, OptionalAttr<V4_LayoutAttr>:$layout,
                       OptionalAttr<ConfinedAttr<I64Attr, [IntPositive]>>:$ids_below);
  let results = (outs V4_AnyWeight:$result);
  let assemblyFormat = "$name (`=` $value^)? (`below` $ids_below^)? (`layout` $layout^)? attr-dict `:` type($result)";
  let hasVerifier = 1;
}

def V4_EmbedOp : V4_ComputeOp<"embed", "rows", [Pure]> {
  let summary = "look up the embedding row of each token";
  let description = [{
    `result[t] = table[tokens[t]]`. A token id outside [0, V) is an error of the caller, caught before the step.

    (C1) `tokens` is [T]. (C2) `table` is [V, D]. (C3) `result` is [T, D].

    Numerics: exact.

    ```mlir
    func.func @embed(%tokens: tensor<?xi32>) -> tensor<?x4096xf32> {
      %table = v4.weight "embed.weight" : <129280x4096xbf16>
      %rows = v4.embed %tokens in %table : (tensor<?xi32>, !v4.weight<129280x4096xbf16>) -> tensor<?x4096xf32>
      return %rows : tensor<?x4096xf32>
    }
    ```
  }];
  let arguments = (ins V4_Ids:$tokens, V4_Weight:$table);
  let results = (outs V4_Rows:$result);
  let assemblyFormat = "$tokens `in` $table attr-dict `:` functional-type(operands, results)";
}

def V4_GatherRowsOp : V4_ComputeOp<"gather_rows", "rows", [Pure]> {
  let summary = "keep the rows of a step that logits are wanted for";
  let description = [{
    `result[i] = input[rows[i]]`. The number of rows changes here: what follows has one row a wanted logit. Row numbers are in
    [0, T), in any order, and may repeat.

    (C1) `rows` has one dimension. (C2) `result` has the dimensions of `input` but for the first, which is that of `rows`.

    Numerics: exact.

    ```mlir
    func.func @wanted(%streams: tensor<?x4x4096xf32>, %logit_rows: tensor<?xi32>) -> tensor<?x4x4096xf32> {
      %rows = v4.gather_rows %streams at %logit_rows : (tensor<?x4x4096xf32>, tensor<?xi32>) -> tensor<?x4x4096xf32>
      return %rows : tensor<?x4x4096xf32>
    }
    ```
  }];
  let arguments = (ins V4_Rows:$input, V4_Ids:$rows);
  let results = (outs V4_Rows:$result);
  let assemblyFormat = "$input `at` $rows attr-dict `:` functional-type(operands, results)";
}

def V4_LinearOp : V4_ComputeOp<"linear", "outputs", [Pure]> {
  let summary = "multiply each row by a weight matrix";
  let description = [{
    `result[t, n] = sum_k input[t, k] * weight[n, k]`, where k and n count through the flattened trailing dimensions of
    `input` and `result`: [T, H, d] has H*d elements a row.

    (C1) `weight` is [N, K]. (C2) A row of `input` has K elements. (C3) A row of `result` has N elements, and there are as many
    rows.

    Numerics: weights take their real value (code times scale), products and sum are float32, rounded once if the result is
    BF16. The input is taken as it is: where the published code quantises it (`act_quant`, of FP8 and FP4 weights only), a
    `v4.fake_quantise` made it.

    ```mlir
    func.func @query(%latent: tensor<?x1024xf32>) -> tensor<?x64x512xf32> {
      %wq_b = v4.weight "layers.2.attn.wq_b.weight" : <32768x1024xf8E4M3FN, scale f8E8M0FNU by 128x128>
      %q = v4.linear %latent, %wq_b
        : (tensor<?x1024xf32>, !v4.weight<32768x1024xf8E4M3FN, scale f8E8M0FNU by 128x128>) -> tensor<?x64x512xf32>
      return %q : tensor<?x64x512xf32>
    }
    ```
  }];
  let arguments = (ins V4_Rows:$input, V4_Weight:$weight);
  let results = (outs V4_Rows:$result);
  let assemblyFormat = "$input `,` $weight attr-dict `:` functional-type(operands, results)";
}

def V4_GroupedLinearOp : V4_ComputeOp<"grouped_linear", "outputs", [Pure]> {
  let summary = "multiply each group of a row by the group's own block of weight rows";
  let description = [{
    `result[t, g, n] = sum_k input[t, g, k] * weight[g*N + n, k]`.

    (C1) `input` is [T, G, K]. (C2) `result` is [T, G, N]. (C3) `weight` is [G*N, K].

    Numerics: as `v4.linear`. The published code widens this weight to BF16 and does not quantise its input; `wo_a` = fp8 does.

    ```mlir
    func.func @wo_a(%heads: tensor<?x8x4096xf32>) -> tensor<?x8x1024xf32> {
      %wo_a = v4.weight "layers.2.attn.wo_a.weight" : <8192x4096xbf16>
      %u = v4.grouped_linear %heads, %wo_a : (tensor<?x8x4096xf32>, !v4.weight<8192x4096xbf16>) -> tensor<?x8x1024xf32>
      return %u : tensor<?x8x1024xf32>
    }
    ```
  }];
  let arguments = (ins V4_Rows:$input, V4_Weight:$weight);
  let results = (outs V4_Rows:$result);
  let assemblyFormat = "$input `,` $weight attr-dict `:` functional-type(operands, results)";
}

def V4_ScaleOp : V4_ComputeOp<"scale", "rows", [Pure]> {
  let summary = "multiply every element by a constant";
  let description = [{
    `result[t, i] = input[t, i] * factor`.

    (C1) `result` has the shape of `input`.

    Numerics: `factor` is rounded to float32 first; the product is rounded once, to the result's type.

    ```mlir
    func.func @index_weights(%w: tensor<?x64xf32>) -> tensor<?x64xf32> {
      %scaled = v4.scale %w by 0.011048543456039804 : (tensor<?x64xf32>) -> tensor<?x64xf32>
      return %scaled : tensor<?x64xf32>
    }
    ```
  }];
  let arguments = (ins V4_Rows:$input, F64Attr:$factor);
  let results = (outs V4_Rows:$result);
  let assemblyFormat = "$input `by` $factor attr-dict `:` functional-type(operands, results)";
}

def V4_AddOp : V4_ComputeOp<"add", "outputs", [Pure, Commutative]> {
  let summary = "add two rows";
  let description = [{
    `result[t, i] = lhs[t, i] + rhs[t, i]`.

    (C1) `rhs` has the shape of `lhs`. (C2) `result` has it too.

    Numerics: one rounding, to the result's type.

    ```mlir
    func.func @routed_and_shared(%routed: tensor<?x4096xf32>, %shared: tensor<?x4096xf32>) -> tensor<?x4096xf32> {
      %out = v4.add %routed, %shared : (tensor<?x4096xf32>, tensor<?x4096xf32>) -> tensor<?x4096xf32>
      return %out : tensor<?x4096xf32>
    }
    ```
  }];
  let arguments = (ins V4_Rows:$lhs, V4_Rows:$rhs);
  let results = (outs V4_Rows:$result);
  let assemblyFormat = "$lhs `,` $rhs attr-dict `:` functional-type(operands, results)";
}

def V4_RmsNormOp : V4_ComputeOp<"rms_norm", "rows", [Pure]> {
  let summary = "divide each row by its root mean square and multiply by a weight";
  let description = [{
    `result[t, i] = weight[i] * (input[t, i] * rsqrt(mean_i(input[t, i]^2) + eps))`.

    (C1) `input` is [T, D]. (C2) `weight` is [D]. (C3) `result` is [T, D].

    Numerics: mean, square root and products in float32, rounded once at the end, to the result's type; a BF16 weight is
    widened.

    ```mlir
    func.func @attn_norm(%x: tensor<?x4096xf32>) -> tensor<?x4096xf32> {
      %w = v4.weight "layers.0.attn_norm.weight" : <4096xbf16>
      %y = v4.rms_norm %x, %w eps 1.0e-6 : (tensor<?x4096xf32>, !v4.weight<4096xbf16>) -> tensor<?x4096xf32>
      return %y : tensor<?x4096xf32>
    }
    ```
  }];
  let arguments = (ins V4_Rows:$input, V4_Weight:$weight, V4_NonNegativeReal:$eps);
  let results = (outs V4_Rows:$result);
  let assemblyFormat = "$input `,` $weight `eps` $eps attr-dict `:` functional-type(operands, results)";
}

def V4_HeadNormOp : V4_ComputeOp<"head_norm", "rows", [Pure]> {
  let summary = "divide each head by its root mean square";
  let description = [{
    `result[t, h, i] = input[t, h, i] * rsqrt(mean_i(input[t, h, i]^2) + eps)`. No weight.

    (C1) `input` is [T, H, d]. (C2) `result` is [T, H, d].

    Numerics: float32, but for a BF16 result the reciprocal root is rounded to BF16 before it multiplies; `q_norm` = bf16
    rounds the square, the mean, the mean plus `eps`, the reciprocal root and the product to BF16 each.

    ```mlir
    func.func @normalise(%q: tensor<?x64x512xf32>) -> tensor<?x64x512xf32> {
      %n = v4.head_norm %q eps 1.0e-6 : (tensor<?x64x512xf32>) -> tensor<?x64x512xf32>
      return %n : tensor<?x64x512xf32>
    }
    ```
  }];
  let arguments = (ins V4_Rows:$input, V4_NonNegativeReal:$eps, V4_Numerics:$numerics);
  let results = (outs V4_Rows:$result);
  let assemblyFormat = "$input `eps` $eps attr-dict `:` functional-type(operands, results)";
}

def V4_RopeTableOp : V4_ComputeOp<"rope_table", "rows", [Pure]> {
  let summary = "make cosines and sines of each row's rotary angles";
  let description = [{
    `phi[t, i] = f32(f32(max(positions[t] + offset, 0)) * f_i)` with the frequencies of `rope`; `cos` and `sin` are those of
    `phi`. `offset` = 1 - ratio gives the first position of the block that a token closes, at which its entry is rotated.

    (C1) `positions` is [T]. (C2) `cos` and `sin` are [T, F], F half of the attribute's `dims`.

    Numerics: the angle is a float32 product (near position 10^6 a sixteenth coarse: models were trained with that), and
    `cos` and `sin` are the nearest float32 values for that angle, in every profile; BF16 results (`rope_table` = bf16) are
    rounded again.

    ```mlir
    func.func @tables(%positions: tensor<?xi32>) -> (tensor<?x32xf32>, tensor<?x32xf32>) {
      %cos, %sin = v4.rope_table %positions <dims = 64, theta = 10000.0, factor = 1.0, beta_fast = 32.0,
        beta_slow = 1.0, original_context = 65536> {offset = -3} : (tensor<?xi32>) -> (tensor<?x32xf32>, tensor<?x32xf32>)
      return %cos, %sin : tensor<?x32xf32>, tensor<?x32xf32>
    }
    ```
  }];
  let arguments = (ins V4_Ids:$positions, V4_RopeAttr:$rope, DefaultValuedAttr<I64Attr, "0">:$offset);
  let results = (outs V4_Rows:$cos, V4_Rows:$sin);
  let assemblyFormat = "$positions $rope attr-dict `:` functional-type(operands, results)";
  let extraClassDeclaration = extraBase # [{
    ::llvm::StringRef getResultSuffix(unsigned index) { return index == 0 ? "cos" : "sin"; }
  }];
}

def V4_RopeOp : V4_ComputeOp<"rope", "rows", [Pure]> {
  let summary = "rotate the last dimensions of each row or head by its position";
  let description = [{
    Of each row or head the last 2F elements are F interleaved pairs: with `b` = d - 2F,
    `(x[b+2i], x[b+2i+1]) -> (x[b+2i] cos[t, i] - x[b+2i+1] sin[t, i], x[b+2i] sin[t, i] + x[b+2i+1] cos[t, i])`.
    The others are copied.

    (C1) `input` is [T, d] or [T, H, d]. (C2) `cos` and `sin` are [T, F]. (C3) 2F is at most d. (C4) `result` has the shape of
    `input`.

    Numerics: float32, each product rounded or contracted alike in all steps.

    ```mlir
    func.func @rotate(%kv: tensor<?x512xf32>, %cos: tensor<?x32xf32>, %sin: tensor<?x32xf32>) -> tensor<?x512xf32> {
      %r = v4.rope %kv, %cos, %sin : (tensor<?x512xf32>, tensor<?x32xf32>, tensor<?x32xf32>) -> tensor<?x512xf32>
      return %r : tensor<?x512xf32>
    }
    ```
  }];
  let arguments = (ins V4_Rows:$input, V4_Rows:$cos, V4_Rows:$sin);
  let results = (outs V4_Rows:$result);
  let assemblyFormat = "$input `,` $cos `,` $sin attr-dict `:` functional-type(operands, results)";
}

#endif
