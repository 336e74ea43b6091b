// RUN: v4-opt %s --v4-split-experts --mlir-print-debuginfo --mlir-print-local-scope | FileCheck %s

// CHECK-LABEL: func.func @routed
// CHECK:         %[[UP:.+]] = v4.expert_up %{{.+}}, %[[IDS:[a-z0-9]+]], %[[W1:.+]], %[[W3:.+]] weights %{{.+}} limit 1.000000e+01
// CHECK-SAME:      -> tensor<?x2x24xf32> loc("layers.0.ffn.routed_out.up")
// CHECK-NEXT:    %[[DOWN:.+]] = v4.expert_down %[[UP]], %[[IDS]], %[[W2:.+]] : {{.*}} -> tensor<?x16xf32> loc("layers.0.ffn.routed_out")
// CHECK-NOT:     v4.experts
func.func @routed(%x: tensor<?x16xf32>, %ids: tensor<?x2xi32>, %weights: tensor<?x2xf32>) -> tensor<?x16xf32> {
  %w1 = v4.weight "e.{e}.w1.weight" : !v4.weight<8x24x16xf32>
  %w3 = v4.weight "e.{e}.w3.weight" : !v4.weight<8x24x16xf32>
  %w2 = v4.weight "e.{e}.w2.weight" : !v4.weight<8x16x24xf32>
  %y = v4.experts %x, %ids, %weights, %w1, %w3, %w2 limit 10.0
      : (tensor<?x16xf32>, tensor<?x2xi32>, tensor<?x2xf32>, !v4.weight<8x24x16xf32>, !v4.weight<8x24x16xf32>,
         !v4.weight<8x16x24xf32>) -> tensor<?x16xf32> loc("layers.0.ffn.routed_out")
  return %y : tensor<?x16xf32>
}

// CHECK-LABEL: func.func @shared
// CHECK:         %[[UP:.+]] = v4.shared_up %{{.+}} limit 0.000000e+00 : {{.*}} -> tensor<?x24xf32>
// CHECK-NEXT:    v4.linear %[[UP]], %{{.+}} : {{.*}} -> tensor<?x16xf32>
func.func @shared(%x: tensor<?x16xf32>) -> tensor<?x16xf32> {
  %w1 = v4.weight "s.w1.weight" : !v4.weight<24x16xf32>
  %w3 = v4.weight "s.w3.weight" : !v4.weight<24x16xf32>
  %w2 = v4.weight "s.w2.weight" : !v4.weight<16x24xf32>
  %y = v4.shared_expert %x, %w1, %w3, %w2 limit 0.0
      : (tensor<?x16xf32>, !v4.weight<24x16xf32>, !v4.weight<24x16xf32>, !v4.weight<16x24xf32>) -> tensor<?x16xf32>
  return %y : tensor<?x16xf32>
}

// The published roundings: BF16 between the halves, quantised for a weight that is; the routing weight on either side.
// CHECK-LABEL: func.func @rounded
// CHECK:         %[[UP:.+]] = v4.expert_up {{.*}} weights %{{.+}} limit {{.*}} -> tensor<?x2x64xbf16>
// CHECK-NEXT:    %[[Q:.+]] = v4.fake_quantise %[[UP]] to e4m3 block 128 : (tensor<?x2x64xbf16>) -> tensor<?x2x64xf32>
// CHECK-NEXT:    v4.expert_down %[[Q]], %{{[a-z0-9]+}}, %{{[a-z0-9]+}} {numerics
// CHECK:         v4.expert_up %{{[a-z0-9]+}}, %{{[a-z0-9]+}}, %{{[a-z0-9]+}}, %{{[a-z0-9]+}} limit
// CHECK:         v4.expert_down %{{.+}}, %{{.+}}, %{{.+}} weights %{{.+}}
func.func @rounded(%x: tensor<?x16xbf16>, %ids: tensor<?x2xi32>, %weights: tensor<?x2xf32>)
    -> (tensor<?x16xf32>, tensor<?x16xf32>) {
  %w1 = v4.weight "e.{e}.w1.weight" : !v4.weight<8x64x16xf32>
  %w3 = v4.weight "e.{e}.w3.weight" : !v4.weight<8x64x16xf32>
  %w2 = v4.weight "e.{e}.w2.weight" : !v4.weight<8x16x64xf4E2M1FN, scale f8E8M0FNU by 1x32>
  %before = v4.experts %x, %ids, %weights, %w1, %w3, %w2 limit 10.0 {numerics = #v4.numerics<reference>}
      : (tensor<?x16xbf16>, tensor<?x2xi32>, tensor<?x2xf32>, !v4.weight<8x64x16xf32>, !v4.weight<8x64x16xf32>,
         !v4.weight<8x16x64xf4E2M1FN, scale f8E8M0FNU by 1x32>) -> tensor<?x16xf32>
  %after = v4.experts %x, %ids, %weights, %w1, %w3, %w2 limit 10.0
      {numerics = #v4.numerics<reference, {expert_weight = "post_w2"}>}
      : (tensor<?x16xbf16>, tensor<?x2xi32>, tensor<?x2xf32>, !v4.weight<8x64x16xf32>, !v4.weight<8x64x16xf32>,
         !v4.weight<8x16x64xf4E2M1FN, scale f8E8M0FNU by 1x32>) -> tensor<?x16xf32>
  return %before, %after : tensor<?x16xf32>, tensor<?x16xf32>
}
