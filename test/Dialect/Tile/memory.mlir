// RUN: v4-opt %s --verify-roundtrip | FileCheck %s

// CHECK-LABEL: tile.kernel @accesses
// CHECK-SAME: (%[[M:.+]]: memref<?x4x20xf32>, %[[LIST:.+]]: memref<?xi32>)
tile.kernel @accesses(%m: memref<?x4x20xf32>, %list: memref<?xi32>) {
  // CHECK: %[[X:.+]] = tile.program_id 0
  %x = tile.program_id 0
  // CHECK: tile.num_rows
  %rows = tile.num_rows
  %c0 = arith.constant 0 : index
  // CHECK: tile.load %[[M]][%[[X]], %{{.+}}, %{{.+}}] : memref<?x4x20xf32> -> tensor<4x16xf32>
  %0 = tile.load %m[%x, %c0, %c0] : memref<?x4x20xf32> -> tensor<4x16xf32>
  // CHECK: tile.load %[[M]][{{.+}}] masked : memref<?x4x20xf32> -> tensor<32xf32>
  %1 = tile.load %m[%x, %c0, %c0] masked : memref<?x4x20xf32> -> tensor<32xf32>
  // CHECK: %[[ROWS:.+]] = tile.load %[[LIST]]
  %2 = tile.load %list[%x] : memref<?xi32> -> tensor<8xi32>
  // CHECK: tile.gather %[[M]][%[[X]]] rows %[[ROWS]] from %{{.+}} : memref<?x4x20xf32>, tensor<8xi32> -> tensor<8x16xf32>
  %3 = tile.gather %m[%x] rows %2 from %c0 : memref<?x4x20xf32>, tensor<8xi32> -> tensor<8x16xf32>
  // CHECK: tile.store %{{.+}}, %[[M]][%[[X]], %{{.+}}, %{{.+}}] : tensor<4x16xf32>, memref<?x4x20xf32>
  tile.store %0, %m[%x, %c0, %c0] : tensor<4x16xf32>, memref<?x4x20xf32>
  // CHECK: tile.store %{{.+}}, %[[M]][{{.+}}] masked : tensor<32xf32>, memref<?x4x20xf32>
  tile.store %1, %m[%x, %c0, %c0] masked : tensor<32xf32>, memref<?x4x20xf32>
  // CHECK: %[[E:.+]] = tile.load_scalar %[[LIST]][%[[X]]] : memref<?xi32> -> i32
  %4 = tile.load_scalar %list[%x] : memref<?xi32> -> i32
  // CHECK: tile.store_scalar %[[E]], %[[LIST]][%[[X]]] : i32, memref<?xi32>
  tile.store_scalar %4, %list[%x] : i32, memref<?xi32>
  // CHECK: tile.return
  tile.return
}
