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
    `scores = sqrt(softplus(logits))` (or sigmoid, softmax). `indices`: the k experts with the largest `scores + bias`,
    ascending, ties to the lower expert. `weights = scaling * scores[indices] / sum(scores[indices])`, unbiased (softmax: not
    renormalised).
  }];
  let arguments = (ins V4_Wide:$logits, V4_Weight:$bias, V4_ScoringFunc:$scoring, F64Attr:$scaling, V4_Numerics:$numerics);
  let assemblyFormat = "$logits `,` $bias $scoring `scaling` $scaling attr-dict `:` functional-type(operands, results)";
}

def V4_HashRouteOp : V4_RouteBaseOp<"hash_route"> {
  let summary = "take a token's experts from a frozen table";
  let description = [{
    As `v4.route`, but `indices` = `table[token]` (weight [vocab, k]), put in ascending order.
  }];
  let arguments = (ins V4_Wide:$logits, V4_Ids:$tokens, V4_Weight:$table, V4_ScoringFunc:$scoring, F64Attr:$scaling,
                       V4_Numerics:$numerics);
  let assemblyFormat = [{ $logits `,` $tokens `in` $table $scoring `scaling` $scaling attr-dict
                         `:` functional-type(operands, results) }];
}

def V4_ExpertsOp : V4_ComputeOp<"experts", "outputs", [Pure]> {
  let summary = "run each row through its experts and add up";
  let description = [{
    With u = w1[e] x, v = w3[e] x: `z = weight * silu(min(u, limit)) * clamp(v, -limit, limit)`,
    `result = sum over the row's experts, ascending, of w2[e] z`. A limit of 0 clamps nothing.
  }];
  let arguments = (ins V4_Rows:$input, V4_Ids:$indices, V4_Wide:$weights, V4_Weight:$w1, V4_Weight:$w3, V4_Weight:$w2,
                       F64Attr:$limit, V4_Numerics:$numerics);
  let results = (outs V4_Rows:$result);
  let assemblyFormat = [{ $input `,` $indices `,` $weights `,` $w1 `,` $w3 `,` $w2 `limit` $limit attr-dict
                         `:` functional-type(operands, results) }];
}

def V4_SharedExpertOp : V4_ComputeOp<"shared_expert", "outputs", [Pure]> {
  let summary = "run every row through the shared expert";
  let arguments = (ins V4_Rows:$input, V4_Weight:$w1, V4_Weight:$w3, V4_Weight:$w2, F64Attr:$limit,
                       V4_Numerics:$numerics);
  let results = (outs V4_Rows:$result);
  let assemblyFormat = "$input `,` $w1 `,` $w3 `,` $w2 `limit` $limit attr-dict `:` functional-type(operands, results)";
}

// The halves of an expert, made by `v4-split-experts`.

def V4_ExpertUpOp : V4_ComputeOp<"expert_up", "outputs", [Pure]> {
  let summary = "the gated half of each row's experts: [T, D] -> [T, k, I]";
  let arguments = (ins V4_Rows:$input, V4_Ids:$indices, V4_Wide:$weights, V4_Weight:$w1, V4_Weight:$w3, F64Attr:$limit,
                       V4_Numerics:$numerics);
  let results = (outs V4_Rows:$result);
  let assemblyFormat = [{ $input `,` $indices `,` $weights `,` $w1 `,` $w3 `limit` $limit attr-dict
                         `:` functional-type(operands, results) }];
}

def V4_ExpertDownOp : V4_ComputeOp<"expert_down", "outputs", [Pure]> {
  let summary = "the second matrix of each row's experts, summed in ascending order: [T, k, I] -> [T, D]";
  let arguments = (ins V4_Rows:$input, V4_Ids:$indices, V4_Weight:$w2, V4_Numerics:$numerics);
  let results = (outs V4_Rows:$result);
  let assemblyFormat = "$input `,` $indices `,` $w2 attr-dict `:` functional-type(operands, results)";
}

def V4_SharedUpOp : V4_ComputeOp<"shared_up", "outputs", [Pure]> {
  let summary = "the gated half of the shared expert: [T, D] -> [T, I]";
  let arguments = (ins V4_Rows:$input, V4_Weight:$w1, V4_Weight:$w3, F64Attr:$limit, V4_Numerics:$numerics);
  let results = (outs V4_Rows:$result);
  let assemblyFormat = "$input `,` $w1 `,` $w3 `limit` $limit attr-dict `:` functional-type(operands, results)";
}

#endif
