// Manifold-constrained hyper-connections, mHC (report eq. 1-8, specification section 3).
#ifndef V4_IR_HYPERCONNECTIONOPS
#define V4_IR_HYPERCONNECTIONOPS

include "dialects/V4/IR/V4OpBase.td"

def V4_HcExpandOp : V4_ComputeOp<"hc_expand", "rows", [Pure]> {
  let summary = "start every residual stream with the same row";
  let description = [{
    `result[t, k, i] = input[t, i]` for each stream k.

    (C1) `input` is [T, D]. (C2) `result` is [T, n, D].

    Numerics: exact.

    ```mlir
    func.func @start(%x: tensor<?x4096xf32>) -> tensor<?x4x4096xf32> {
      %streams = v4.hc_expand %x : (tensor<?x4096xf32>) -> tensor<?x4x4096xf32>
      return %streams : tensor<?x4x4096xf32>
    }
    ```
  }];
  let arguments = (ins V4_Rows:$input);
  let results = (outs V4_Rows:$result);
  let assemblyFormat = "$input attr-dict `:` functional-type(operands, results)";
}

def V4_HcPreOp : V4_ComputeOp<"hc_pre", "rows", [Pure]> {
  let summary = "collapse the streams into a sublayer's input and make the mappings back";
  let description = [{
    With X the streams of a row one after the other (n*D elements):

    - `m[j] = (sum_i fn[j, i] X[i]) * rsqrt(mean(X^2) + norm_eps)`: (2+n)n values, normalised after the projection;
    - `pre[k] = sigmoid(m[k] scale[0] + base[k]) + eps`;
    - `post[k] = 2 sigmoid(m[n+k] scale[1] + base[n+k])`;
    - `comb[j, k]`: from the logits `m[2n + jn + k] scale[2] + base[2n + jn + k]`, softmax over k plus `eps`; then each element
      divided by its column's sum (over j) plus `eps`; then `iters` - 1 times by its row's sum plus `eps` and its column's
      sum plus `eps`;
    - `collapsed[i] = sum_k pre[k] streams[k, i]`.

    `comb` is nearly doubly stochastic, not symmetric: see `v4.hc_post` for which index is which.

    In place of the weight `fn` there may be `sum_i fn[j, i] X[i]`, made by a `v4.linear` before (`v4-project-streams`).

    (C1) `streams` is [T, n, D]. (C2) `fn` is [(2+n)n, nD], or of products [T, (2+n)n]. (C3) `base` is [(2+n)n]. (C4) `scale` is [3]. (C5) `collapsed` is
    [T, D]. (C6) `pre` and `post` are [T, n]. (C7) `comb` is [T, n, n].

    Numerics: float32 throughout in every profile; `collapsed` is rounded once, to its type.

    ```mlir
    func.func @before_attention(%streams: tensor<?x4x4096xf32>) -> tensor<?x4096xf32> {
      %fn = v4.weight "layers.0.hc_attn_fn" : <24x16384xf32>
      %base = v4.weight "layers.0.hc_attn_base" : <24xf32>
      %scale = v4.weight "layers.0.hc_attn_scale" : <3xf32>
      %x, %pre, %post, %comb = v4.hc_pre %streams, %fn, %base, %scale iters 20 eps 1.0e-6 norm_eps 1.0e-6
        : (tensor<?x4x4096xf32>, !v4.weight<24x16384xf32>, !v4.weight<24xf32>, !v4.weight<3xf32>)
        -> (tensor<?x4096xf32>, tensor<?x4xf32>, tensor<?x4xf32>, tensor<?x4x4xf32>)
      return %x : tensor<?x4096xf32>
    }
    ```
  }];
  let arguments = (ins V4_Rows:$streams, AnyTypeOf<[V4_Weight, V4_Wide]>:$fn, V4_Weight:$base, V4_Weight:$scale,
                       V4_Count:$iters, V4_NonNegativeReal:$eps, V4_NonNegativeReal:$normEps);
  let results = (outs V4_Rows:$collapsed, V4_Wide:$pre, V4_Wide:$post, V4_Wide:$comb);
  let assemblyFormat = [{ $streams `,` $fn `,` $base `,` $scale `iters` $iters `eps` $eps `norm_eps` $normEps attr-dict
                         `:` functional-type(operands, results) }];
  let extraClassDeclaration = extraBase # [{
    ::llvm::StringRef getResultSuffix(unsigned index) {
      static constexpr ::llvm::StringLiteral names[] = {"collapsed", "pre", "post", "comb"};
      return names[index];
    }
  }];
}

def V4_HcPostOp : V4_ComputeOp<"hc_post", "rows", [Pure]> {
  let summary = "spread a sublayer's output over the streams and mix them";
  let description = [{
    `result[t, k, i] = post[t, k] output[t, i] + sum_j comb[t, j, k] streams[t, j, i]`: the first index of `comb` is the old
    stream, the second the new one.

    With `with_outputs` (set by `v4-project-streams`) the programs that make `output` spread what each of them made.

    (C1) `streams` is [T, n, D]. (C2) `output` is [T, D]. (C3) `post` is [T, n]. (C4) `comb` is [T, n, n]. (C5) `result` is
    [T, n, D].

    Numerics: float32, rounded once to the result's type. `mhc` = bf16 rounds `post` and `comb` to BF16 first.

    ```mlir
    func.func @after_attention(%y: tensor<?x4096xf32>, %streams: tensor<?x4x4096xf32>, %post: tensor<?x4xf32>,
                               %comb: tensor<?x4x4xf32>) -> tensor<?x4x4096xf32> {
      %next = v4.hc_post %y, %streams, %post, %comb
        : (tensor<?x4096xf32>, tensor<?x4x4096xf32>, tensor<?x4xf32>, tensor<?x4x4xf32>) -> tensor<?x4x4096xf32>
      return %next : tensor<?x4x4096xf32>
    }
    ```
  }];
  let arguments = (ins V4_Rows:$output, V4_Rows:$streams, V4_Wide:$post, V4_Wide:$comb, V4_Numerics:$numerics,
                       UnitAttr:$with_outputs);
  let results = (outs V4_Rows:$result);
  let assemblyFormat = "$output `,` $streams `,` $post `,` $comb attr-dict `:` functional-type(operands, results)";
}

def V4_HcHeadOp : V4_ComputeOp<"hc_head", "rows", [Pure]> {
  let summary = "collapse the streams at the end of the model";
  let description = [{
    `pre[k] = sigmoid(m[k] scale[0] + base[k]) + eps`, `result[i] = sum_k pre[k] streams[k, i]`, with `m` as in `v4.hc_pre` (n
    values). There is no Sinkhorn here.

    (C1) `streams` is [T, n, D]. (C2) `fn` is [n, nD]. (C3) `base` is [n]. (C4) `scale` is [1]. (C5) `result` is [T, D].

    Numerics: as `v4.hc_pre`.

    ```mlir
    func.func @collapse(%streams: tensor<?x4x4096xf32>) -> tensor<?x4096xf32> {
      %fn = v4.weight "hc_head_fn" : <4x16384xf32>
      %base = v4.weight "hc_head_base" : <4xf32>
      %scale = v4.weight "hc_head_scale" : <1xf32>
      %x = v4.hc_head %streams, %fn, %base, %scale eps 1.0e-6 norm_eps 1.0e-6
        : (tensor<?x4x4096xf32>, !v4.weight<4x16384xf32>, !v4.weight<4xf32>, !v4.weight<1xf32>) -> tensor<?x4096xf32>
      return %x : tensor<?x4096xf32>
    }
    ```
  }];
  let arguments = (ins V4_Rows:$streams, V4_Weight:$fn, V4_Weight:$base, V4_Weight:$scale, V4_NonNegativeReal:$eps,
                       V4_NonNegativeReal:$normEps);
  let results = (outs V4_Rows:$result);
  let assemblyFormat = [{ $streams `,` $fn `,` $base `,` $scale `eps` $eps `norm_eps` $normEps attr-dict
                         `:` functional-type(operands, results) }];
}

#endif
