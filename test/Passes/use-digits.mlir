// RUN: v4-opt %s --split-input-file --pass-pipeline='builtin.module(func.func(v4-use-digits))' | FileCheck %s

// One split for all experts that read the rows; others read the numbers as before.
// CHECK-LABEL: func.func @experts
// CHECK:         %[[Q:.+]] = v4.fake_quantise %[[X:.+]] to e4m3 block 128 : (tensor<?x64xbf16>) -> tensor<?x64xf32>
// CHECK-NEXT:    %[[DIGITS:.+]] = v4.fake_quantise %[[X]] to e4m3 block 128 {digits} : (tensor<?x64xbf16>) -> tensor<?x64xf32>
// CHECK:         v4.linear %[[Q]]
// CHECK:         v4.expert_up %[[DIGITS]], {{.+}} {digits, numerics
// CHECK:         v4.expert_up %[[DIGITS]], {{.+}} {digits, numerics
// CHECK:         v4.fake_quantise %[[UP:.+]] to e4m3 block 128 : (tensor<?x2x32xbf16>) -> tensor<?x2x32xf32>
// CHECK-NEXT:    %[[Z:.+]] = v4.fake_quantise %[[UP]] to e4m3 block 128 {digits}
// CHECK:         v4.expert_down %[[Z]], {{.+}} {digits, numerics
module attributes {v4.target = "cpu"} {
  func.func @experts(%x: tensor<?x64xbf16>, %ids: tensor<?x2xi32>)
      -> (tensor<?x32xf32>, tensor<?x2x32xbf16>, tensor<?x64xf32>) {
    %w = v4.weight "w" : !v4.weight<32x64xbf16>
    %w1 = v4.weight "{e}.w1" : !v4.weight<8x32x64xf4E2M1FN, scale f8E8M0FNU by 1x32>
    %w2 = v4.weight "{e}.w2" : !v4.weight<8x64x32xf4E2M1FN, scale f8E8M0FNU by 1x32>
    %q = v4.fake_quantise %x to e4m3 block 128 : (tensor<?x64xbf16>) -> tensor<?x64xf32>
    %0 = v4.linear %q, %w : (tensor<?x64xf32>, !v4.weight<32x64xbf16>) -> tensor<?x32xf32>
    %1 = v4.expert_up %q, %ids, %w1, %w1 limit 10.0 {numerics = #v4.numerics<reference>}
      : (tensor<?x64xf32>, tensor<?x2xi32>, !v4.weight<8x32x64xf4E2M1FN, scale f8E8M0FNU by 1x32>,
         !v4.weight<8x32x64xf4E2M1FN, scale f8E8M0FNU by 1x32>) -> tensor<?x2x32xbf16>
    %2 = v4.expert_up %q, %ids, %w1, %w1 limit 0.0 {numerics = #v4.numerics<reference>}
      : (tensor<?x64xf32>, tensor<?x2xi32>, !v4.weight<8x32x64xf4E2M1FN, scale f8E8M0FNU by 1x32>,
         !v4.weight<8x32x64xf4E2M1FN, scale f8E8M0FNU by 1x32>) -> tensor<?x2x32xbf16>
    %3 = v4.fake_quantise %2 to e4m3 block 128 : (tensor<?x2x32xbf16>) -> tensor<?x2x32xf32>
    %4 = v4.expert_down %3, %ids, %w2 {numerics = #v4.numerics<reference>}
      : (tensor<?x2x32xf32>, tensor<?x2xi32>, !v4.weight<8x64x32xf4E2M1FN, scale f8E8M0FNU by 1x32>) -> tensor<?x64xf32>
    return %0, %1, %4 : tensor<?x32xf32>, tensor<?x2x32xbf16>, tensor<?x64xf32>
  }
}

// -----

// Numbers of any size, weights that are no FP4, and rows that are no whole blocks stay as they are; so do GPUs' rows.
// CHECK-LABEL: func.func @others
// CHECK-NOT:     digits
module attributes {v4.target = "cpu"} {
  func.func @others(%x: tensor<?x64xf32>, %y: tensor<?x48xbf16>, %ids: tensor<?x2xi32>)
      -> (tensor<?x2x32xf32>, tensor<?x2x32xf32>, tensor<?x2x32xf32>) {
    %w1 = v4.weight "{e}.w1" : !v4.weight<8x32x64xf4E2M1FN, scale f8E8M0FNU by 1x32>
    %0 = v4.expert_up %x, %ids, %w1, %w1 limit 10.0 {numerics = #v4.numerics<hf>}
      : (tensor<?x64xf32>, tensor<?x2xi32>, !v4.weight<8x32x64xf4E2M1FN, scale f8E8M0FNU by 1x32>,
         !v4.weight<8x32x64xf4E2M1FN, scale f8E8M0FNU by 1x32>) -> tensor<?x2x32xf32>
    %w8 = v4.weight "{e}.w8" : !v4.weight<8x32x64xf8E4M3FN, scale f8E8M0FNU by 128x128>
    %q = v4.fake_quantise %x to e4m3 block 128 : (tensor<?x64xf32>) -> tensor<?x64xf32>
    %1 = v4.expert_up %q, %ids, %w8, %w8 limit 10.0 {numerics = #v4.numerics<hf>}
      : (tensor<?x64xf32>, tensor<?x2xi32>, !v4.weight<8x32x64xf8E4M3FN, scale f8E8M0FNU by 128x128>,
         !v4.weight<8x32x64xf8E4M3FN, scale f8E8M0FNU by 128x128>) -> tensor<?x2x32xf32>
    %w48 = v4.weight "{e}.w48" : !v4.weight<8x32x48xf4E2M1FN, scale f8E8M0FNU by 1x32>
    %p = v4.fake_quantise %y to e4m3 block 128 : (tensor<?x48xbf16>) -> tensor<?x48xf32>
    %2 = v4.expert_up %p, %ids, %w48, %w48 limit 10.0 {numerics = #v4.numerics<hf>}
      : (tensor<?x48xf32>, tensor<?x2xi32>, !v4.weight<8x32x48xf4E2M1FN, scale f8E8M0FNU by 1x32>,
         !v4.weight<8x32x48xf4E2M1FN, scale f8E8M0FNU by 1x32>) -> tensor<?x2x32xf32>
    return %0, %1, %2 : tensor<?x2x32xf32>, tensor<?x2x32xf32>, tensor<?x2x32xf32>
  }
}
