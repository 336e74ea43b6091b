// RUN: v4-opt %s --v4-run-reference | FileCheck %s

// The golden case of the specification, section 3.3. The streams' mean square is 1, so m is the first column of fn.
// CHECK-LABEL: @hc_pre result 0: 1x1
// CHECK-NEXT: {{^}}[1.35672]
// CHECK-NEXT: @hc_pre result 1: 1x4
// CHECK-NEXT: {{^}}[0.377542, 0.312707, 0.326294, 0.340179]
// CHECK-NEXT: @hc_pre result 2: 1x4
// CHECK-NEXT: {{^}}[0.49948, 0.69729, 0.598866, 0.652586]
// CHECK-NEXT: @hc_pre result 3: 1x4x4
// CHECK-NEXT: {{^}}[0.221179, 0.243774, 0.313867, 0.221179]
// CHECK-NEXT: {{^}}[0.221179, 0.243774, 0.221179, 0.313867]
// CHECK-NEXT: {{^}}[0.243774, 0.268677, 0.243774, 0.243774]
// CHECK-NEXT: {{^}}[0.313867, 0.243774, 0.221179, 0.221179]
func.func @hc_pre() -> (tensor<1x1xf32>, tensor<1x4xf32>, tensor<1x4xf32>, tensor<1x4x4xf32>) {
  %streams = arith.constant dense<1.0> : tensor<1x4x1xf32>
  %fn = v4.weight "fn" = dense<[
    [-1.5, 0.0, 0.0, 0.0], [-1.375, 0.0, 0.0, 0.0], [-1.25, 0.0, 0.0, 0.0], [-1.125, 0.0, 0.0, 0.0], [-1.0, 0.0, 0.0, 0.0], [-0.875, 0.0, 0.0, 0.0], [-0.75, 0.0, 0.0, 0.0], [-0.625, 0.0, 0.0, 0.0],
    [-0.5, 0.0, 0.0, 0.0], [-0.375, 0.0, 0.0, 0.0], [-0.25, 0.0, 0.0, 0.0], [-0.125, 0.0, 0.0, 0.0], [0.0, 0.0, 0.0, 0.0], [0.125, 0.0, 0.0, 0.0], [0.25, 0.0, 0.0, 0.0], [0.375, 0.0, 0.0, 0.0],
    [0.5, 0.0, 0.0, 0.0], [0.625, 0.0, 0.0, 0.0], [0.75, 0.0, 0.0, 0.0], [0.875, 0.0, 0.0, 0.0], [1.0, 0.0, 0.0, 0.0], [1.125, 0.0, 0.0, 0.0], [1.25, 0.0, 0.0, 0.0], [1.375, 0.0, 0.0, 0.0]]> : tensor<24x4xf32> : <24x4xf32>
  %base = v4.weight "base" = dense<[0.25, -0.1, -0.1, -0.1, -0.1, 0.25, -0.1, -0.1, -0.1, -0.1, 0.25, -0.1, -0.1, -0.1, -0.1, 0.25, -0.1, -0.1, -0.1, -0.1, 0.25, -0.1, -0.1, -0.1]>
    : tensor<24xf64> : <24xf32>
  %scale = v4.weight "scale" = dense<[0.5, 1.0, 2.0]> : tensor<3xf32> : <3xf32>
  %collapsed, %pre, %post, %comb = v4.hc_pre %streams, %fn, %base, %scale iters 20 eps 1.000000e-06 norm_eps 1.000000e-12
    : (tensor<1x4x1xf32>, !v4.weight<24x4xf32>, !v4.weight<24xf32>, !v4.weight<3xf32>)
      -> (tensor<1x1xf32>, tensor<1x4xf32>, tensor<1x4xf32>, tensor<1x4x4xf32>)
  return %collapsed, %pre, %post, %comb : tensor<1x1xf32>, tensor<1x4xf32>, tensor<1x4xf32>, tensor<1x4x4xf32>
}

// The same in two ops.
// CHECK-LABEL: @projected result 0: 1x1
// CHECK-NEXT: {{^}}[1.35672]
// CHECK-NEXT: @projected result 1: 1x4
// CHECK-NEXT: {{^}}[0.377542, 0.312707, 0.326294, 0.340179]
// CHECK-NEXT: @projected result 2: 1x4
// CHECK-NEXT: {{^}}[0.49948, 0.69729, 0.598866, 0.652586]
// CHECK-NEXT: @projected result 3: 1x4x4
// CHECK-NEXT: {{^}}[0.221179, 0.243774, 0.313867, 0.221179]
func.func @projected() -> (tensor<1x1xf32>, tensor<1x4xf32>, tensor<1x4xf32>, tensor<1x4x4xf32>) {
  %streams = arith.constant dense<1.0> : tensor<1x4x1xf32>
  %fn = v4.weight "fn" = dense<[
    [-1.5, 0.0, 0.0, 0.0], [-1.375, 0.0, 0.0, 0.0], [-1.25, 0.0, 0.0, 0.0], [-1.125, 0.0, 0.0, 0.0], [-1.0, 0.0, 0.0, 0.0], [-0.875, 0.0, 0.0, 0.0], [-0.75, 0.0, 0.0, 0.0], [-0.625, 0.0, 0.0, 0.0],
    [-0.5, 0.0, 0.0, 0.0], [-0.375, 0.0, 0.0, 0.0], [-0.25, 0.0, 0.0, 0.0], [-0.125, 0.0, 0.0, 0.0], [0.0, 0.0, 0.0, 0.0], [0.125, 0.0, 0.0, 0.0], [0.25, 0.0, 0.0, 0.0], [0.375, 0.0, 0.0, 0.0],
    [0.5, 0.0, 0.0, 0.0], [0.625, 0.0, 0.0, 0.0], [0.75, 0.0, 0.0, 0.0], [0.875, 0.0, 0.0, 0.0], [1.0, 0.0, 0.0, 0.0], [1.125, 0.0, 0.0, 0.0], [1.25, 0.0, 0.0, 0.0], [1.375, 0.0, 0.0, 0.0]]> : tensor<24x4xf32> : <24x4xf32>
  %base = v4.weight "base" = dense<[0.25, -0.1, -0.1, -0.1, -0.1, 0.25, -0.1, -0.1, -0.1, -0.1, 0.25, -0.1, -0.1, -0.1, -0.1, 0.25, -0.1, -0.1, -0.1, -0.1, 0.25, -0.1, -0.1, -0.1]>
    : tensor<24xf64> : <24xf32>
  %scale = v4.weight "scale" = dense<[0.5, 1.0, 2.0]> : tensor<3xf32> : <3xf32>
  %m = v4.linear %streams, %fn : (tensor<1x4x1xf32>, !v4.weight<24x4xf32>) -> tensor<1x24xf32>
  %collapsed, %pre, %post, %comb = v4.hc_pre %streams, %m, %base, %scale iters 20 eps 1.000000e-06 norm_eps 1.000000e-12
    : (tensor<1x4x1xf32>, tensor<1x24xf32>, !v4.weight<24xf32>, !v4.weight<3xf32>)
      -> (tensor<1x1xf32>, tensor<1x4xf32>, tensor<1x4xf32>, tensor<1x4x4xf32>)
  return %collapsed, %pre, %post, %comb : tensor<1x1xf32>, tensor<1x4xf32>, tensor<1x4xf32>, tensor<1x4x4xf32>
}

// CHECK-LABEL: @hc_expand result 0: 1x3x2
// CHECK-NEXT: {{^}}[1, 2]
// CHECK-NEXT: {{^}}[1, 2]
// CHECK-NEXT: {{^}}[1, 2]
func.func @hc_expand() -> tensor<1x3x2xf32> {
  %x = arith.constant dense<[[1.0, 2.0]]> : tensor<1x2xf32>
  %streams = v4.hc_expand %x : (tensor<1x2xf32>) -> tensor<1x3x2xf32>
  return %streams : tensor<1x3x2xf32>
}

// Stream 0 is 3 * 10 + 1 * 1 + 0 * 2, stream 1 is 4 * 10 + 0.5 * 1 + 0.25 * 2: the sum runs over comb's first index.
// CHECK-LABEL: @hc_post result 0: 1x2x1
// CHECK-NEXT: {{^}}[31]
// CHECK-NEXT: {{^}}[41]
func.func @hc_post() -> tensor<1x2x1xf32> {
  %output = arith.constant dense<[[10.0]]> : tensor<1x1xf32>
  %streams = arith.constant dense<[[[1.0], [2.0]]]> : tensor<1x2x1xf32>
  %post = arith.constant dense<[[3.0, 4.0]]> : tensor<1x2xf32>
  %comb = arith.constant dense<[[[1.0, 0.5], [0.0, 0.25]]]> : tensor<1x2x2xf32>
  %mixed = v4.hc_post %output, %streams, %post, %comb
    : (tensor<1x1xf32>, tensor<1x2x1xf32>, tensor<1x2xf32>, tensor<1x2x2xf32>) -> tensor<1x2x1xf32>
  return %mixed : tensor<1x2x1xf32>
}

// Sigmoids of 0 with eps 0.5 weigh each stream by 1.
// CHECK-LABEL: @hc_head result 0: 1x2
// CHECK-NEXT: {{^}}[4, 6]
func.func @hc_head() -> tensor<1x2xf32> {
  %streams = arith.constant dense<[[[1.0, 2.0], [3.0, 4.0]]]> : tensor<1x2x2xf32>
  %fn = v4.weight "hc_head_fn" = dense<0.0> : tensor<2x4xf32> : <2x4xf32>
  %base = v4.weight "hc_head_base" = dense<0.0> : tensor<2xf32> : <2xf32>
  %scale = v4.weight "hc_head_scale" = dense<1.0> : tensor<1xf32> : <1xf32>
  %x = v4.hc_head %streams, %fn, %base, %scale eps 5.000000e-01 norm_eps 1.000000e-06
    : (tensor<1x2x2xf32>, !v4.weight<2x4xf32>, !v4.weight<2xf32>, !v4.weight<1xf32>) -> tensor<1x2xf32>
  return %x : tensor<1x2xf32>
}
