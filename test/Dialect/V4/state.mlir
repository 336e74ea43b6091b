// RUN: v4-opt %s | v4-opt | FileCheck %s
// RUN: v4-opt %s --mlir-print-op-generic | v4-opt | FileCheck %s

// CHECK-LABEL: func @states
func.func @states(%kv: tensor<?x8xf32>, %entry: tensor<?x4xf32>, %ape: !v4.weight<4x8xf32>, %apeOwn: !v4.weight<4x8xf32>,
                  %slots: tensor<?xi32>, %positions: tensor<?xi32>) -> (tensor<?x4xf32>, tensor<?x8xf32>) {
  // CHECK: %[[VALUES:.+]] = v4.state "layers.0.attn.compressor.values" : !v4.ring<16, 8, f32>
  %values = v4.state "layers.0.attn.compressor.values" : !v4.ring<16, 8, f32>
  // CHECK: %[[GATES:.+]] = v4.state "layers.0.attn.compressor.gates" : !v4.ring<16, 8, bf16>
  %gates = v4.state "layers.0.attn.compressor.gates" : !v4.ring<16, 8, bf16>
  // CHECK: %[[ENTRIES:.+]] = v4.state "layers.0.attn.compressor.entries" : !v4.entries<64, 4, f32>
  %entries = v4.state "layers.0.attn.compressor.entries" : !v4.entries<64, 4, f32>
  // CHECK: v4.ring_write %{{.+}}, %[[VALUES]] at %{{.+}}, %{{.+}} : tensor<?x8xf32>, !v4.ring<16, 8, f32>, tensor<?xi32>, tensor<?xi32>
  v4.ring_write %kv, %values at %slots, %positions : tensor<?x8xf32>, !v4.ring<16, 8, f32>, tensor<?xi32>, tensor<?xi32>
  // CHECK: v4.compress %[[VALUES]], %[[GATES]], %{{.+}} at %{{.+}}, %{{.+}} by 4 overlap :
  %0 = v4.compress %values, %gates, %ape at %slots, %positions by 4 overlap
    : (!v4.ring<16, 8, f32>, !v4.ring<16, 8, bf16>, !v4.weight<4x8xf32>, tensor<?xi32>, tensor<?xi32>) -> tensor<?x4xf32>
  // CHECK: v4.compress %[[VALUES]], %[[GATES]], %{{.+}} at %{{.+}}, %{{.+}} by 4 :
  %1 = v4.compress %values, %gates, %apeOwn at %slots, %positions by 4
    : (!v4.ring<16, 8, f32>, !v4.ring<16, 8, bf16>, !v4.weight<4x8xf32>, tensor<?xi32>, tensor<?xi32>) -> tensor<?x8xf32>
  // CHECK: v4.entry_write %{{.+}}, %[[ENTRIES]] at %{{.+}}, %{{.+}} by 4 : tensor<?x4xf32>, !v4.entries<64, 4, f32>, tensor<?xi32>, tensor<?xi32>
  v4.entry_write %0, %entries at %slots, %positions by 4
    : tensor<?x4xf32>, !v4.entries<64, 4, f32>, tensor<?xi32>, tensor<?xi32>
  return %0, %1 : tensor<?x4xf32>, tensor<?x8xf32>
}
