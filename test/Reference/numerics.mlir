// RUN: v4-opt %s --v4-run-reference="digits=9" | FileCheck %s

// What the published numerics round, on values whose roundings can be followed by hand. BF16 has eight significant bits.

// Results take their type's precision: 1 + 1/256 is halfway between 1 and 1 + 1/128, and 1 is even.
// CHECK-LABEL: @results result 0: 1x2
// CHECK-NEXT: {{^}}[1, 1.015625]
func.func @results() -> tensor<1x2xbf16> {
  %x = arith.constant dense<[[0.5, 1.00390625]]> : tensor<1x2xf32>
  %y = arith.constant dense<[[0.50390625, 0.0078125]]> : tensor<1x2xf32>
  %sum = v4.add %x, %y : (tensor<1x2xf32>, tensor<1x2xf32>) -> tensor<1x2xbf16>
  return %sum : tensor<1x2xbf16>
}

// Two blocks of two: 448 asks for a scale of 1, 449 for 2; the third block is not quantised.
// CHECK-LABEL: @fake_quantise result 0: 1x6
// CHECK-NEXT: {{^}}[448, 1, 448, 1, 449, 1.03]
// CHECK-NEXT: @fake_quantise result 1: 1x3
// CHECK-NEXT: {{^}}[6, 1, -0.75]
func.func @fake_quantise() -> (tensor<1x6xf64>, tensor<1x3xf32>) {
  %x = arith.constant dense<[[[448.0, 1.03], [449.0, 1.03], [449.0, 1.03]]]> : tensor<1x3x2xf64>
  %y = arith.constant dense<[[6.1, 0.9, -0.7]]> : tensor<1x3xf32>
  %q = v4.fake_quantise %x to e4m3 block 2 first 4 : (tensor<1x3x2xf64>) -> tensor<1x6xf64>
  // Scales of 2 and of 1/8; 0.45 is nearer to 0.5 than to 0.
  %p = v4.fake_quantise %y to e2m1 block 2 : (tensor<1x3xf32>) -> tensor<1x3xf32>
  return %q, %p : tensor<1x6xf64>, tensor<1x3xf32>
}

// CHECK-LABEL: @hadamard result 0: 1x1x4
// CHECK-NEXT: {{^}}[5, -1, -2, 0]
// CHECK-NEXT: @hadamard result 1: 1x1x4
// CHECK-NEXT: {{^}}[1, 2, 3, 4]
func.func @hadamard() -> (tensor<1x1x4xbf16>, tensor<1x1x4xbf16>) {
  %x = arith.constant dense<[[[1.0, 2.0, 3.0, 4.0]]]> : tensor<1x1x4xbf16>
  %turned = v4.hadamard %x : (tensor<1x1x4xbf16>) -> tensor<1x1x4xbf16>
  %back = v4.hadamard %turned : (tensor<1x1x4xbf16>) -> tensor<1x1x4xbf16>
  return %turned, %back : tensor<1x1x4xbf16>, tensor<1x1x4xbf16>
}

// The mean of 9 and 1 is 5; its reciprocal root .4472136 becomes 229/512, and three times that 172/128.
// CHECK-LABEL: @q_norm result 0: 1x1x2
// CHECK-NEXT: {{^}}[1.34375, 0.447265625]
func.func @q_norm() -> tensor<1x1x2xf32> {
  %q = arith.constant dense<[[[3.0, 1.0]]]> : tensor<1x1x2xf32>
  %n = v4.head_norm %q eps 1.0e-6 {numerics = #v4.numerics<hf, {q_norm = "bf16"}>} : (tensor<1x1x2xf32>) -> tensor<1x1x2xf32>
  return %n : tensor<1x1x2xf32>
}

// 1 + 1/256 becomes 1 and 1 + 3/256 becomes 1 + 4/256.
// CHECK-LABEL: @mhc result 0: 1x1x1
// CHECK-NEXT: {{^}}[3.02734375]
// CHECK-NEXT: @mhc result 1: 1x1x1
// CHECK-NEXT: {{^}}[3.03125]
func.func @mhc() -> (tensor<1x1x1xf32>, tensor<1x1x1xf32>) {
  %y = arith.constant dense<1.0> : tensor<1x1xf32>
  %s = arith.constant dense<2.0> : tensor<1x1x1xf32>
  %post = arith.constant dense<1.00390625> : tensor<1x1xf32>
  %comb = arith.constant dense<1.01171875> : tensor<1x1x1xf32>
  %0 = v4.hc_post %y, %s, %post, %comb
    : (tensor<1x1xf32>, tensor<1x1x1xf32>, tensor<1x1xf32>, tensor<1x1x1xf32>) -> tensor<1x1x1xf32>
  %1 = v4.hc_post %y, %s, %post, %comb {numerics = #v4.numerics<hf, {mhc = "bf16"}>}
    : (tensor<1x1xf32>, tensor<1x1x1xf32>, tensor<1x1xf32>, tensor<1x1x1xf32>) -> tensor<1x1x1xf32>
  return %0, %1 : tensor<1x1x1xf32>, tensor<1x1x1xf32>
}

// Head 0 scores 1 + 1/256, rounded 1, weighed 1 + 1/128; head 1 scores 3, weighed 193.5/64, rounded 194/64. Their sum,
// 129.25/32, becomes 129/32. Head 2 scores below zero, and the ring's entry has lost its 1/512.
// CHECK-LABEL: @index_score result 0: 1x1
// CHECK-NEXT: {{^}}[4.03518677]
// CHECK-NEXT: @index_score result 1: 1x1
// CHECK-NEXT: {{^}}[4.03125]
func.func @index_score() -> (tensor<1x1xf32>, tensor<1x1xf32>) {
  %q = arith.constant dense<[[[1.0, 1.0], [3.0, 0.0], [-1.0, 0.0]]]> : tensor<1x3x2xbf16>
  %w = arith.constant dense<1.0078125> : tensor<1x3xf32>
  %k = arith.constant dense<[[1.001953125, 0.00390625]]> : tensor<1x2xf32>
  %slot = arith.constant dense<0> : tensor<1xi32>
  %entries = v4.state "keys" : !v4.entries<1, 2, bf16>
  v4.entry_write %k, %entries at %slot, %slot by 1 : tensor<1x2xf32>, !v4.entries<1, 2, bf16>, tensor<1xi32>, tensor<1xi32>
  %0 = v4.index_scores %q, %w, %entries at %slot, %slot by 1
    : (tensor<1x3x2xbf16>, tensor<1x3xf32>, !v4.entries<1, 2, bf16>, tensor<1xi32>, tensor<1xi32>) -> tensor<1x1xf32>
  %1 = v4.index_scores %q, %w, %entries at %slot, %slot by 1 {numerics = #v4.numerics<reference>}
    : (tensor<1x3x2xbf16>, tensor<1x3xf32>, !v4.entries<1, 2, bf16>, tensor<1xi32>, tensor<1xi32>) -> tensor<1x1xf32>
  return %0, %1 : tensor<1x1xf32>, tensor<1x1xf32>
}

// Keys 1 and 1/2 have exponents 1 and .60653066, the sink 1. The second is rounded to 155/256, but not in the divisor.
// CHECK-LABEL: @attention result 0: 1x1x1
// CHECK-NEXT: {{^}}[0.5]
// CHECK-NEXT: @attention result 1: 1x1x1
// CHECK-NEXT: {{^}}[0.499796298]
func.func @attention() -> (tensor<1x1x1xf32>, tensor<1x1x1xf32>) {
  %kv = arith.constant dense<[[0.5], [1.0]]> : tensor<2x1xf32>
  %slots = arith.constant dense<0> : tensor<2xi32>
  %positions = arith.constant dense<[0, 1]> : tensor<2xi32>
  %ring = v4.state "window" : !v4.ring<8, 1, bf16>
  v4.ring_write %kv, %ring at %slots, %positions : tensor<2x1xf32>, !v4.ring<8, 1, bf16>, tensor<2xi32>, tensor<2xi32>
  %q = arith.constant dense<1.0> : tensor<1x1x1xbf16>
  %slot = arith.constant dense<0> : tensor<1xi32>
  %position = arith.constant dense<1> : tensor<1xi32>
  %sink = v4.weight "attn_sink" = dense<1.0> : tensor<1xf32> : <1xf32>
  %0 = v4.window_attention %q, %ring, %sink at %slot, %position window 2 scale 1.0
    : (tensor<1x1x1xbf16>, !v4.ring<8, 1, bf16>, !v4.weight<1xf32>, tensor<1xi32>, tensor<1xi32>) -> tensor<1x1x1xf32>
  %1 = v4.window_attention %q, %ring, %sink at %slot, %position window 2 scale 1.0 {numerics = #v4.numerics<reference>}
    : (tensor<1x1x1xbf16>, !v4.ring<8, 1, bf16>, !v4.weight<1xf32>, tensor<1xi32>, tensor<1xi32>) -> tensor<1x1x1xf32>
  return %0, %1 : tensor<1x1x1xf32>, tensor<1x1x1xf32>
}

// Shares of .37754067 and .62245933 become 193/512 and 159/256; keys are 1 and 2.
// CHECK-LABEL: @compressor result 0: 2x1
// CHECK-NEXT: {{^}}[0]
// CHECK-NEXT: {{^}}[1.62245933]
// CHECK-NEXT: @compressor result 1: 2x1
// CHECK-NEXT: {{^}}[0]
// CHECK-NEXT: {{^}}[1.61914062]
func.func @compressor() -> (tensor<2x1xf32>, tensor<2x1xf32>) {
  %k = arith.constant dense<[[1.0], [2.0]]> : tensor<2x1xf32>
  %s = arith.constant dense<[[0.0], [0.25]]> : tensor<2x1xf32>
  %slots = arith.constant dense<0> : tensor<2xi32>
  %positions = arith.constant dense<[0, 1]> : tensor<2xi32>
  %ape = v4.weight "ape" = dense<[[0.0], [0.25]]> : tensor<2x1xf32> : <2x1xf32>
  %values = v4.state "values" : !v4.ring<4, 1, f32>
  %gates = v4.state "gates" : !v4.ring<4, 1, f32>
  v4.ring_write %k, %values at %slots, %positions : tensor<2x1xf32>, !v4.ring<4, 1, f32>, tensor<2xi32>, tensor<2xi32>
  v4.ring_write %s, %gates at %slots, %positions : tensor<2x1xf32>, !v4.ring<4, 1, f32>, tensor<2xi32>, tensor<2xi32>
  %0 = v4.compress %values, %gates, %ape at %slots, %positions by 2
    : (!v4.ring<4, 1, f32>, !v4.ring<4, 1, f32>, !v4.weight<2x1xf32>, tensor<2xi32>, tensor<2xi32>) -> tensor<2x1xf32>
  %1 = v4.compress %values, %gates, %ape at %slots, %positions by 2 {numerics = #v4.numerics<hf, {compressor = "bf16"}>}
    : (!v4.ring<4, 1, f32>, !v4.ring<4, 1, f32>, !v4.weight<2x1xf32>, tensor<2xi32>, tensor<2xi32>) -> tensor<2x1xf32>
  return %0, %1 : tensor<2x1xf32>, tensor<2x1xf32>
}

// silu(3) = 2.85772238, weighed 0.3 and multiplied by 1.5. Published: .85731671 is rounded to 219/256, quantised under 1/512
// to 448/512, and the product is 1.3125. An unquantised w2 takes 219/256: 164.25/128 becomes 164/128. Weighed last: 183/64
// quantised under 1/128 is 352/128, the product 4.125, its weighed value 158.4/128.
// CHECK-LABEL: @experts result 0: 1x1
// CHECK-NEXT: {{^}}[1.28597
// CHECK-NEXT: @experts result 1: 1x1
// CHECK-NEXT: {{^}}[1.3125]
// CHECK-NEXT: @experts result 2: 1x1
// CHECK-NEXT: {{^}}[1.28125]
// CHECK-NEXT: @experts result 3: 1x1
// CHECK-NEXT: {{^}}[1.234375]
func.func @experts() -> (tensor<1x1xf32>, tensor<1x1xf32>, tensor<1x1xf32>, tensor<1x1xf32>) {
  %x = arith.constant dense<1.0> : tensor<1x1xbf16>
  %i = arith.constant dense<0> : tensor<1x1xi32>
  %weights = arith.constant dense<0.3> : tensor<1x1xf32>
  %w1 = v4.weight "{e}.w1" = dense<3.0> : tensor<1x1x1xf32> : <1x1x1xf32>
  %w3 = v4.weight "{e}.w3" = dense<1.0> : tensor<1x1x1xf32> : <1x1x1xf32>
  %w2 = v4.weight "{e}.w2" = dense<1.5> : tensor<1x1x1xf8E4M3FN> : <1x1x1xf8E4M3FN, scale f8E8M0FNU by 128x128>
  %wide = v4.weight "{e}.w2" = dense<1.5> : tensor<1x1x1xf32> : <1x1x1xf32>
  %0 = v4.experts %x, %i, %weights, %w1, %w3, %w2 limit 0.0
    : (tensor<1x1xbf16>, tensor<1x1xi32>, tensor<1x1xf32>, !v4.weight<1x1x1xf32>, !v4.weight<1x1x1xf32>,
       !v4.weight<1x1x1xf8E4M3FN, scale f8E8M0FNU by 128x128>) -> tensor<1x1xf32>
  %1 = v4.experts %x, %i, %weights, %w1, %w3, %w2 limit 0.0 {numerics = #v4.numerics<reference>}
    : (tensor<1x1xbf16>, tensor<1x1xi32>, tensor<1x1xf32>, !v4.weight<1x1x1xf32>, !v4.weight<1x1x1xf32>,
       !v4.weight<1x1x1xf8E4M3FN, scale f8E8M0FNU by 128x128>) -> tensor<1x1xf32>
  %2 = v4.experts %x, %i, %weights, %w1, %w3, %wide limit 0.0 {numerics = #v4.numerics<reference>}
    : (tensor<1x1xbf16>, tensor<1x1xi32>, tensor<1x1xf32>, !v4.weight<1x1x1xf32>, !v4.weight<1x1x1xf32>,
       !v4.weight<1x1x1xf32>) -> tensor<1x1xf32>
  %3 = v4.experts %x, %i, %weights, %w1, %w3, %w2 limit 0.0 {numerics = #v4.numerics<reference, {expert_weight = "post_w2"}>}
    : (tensor<1x1xbf16>, tensor<1x1xi32>, tensor<1x1xf32>, !v4.weight<1x1x1xf32>, !v4.weight<1x1x1xf32>,
       !v4.weight<1x1x1xf8E4M3FN, scale f8E8M0FNU by 128x128>) -> tensor<1x1xf32>
  return %0, %1, %2, %3 : tensor<1x1xf32>, tensor<1x1xf32>, tensor<1x1xf32>, tensor<1x1xf32>
}
