// RUN: v4-opt %s --v4-run-reference="digits=9" | FileCheck %s

// CHECK-LABEL: @embed result 0: 3x2
// CHECK-NEXT: {{^}}[5, 6]
// CHECK-NEXT: {{^}}[1, 2]
// CHECK-NEXT: {{^}}[5, 6]
func.func @embed() -> tensor<3x2xf32> {
  %tokens = arith.constant dense<[2, 0, 2]> : tensor<3xi32>
  %table = v4.weight "embed.weight" = dense<[[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]> : tensor<3x2xbf16> : <3x2xbf16>
  %x = v4.embed %tokens in %table : (tensor<3xi32>, !v4.weight<3x2xbf16>) -> tensor<3x2xf32>
  return %x : tensor<3x2xf32>
}

// CHECK-LABEL: @gather_rows result 0: 2x2
// CHECK-NEXT: {{^}}[5, 6]
// CHECK-NEXT: {{^}}[3, 4]
func.func @gather_rows() -> tensor<2x2xf32> {
  %x = arith.constant dense<[[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]> : tensor<3x2xf32>
  %rows = arith.constant dense<[2, 1]> : tensor<2xi32>
  %y = v4.gather_rows %x at %rows : (tensor<3x2xf32>, tensor<2xi32>) -> tensor<2x2xf32>
  return %y : tensor<2x2xf32>
}

// A row of the result is flat: two heads of two channels.
// CHECK-LABEL: @linear result 0: 1x2x2
// CHECK-NEXT: {{^}}[3, 8]
// CHECK-NEXT: {{^}}[-5, 0.5]
func.func @linear() -> tensor<1x2x2xf32> {
  %x = arith.constant dense<[[3.0, 4.0]]> : tensor<1x2xf32>
  %w = v4.weight "w" = dense<[[1.0, 0.0], [0.0, 2.0], [1.0, -2.0], [1.5, -1.0]]> : tensor<4x2xf32> : <4x2xf32>
  %y = v4.linear %x, %w : (tensor<1x2xf32>, !v4.weight<4x2xf32>) -> tensor<1x2x2xf32>
  return %y : tensor<1x2x2xf32>
}

// Weight rows 0, 1 belong to group 0 and 2, 3 to group 1.
// CHECK-LABEL: @grouped_linear result 0: 1x2x2
// CHECK-NEXT: {{^}}[1, 2]
// CHECK-NEXT: {{^}}[50, 14]
func.func @grouped_linear() -> tensor<1x2x2xf32> {
  %x = arith.constant dense<[[[1.0, 2.0], [3.0, 4.0]]]> : tensor<1x2x2xf32>
  %w = v4.weight "w" = dense<[[1.0, 0.0], [0.0, 1.0], [10.0, 5.0], [2.0, 2.0]]> : tensor<4x2xf32> : <4x2xf32>
  %y = v4.grouped_linear %x, %w : (tensor<1x2x2xf32>, !v4.weight<4x2xf32>) -> tensor<1x2x2xf32>
  return %y : tensor<1x2x2xf32>
}

// CHECK-LABEL: @scale_and_add result 0: 1x2
// CHECK-NEXT: {{^}}[1.5, -3]
func.func @scale_and_add() -> tensor<1x2xf32> {
  %x = arith.constant dense<[[1.0, -2.0]]> : tensor<1x2xf32>
  %y = v4.scale %x by 5.000000e-01 : (tensor<1x2xf32>) -> tensor<1x2xf32>
  %z = v4.add %x, %y : (tensor<1x2xf32>, tensor<1x2xf32>) -> tensor<1x2xf32>
  return %z : tensor<1x2xf32>
}

// The mean square is 12.5 and eps 3.5: a factor of 1/4.
// CHECK-LABEL: @rms_norm result 0: 1x2
// CHECK-NEXT: {{^}}[1.5, -1]
func.func @rms_norm() -> tensor<1x2xf32> {
  %x = arith.constant dense<[[3.0, 4.0]]> : tensor<1x2xf32>
  %w = v4.weight "norm.weight" = dense<[2.0, -1.0]> : tensor<2xf32> : <2xf32>
  %y = v4.rms_norm %x, %w eps 3.500000e+00 : (tensor<1x2xf32>, !v4.weight<2xf32>) -> tensor<1x2xf32>
  return %y : tensor<1x2xf32>
}

// CHECK-LABEL: @head_norm result 0: 1x2x2
// CHECK-NEXT: {{^}}[0.75, 1]
// CHECK-NEXT: {{^}}[0, 0]
func.func @head_norm() -> tensor<1x2x2xf32> {
  %x = arith.constant dense<[[[3.0, 4.0], [0.0, 0.0]]]> : tensor<1x2x2xf32>
  %y = v4.head_norm %x eps 3.500000e+00 : (tensor<1x2x2xf32>) -> tensor<1x2x2xf32>
  return %y : tensor<1x2x2xf32>
}
