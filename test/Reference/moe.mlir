// RUN: v4-opt %s --v4-run-reference | FileCheck %s

// Scores as in the specification, section 6. The bias makes expert 2 win, and weighs nothing.
// CHECK-LABEL: @route result 0: 1x4
// CHECK-NEXT: {{^}}[0.832555, 1.14598, 0.559698, 2.23757]
// CHECK-NEXT: @route result 1: 1x2
// CHECK-NEXT: {{^}}[2, 3]
// 1.5 * 0.559698 / (0.559698 + 2.237569)
// CHECK-NEXT: @route result 2: 1x2
// CHECK-NEXT: {{^}}[0.300131, 1.19987]
func.func @route() -> (tensor<1x4xf32>, tensor<1x2xi32>, tensor<1x2xf32>) {
  %logits = arith.constant dense<[[0.0, 1.0, -1.0, 5.0]]> : tensor<1x4xf32>
  %bias = v4.weight "gate.bias" = dense<[0.0, 0.0, 10.0, 0.0]> : tensor<4xf32> : <4xf32>
  %scores, %indices, %weights = v4.route %logits, %bias sqrtsoftplus scaling 1.500000e+00
    : (tensor<1x4xf32>, !v4.weight<4xf32>) -> (tensor<1x4xf32>, tensor<1x2xi32>, tensor<1x2xf32>)
  return %scores, %indices, %weights : tensor<1x4xf32>, tensor<1x2xi32>, tensor<1x2xf32>
}

// CHECK-LABEL: @ties result 0: 1x2
// CHECK-NEXT: {{^}}[1, 2]
func.func @ties() -> tensor<1x2xi32> {
  %logits = arith.constant dense<[[0.0, 1.0, 1.0, 1.0]]> : tensor<1x4xf32>
  %bias = v4.weight "gate.bias" = dense<0.0> : tensor<4xf32> : <4xf32>
  %scores, %indices, %weights = v4.route %logits, %bias sigmoid scaling 1.000000e+00
    : (tensor<1x4xf32>, !v4.weight<4xf32>) -> (tensor<1x4xf32>, tensor<1x2xi32>, tensor<1x2xf32>)
  return %indices : tensor<1x2xi32>
}

// Softmax over 1, 1, 2 is 1/4, 1/4, 1/2, and the weights of the chosen are scaled but not made to add up.
// CHECK-LABEL: @softmax_scores result 0: 1x1
// CHECK-NEXT: {{^}}[1]
func.func @softmax_scores() -> tensor<1x1xf32> {
  %logits = arith.constant dense<[[0.0, 0.0, 0.6931471805599453]]> : tensor<1x3xf64>
  %bias = v4.weight "gate.bias" = dense<0.0> : tensor<3xf32> : <3xf32>
  %scores, %indices, %weights = v4.route %logits, %bias softmax scaling 2.000000e+00
    : (tensor<1x3xf64>, !v4.weight<3xf32>) -> (tensor<1x3xf32>, tensor<1x1xi32>, tensor<1x1xf32>)
  return %weights : tensor<1x1xf32>
}

// CHECK-LABEL: @hash_route result 0: 2x2
// CHECK-NEXT: {{^}}[1, 2]
// CHECK-NEXT: {{^}}[0, 2]
// CHECK-NEXT: @hash_route result 1: 2x2
// CHECK-NEXT: {{^}}[0.5, 0.5]
// CHECK-NEXT: {{^}}[0.5, 0.5]
func.func @hash_route() -> (tensor<2x2xi32>, tensor<2x2xf32>) {
  %logits = arith.constant dense<0.0> : tensor<2x3xf32>
  %tokens = arith.constant dense<[1, 0]> : tensor<2xi32>
  %table = v4.weight "gate.tid2eid" = dense<[[0, 2], [2, 1]]> : tensor<2x2xi64> : <2x2xi64>
  %scores, %indices, %weights = v4.hash_route %logits, %tokens in %table sqrtsoftplus scaling 1.000000e+00
    : (tensor<2x3xf32>, tensor<2xi32>, !v4.weight<2x2xi64>) -> (tensor<2x3xf32>, tensor<2x2xi32>, tensor<2x2xf32>)
  return %indices, %weights : tensor<2x2xi32>, tensor<2x2xf32>
}

// Expert 0: u = 3 stays below the limit of 4, v = 5 becomes 4: silu(3) * 4 = 11.4309, weighed by 0.5.
// Expert 1: u = -30 is not clamped and gives almost nothing; v = -5 becomes -4.
// Their sum after w2 = 2 and 1, and the shared expert with the first one's matrices.
// CHECK-LABEL: @experts result 0: 1x1
// CHECK-NEXT: {{^}}[11.4309]
// CHECK-NEXT: @experts result 1: 1x2x1
// CHECK-NEXT: {{^}}[5.71544]
// CHECK-NEXT: {{^}}[1.12291e-11]
// CHECK-NEXT: @experts result 2: 1x1
// CHECK-NEXT: {{^}}[11.4309]
// CHECK-NEXT: @experts result 3: 1x1
// CHECK-NEXT: {{^}}[22.8618]
// CHECK-NEXT: @experts result 4: 1x1
// CHECK-NEXT: {{^}}[14.2886]
func.func @experts() -> (tensor<1x1xf32>, tensor<1x2x1xf32>, tensor<1x1xf32>, tensor<1x1xf32>, tensor<1x1xf32>) {
  %x = arith.constant dense<[[1.0]]> : tensor<1x1xf32>
  %indices = arith.constant dense<[[0, 1]]> : tensor<1x2xi32>
  %weights = arith.constant dense<[[0.5, 1.0]]> : tensor<1x2xf32>
  %w1 = v4.weight "w1" = dense<[[[3.0]], [[-30.0]]]> : tensor<2x1x1xf32> : <2x1x1xf32>
  %w3 = v4.weight "w3" = dense<[[[5.0]], [[-5.0]]]> : tensor<2x1x1xf32> : <2x1x1xf32>
  %w2 = v4.weight "w2" = dense<[[[2.0]], [[1.0]]]> : tensor<2x1x1xf32> : <2x1x1xf32>
  %s1 = v4.weight "s1" = dense<3.0> : tensor<1x1xf32> : <1x1xf32>
  %s3 = v4.weight "s3" = dense<5.0> : tensor<1x1xf32> : <1x1xf32>
  %s2 = v4.weight "s2" = dense<2.0> : tensor<1x1xf32> : <1x1xf32>
  %whole = v4.experts %x, %indices, %weights, %w1, %w3, %w2 limit 4.000000e+00
    : (tensor<1x1xf32>, tensor<1x2xi32>, tensor<1x2xf32>, !v4.weight<2x1x1xf32>, !v4.weight<2x1x1xf32>,
       !v4.weight<2x1x1xf32>) -> tensor<1x1xf32>
  %up = v4.expert_up %x, %indices, %w1, %w3 weights %weights limit 4.000000e+00
    : (tensor<1x1xf32>, tensor<1x2xi32>, !v4.weight<2x1x1xf32>, !v4.weight<2x1x1xf32>, tensor<1x2xf32>)
      -> tensor<1x2x1xf32>
  %down = v4.expert_down %up, %indices, %w2
    : (tensor<1x2x1xf32>, tensor<1x2xi32>, !v4.weight<2x1x1xf32>) -> tensor<1x1xf32>
  %shared = v4.shared_expert %x, %s1, %s3, %s2 limit 4.000000e+00
    : (tensor<1x1xf32>, !v4.weight<1x1xf32>, !v4.weight<1x1xf32>, !v4.weight<1x1xf32>) -> tensor<1x1xf32>
  %unclamped = v4.shared_up %x, %s1, %s3 limit 0.000000e+00
    : (tensor<1x1xf32>, !v4.weight<1x1xf32>, !v4.weight<1x1xf32>) -> tensor<1x1xf32>
  return %whole, %up, %down, %shared, %unclamped
    : tensor<1x1xf32>, tensor<1x2x1xf32>, tensor<1x1xf32>, tensor<1x1xf32>, tensor<1x1xf32>
}
