// RUN: v4-opt %s | v4-opt | FileCheck %s
// RUN: v4-opt %s --mlir-print-op-generic | v4-opt | FileCheck %s

// CHECK-LABEL: func @indexer
func.func @indexer(%query: tensor<?x2x4xf32>, %weights: tensor<?x2xf32>, %keys: !v4.entries<16, 4, f32>, %slots: tensor<?xi32>,
                   %positions: tensor<?xi32>) -> tensor<?x5xi32> {
  // CHECK: %[[SCORES:.+]] = v4.index_scores %{{.+}}, %{{.+}}, %{{.+}} at %{{.+}}, %{{.+}} by 4 :
  %scores = v4.index_scores %query, %weights, %keys at %slots, %positions by 4
    : (tensor<?x2x4xf32>, tensor<?x2xf32>, !v4.entries<16, 4, f32>, tensor<?xi32>, tensor<?xi32>) -> tensor<?x16xf32>
  // CHECK: v4.index_topk %[[SCORES]] at %{{.+}} by 4 : (tensor<?x16xf32>, tensor<?xi32>) -> tensor<?x5xi32>
  %chosen = v4.index_topk %scores at %positions by 4 : (tensor<?x16xf32>, tensor<?xi32>) -> tensor<?x5xi32>
  return %chosen : tensor<?x5xi32>
}

// CHECK-LABEL: func @attention
func.func @attention(%query: tensor<?x2x4xf32>, %ring: !v4.ring<40, 4, f32>, %entries: !v4.entries<16, 4, f32>,
                     %chosen: tensor<?x5xi32>, %sink: !v4.weight<2xf32>, %slots: tensor<?xi32>, %positions: tensor<?xi32>) {
  // CHECK: v4.window_attention %{{.+}}, %{{.+}}, %{{.+}} at %{{.+}}, %{{.+}} window 32 scale 5.000000e-01 :
  %0 = v4.window_attention %query, %ring, %sink at %slots, %positions window 32 scale 0.5
    : (tensor<?x2x4xf32>, !v4.ring<40, 4, f32>, !v4.weight<2xf32>, tensor<?xi32>, tensor<?xi32>) -> tensor<?x2x4xf32>
  // CHECK: v4.csa_attention %{{.+}}, %{{.+}}, %{{.+}}, %{{.+}}, %{{.+}} at %{{.+}}, %{{.+}} window 32 scale 5.000000e-01 :
  %1 = v4.csa_attention %query, %ring, %entries, %chosen, %sink at %slots, %positions window 32 scale 0.5
    : (tensor<?x2x4xf32>, !v4.ring<40, 4, f32>, !v4.entries<16, 4, f32>, tensor<?x5xi32>, !v4.weight<2xf32>, tensor<?xi32>,
       tensor<?xi32>) -> tensor<?x2x4xf32>
  // CHECK: v4.hca_attention %{{.+}}, %{{.+}}, %{{.+}}, %{{.+}} at %{{.+}}, %{{.+}} by 128 window 32 scale 5.000000e-01 :
  %2 = v4.hca_attention %query, %ring, %entries, %sink at %slots, %positions by 128 window 32 scale 0.5
    : (tensor<?x2x4xf32>, !v4.ring<40, 4, f32>, !v4.entries<16, 4, f32>, !v4.weight<2xf32>, tensor<?xi32>, tensor<?xi32>)
    -> tensor<?x2x4xf32>
  return
}

// CHECK-LABEL: func @group_heads
func.func @group_heads(%heads: tensor<?x6x8xf32>, %cos: tensor<?x2xf32>, %sin: tensor<?x2xf32>) -> tensor<?x3x16xf32> {
  // CHECK: v4.group_heads %{{.+}}, %{{.+}}, %{{.+}} : (tensor<?x6x8xf32>, tensor<?x2xf32>, tensor<?x2xf32>) -> tensor<?x3x16xf32>
  %0 = v4.group_heads %heads, %cos, %sin : (tensor<?x6x8xf32>, tensor<?x2xf32>, tensor<?x2xf32>) -> tensor<?x3x16xf32>
  return %0 : tensor<?x3x16xf32>
}
