// The `v4` dialect: one op is one step of the model's mathematics (technical report arXiv 2606.19348).
#ifndef V4_IR_V4BASE
#define V4_IR_V4BASE

include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/EnumAttr.td"
include "mlir/IR/OpBase.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

def V4_Dialect : Dialect {
  let name = "v4";
  let summary = "DeepSeek-V4-class models, one op a step of the model's mathematics";
  let description = [{
    Activations are ranked tensors whose first dimension counts the rows of a step: one row a token of the ragged
    batch, or one row a wanted logit after `v4.gather_rows`. Weights (`!v4.weight`) stay in their checkpoint format
    and appear only as operands. What a sequence remembers lives in states (`!v4.ring`, `!v4.entries`), which ops
    read and write by slot and position; the order of state ops is program order.

    The results of an op are known outside by its location: `loc("layers.3.attn.q")` is the name under which the
    value is dumped; an op with several results adds the result's name (`layers.3.ffn.gate.indices`).

    **Letters.** Descriptions name dimensions by letters; inside one op a letter is one extent. T: rows of the step; the
    only dimension that may be dynamic, and then it is in every tensor of the op. D: width of the residual stream; n:
    streams; H: heads; d: elements of a head or of an entry; F: rotated pairs; E: experts; k: choices a row; I: width of
    an expert; R, C: rows of a ring and of a table of entries. Constraints are numbered C1, C2, ...; the verifier checks
    them in that order.

    **Numerics.** Operands are widened to float32, exactly; arithmetic is float32; a BF16 result is rounded once, to the
    nearest with ties to even. What else is rounded is an op of its own (`v4.fake_quantise`, `v4.hadamard`) or, inside an op,
    what its description says of the options of its `#v4.numerics` (`hf`, which rounds nothing, where none is written). A
    result element is one sum in one fixed order that depends on nothing but shapes: neither on T, nor on how a sequence was
    cut into steps, nor on other rows of the step, nor on threads. The reference executor takes the float32 arithmetic to
    double precision and rounds at the same places.
  }];
  let cppNamespace = "::mlir::v4";
  let useDefaultTypePrinterParser = 1;
  let useDefaultAttributePrinterParser = 1;
  let extraClassDeclaration = "void registerTypes();";
}

class V4_Type<string name, string typeMnemonic> : TypeDef<V4_Dialect, name> {
  let mnemonic = typeMnemonic;
}

class V4_Attr<string name, string attrMnemonic> : AttrDef<V4_Dialect, name> {
  let mnemonic = attrMnemonic;
}

#endif
