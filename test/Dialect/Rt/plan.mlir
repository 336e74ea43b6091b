// RUN: v4-opt %s --verify-roundtrip | FileCheck %s

tile.kernel @k(%tokens: memref<?xi32>, %w: memref<99x8xf32>, %ring: memref<?x64x8xf32>, %out: memref<?x8xf32>) {
  tile.return
}

// CHECK: rt.buffer @tokens "" : tensor<?xi32> rows 128 of tokens at 0
rt.buffer @tokens "" : tensor<?xi32> rows 128 of tokens at 0
// CHECK: rt.buffer @decode.layers.0.attn.q "layers.0.attn.q" : tensor<?x4x32xf32> rows 128 of tokens
rt.buffer @decode.layers.0.attn.q "layers.0.attn.q" : tensor<?x4x32xf32> rows 128 of tokens
// CHECK: rt.weight @embed.weight "embed.weight" : tensor<99x8xf32> layout <row_major, 0> at 64
rt.weight @embed.weight "embed.weight" : tensor<99x8xf32> layout <row_major, 0> at 64
// CHECK: rt.weight @experts "experts.{e}.w1.weight" stack 8 : tensor<32x64xf4E2M1FN> layout <panel, 16>
rt.weight @experts "experts.{e}.w1.weight" stack 8 : tensor<32x64xf4E2M1FN> layout <panel, 16>
// CHECK: rt.state @ring : !v4.ring<64, 8, f32>
rt.state @ring : !v4.ring<64, 8, f32>
// CHECK: rt.state @entries : !v4.entries<64, 8, f32> ratio 4
rt.state @entries : !v4.entries<64, 8, f32> ratio 4
// CHECK: rt.program @decode max_tokens 4
rt.program @decode max_tokens 4 {
  // CHECK: rt.dispatch @k reads [@tokens, @embed.weight, @ring] writes [@decode.layers.0.attn.q] grid [#rt.dim<1 * ceil(tokens, 1)>]
  // CHECK-SAME: rows tokens label "layers.0: k" {cost = #rt.cost<weights = 32, state_per_1024 = 8>, layer = 0 : i64}
  rt.dispatch @k reads [@tokens, @embed.weight, @ring] writes [@decode.layers.0.attn.q] grid [#rt.dim<1 * ceil(tokens, 1)>]
      rows tokens label "layers.0: k" {layer = 0 : i64, cost = #rt.cost<weights = 32, state_per_1024 = 8>}
}
