// RUN: v4-opt %s --v4-run-reference | FileCheck %s

// With queries and a sink of 0 every visible key and the sink weigh 1: position 0 sees one key, position 3 the
// last two.
// CHECK-LABEL: @window_attention result 0: 4x1x1
// CHECK-NEXT: {{^}}[0.5]
// CHECK-NEXT: {{^}}[1]
// CHECK-NEXT: {{^}}[1.66667]
// CHECK-NEXT: {{^}}[2.33333]
func.func @window_attention() -> tensor<4x1x1xf32> {
  %q = arith.constant dense<0.0> : tensor<4x1x1xf32>
  %kv = arith.constant dense<[[1.0], [2.0], [3.0], [4.0]]> : tensor<4x1xf32>
  %sink = v4.weight "attn_sink" = dense<0.0> : tensor<1xf32> : <1xf32>
  %slots = arith.constant dense<0> : tensor<4xi32>
  %positions = arith.constant dense<[0, 1, 2, 3]> : tensor<4xi32>
  %ring = v4.state "window" : !v4.ring<8, 1, f32>
  v4.ring_write %kv, %ring at %slots, %positions : tensor<4x1xf32>, !v4.ring<8, 1, f32>, tensor<4xi32>, tensor<4xi32>
  %o = v4.window_attention %q, %ring, %sink at %slots, %positions window 2 scale 1.000000e+00
    : (tensor<4x1x1xf32>, !v4.ring<8, 1, f32>, !v4.weight<1xf32>, tensor<4xi32>, tensor<4xi32>) -> tensor<4x1x1xf32>
  return %o : tensor<4x1x1xf32>
}

// Scores log 1 and log 3 and a sink of log 4, in two heads of which the second looks the other way: 1/3.
// (1 * 0 + 3 * log 3) / 8 and (1 * 0 + 1/3 * log 3) / (1 + 1/3 + 4).
// CHECK-LABEL: @softmax_with_sink result 0: 1x2x1
// CHECK-NEXT: {{^}}[0.41198]
// CHECK-NEXT: {{^}}[0.0686633]
func.func @softmax_with_sink() -> tensor<1x2x1xf32> {
  %q = arith.constant dense<[[[2.0], [-2.0]]]> : tensor<1x2x1xf32>
  %kv = arith.constant dense<[[0.0], [1.0986122886681098]]> : tensor<2x1xf64>
  %sink = v4.weight "attn_sink" = dense<1.3862943611198906> : tensor<2xf64> : <2xf32>
  %slots = arith.constant dense<0> : tensor<2xi32>
  %positions = arith.constant dense<[0, 1]> : tensor<2xi32>
  %ring = v4.state "window" : !v4.ring<8, 1, f32>
  v4.ring_write %kv, %ring at %slots, %positions : tensor<2x1xf64>, !v4.ring<8, 1, f32>, tensor<2xi32>, tensor<2xi32>
  %slot = arith.constant dense<0> : tensor<1xi32>
  %last = arith.constant dense<1> : tensor<1xi32>
  %o = v4.window_attention %q, %ring, %sink at %slot, %last window 4 scale 5.000000e-01
    : (tensor<1x2x1xf32>, !v4.ring<8, 1, f32>, !v4.weight<2xf32>, tensor<1xi32>, tensor<1xi32>) -> tensor<1x2x1xf32>
  return %o : tensor<1x2x1xf32>
}

// Entries 10 and 20 by 2 are visible from positions 1 and 3 on: (3 + 4 + 10 + 20) / 5 in the end, with the sink.
// CHECK-LABEL: @hca_attention result 0: 4x1x1
// CHECK-NEXT: {{^}}[0.5]
// CHECK-NEXT: {{^}}[3.25]
// CHECK-NEXT: {{^}}[3.75]
// CHECK-NEXT: {{^}}[7.4]
// Entry 1 alone is chosen for position 3, none for the others.
// CHECK-NEXT: @hca_attention result 1: 4x1x1
// CHECK-NEXT: {{^}}[0.5]
// CHECK-NEXT: {{^}}[1]
// CHECK-NEXT: {{^}}[1.66667]
// CHECK-NEXT: {{^}}[6.75]
func.func @hca_attention() -> (tensor<4x1x1xf32>, tensor<4x1x1xf32>) {
  %q = arith.constant dense<0.0> : tensor<4x1x1xf32>
  %kv = arith.constant dense<[[1.0], [2.0], [3.0], [4.0]]> : tensor<4x1xf32>
  %pooled = arith.constant dense<[[0.0], [10.0], [0.0], [20.0]]> : tensor<4x1xf32>
  %sink = v4.weight "attn_sink" = dense<0.0> : tensor<1xf32> : <1xf32>
  %slots = arith.constant dense<0> : tensor<4xi32>
  %positions = arith.constant dense<[0, 1, 2, 3]> : tensor<4xi32>
  %topk = arith.constant dense<[[-1, -1], [-1, -1], [-1, -1], [1, -1]]> : tensor<4x2xi32>
  %ring = v4.state "window" : !v4.ring<8, 1, f32>
  %entries = v4.state "entries" : !v4.entries<2, 1, f32>
  v4.ring_write %kv, %ring at %slots, %positions : tensor<4x1xf32>, !v4.ring<8, 1, f32>, tensor<4xi32>, tensor<4xi32>
  v4.entry_write %pooled, %entries at %slots, %positions by 2
    : tensor<4x1xf32>, !v4.entries<2, 1, f32>, tensor<4xi32>, tensor<4xi32>
  %all = v4.hca_attention %q, %ring, %entries, %sink at %slots, %positions by 2 window 2 scale 1.000000e+00
    : (tensor<4x1x1xf32>, !v4.ring<8, 1, f32>, !v4.entries<2, 1, f32>, !v4.weight<1xf32>, tensor<4xi32>, tensor<4xi32>)
      -> tensor<4x1x1xf32>
  %chosen = v4.csa_attention %q, %ring, %entries, %topk, %sink at %slots, %positions window 2 scale 1.000000e+00
    : (tensor<4x1x1xf32>, !v4.ring<8, 1, f32>, !v4.entries<2, 1, f32>, tensor<4x2xi32>, !v4.weight<1xf32>, tensor<4xi32>,
       tensor<4xi32>) -> tensor<4x1x1xf32>
  return %all, %chosen : tensor<4x1x1xf32>, tensor<4x1x1xf32>
}

// Head 0 likes entry 0 by 2, head 1 entry 1 by 3; a head's weight may be negative, its dislike counts for nothing.
// CHECK-LABEL: @index_scores result 0: 2x2
// CHECK-NEXT: {{^}}[2, -inf]
// CHECK-NEXT: {{^}}[20, -3]
func.func @index_scores() -> tensor<2x2xf32> {
  %q = arith.constant dense<[[[1.0, -5.0], [-5.0, 1.0]], [[1.0, -5.0], [-5.0, 1.0]]]> : tensor<2x2x2xf32>
  %w = arith.constant dense<[[1.0, -1.0], [10.0, -1.0]]> : tensor<2x2xf32>
  %keys = arith.constant dense<[[2.0, 0.0], [0.0, 3.0]]> : tensor<2x2xf32>
  %slots = arith.constant dense<0> : tensor<2xi32>
  %closing = arith.constant dense<[3, 7]> : tensor<2xi32>
  %entries = v4.state "indexer.entries" : !v4.entries<2, 2, f32>
  v4.entry_write %keys, %entries at %slots, %closing by 4
    : tensor<2x2xf32>, !v4.entries<2, 2, f32>, tensor<2xi32>, tensor<2xi32>
  %scores = v4.index_scores %q, %w, %entries at %slots, %closing by 4
    : (tensor<2x2x2xf32>, tensor<2x2xf32>, !v4.entries<2, 2, f32>, tensor<2xi32>, tensor<2xi32>) -> tensor<2x2xf32>
  return %scores : tensor<2x2xf32>
}

// Of equal scores the lower entries are chosen; what is not visible yet never is.
// CHECK-LABEL: @index_topk result 0: 3x2
// CHECK-NEXT: {{^}}[1, 2]
// CHECK-NEXT: {{^}}[0, 2]
// CHECK-NEXT: {{^}}[0, -1]
func.func @index_topk() -> tensor<3x2xi32> {
  %scores = arith.constant dense<[[1.0, 3.0, 3.0, 3.0], [0.0, -1.0, 0.0, 0.0], [1.0, 9.0, 9.0, 9.0]]> : tensor<3x4xf32>
  %positions = arith.constant dense<[15, 15, 4]> : tensor<3xi32>
  %topk = v4.index_topk %scores at %positions by 4 : (tensor<3x4xf32>, tensor<3xi32>) -> tensor<3x2xi32>
  return %topk : tensor<3x2xi32>
}

// The inverse rotation, and two groups of one head.
// CHECK-LABEL: @group_heads result 0: 1x2x2
// CHECK-NEXT: {{^}}[10, -5]
// CHECK-NEXT: {{^}}[0.6, -0.8]
func.func @group_heads() -> tensor<1x2x2xf32> {
  %x = arith.constant dense<[[[10.0, 5.0], [1.0, 0.0]]]> : tensor<1x2x2xf32>
  %cos = arith.constant dense<[[0.6]]> : tensor<1x1xf64>
  %sin = arith.constant dense<[[0.8]]> : tensor<1x1xf64>
  %y = v4.group_heads %x, %cos, %sin : (tensor<1x2x2xf32>, tensor<1x1xf64>, tensor<1x1xf64>) -> tensor<1x2x2xf32>
  return %y : tensor<1x2x2xf32>
}
