// RUN: v4-opt %s --convert-tile-to-vector --split-input-file | FileCheck %s

// The left tile comes as scalars from memory; k outside, rows of the accumulator inside.
// CHECK-LABEL: func.func @dot
// CHECK: %[[A00:.+]] = llvm.load %{{.+}} {alignment = 4 : i64} : !llvm.ptr -> f32
// CHECK: %[[A01:.+]] = llvm.load %{{.+}} : !llvm.ptr -> f32
// CHECK: %[[A10:.+]] = llvm.load %{{.+}} : !llvm.ptr -> f32
// CHECK: %[[A11:.+]] = llvm.load %{{.+}} : !llvm.ptr -> f32
// CHECK: %[[B0:.+]] = llvm.load %{{.+}} : !llvm.ptr -> vector<16xf32>
// CHECK: %[[B1:.+]] = llvm.load %{{.+}} : !llvm.ptr -> vector<16xf32>
// CHECK: %[[V00:.+]] = vector.broadcast %[[A00]] : f32 to vector<16xf32>
// CHECK: %[[S0:.+]] = math.fma %[[V00]], %[[B0]], %{{.+}} : vector<16xf32>
// CHECK: %[[V10:.+]] = vector.broadcast %[[A10]]
// CHECK: %[[S1:.+]] = math.fma %[[V10]], %[[B0]], %{{.+}} : vector<16xf32>
// CHECK: %[[V01:.+]] = vector.broadcast %[[A01]]
// CHECK: math.fma %[[V01]], %[[B1]], %[[S0]] : vector<16xf32>
// CHECK: %[[V11:.+]] = vector.broadcast %[[A11]]
// CHECK: math.fma %[[V11]], %[[B1]], %[[S1]] : vector<16xf32>
tile.kernel @dot(%a: memref<?x2xf32>, %b: memref<2x16xf32>, %out: memref<?x16xf32>) {
  %c0 = arith.constant 0 : index
  %zero = arith.constant dense<0.0> : tensor<2x16xf32>
  %at = tile.load %a[%c0, %c0] : memref<?x2xf32> -> tensor<2x2xf32>
  %bt = tile.load %b[%c0, %c0] : memref<2x16xf32> -> tensor<2x16xf32>
  %0 = tile.dot %at, %bt, %zero : tensor<2x2xf32>, tensor<2x16xf32> -> tensor<2x16xf32>
  tile.store %0, %out[%c0, %c0] : tensor<2x16xf32>, memref<?x16xf32>
  tile.return
}

// -----

// Two users: a vector, not scalars.
// CHECK-LABEL: func.func @dot_of_shared
// CHECK: %[[A:.+]] = llvm.load %{{.+}} : !llvm.ptr -> vector<2xf32>
// CHECK: vector.extract %[[A]][0] : f32 from vector<2xf32>
tile.kernel @dot_of_shared(%a: memref<?x2xf32>, %b: memref<2x16xf32>, %out: memref<?x16xf32>) {
  %c0 = arith.constant 0 : index
  %zero = arith.constant dense<0.0> : tensor<1x16xf32>
  %at = tile.load %a[%c0, %c0] : memref<?x2xf32> -> tensor<1x2xf32>
  %bt = tile.load %b[%c0, %c0] : memref<2x16xf32> -> tensor<2x16xf32>
  %0 = tile.dot %at, %bt, %zero : tensor<1x2xf32>, tensor<2x16xf32> -> tensor<1x16xf32>
  tile.store %0, %out[%c0, %c0] : tensor<1x16xf32>, memref<?x16xf32>
  tile.store %at, %a[%c0, %c0] : tensor<1x2xf32>, memref<?x2xf32>
  tile.return
}

// -----

// Halves; the fifth element waits.
// CHECK-LABEL: func.func @reduce
// CHECK: %[[LOW:.+]] = vector.shuffle %[[X:.+]], %[[X]] [0, 1] : vector<5xf32>, vector<5xf32>
// CHECK: %[[HIGH:.+]] = vector.shuffle %[[X]], %[[X]] [2, 3]
// CHECK: %[[PAIRS:.+]] = arith.addf %[[LOW]], %[[HIGH]] : vector<2xf32>
// CHECK: %[[LAST:.+]] = vector.shuffle %[[X]], %[[X]] [4]
// CHECK: %[[THREE:.+]] = vector.shuffle %[[PAIRS]], %[[LAST]] [0, 1, 2]
// CHECK: vector.shuffle %[[THREE]], %[[THREE]] [0]
// CHECK: vector.shuffle %[[THREE]], %[[THREE]] [1]
tile.kernel @reduce(%m: memref<?x5xf32>) {
  %c0 = arith.constant 0 : index
  %x = tile.load %m[%c0, %c0] : memref<?x5xf32> -> tensor<5xf32>
  %0 = tile.reduce add %x : tensor<5xf32> -> f32
  tile.store_scalar %0, %m[%c0, %c0] : f32, memref<?x5xf32>
  tile.return
}

// -----

// Row i and row i + n / 2 lane by lane, log2(n) times.
// CHECK-LABEL: func.func @turn
// CHECK: vector.shuffle %[[A:.+]], %[[C:.+]] [0, 4, 1, 5] : vector<4xf32>, vector<4xf32>
// CHECK: vector.shuffle %[[A]], %[[C]] [2, 6, 3, 7]
// CHECK-COUNT-6: vector.shuffle
// CHECK-NOT: vector.shuffle
tile.kernel @turn(%m: memref<4x4xf32>, %out: memref<4x4xf32>) {
  %c0 = arith.constant 0 : index
  %0 = tile.load %m[%c0, %c0] : memref<4x4xf32> -> tensor<4x4xf32>
  %1 = tile.transpose %0 : tensor<4x4xf32> -> tensor<4x4xf32>
  tile.store %1, %out[%c0, %c0] : tensor<4x4xf32>, memref<4x4xf32>
  tile.return
}
