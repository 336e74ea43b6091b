#ifndef V4_IR_V4ATTRS
#define V4_IR_V4ATTRS

include "dialects/V4/IR/V4Base.td"

def V4_Profile : I32EnumAttr<"Profile", "numerics profile", [
    I32EnumAttrCase<"hf", 0>, I32EnumAttrCase<"reference", 1>]> {
  let cppNamespace = "::mlir::v4";
}

def V4_ScoringFunc : I32EnumAttr<"ScoringFunc", "router scoring function", [
    I32EnumAttrCase<"sqrtsoftplus", 0>, I32EnumAttrCase<"sigmoid", 1>, I32EnumAttrCase<"softmax", 2>]> {
  let cppNamespace = "::mlir::v4";
}

def V4_WeightLayout : I32EnumAttr<"WeightLayout", "order of a packed weight's elements", [
    I32EnumAttrCase<"row_major", 0>, I32EnumAttrCase<"panel", 1>]> {
  let cppNamespace = "::mlir::v4";
}

// How the programs of a kernel divide an op's work.
def V4_Parallelism : I32EnumAttr<"Parallelism", "what one program of a kernel computes", [
    I32EnumAttrCase<"rows", 0>, I32EnumAttrCase<"heads", 1>, I32EnumAttrCase<"outputs", 2>,
    I32EnumAttrCase<"entries", 3>]> {
  let cppNamespace = "::mlir::v4";
}

def V4_NumericsAttr : V4_Attr<"Numerics", "numerics"> {
  let summary = "the numerics profile of an op and the options that differ from it";
  let description = [{
    `#v4.numerics<reference>` is the published numerics (specification, section 11, first column), `#v4.numerics<hf>`
    has no quantisation at run time and float32 throughout. Single options follow in braces:
    `#v4.numerics<reference, {kv_quant = "none"}>`. `getOption` knows the profiles' values.
  }];
  let constBuilderCall = "$0";
  let parameters = (ins EnumParameter<V4_Profile>:$profile, OptionalParameter<"DictionaryAttr">:$overrides);
  let assemblyFormat = "`<` $profile (`,` $overrides^)? `>`";
  let genVerifyDecl = 1;
  let extraClassDeclaration = [{
    /// The value of an option of section 11, e.g. "kv_quant" -> "fp8_64" or "none".
    StringRef getOption(StringRef name) const;
  }];
}

def V4_LayoutAttr : V4_Attr<"Layout", "layout"> {
  let summary = "the order in which a weight is packed for the kernels that stream it";
  let description = [{
    `#v4.layout<row_major, 0>`: as in the checkpoint. `#v4.layout<panel, 16>`: [expert][n/16][k][16], that is 16 outputs
    side by side, the inputs one after the other; missing outputs of the last panel are zero. E2M1 weights keep two
    consecutive inputs in one byte.
  }];
  let parameters = (ins EnumParameter<V4_WeightLayout>:$kind, "int64_t":$panel);
  let assemblyFormat = "`<` $kind `,` $panel `>`";
}

def V4_RopeAttr : V4_Attr<"Rope", "rope"> {
  let summary = "rotary frequencies of a layer kind, float32 values";
  let description = [{
    `dims` rotated dimensions at base `theta`; with `factor` > 1 YaRN as in the specification, section 4.2 (no
    magnitude scale). `beta_fast`, `beta_slow`, `original_context` matter to YaRN only.
  }];
  let parameters = (ins "int64_t":$dims, "FloatAttr":$theta, "FloatAttr":$factor, "FloatAttr":$betaFast,
                        "FloatAttr":$betaSlow, "int64_t":$originalContext);
  let assemblyFormat = [{ `<` `dims` `=` $dims `,` `theta` `=` $theta `,` `factor` `=` $factor `,` `beta_fast` `=` $betaFast `,`
                         `beta_slow` `=` $betaSlow `,` `original_context` `=` $originalContext `>` }];
  let builders = [AttrBuilder<(ins "int64_t":$dims, "double":$theta, "double":$factor, "double":$betaFast,
                                   "double":$betaSlow, "int64_t":$originalContext), [{
    Builder builder($_ctxt);
    return $_get($_ctxt, dims, builder.getF64FloatAttr(theta), builder.getF64FloatAttr(factor),
                 builder.getF64FloatAttr(betaFast), builder.getF64FloatAttr(betaSlow), originalContext);
  }]>];
  let extraClassDeclaration = [{
    /// The dims/2 float32 frequencies.
    SmallVector<float> getFrequencies() const;
  }];
}

#endif
