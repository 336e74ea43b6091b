// What planning makes: memory as symbols, programs as lists of dispatches.
#ifndef RT_IR_PLANOPS
#define RT_IR_PLANOPS

def Rt_TensorType : TypeAttrOf<AnyRankedTensor>;
def Rt_Layout : Attr<CPred<"::llvm::isa<::mlir::v4::LayoutAttr>($_self)">, "weight layout"> {
  let storageType = "::mlir::v4::LayoutAttr";
  let returnType = "::mlir::v4::LayoutAttr";
  let convertFromStorage = "$_self";
}

def Rt_BufferOp : Rt_Op<"buffer", [Symbol]> {
  let summary = "reserve room for a tensor of the step";
  let description = [{
    A row of the tensor belongs to a token (`of tokens`), to a row that logits are wanted for (`of logit_rows`), or there is but
    one (`of one`). `rows` of them fit. `name` is the tensor's place in the model, under which it is dumped; internal tensors have "".
    `at` is its place in the arena, in bytes, once planned.

    (C1) The shape after the first dimension is static and the elements take whole bytes. (C2) `rows` is positive. (C3) `at` is a multiple of 64.

    ```mlir
    rt.buffer @tokens "" : tensor<?xi32> rows 128 of tokens at 0
    rt.buffer @decode.layers.0.attn.q "layers.0.attn.q" : tensor<?x4x32xf32> rows 128 of tokens at 512
    ```
  }];
  let arguments = (ins SymbolNameAttr:$sym_name, StrAttr:$name, Rt_TensorType:$type,
                       ConfinedAttr<I64Attr, [IntPositive]>:$rows, Rt_Extent:$extent, OptionalAttr<I64Attr>:$offset);
  let assemblyFormat = "$sym_name $name `:` $type `rows` $rows `of` $extent (`at` $offset^)? attr-dict";
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    ::mlir::RankedTensorType getTensorType() { return ::llvm::cast<::mlir::RankedTensorType>(getType()); }
    /// Bytes of all rows, a multiple of 64.
    int64_t getBytes();
  }];
}

def Rt_WeightOp : Rt_Op<"weight", [Symbol]> {
  let summary = "reserve room for a packed weight and say what it is made of";
  let description = [{
    `source` names the checkpoint tensor; with `stack`, `{e}` in it stands for 0 to stack - 1 and the tensors are packed one after
    the other. The type is that of one tensor as stored; `i64` becomes `i32`. Ids are `below` a bound that
    packing checks. `at` is its place among the weights, in bytes.

    (C1) The shape is static with 1 or 2 dimensions. (C2) A stack's source has `{e}` in it. (C3) `at` is a multiple of 64.

    ```mlir
    rt.weight @norm.weight "norm.weight" : tensor<64xbf16> layout <row_major, 0> at 0
    rt.weight @layers.3.ffn.experts.w1 "layers.3.ffn.experts.{e}.w1.weight" stack 8 : tensor<32x64xf4E2M1FN>
        layout <panel, 16> at 128
    ```
  }];
  let arguments = (ins SymbolNameAttr:$sym_name, StrAttr:$source,
                       DefaultValuedAttr<ConfinedAttr<I64Attr, [IntPositive]>, "1">:$stack, Rt_TensorType:$type,
                       Rt_Layout:$layout, OptionalAttr<I64Attr>:$offset,
                       OptionalAttr<ConfinedAttr<I64Attr, [IntPositive]>>:$ids_below);
  let assemblyFormat = [{ $sym_name $source (`stack` $stack^)? `:` $type `layout` custom<Layout>($layout) (`below` $ids_below^)?
                          (`at` $offset^)?                           attr-dict }];
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    ::mlir::RankedTensorType getTensorType() { return ::llvm::cast<::mlir::RankedTensorType>(getType()); }
    /// The checkpoint tensors, in the order in which they are packed.
    ::llvm::SmallVector<std::string> getSources();
    /// Of an element after packing.
    ::mlir::Type getPackedElementType();
    /// Bytes after packing.
    int64_t getBytes();
  }];
}

def Rt_StateOp : Rt_Op<"state", [Symbol]> {
  let summary = "reserve memory in each sequence slot";
  let description = [{
    Entries say how many tokens make one.

    (C1) Entries have a `ratio`, rings have none.

    ```mlir
    rt.state @layers.0.attn.window : !v4.ring<256, 512, f32>
    rt.state @layers.1.attn.compressor.entries : !v4.entries<1024, 512, f32> ratio 4
    ```
  }];
  let arguments = (ins SymbolNameAttr:$sym_name, TypeAttr:$type,
                       OptionalAttr<ConfinedAttr<I64Attr, [IntPositive]>>:$ratio);
  let assemblyFormat = "$sym_name `:` $type (`ratio` $ratio^)? attr-dict";
  let hasVerifier = 1;
}

def Rt_ProgramOp : Rt_Op<"program", [Symbol, IsolatedFromAbove, SingleBlock, NoTerminator, NoRegionArguments]> {
  let summary = "list the dispatches of a step";
  let description = [{
    A step of up to `max_tokens` tokens runs the smallest program that takes it, dispatch after dispatch.

    (C1) The body holds `rt.dispatch` only.

    ```mlir
    rt.program @decode max_tokens 4 {
    }
    ```
  }];
  let arguments = (ins SymbolNameAttr:$sym_name, ConfinedAttr<I64Attr, [IntPositive]>:$max_tokens);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = "$sym_name `max_tokens` $max_tokens attr-dict-with-keyword $body";
  let hasVerifier = 1;
}

def Rt_DispatchOp : Rt_Op<"dispatch", [HasParent<"ProgramOp">, DeclareOpInterfaceMethods<SymbolUserOpInterface>]> {
  let summary = "run a kernel over a grid on planned memory";
  let description = [{
    The kernel's arguments are `reads`, then `writes`: symbols of buffers, weights and states. States among `reads` may be written
    too. All of a written buffer is complete afterwards. `label` tells a person what runs; `layer` is -1 outside the layers.

    (C1) The grid has 1 to 3 dimensions. (C2) `kernel` is a function with as many arguments as there are symbols.
    (C3) `reads` are buffers, weights or states, `writes` are buffers.

    ```mlir
    tile.kernel @embed(%tokens: memref<?xi32>, %table: memref<99x8xf32>, %out: memref<?x8xf32>) {
      tile.return
    }
    rt.buffer @tokens "" : tensor<?xi32> rows 128 of tokens
    rt.buffer @decode.embed "embed" : tensor<?x8xf32> rows 128 of tokens
    rt.weight @embed.weight "embed.weight" : tensor<99x8xf32> layout <row_major, 0>
    rt.program @decode max_tokens 4 {
      rt.dispatch @embed reads [@tokens, @embed.weight] writes [@decode.embed] grid [#rt.dim<1 * ceil(tokens, 1)>]
          rows tokens label "embed"
    }
    ```
  }];
  let arguments = (ins FlatSymbolRefAttr:$kernel, FlatSymbolRefArrayAttr:$reads, FlatSymbolRefArrayAttr:$writes,
                       Rt_Grid:$grid, Rt_Extent:$rows, StrAttr:$label, DefaultValuedAttr<I64Attr, "-1">:$layer,
                       OptionalAttr<Rt_CostAttr>:$cost);
  let assemblyFormat = [{ $kernel `reads` $reads `writes` $writes `grid` $grid `rows` $rows `label` $label attr-dict }];
  let hasVerifier = 1;
}

#endif
