// RUN: v4-opt %s --v4-split-experts --mlir-print-debuginfo --mlir-print-local-scope | FileCheck %s

// CHECK-LABEL: func.func @routed
// CHECK:         %[[UP:.+]] = v4.expert_up %{{.+}}, %[[IDS:.+]], %{{.+}}, %[[W1:.+]], %[[W3:.+]] limit 1.000000e+01
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
