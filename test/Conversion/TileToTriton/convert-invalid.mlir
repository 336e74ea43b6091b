// RUN: v4-opt %s --convert-tile-to-triton --split-input-file --verify-diagnostics

tile.kernel @wide(%m: memref<?x1073741824xi8>) {
  %c0 = arith.constant 0 : index
  // expected-error@+2 {{spans 3221225504 elements of 'memref<?x1073741824xi8>', but a tile may span 2^31 - 1}}
  // expected-error@+1 {{failed to legalize operation 'tile.load'}}
  %0 = tile.load %m[%c0, %c0] : memref<?x1073741824xi8> -> tensor<4x32xi8>
  tile.return
}

// -----

tile.kernel @square(%m: memref<2x2xf32>) {
  %c0 = arith.constant 0 : index
  // expected-error@+2 {{has other than equal elements in a tile of rank 2, which Triton IR cannot say}}
  // expected-error@+1 {{failed to legalize operation 'arith.constant'}}
  %0 = arith.constant dense<[[1.0, 2.0], [3.0, 4.0]]> : tensor<2x2xf32>
  tile.store %0, %m[%c0, %c0] : tensor<2x2xf32>, memref<2x2xf32>
  tile.return
}
