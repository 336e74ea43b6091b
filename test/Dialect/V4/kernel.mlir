// RUN: v4-opt %s | v4-opt | FileCheck %s
// RUN: v4-opt %s --mlir-print-op-generic | v4-opt | FileCheck %s

// CHECK-LABEL: func @rows
func.func @rows(%x: tensor<?x8xf32>, %w: !v4.weight<8xf32>) -> tensor<?x8xf32> {
  // CHECK: %[[R:.+]]:2 = v4.kernel rows row_tile 8 {
  // CHECK:   v4.rms_norm
  // CHECK:   v4.yield %{{.+}}, %{{.+}} : tensor<?x8xf32>, tensor<?x8xf32>
  // CHECK: } : tensor<?x8xf32>, tensor<?x8xf32>
  %0:2 = v4.kernel rows row_tile 8 {
    %a = v4.rms_norm %x, %w eps 1.0e-6 : (tensor<?x8xf32>, !v4.weight<8xf32>) -> tensor<?x8xf32>
    %b = v4.scale %a by 2.0 : (tensor<?x8xf32>) -> tensor<?x8xf32>
    v4.yield %a, %b : tensor<?x8xf32>, tensor<?x8xf32>
  } : tensor<?x8xf32>, tensor<?x8xf32>
  // CHECK: return %[[R]]#1
  return %0#1 : tensor<?x8xf32>
}

// CHECK-LABEL: func @heads
func.func @heads(%q: tensor<?x2x8xf32>, %cos: tensor<?x2xf32>, %sin: tensor<?x2xf32>) {
  // CHECK: v4.kernel heads {
  %0:3 = v4.kernel heads {
    %a = v4.head_norm %q eps 1.0e-6 : (tensor<?x2x8xf32>) -> tensor<?x2x8xf32>
    %b = v4.rope %a, %cos, %sin : (tensor<?x2x8xf32>, tensor<?x2xf32>, tensor<?x2xf32>) -> tensor<?x2x8xf32>
    %c = v4.group_heads %b, %cos, %sin : (tensor<?x2x8xf32>, tensor<?x2xf32>, tensor<?x2xf32>) -> tensor<?x1x16xf32>
    v4.yield %a, %b, %c : tensor<?x2x8xf32>, tensor<?x2x8xf32>, tensor<?x1x16xf32>
  } : tensor<?x2x8xf32>, tensor<?x2x8xf32>, tensor<?x1x16xf32>
  return
}

// CHECK-LABEL: func @no_results
func.func @no_results(%x: tensor<?x8xf32>, %ring: !v4.ring<4, 8, f32>, %slots: tensor<?xi32>, %positions: tensor<?xi32>) {
  // CHECK: v4.kernel rows {
  // CHECK:   v4.ring_write
  v4.kernel rows {
    v4.ring_write %x, %ring at %slots, %positions : tensor<?x8xf32>, !v4.ring<4, 8, f32>, tensor<?xi32>, tensor<?xi32>
    v4.yield
  }
  return
}
