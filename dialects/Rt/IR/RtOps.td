// The `rt` dialect: the command list of a step, as the runtime interprets it.
#ifndef RT_IR_RTOPS
#define RT_IR_RTOPS

include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/EnumAttr.td"
include "mlir/IR/OpBase.td"
include "mlir/IR/SymbolInterfaces.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

def Rt_Dialect : Dialect {
  let name = "rt";
  let summary = "the command list of a step";
  let description = [{
    First `rt.launch` on tensors, where every result is a buffer to be; after planning a list of symbols (buffers at offsets,
    weights, states) and programs of `rt.dispatch`.
  }];
  let cppNamespace = "::mlir::rt";
  let useDefaultAttributePrinterParser = 1;
}

class Rt_Op<string mnemonic, list<Trait> traits = []> : Op<Rt_Dialect, mnemonic, traits>;

def Rt_Extent : I32EnumAttr<"Extent", "what a step varies in", [
    I32EnumAttrCase<"one", 0>, I32EnumAttrCase<"tokens", 1>, I32EnumAttrCase<"logit_rows", 2>,
    I32EnumAttrCase<"positions", 3>]> {
  let cppNamespace = "::mlir::rt";
}

def Rt_DimAttr : AttrDef<Rt_Dialect, "Dim"> {
  let mnemonic = "dim";
  let summary = "programs along a grid dimension: scale * ceil(extent / divisor)";
  let parameters = (ins "int64_t":$scale, EnumParameter<Rt_Extent>:$extent, "int64_t":$divisor);
  let assemblyFormat = "`<` $scale `*` `ceil` `(` $extent `,` $divisor `)` `>`";
}

def Rt_LaunchOp : Rt_Op<"launch"> {
  let summary = "run a kernel over a grid";
  let description = [{
    Kernel arguments are the operands, then the results: a tensor is its buffer, a state its memory, a weight its packed
    elements and, if block-scaled, its packed scales next. `rows` is the extent that the kernel knows as `tile.num_rows`. `names` has a name for each
    result that is dumped, "" for others.
  }];
  let arguments = (ins FlatSymbolRefAttr:$kernel, Variadic<AnyType>:$operands, ArrayAttr:$grid, Rt_Extent:$rows,
                       StrArrayAttr:$names);
  let results = (outs Variadic<AnyType>:$results);
  let assemblyFormat = "$kernel `(` $operands `)` `grid` $grid `rows` $rows `names` $names attr-dict `:` functional-type($operands, $results)";
}

#endif
