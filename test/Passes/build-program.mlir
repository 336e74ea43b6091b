// RUN: v4-opt %s --rt-build-program | FileCheck %s

// Inputs and logits are shared by the programs, with room for whole row tiles.
// CHECK-DAG: rt.buffer @tokens "" : tensor<?xi32> rows 32 of tokens{{$}}
// CHECK-DAG: rt.buffer @slots "" : tensor<?xi32> rows 32 of tokens{{$}}
// CHECK-DAG: rt.buffer @positions "" : tensor<?xi32> rows 32 of tokens{{$}}
// CHECK-DAG: rt.buffer @logit_rows "" : tensor<?xi32> rows 32 of logit_rows{{$}}
// CHECK-DAG: rt.buffer @logits "logits" : tensor<?x50xf32> rows 32 of logit_rows{{$}}

// Named after their place in the model, or after the kernel; in two programs twice.
// CHECK-DAG: rt.buffer @decode.embed "embed" : tensor<?x8xf32> rows 32 of tokens
// CHECK-DAG: rt.buffer @prefill.embed "embed" : tensor<?x8xf32> rows 32 of tokens
// CHECK-DAG: rt.buffer @decode.experts "" : tensor<?x2x16xf32> rows 32 of tokens
// CHECK-DAG: rt.buffer @decode.gather "" : tensor<?x8xf32> rows 32 of logit_rows

// The ratio of entries is that of their layer.
// CHECK-DAG: rt.state @layers.0.attn.window : !v4.ring<64, 8, f32>{{$}}
// CHECK-DAG: rt.state @layers.1.attn.entries : !v4.entries<64, 8, f32> ratio 4

// CHECK-DAG: rt.weight @embed.weight "embed.weight" : tensor<50x8xf32> layout <row_major, 0>
// The scales of FP4 stream beside the elements, those of FP8 blocks are a table.
// CHECK-DAG: rt.weight @layers.1.ffn.experts.w1.weight "layers.1.ffn.experts.{e}.w1.weight" stack 4 : tensor<16x40xf4E2M1FN> layout <panel, 16>
// CHECK-DAG: rt.weight @layers.1.ffn.experts.w1.scale "layers.1.ffn.experts.{e}.w1.scale" stack 4 : tensor<16x2xf8E8M0FNU> layout <panel, 16>
// CHECK-DAG: rt.weight @head.weight "head.weight" : tensor<50x200xf8E4M3FN> layout <panel, 16>
// CHECK-DAG: rt.weight @head.scale "head.scale" : tensor<1x2xf8E8M0FNU> layout <row_major, 0>

// CHECK-LABEL: rt.program @decode max_tokens 4
// A table is read by the row.
// CHECK-NEXT: rt.dispatch @embed reads [@tokens, @embed.weight] writes [@decode.embed]
// CHECK-SAME:   label "embed" {cost = #rt.cost<weights = 32, read = 4, written = 32>}
// CHECK-NEXT: rt.dispatch @ring reads [@decode.embed, @layers.0.attn.window, @layers.1.attn.entries] writes []
// CHECK-SAME:   label "layers.0: ring" {cost = #rt.cost<read = 32>, layer = 0 : i64}
// CHECK-NEXT: rt.dispatch @route
// Two of four experts: 2 * 16 * 40 nibbles and 2 * 16 * 2 scales.
// CHECK-NEXT: rt.dispatch @experts reads [@decode.embed, @decode.route, @layers.1.ffn.experts.w1.weight, @layers.1.ffn.experts.w1.scale]
// CHECK-SAME:   writes [@decode.experts, @decode.layers.1.ffn.out]
// CHECK-SAME:   label "layers.1: experts" {cost = #rt.cost<weights = 704, read = 40, written = 160, flops = 2560>, layer = 1 : i64}
// CHECK-NEXT: rt.dispatch @gather reads [@decode.layers.1.ffn.out, @logit_rows] writes [@decode.gather]
// CHECK-SAME:   rows logit_rows
// CHECK-NEXT: rt.dispatch @head reads [@decode.gather, @head.weight, @head.scale] writes [@logits]
// CHECK-LABEL: rt.program @prefill max_tokens 30
// CHECK-NEXT: rt.dispatch @embed reads [@tokens, @embed.weight] writes [@prefill.embed]
// CHECK-NEXT: rt.dispatch @head reads [@prefill.embed, @head.weight, @head.scale] writes [@logits]
module attributes {v4.model = {max_step_tokens = 30 : i64, ratios = array<i64: 0, 4>}} {
  tile.kernel @embed(%tokens: memref<?xi32>, %table: memref<50x8xf32>, %out: memref<?x8xf32>) {
    tile.return
  }
  tile.kernel @ring(%in: memref<?x8xf32>, %ring: memref<?x64x8xf32>, %entries: memref<?x64x8xf32>) {
    tile.return
  }
  tile.kernel @route(%in: memref<?x8xf32>, %ids: memref<?x2xi32>) {
    tile.return
  }
  tile.kernel @experts(%in: memref<?x8xf32>, %ids: memref<?x2xi32>, %w: memref<4x1x20x16xi8>,
                       %scale: memref<4x1x2x16xi8>, %up: memref<?x2x16xf32>, %out: memref<?x8xf32>) {
    tile.return
  }
  tile.kernel @gather(%in: memref<?x8xf32>, %rows: memref<?xi32>, %out: memref<?x8xf32>) {
    tile.return
  }
  tile.kernel @head(%in: memref<?x8xf32>, %w: memref<4x200x16xi8>, %scale: memref<1x2xi8>, %out: memref<?x50xf32>) {
    tile.return
  }

  func.func @decode(%tokens: tensor<?xi32>, %slots: tensor<?xi32>, %positions: tensor<?xi32>, %logit_rows: tensor<?xi32>)
      -> tensor<?x50xf32> attributes {v4.max_tokens = 4, v4.row_tile = 1} {
    %head = v4.weight "head.weight" layout <panel, 16> : !v4.weight<50x200xf8E4M3FN, scale f8E8M0FNU by 128x128>
    %table = v4.weight "embed.weight" layout <row_major, 0> : !v4.weight<50x8xf32>
    %w1 = v4.weight "layers.1.ffn.experts.{e}.w1.weight" layout <panel, 16>
        : !v4.weight<4x16x40xf4E2M1FN, scale f8E8M0FNU by 1x32>
    %ring = v4.state "layers.0.attn.window" : !v4.ring<64, 8, f32>
    %entries = v4.state "layers.1.attn.entries" : !v4.entries<64, 8, f32>
    %x = rt.launch @embed(%tokens, %table) grid [#rt.dim<1 * ceil(tokens, 1)>] rows tokens names ["embed"]
        : (tensor<?xi32>, !v4.weight<50x8xf32>) -> tensor<?x8xf32> loc("embed")
    rt.launch @ring(%x, %ring, %entries) grid [#rt.dim<1 * ceil(tokens, 1)>] rows tokens names []
        : (tensor<?x8xf32>, !v4.ring<64, 8, f32>, !v4.entries<64, 8, f32>) -> () loc("layers.0.attn.kv")
    %ids = rt.launch @route(%x) grid [#rt.dim<1 * ceil(tokens, 1)>] rows tokens names [""]
        : (tensor<?x8xf32>) -> tensor<?x2xi32>
    %up, %out = rt.launch @experts(%x, %ids, %w1) grid [#rt.dim<1 * ceil(tokens, 1)>] rows tokens names ["", "layers.1.ffn.out"]
        : (tensor<?x8xf32>, tensor<?x2xi32>, !v4.weight<4x16x40xf4E2M1FN, scale f8E8M0FNU by 1x32>)
        -> (tensor<?x2x16xf32>, tensor<?x8xf32>) loc(fused["rope.main", "layers.1.ffn.out", "layers.2.attn.input"])
    %last = rt.launch @gather(%out, %logit_rows) grid [#rt.dim<1 * ceil(logit_rows, 1)>] rows logit_rows names [""]
        : (tensor<?x8xf32>, tensor<?xi32>) -> tensor<?x8xf32>
    %logits = rt.launch @head(%last, %head) grid [#rt.dim<4 * ceil(one, 1)>] rows logit_rows names ["logits"]
        : (tensor<?x8xf32>, !v4.weight<50x200xf8E4M3FN, scale f8E8M0FNU by 128x128>) -> tensor<?x50xf32>
    return %logits : tensor<?x50xf32>
  }

  func.func @prefill(%tokens: tensor<?xi32>, %slots: tensor<?xi32>, %positions: tensor<?xi32>, %logit_rows: tensor<?xi32>)
      -> tensor<?x50xf32> attributes {v4.max_tokens = 30, v4.row_tile = 8} {
    %head = v4.weight "head.weight" layout <panel, 16> : !v4.weight<50x200xf8E4M3FN, scale f8E8M0FNU by 128x128>
    %table = v4.weight "embed.weight" layout <row_major, 0> : !v4.weight<50x8xf32>
    %x = rt.launch @embed(%tokens, %table) grid [#rt.dim<1 * ceil(tokens, 1)>] rows tokens names ["embed"]
        : (tensor<?xi32>, !v4.weight<50x8xf32>) -> tensor<?x8xf32>
    %logits = rt.launch @head(%x, %head) grid [#rt.dim<4 * ceil(one, 1)>] rows logit_rows names ["logits"]
        : (tensor<?x8xf32>, !v4.weight<50x200xf8E4M3FN, scale f8E8M0FNU by 128x128>) -> tensor<?x50xf32>
    return %logits : tensor<?x50xf32>
  }
}
