// What a planned module says comes out of the artifact again.
// RUN: v4c %s --compile-from plan --no-weights -o %t.v4 && v4run inspect %t.v4 --json > %t.json
// RUN: FileCheck %s --input-file=%t.json

// CHECK: "arena_bytes": 2112
// CHECK: "weights_bytes": 3776
// CHECK: "weights_packed": false
// CHECK: "label": "head"
// CHECK-NEXT: "layer": -1
// CHECK-NEXT: "kernel": "head"
// CHECK: "scale": 4
// CHECK-NEXT: "divisor": 1
// CHECK-NEXT: "extent": "one"
// CHECK: "scale": 1
// CHECK-NEXT: "divisor": 4
// CHECK-NEXT: "extent": "logit_rows"
// CHECK: "flops": 800
// CHECK: "name": "embed"
// CHECK-NEXT: "type": "f32"
// CHECK-NEXT: "row_shape": [
// CHECK-NEXT: 2,
// CHECK-NEXT: 4
// CHECK: "offset": 1856
// CHECK-NEXT: "bytes": 256
// CHECK: "name": "layers.1.attn.entries"
// CHECK-NEXT: "kind": "entries"
// CHECK: "ratio": 4

// Tables of numbers become i32.
// CHECK: "name": "table"
// CHECK: "source_type": "i64"
// CHECK-NEXT: "type": "i32"
// A stack names every expert's tensor; two inputs of an FP4 channel share a byte: 2 * 32 * 3 bytes.
// CHECK: "layers.1.ffn.experts.0.w1.weight",
// CHECK-NEXT: "layers.1.ffn.experts.1.w1.weight"
// CHECK: "layout": "panel_nibbles"
// CHECK-NEXT: "panel": 16
// CHECK-NEXT: "offset": 1472
// CHECK-NEXT: "bytes": 192
// CHECK: "name": "scales"
// CHECK: "layout": "panel"
// CHECK: "bytes": 64

// The same input gives the same bytes, on any number of threads.
// RUN: v4c %s --compile-from plan --no-weights -o %t.2.v4 --threads 1 && cmp %t.v4 %t.2.v4

module attributes {v4.model = {architecture = "deepseek_v4", bos = 0 : i64, config = "{}", eos = 1 : i64, hidden_size = 8 : i64,
                               layers = 2 : i64, max_context = 64 : i64, max_step_tokens = 8 : i64, numerics = "hf",
                               ratios = array<i64: 0, 4>, vocab_size = 50 : i64, window = 32 : i64}} {
  rt.buffer @tokens "" : tensor<?xi32> rows 8 of tokens at 0
  rt.buffer @slots "" : tensor<?xi32> rows 8 of tokens at 64
  rt.buffer @positions "" : tensor<?xi32> rows 8 of tokens at 128
  rt.buffer @logit_rows "" : tensor<?xi32> rows 8 of logit_rows at 192
  rt.buffer @logits "logits" : tensor<?x50xf32> rows 8 of logit_rows at 256
  rt.buffer @decode.embed "embed" : tensor<?x2x4xf32> rows 8 of tokens at 1856
  rt.weight @embed.weight "embed.weight" : tensor<50x8xbf16> layout <row_major, 0> at 0
  rt.weight @table "layers.0.ffn.gate.tid2eid" : tensor<50x3xi64> layout <row_major, 0> at 832
  rt.weight @experts "layers.1.ffn.experts.{e}.w1.weight" stack 2 : tensor<17x5xf4E2M1FN> layout <panel, 16> at 1472
  rt.weight @scales "layers.1.ffn.experts.{e}.w1.scale" stack 2 : tensor<17x1xf8E8M0FNU> layout <panel, 16> at 1664
  rt.weight @head.weight "head.weight" : tensor<50x8xf32> layout <panel, 16> at 1728
  rt.state @layers.0.attn.window : !v4.ring<40, 8, f32>
  rt.state @layers.1.attn.entries : !v4.entries<16, 8, f32> ratio 4
  tile.kernel @embed(%tokens: memref<?xi32>, %table: memref<50x8xbf16>, %ring: memref<?x40x8xf32>, %out: memref<?x8xf32>) {
    tile.return
  }
  tile.kernel @head(%in: memref<?x8xf32>, %w: memref<4x8x16xf32>, %out: memref<?x50xf32>) {
    tile.return
  }
  rt.program @prefill max_tokens 8 {
    rt.dispatch @embed reads [@tokens, @embed.weight, @layers.0.attn.window] writes [@decode.embed]
        grid [#rt.dim<1 * ceil(tokens, 1)>] rows tokens label "layers.0: embed" {layer = 0 : i64, cost = #rt.cost<weights = 16>}
    rt.dispatch @head reads [@decode.embed, @head.weight] writes [@logits]
        grid [#rt.dim<4 * ceil(one, 1)>, #rt.dim<1 * ceil(logit_rows, 4)>] rows logit_rows label "head" {cost = #rt.cost<flops = 800>}
  }
}
