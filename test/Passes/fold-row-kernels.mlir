// RUN: v4-opt %s --split-input-file --v4-fold-row-kernels | FileCheck %s
// RUN: v4-opt %s --split-input-file --v4-fold-row-kernels --tile-select-schedule --convert-v4-to-tile 2>/dev/null | FileCheck %s --check-prefix=TILE

// Norms go to the product that needs them, and the write into the ring goes along; pooling, which needs what other rows
// wrote, comes after.
// CHECK-LABEL: func.func @decode
// CHECK-NOT:     v4.kernel rows
// CHECK:         v4.kernel outputs row_tile 16 {
// CHECK-NEXT:      %[[N:.+]] = v4.rms_norm
// CHECK-NEXT:      v4.ring_write
// CHECK-NEXT:      v4.linear %[[N]]
// CHECK-NEXT:      v4.yield
// CHECK:         v4.kernel rows row_tile 16 {
// CHECK-NEXT:      v4.compress
// CHECK-NOT:     v4.kernel

// The product has two programs, and both need the norm of their rows; a third writes into the ring.
// TILE-LABEL: func.func @decode
// TILE:         rt.launch @rms_norm_ring_write_linear_x16({{.*}}) grid [#rt.dim<3 * ceil(one, 1)>, #rt.dim<1 * ceil(tokens, 16)>]
// TILE-LABEL: tile.kernel @rms_norm_ring_write_linear_x16
// TILE:         scf.for
// TILE:           math.sqrt
// TILE:         scf.if
// TILE:           tile.dot
// TILE:         scf.if
// TILE-NOT:       tile.dot
// TILE:           scf.for
// TILE:             tile.store
// TILE-LABEL: tile.kernel @compress
module attributes {v4.target = "sm_90a"} {
  func.func @decode(%x: tensor<?x64xf32>, %k: tensor<?x8xf32>, %s: tensor<?x8xf32>, %slots: tensor<?xi32>, %positions: tensor<?xi32>)
      -> (tensor<?x128xf32>, tensor<?x8xf32>) attributes {v4.row_tile = 16 : i64} {
    %norm = v4.weight "norm.weight" layout <row_major, 0> : !v4.weight<64xf32>
    %w = v4.weight "a.weight" layout <rows, 128> : !v4.weight<128x64xf32>
    %ape = v4.weight "ape" layout <row_major, 0> : !v4.weight<8x8xf32>
    %values = v4.state "values" : !v4.ring<32, 8, f32>
    %gates = v4.state "gates" : !v4.ring<32, 8, f32>
    %n = v4.kernel rows row_tile 16 {
      %0 = v4.rms_norm %x, %norm eps 1.0e-6 : (tensor<?x64xf32>, !v4.weight<64xf32>) -> tensor<?x64xf32>
      v4.ring_write %k, %values at %slots, %positions : tensor<?x8xf32>, !v4.ring<32, 8, f32>, tensor<?xi32>, tensor<?xi32>
      v4.yield %0 : tensor<?x64xf32>
    } : tensor<?x64xf32>
    %e = v4.kernel rows row_tile 16 {
      %0 = v4.compress %values, %gates, %ape at %slots, %positions by 8
          : (!v4.ring<32, 8, f32>, !v4.ring<32, 8, f32>, !v4.weight<8x8xf32>, tensor<?xi32>, tensor<?xi32>) -> tensor<?x8xf32>
      v4.yield %0 : tensor<?x8xf32>
    } : tensor<?x8xf32>
    %y = v4.kernel outputs row_tile 16 {
      %0 = v4.linear %n, %w : (tensor<?x64xf32>, !v4.weight<128x64xf32>) -> tensor<?x128xf32>
      v4.yield %0 : tensor<?x128xf32>
    } : tensor<?x128xf32>
    return %y, %e : tensor<?x128xf32>, tensor<?x8xf32>
  }
}

// -----

// In prefill the programs are many and their rows too: launches are cheaper.
// CHECK-LABEL: func.func @prefill
// CHECK:         v4.kernel rows
// CHECK:         v4.kernel outputs
// TILE-LABEL: func.func @prefill
module attributes {v4.target = "sm_90a"} {
  func.func @prefill(%x: tensor<?x64xf32>) -> tensor<?x128xf32> attributes {v4.row_tile = 64 : i64} {
    %norm = v4.weight "norm.weight" layout <row_major, 0> : !v4.weight<64xf32>
    %w = v4.weight "a.weight" layout <rows, 128> : !v4.weight<128x64xf32>
    %n = v4.kernel rows row_tile 64 {
      %0 = v4.rms_norm %x, %norm eps 1.0e-6 : (tensor<?x64xf32>, !v4.weight<64xf32>) -> tensor<?x64xf32>
      v4.yield %0 : tensor<?x64xf32>
    } : tensor<?x64xf32>
    %y = v4.kernel outputs row_tile 64 {
      %0 = v4.linear %n, %w : (tensor<?x64xf32>, !v4.weight<128x64xf32>) -> tensor<?x128xf32>
      v4.yield %0 : tensor<?x128xf32>
    } : tensor<?x128xf32>
    return %y : tensor<?x128xf32>
  }
}
