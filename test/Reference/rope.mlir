// RUN: v4-opt %s --v4-run-reference="digits=9" | FileCheck %s

// At position 1 the angle is the frequency itself. Sines of the published float32 frequencies of compressing layers
// (0.5 and below have a sine that shows them): 1, 0.0500000007, 5.37231244e-06, 5.68052940e-07 are pairs 0, 8, 25, 31.
// CHECK-LABEL: @published_frequencies result 0: 1x32
// CHECK-NEXT: {{^}}[0.841470957, {{.*}}, 0.0499791689, {{.*}}, 5.37231244e-06, {{.*}}, 5.6805294e-07]
func.func @published_frequencies() -> tensor<1x32xf32> {
  %positions = arith.constant dense<1> : tensor<1xi32>
  %cos, %sin = v4.rope_table %positions <dims = 64, theta = 1.600000e+05 : f64, factor = 1.600000e+01 : f64,
    beta_fast = 3.200000e+01 : f64, beta_slow = 1.000000e+00 : f64, original_context = 65536>
    : (tensor<1xi32>) -> (tensor<1x32xf32>, tensor<1x32xf32>)
  return %sin : tensor<1x32xf32>
}

// Without YaRN, 8 dimensions at base 10000 have frequencies 1, 0.1, 0.01, 0.001. The block that
// token 7 closes by 4 begins at 4; there is nothing before position 0.
// CHECK-LABEL: @offset result 0: 2x4
// CHECK-NEXT: {{^}}[-0.653643608, 0.921060979, 0.999200106, 0.999992013]
// CHECK-NEXT: {{^}}[1, 1, 1, 1]
func.func @offset() -> tensor<2x4xf32> {
  %positions = arith.constant dense<[7, 2]> : tensor<2xi32>
  %cos, %sin = v4.rope_table %positions <dims = 8, theta = 1.000000e+04 : f64, factor = 1.000000e+00 : f64,
    beta_fast = 3.200000e+01 : f64, beta_slow = 1.000000e+00 : f64, original_context = 65536> {offset = -3 : i64}
    : (tensor<2xi32>) -> (tensor<2x4xf32>, tensor<2x4xf32>)
  return %cos : tensor<2x4xf32>
}

// The last two dimensions are one pair.
// CHECK-LABEL: @rotate_heads result 0: 1x2x3
// CHECK-NEXT: {{^}}[7, 2, 11]
// CHECK-NEXT: {{^}}[8, 3, 4]
func.func @rotate_heads() -> tensor<1x2x3xf32> {
  %x = arith.constant dense<[[[7.0, 10.0, 5.0], [8.0, 5.0, 0.0]]]> : tensor<1x2x3xf32>
  %cos = arith.constant dense<[[0.6]]> : tensor<1x1xf64>
  %sin = arith.constant dense<[[0.8]]> : tensor<1x1xf64>
  %a = v4.rope %x, %cos, %sin : (tensor<1x2x3xf32>, tensor<1x1xf64>, tensor<1x1xf64>) -> tensor<1x2x3xf32>
  return %a : tensor<1x2x3xf32>
}
