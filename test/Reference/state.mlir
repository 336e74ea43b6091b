// RUN: v4-opt %s --v4-run-reference | FileCheck %s

// Gates of zero weigh a block's tokens alike. The first block with overlap has its own four tokens only: channel 1 of
// 0 .. 3. The second has the first block's channel 0 as well: the mean of 100 .. 103 and 4 .. 7.
// CHECK-LABEL: @first_block result 0: 8x1
// CHECK-NEXT: {{^}}[0]
// CHECK-NEXT: {{^}}[0]
// CHECK-NEXT: {{^}}[0]
// CHECK-NEXT: {{^}}[1.5]
// CHECK-NEXT: {{^}}[0]
// CHECK-NEXT: {{^}}[0]
// CHECK-NEXT: {{^}}[0]
// CHECK-NEXT: {{^}}[53.5]
func.func @first_block() -> tensor<8x1xf32> {
  %k = arith.constant dense<[[100.0, 0.0], [101.0, 1.0], [102.0, 2.0], [103.0, 3.0],
                             [104.0, 4.0], [105.0, 5.0], [106.0, 6.0], [107.0, 7.0]]> : tensor<8x2xf32>
  %s = arith.constant dense<0.0> : tensor<8x2xf32>
  %ape = v4.weight "ape" = dense<0.0> : tensor<4x2xf32> : <4x2xf32>
  %values = v4.state "values" : !v4.ring<16, 2, f32>
  %gates = v4.state "gates" : !v4.ring<16, 2, f32>
  %slots = arith.constant dense<0> : tensor<8xi32>
  %positions = arith.constant dense<[0, 1, 2, 3, 4, 5, 6, 7]> : tensor<8xi32>
  v4.ring_write %k, %values at %slots, %positions : tensor<8x2xf32>, !v4.ring<16, 2, f32>, tensor<8xi32>, tensor<8xi32>
  v4.ring_write %s, %gates at %slots, %positions : tensor<8x2xf32>, !v4.ring<16, 2, f32>, tensor<8xi32>, tensor<8xi32>
  %e = v4.compress %values, %gates, %ape at %slots, %positions by 4 overlap
    : (!v4.ring<16, 2, f32>, !v4.ring<16, 2, f32>, !v4.weight<4x2xf32>, tensor<8xi32>, tensor<8xi32>) -> tensor<8x1xf32>
  return %e : tensor<8x1xf32>
}

// Gate plus ape is 0 and log 3: weights 1/4 and 3/4. The slots' tokens come mixed; each has a block of its own.
// CHECK-LABEL: @gate_and_ape result 0: 4x1
// CHECK-NEXT: {{^}}[0]
// CHECK-NEXT: {{^}}[0]
// CHECK-NEXT: {{^}}[7]
// CHECK-NEXT: {{^}}[25]
func.func @gate_and_ape() -> tensor<4x1xf32> {
  %k = arith.constant dense<[[4.0], [10.0], [8.0], [30.0]]> : tensor<4x1xf32>
  %s = arith.constant dense<[[1.0], [1.0], [0.0], [0.0]]> : tensor<4x1xf32>
  %ape = v4.weight "ape" = dense<[[-1.0], [1.0986122886681098]]> : tensor<2x1xf64> : <2x1xf32>
  %values = v4.state "values" : !v4.ring<4, 1, f32>
  %gates = v4.state "gates" : !v4.ring<4, 1, f32>
  %slots = arith.constant dense<[0, 1, 0, 1]> : tensor<4xi32>
  %positions = arith.constant dense<[2, 2, 3, 3]> : tensor<4xi32>
  v4.ring_write %k, %values at %slots, %positions : tensor<4x1xf32>, !v4.ring<4, 1, f32>, tensor<4xi32>, tensor<4xi32>
  v4.ring_write %s, %gates at %slots, %positions : tensor<4x1xf32>, !v4.ring<4, 1, f32>, tensor<4xi32>, tensor<4xi32>
  %e = v4.compress %values, %gates, %ape at %slots, %positions by 2
    : (!v4.ring<4, 1, f32>, !v4.ring<4, 1, f32>, !v4.weight<2x1xf32>, tensor<4xi32>, tensor<4xi32>) -> tensor<4x1xf32>
  return %e : tensor<4x1xf32>
}
