// RUN: v4-opt %s --convert-tile-to-loops --canonicalize --split-input-file | FileCheck %s

// Programs begin .. end of the launch one after the other. A tile's ends are checked against the shape and the binding's bytes
// before it is touched; what lies outside is counted, the first place noted, and zeros are read.
// CHECK-LABEL: func.func @copy(%{{.+}}: !llvm.ptr, %{{.+}}: i64, %{{.+}}: i64)
// CHECK:         %[[BYTES:.+]] = arith.index_cast %{{.+}} : i64 to index
// CHECK:         scf.for
// CHECK:           %[[ENDS:.+]] = arith.cmpi ule, %{{.+}}, %[[BYTES]] : index
// CHECK:           %[[INSIDE:.+]] = arith.andi %{{.+}}, %[[ENDS]] : i1
// CHECK:           scf.if %[[INSIDE]] {
// CHECK:             scf.for
// CHECK:               llvm.load %{{.+}} : !llvm.ptr -> vector<16xf32>
// CHECK:               llvm.store %{{.+}} : vector<16xf32>, !llvm.ptr
// CHECK:           } else {
// CHECK:             llvm.atomicrmw add
// CHECK:             llvm.store %cst{{.*}} : vector<16xf32>, !llvm.ptr
tile.kernel @copy(%m: memref<?x20xf32>, %n: memref<?x20xf32>) {
  %x = tile.program_id 0
  %c0 = arith.constant 0 : index
  %0 = tile.load %m[%x, %c0] : memref<?x20xf32> -> tensor<2x16xf32>
  tile.store %0, %n[%x, %c0] : tensor<2x16xf32>, memref<?x20xf32>
  tile.return
}

// -----

// Sums of products in the order of k, each step one fused multiply-add, as the CPU exit does it.
// CHECK-LABEL: func.func @product
// CHECK:         vector.broadcast %{{.+}} : f32 to vector<16xf32>
// CHECK:         llvm.load %{{.+}} -> vector<16xf32>
// CHECK:         %[[ACC:.+]] = llvm.load %{{.+}} -> vector<16xf32>
// CHECK:         math.fma %{{.+}}, %{{.+}}, %[[ACC]] : vector<16xf32>
tile.kernel @product(%a: memref<8x4xf32>, %b: memref<4x16xf32>, %n: memref<8x16xf32>) {
  %c0 = arith.constant 0 : index
  %0 = tile.load %a[%c0, %c0] : memref<8x4xf32> -> tensor<8x4xf32>
  %1 = tile.load %b[%c0, %c0] : memref<4x16xf32> -> tensor<4x16xf32>
  %z = arith.constant dense<0.0> : tensor<8x16xf32>
  %2 = tile.dot %0, %1, %z : tensor<8x4xf32>, tensor<4x16xf32> -> tensor<8x16xf32>
  tile.store %2, %n[%c0, %c0] : tensor<8x16xf32>, memref<8x16xf32>
  tile.return
}
