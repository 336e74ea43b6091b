// Manifold-constrained hyper-connections, mHC (report eq. 1-8, specification section 3).
#ifndef V4_IR_HYPERCONNECTIONOPS
#define V4_IR_HYPERCONNECTIONOPS

include "dialects/V4/IR/V4OpBase.td"

def V4_HcExpandOp : V4_ComputeOp<"hc_expand", "rows", [Pure]> {
  let summary = "start every residual stream with the same row";
  let arguments = (ins V4_Rows:$input);
  let results = (outs V4_Rows:$result);
  let assemblyFormat = "$input attr-dict `:` functional-type(operands, results)";
}

def V4_HcPreOp : V4_ComputeOp<"hc_pre", "rows", [Pure]> {
  let summary = "collapse the streams into a sublayer's input and make the mappings back";
  let description = [{
    Streams [T, n, D]; `fn` [(2+n)n, n*D], `base` [(2+n)n], `scale` [3]. With X the flattened streams of a row:
    `m = (fn X) * rsqrt(mean(X^2) + norm_eps)`,
    `pre = sigmoid(m[0:n] scale[0] + base[0:n]) + eps`, `post = 2 sigmoid(m[n:2n] scale[1] + base[n:2n])`,
    `comb = sinkhorn(m[2n:] scale[2] + base[2n:])` ([n, n], softmax over rows + eps, columns, then `iters` - 1 times rows
    and columns, each divisor plus eps), `collapsed[i] = sum_k pre[k] streams[k, i]`.
  }];
  let arguments = (ins V4_Rows:$streams, V4_Weight:$fn, V4_Weight:$base, V4_Weight:$scale, I64Attr:$iters,
                       F64Attr:$eps, F64Attr:$normEps, V4_Numerics:$numerics);
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
  let description = [{`result[t, k, i] = post[t, k] output[t, i] + sum_j comb[t, j, k] streams[t, j, i]`}];
  let arguments = (ins V4_Rows:$output, V4_Rows:$streams, V4_Wide:$post, V4_Wide:$comb, V4_Numerics:$numerics);
  let results = (outs V4_Rows:$result);
  let assemblyFormat = "$output `,` $streams `,` $post `,` $comb attr-dict `:` functional-type(operands, results)";
}

def V4_HcHeadOp : V4_ComputeOp<"hc_head", "rows", [Pure]> {
  let summary = "collapse the streams at the end of the model";
  let description = [{
    `fn` [n, n*D], `base` [n], `scale` [1]: `pre = sigmoid(m scale + base) + eps`, `result[i] = sum_k pre[k] streams[k, i]`
    with `m` as in `v4.hc_pre`. No Sinkhorn.
  }];
  let arguments = (ins V4_Rows:$streams, V4_Weight:$fn, V4_Weight:$base, V4_Weight:$scale, F64Attr:$eps,
                       F64Attr:$normEps, V4_Numerics:$numerics);
  let results = (outs V4_Rows:$result);
  let assemblyFormat = [{ $streams `,` $fn `,` $base `,` $scale `eps` $eps `norm_eps` $normEps attr-dict
                         `:` functional-type(operands, results) }];
}

#endif
