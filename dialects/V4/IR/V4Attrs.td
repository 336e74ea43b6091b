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
    I32EnumAttrCase<"row_major", 0>, I32EnumAttrCase<"panel", 1>, I32EnumAttrCase<"rows", 2>,
    I32EnumAttrCase<"panel_words", 3>]> {
  let cppNamespace = "::mlir::v4";
}

def V4_QuantFormat : I32EnumAttr<"QuantFormat", "format of quantised activations", [
    I32EnumAttrCase<"e4m3", 0>, I32EnumAttrCase<"e2m1", 1>]> {
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
    has no quantisation at run time and float32 throughout. Single options follow in braces; `getOption` knows the
    profiles' values. Most options are for the importer, which spells them out as types (a BF16 result is rounded once) and
    ops (`v4.fake_quantise`, `v4.hadamard`); an op carries numerics if it rounds inside. Options, their values and what the
    profiles set:

    | option | values | `reference` | `hf` |
    |---|---|---|---|
    | `activations` | bf16, f32 | bf16 | f32 |
    | `act_quant` | fp8_128, none | fp8_128 | none |
    | `kv_quant` | fp8_64, none | fp8_64 | none |
    | `indexer` | hadamard_fp4, fp8, bf16 (as the activations are) | hadamard_fp4 | bf16 |
    | `index_score` | bf16, f32 | bf16 | f32 |
    | `wo_a` | bf16, fp8 | bf16 | bf16 |
    | `compressor` | f32, bf16 | f32 | f32 |
    | `router` | f32, bf16 | f32 | f32 |
    | `expert_weight` | pre_w2, post_w2 | pre_w2 | pre_w2 |
    | `q_norm` | bf16, f32 | bf16 | f32 |
    | `rope_table` | f32, bf16 | f32 | f32 |
    | `mhc` | f32, bf16 | f32 | f32 |

    (C1) Overrides name options of the table. (C2) Their values are strings. (C3) The option has that value.

    ```mlir
    func.func private @step() attributes {numerics = #v4.numerics<reference, {kv_quant = "none"}>}
    ```
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
    consecutive inputs in one byte. `#v4.layout<panel_words, 16>`: [expert][n/16][k/g][16] words that hold g consecutive inputs of an
    output, the first in the lowest bits: eight of E2M1, four of E4M3 or two of BF16 in 32. `#v4.layout<rows, 128>`: [expert][n][k] as in the checkpoint, where n is rounded up to a
    multiple of 128 with outputs of zero, so that tiles of outputs need no border. The layout moves elements and changes none.

    `#v4.layout<panel_words, 16, 4>`: packed like `<panel_words, 16>`, but a program multiplies by 4 panels at a time and reads
    them abreast, since a processor reads several streams faster than one.

    (C1) A panel, or the multiple of `rows`, is positive; `row_major` has 0. (C2) There is at least one stream, and only
    `panel_words` has more.

    ```mlir
    func.func private @packed() attributes {plain = #v4.layout<row_major, 0>, panels = #v4.layout<panel, 16>,
                                            abreast = #v4.layout<panel_words, 16, 4>}
    ```
  }];
  let parameters = (ins EnumParameter<V4_WeightLayout>:$kind, "int64_t":$panel,
                        DefaultValuedParameter<"int64_t", "1">:$streams);
  let builders = [AttrBuilder<(ins "::mlir::v4::WeightLayout":$kind, "int64_t":$panel), [{
    return $_get($_ctxt, kind, panel, 1);
  }]>];
  let assemblyFormat = "`<` $kind `,` $panel (`,` $streams^)? `>`";
  let genVerifyDecl = 1;
  let extraClassDeclaration = [{
    /// Outputs that a program multiplies by at a time.
    int64_t getPanels() const { return getPanel() * getStreams(); }
    bool hasPanels() const { return getKind() == WeightLayout::panel || getKind() == WeightLayout::panel_words; }
    /// Bits of a word of `panel_words`, 0 where numbers of `element` do not come in words.
    static unsigned getWordBits(Type element);
  }];
}

def V4_ScheduleAttr : V4_Attr<"Schedule", "schedule"> {
  let summary = "the tile sizes of a kernel";
  let description = [{
    How `tile-select-schedule` wants a kernel cut: `lanes` elements that row programs take at a time; `keys` that attention and
    index scoring take at a time; `outputs` of a tile of a matrix product and its `depth`, in inputs of weights in panels and in
    bytes of weights in rows; `warps` of a program and `stages` of its pipelined loops, which mean something on a GPU only. Tile
    sizes change no order of a sum but those of `tile.reduce` and of sums over `lanes`.

    (C1) All sizes are positive, and powers of two but for `stages`.

    ```mlir
    func.func private @step() attributes {
      cpu = #v4.schedule<lanes = 64, keys = 16, outputs = 64, depth = 8>,
      gpu = #v4.schedule<lanes = 1024, keys = 32, outputs = 64, depth = 128, warps = 4, stages = 4>}
    ```
  }];
  let parameters = (ins "int64_t":$lanes, "int64_t":$keys, "int64_t":$outputs, "int64_t":$depth,
                        DefaultValuedParameter<"int64_t", "1">:$warps, DefaultValuedParameter<"int64_t", "1">:$stages);
  let assemblyFormat = "`<` struct(params) `>`";
  let genVerifyDecl = 1;
}

def V4_RopeAttr : V4_Attr<"Rope", "rope"> {
  let summary = "rotary frequencies of a layer kind, float32 values";
  let description = [{
    `dims` rotated dimensions at base `theta`: pair i of dims/2 has `f_i = theta^(-2i/dims)`. With `factor` > 1 YaRN
    (specification, section 4.2) slows the low frequencies down:
    `f_i = (g_i / factor) ramp_i + g_i (1 - ramp_i)`, g_i the plain frequency, `ramp_i = clamp((i - low) / (high - low), 0, 1)`,
    `low = max(floor(c(beta_fast)), 0)`, `high = min(ceil(c(beta_slow)), dims - 1)`,
    `c(b) = dims ln(original_context / (2 pi b)) / (2 ln theta)`. Neither cosines nor the softmax get a magnitude factor.
    `beta_fast`, `beta_slow` and `original_context` matter to YaRN only.

    Frequencies are float32 values: the power is rounded, then its reciprocal, then each product of the blend.

    (C1) `dims` is positive and even. (C2) `theta` is above 1. (C3) `factor` is at least 1. (C4) With a factor above 1 both
    betas and `original_context` are positive.

    ```mlir
    func.func @angles(%positions: tensor<?xi32>) -> tensor<?x32xf32> {
      %cos, %sin = v4.rope_table %positions <dims = 64, theta = 160000.0, factor = 16.0, beta_fast = 32.0,
        beta_slow = 1.0, original_context = 65536> : (tensor<?xi32>) -> (tensor<?x32xf32>, tensor<?x32xf32>)
      return %cos : tensor<?x32xf32>
    }
    ```
  }];
  let parameters = (ins "int64_t":$dims, "FloatAttr":$theta, "FloatAttr":$factor, "FloatAttr":$betaFast,
                        "FloatAttr":$betaSlow, "int64_t":$originalContext);
  let assemblyFormat = [{ `<` `dims` `=` $dims `,` `theta` `=` $theta `,` `factor` `=` $factor `,` `beta_fast` `=` $betaFast `,`
                         `beta_slow` `=` $betaSlow `,` `original_context` `=` $originalContext `>` }];
  let genVerifyDecl = 1;
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
