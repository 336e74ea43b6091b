// RUN: v4-opt %s --convert-tile-to-vector | FileCheck %s
// RUN: v4-opt %s --convert-tile-to-llvm | FileCheck %s --check-prefix=LLVM

// A loop over the programs of the call; the arguments are the addresses in KernelArgs.
// CHECK-LABEL: func.func @programs
// CHECK-SAME: (%[[ARGS:.+]]: !llvm.ptr, %[[BEGIN:.+]]: i64, %[[END:.+]]: i64)
// CHECK: %[[BUFFERS:.+]] = llvm.load %{{.+}} : !llvm.ptr -> !llvm.ptr
// CHECK: llvm.getelementptr inbounds %[[BUFFERS]][0]
// CHECK: %[[M:.+]] = llvm.load %{{.+}} : !llvm.ptr -> !llvm.ptr
// CHECK: llvm.getelementptr inbounds %[[ARGS]][8]
// CHECK: %[[ROWS64:.+]] = llvm.load
// CHECK: %[[ROWS:.+]] = arith.index_cast %[[ROWS64]] : i64 to index
// CHECK: scf.for %[[ID:.+]] = %{{.+}} to %{{.+}} step
// CHECK:   %[[REST:.+]] = arith.divui %[[ID]], %[[X:.+]] : index
// CHECK:   %[[P0:.+]] = arith.remui %[[ID]], %[[X]] : index
// CHECK:   %[[P1:.+]] = arith.remui %[[REST]], %{{.+}} : index
// CHECK:   arith.addi %[[P0]], %[[P1]]
// CHECK:   arith.addi %{{.+}}, %[[ROWS]]
// CHECK:   llvm.getelementptr inbounds %[[M]]
// CHECK-NOT: tile.
// CHECK-NOT: memref
// LLVM-LABEL: llvm.func @programs(%{{.+}}: !llvm.ptr, %{{.+}}: i64, %{{.+}}: i64)
// LLVM-NOT: unrealized_conversion_cast
tile.kernel @programs(%m: memref<?xi32>) {
  %x = tile.program_id 0
  %y = tile.program_id 1
  %rows = tile.num_rows
  %0 = arith.addi %x, %y : index
  %1 = arith.addi %0, %rows : index
  %2 = arith.index_cast %1 : index to i32
  tile.store_scalar %2, %m[%0] : i32, memref<?xi32>
  tile.return
}


// Loops carry rows side by side.
// CHECK-LABEL: func.func @carry
// CHECK: scf.for {{.+}} iter_args(%[[R0:.+]] = %{{.+}}, %[[R1:.+]] = %{{.+}}) -> (vector<16xf32>, vector<16xf32>)
// CHECK:   scf.if %{{.+}} -> (vector<16xf32>, vector<16xf32>)
// CHECK:     arith.addf %[[R0]], %[[R0]] : vector<16xf32>
// CHECK:     arith.addf %[[R1]], %[[R1]] : vector<16xf32>
tile.kernel @carry(%m: memref<?x16xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %x = tile.program_id 0
  %0 = tile.load %m[%c0, %c0] : memref<?x16xf32> -> tensor<2x16xf32>
  %1 = scf.for %i = %c0 to %x step %c1 iter_args(%t = %0) -> tensor<2x16xf32> {
    %odd = arith.cmpi ne, %i, %c0 : index
    %2 = scf.if %odd -> tensor<2x16xf32> {
      %3 = arith.addf %t, %t : tensor<2x16xf32>
      scf.yield %3 : tensor<2x16xf32>
    } else {
      scf.yield %t : tensor<2x16xf32>
    }
    scf.yield %2 : tensor<2x16xf32>
  }
  tile.store %1, %m[%c0, %c0] : tensor<2x16xf32>, memref<?x16xf32>
  tile.return
}
