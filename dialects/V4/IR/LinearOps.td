// Weights, embedding, linear maps, norms and rotary position (specification, sections 2, 4.1, 4.2).
#ifndef V4_IR_LINEAROPS
#define V4_IR_LINEAROPS

include "dialects/V4/IR/V4OpBase.td"

def V4_WeightOp : V4_Op<"weight", [Pure]> {
  let summary = "name a checkpoint tensor";
  let description = [{
    `name` is the tensor's name in the checkpoint; in the name of a stack `{e}` stands for the expert's number. The
    scale of a block-scaled weight has the same name with `.scale` in place of `.weight`. `value` gives the elements
    in place of a checkpoint (tests). `layout` is chosen by `v4-choose-weight-layout`.
  }];
  let arguments = (ins StrAttr:$name, OptionalAttr<ElementsAttr>:$value, OptionalAttr<V4_LayoutAttr>:$layout);
  let results = (outs V4_Weight:$result);
  let assemblyFormat = "$name (`=` $value^)? (`layout` $layout^)? attr-dict `:` type($result)";
  let hasVerifier = 1;
}

def V4_EmbedOp : V4_ComputeOp<"embed", "rows", [Pure]> {
  let summary = "look up the embedding row of each token";
  let arguments = (ins V4_Ids:$tokens, V4_Weight:$table);
  let results = (outs V4_Rows:$result);
  let assemblyFormat = "$tokens `in` $table attr-dict `:` functional-type(operands, results)";
}

def V4_GatherRowsOp : V4_ComputeOp<"gather_rows", "rows", [Pure]> {
  let summary = "keep the rows of a step that logits are wanted for";
  let arguments = (ins V4_Rows:$input, V4_Ids:$rows);
  let results = (outs V4_Rows:$result);
  let assemblyFormat = "$input `at` $rows attr-dict `:` functional-type(operands, results)";
}

def V4_LinearOp : V4_ComputeOp<"linear", "outputs", [Pure]> {
  let summary = "multiply each row by a weight matrix";
  let description = [{
    `result[t, n] = sum_k input[t, k] * weight[n, k]`, trailing dimensions of input and result flattened.
  }];
  let arguments = (ins V4_Rows:$input, V4_Weight:$weight, V4_Numerics:$numerics);
  let results = (outs V4_Rows:$result);
  let assemblyFormat = "$input `,` $weight attr-dict `:` functional-type(operands, results)";
}

def V4_GroupedLinearOp : V4_ComputeOp<"grouped_linear", "outputs", [Pure]> {
  let summary = "multiply each group of a row by the group's own block of weight rows";
  let description = [{
    `result[t, g, n] = sum_k input[t, g, k] * weight[g*N + n, k]` with input [T, G, K], result [T, G, N].
  }];
  let arguments = (ins V4_Rows:$input, V4_Weight:$weight, V4_Numerics:$numerics);
  let results = (outs V4_Rows:$result);
  let assemblyFormat = "$input `,` $weight attr-dict `:` functional-type(operands, results)";
}

def V4_ScaleOp : V4_ComputeOp<"scale", "rows", [Pure]> {
  let summary = "multiply every element by a constant";
  let arguments = (ins V4_Rows:$input, F64Attr:$factor, V4_Numerics:$numerics);
  let results = (outs V4_Rows:$result);
  let assemblyFormat = "$input `by` $factor attr-dict `:` functional-type(operands, results)";
}

def V4_AddOp : V4_ComputeOp<"add", "outputs", [Pure, Commutative]> {
  let summary = "add two rows";
  let arguments = (ins V4_Rows:$lhs, V4_Rows:$rhs, V4_Numerics:$numerics);
  let results = (outs V4_Rows:$result);
  let assemblyFormat = "$lhs `,` $rhs attr-dict `:` functional-type(operands, results)";
}

def V4_RmsNormOp : V4_ComputeOp<"rms_norm", "rows", [Pure]> {
  let summary = "divide each row by its root mean square and multiply by a weight";
  let description = [{`result[t, i] = weight[i] * input[t, i] * rsqrt(mean_i(input[t, i]^2) + eps)`}];
  let arguments = (ins V4_Rows:$input, V4_Weight:$weight, F64Attr:$eps, V4_Numerics:$numerics);
  let results = (outs V4_Rows:$result);
  let assemblyFormat = "$input `,` $weight `eps` $eps attr-dict `:` functional-type(operands, results)";
}

def V4_HeadNormOp : V4_ComputeOp<"head_norm", "rows", [Pure]> {
  let summary = "divide each head by its root mean square";
  let description = [{`result[t, h, d] = input[t, h, d] * rsqrt(mean_d(input[t, h, d]^2) + eps)`}];
  let arguments = (ins V4_Rows:$input, F64Attr:$eps, V4_Numerics:$numerics);
  let results = (outs V4_Rows:$result);
  let assemblyFormat = "$input `eps` $eps attr-dict `:` functional-type(operands, results)";
}

def V4_RopeTableOp : V4_ComputeOp<"rope_table", "rows", [Pure]> {
  let summary = "cosines and sines of each row's rotary angles";
  let description = [{
    `phi[t, i] = f32(f32(max(position[t] + offset, 0)) * f_i)`, `cos` and `sin` the nearest float32 values of that
    float32 angle, [T, dims/2] each. `offset` = 1 - ratio gives the first position of the block that a token closes.
  }];
  let arguments = (ins V4_Ids:$positions, V4_RopeAttr:$rope, DefaultValuedAttr<I64Attr, "0">:$offset);
  let results = (outs V4_Wide:$cos, V4_Wide:$sin);
  let assemblyFormat = "$positions $rope attr-dict `:` functional-type(operands, results)";
  let extraClassDeclaration = extraBase # [{
    ::llvm::StringRef getResultSuffix(unsigned index) { return index == 0 ? "cos" : "sin"; }
  }];
}

def V4_RopeOp : V4_ComputeOp<"rope", "rows", [Pure]> {
  let summary = "rotate the last dimensions of each row or head by its position";
  let description = [{
    Interleaved pairs of the last 2*F dimensions, F the width of `cos`:
    `(a, b) -> (a cos - b sin, a sin + b cos)`. Input [T, d] or [T, H, d].
  }];
  let arguments = (ins V4_Rows:$input, V4_Wide:$cos, V4_Wide:$sin, V4_Numerics:$numerics);
  let results = (outs V4_Rows:$result);
  let assemblyFormat = "$input `,` $cos `,` $sin attr-dict `:` functional-type(operands, results)";
}

#endif
