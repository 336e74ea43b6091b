// RUN: v4-opt %s --v4-run-reference="digits=9" | FileCheck %s

// Multiplying by the unit matrix shows the decoded weights.

// Codes 0x01 (the smallest), 0x08, 0x38, 0x7e (the largest), 0xfe and 0x80 of E4M3.
// CHECK-LABEL: @e4m3 result 0: 2x3
// CHECK-NEXT: {{^}}[0.001953125, 0.015625, 1]
// CHECK-NEXT: {{^}}[448, -448, 0]
func.func @e4m3() -> tensor<2x3xf32> {
  %unit = arith.constant dense<[[1.0, 0.0], [0.0, 1.0]]> : tensor<2x2xf32>
  %w = v4.weight "w" = dense<[[0x01, 0x7e], [0x08, 0xfe], [0x38, 0x80]]> : tensor<3x2xf8E4M3FN>
    : <3x2xf8E4M3FN, scale f8E8M0FNU by 128x128>
  %y = v4.linear %unit, %w
    : (tensor<2x2xf32>, !v4.weight<3x2xf8E4M3FN, scale f8E8M0FNU by 128x128>) -> tensor<2x3xf32>
  return %y : tensor<2x3xf32>
}

// CHECK-LABEL: @e2m1 result 0: 1x8
// CHECK-NEXT: {{^}}[0, 0.5, 1, 1.5, 2, 3, 4, -6]
func.func @e2m1() -> tensor<1x8xf32> {
  %one = arith.constant dense<1.0> : tensor<1x1xf32>
  %w = v4.weight "w" = dense<[[0x0], [0x1], [0x2], [0x3], [0x4], [0x5], [0x6], [0xf]]> : tensor<8x1xf4E2M1FN>
    : <8x1xf4E2M1FN, scale f8E8M0FNU by 1x32>
  %y = v4.linear %one, %w : (tensor<1x1xf32>, !v4.weight<8x1xf4E2M1FN, scale f8E8M0FNU by 1x32>) -> tensor<1x8xf32>
  return %y : tensor<1x8xf32>
}

// 0.1 in BF16 is another number.
// CHECK-LABEL: @bf16 result 0: 1x1
// CHECK-NEXT: {{^}}[0.100097656]
func.func @bf16() -> tensor<1x1xf32> {
  %one = arith.constant dense<1.0> : tensor<1x1xf32>
  %w = v4.weight "w" = dense<0.1> : tensor<1x1xbf16> : <1x1xbf16>
  %y = v4.linear %one, %w : (tensor<1x1xf32>, !v4.weight<1x1xbf16>) -> tensor<1x1xf32>
  return %y : tensor<1x1xf32>
}
