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
  let dependentDialects = ["::mlir::v4::V4Dialect"]; // layouts of weights
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
  let description = [{
    `#rt.dim<3 * ceil(tokens, 8)>`: three programs for every eight tokens of the step. Scale and divisor are positive.
  }];
  let parameters = (ins "int64_t":$scale, EnumParameter<Rt_Extent>:$extent, "int64_t":$divisor);
  let assemblyFormat = "`<` $scale `*` `ceil` `(` $extent `,` $divisor `)` `>`";
  let genVerifyDecl = 1;
}

def Rt_CostAttr : AttrDef<Rt_Dialect, "Cost"> {
  let mnemonic = "cost";
  let summary = "bytes and operations of a launch in a step of one token";
  let description = [{
    An estimate, for reports: bytes of `weights`; of values `read` and `written` (into states too); of `state` read at any
    context, and per 1024 positions of it; operations, `flops`, and those per 1024 positions. What is 0 is not printed.
  }];
  let parameters = (ins DefaultValuedParameter<"int64_t", "0">:$weights, DefaultValuedParameter<"int64_t", "0">:$read,
                        DefaultValuedParameter<"int64_t", "0">:$written, DefaultValuedParameter<"int64_t", "0">:$state,
                        DefaultValuedParameter<"int64_t", "0">:$state_per_1024,
                        DefaultValuedParameter<"int64_t", "0">:$flops,
                        DefaultValuedParameter<"int64_t", "0">:$flops_per_1024);
  let assemblyFormat = "`<` struct(params) `>`";
}

def Rt_Grid : TypedArrayAttrBase<Rt_DimAttr, "grid dimensions, fastest first">;

def Rt_LaunchOp : Rt_Op<"launch", [DeclareOpInterfaceMethods<SymbolUserOpInterface>]> {
  let summary = "run a kernel over a grid";
  let description = [{
    Kernel arguments are the operands, then the results: a tensor is its buffer, a state its memory, a weight its packed
    elements and, if block-scaled, its packed scales next. `rows` is the extent that the kernel knows as `tile.num_rows`. `names` has a name for each
    result that is dumped, "" for others. `cost` is what states add to it.

    (C1) The grid has 1 to 3 dimensions. (C2) `names` has one entry a result. (C3) `kernel` is a function with as many
    arguments as operands, scales and results together.

    ```mlir
    tile.kernel @double(%in: memref<?x8xf32>, %out: memref<?x8xf32>) {
      tile.return
    }
    func.func @decode(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
      %y = rt.launch @double(%x) grid [#rt.dim<1 * ceil(tokens, 1)>] rows tokens names ["layers.0.y"]
          : (tensor<?x8xf32>) -> tensor<?x8xf32>
      return %y : tensor<?x8xf32>
    }
    ```
  }];
  let arguments = (ins FlatSymbolRefAttr:$kernel, Variadic<AnyType>:$operands, Rt_Grid:$grid, Rt_Extent:$rows,
                       StrArrayAttr:$names, OptionalAttr<Rt_CostAttr>:$cost);
  let results = (outs Variadic<AnyType>:$results);
  let assemblyFormat = "$kernel `(` $operands `)` `grid` $grid `rows` $rows `names` $names attr-dict `:` functional-type($operands, $results)";
  let hasVerifier = 1;
}

include "dialects/Rt/IR/PlanOps.td"

#endif
