// RUN: v4-opt %s --pass-pipeline='builtin.module(tile.kernel(insert-tile-barriers))' --split-input-file | FileCheck %s

// Between a store and a load of the same memory, a load and a store, and two stores; not between loads, nor for other memory.
// CHECK-LABEL: tile.kernel @straight
// CHECK: tile.load %arg0
// CHECK-NEXT: tile.store %{{.+}}, %arg1
// CHECK-NEXT: gpu.barrier
// CHECK-NEXT: tile.load %arg1
// CHECK-NEXT: gpu.barrier
// CHECK-NEXT: tile.store %{{.+}}, %arg1
// CHECK-NEXT: gpu.barrier
// CHECK-NEXT: tile.store %{{.+}}, %arg1
// CHECK-NEXT: tile.load %arg0
tile.kernel @straight(%a: memref<?x16xf32>, %b: memref<?x16xf32>) {
  %c0 = arith.constant 0 : index
  %0 = tile.load %a[%c0, %c0] : memref<?x16xf32> -> tensor<16xf32>
  tile.store %0, %b[%c0, %c0] : tensor<16xf32>, memref<?x16xf32>
  %1 = tile.load %b[%c0, %c0] : memref<?x16xf32> -> tensor<8xf32>
  tile.store %1, %b[%c0, %c0] : tensor<8xf32>, memref<?x16xf32>
  tile.store %0, %b[%c0, %c0] : tensor<16xf32>, memref<?x16xf32>
  %2 = tile.load %a[%c0, %c0] : memref<?x16xf32> -> tensor<16xf32>
  tile.return
}

// -----

// What was stored before a loop needs a barrier once, before the loop. Views are the same memory.
// CHECK-LABEL: tile.kernel @before_loop
// CHECK: tile.store
// CHECK: gpu.barrier
// CHECK-NEXT: scf.for
// CHECK-NOT: gpu.barrier
// CHECK: tile.return
tile.kernel @before_loop(%a: memref<?x16xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c4 = arith.constant 4 : index
  %one = arith.constant dense<1.0> : tensor<16xf32>
  %v = tile.view %a : memref<?x16xf32> -> memref<?x4x4xf32>
  tile.store %one, %a[%c0, %c0] : tensor<16xf32>, memref<?x16xf32>
  scf.for %i = %c0 to %c4 step %c1 {
    %0 = tile.load %v[%c0, %i, %c0] : memref<?x4x4xf32> -> tensor<4xf32>
  }
  tile.return
}

// -----

// The next iteration loads what this one has stored.
// CHECK-LABEL: tile.kernel @carried
// CHECK: scf.for
// CHECK-NEXT: gpu.barrier
// CHECK-NEXT: tile.load
// CHECK-NEXT: gpu.barrier
// CHECK-NEXT: tile.store
// CHECK-NEXT: }
tile.kernel @carried(%a: memref<?x16xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c4 = arith.constant 4 : index
  scf.for %i = %c0 to %c4 step %c1 {
    %0 = tile.load %a[%c0, %c0] : memref<?x16xf32> -> tensor<8xf32>
    tile.store %0, %a[%c0, %c0] : tensor<8xf32>, memref<?x16xf32>
  }
  tile.return
}

// -----

// Nor between parts of the memory that are apart: of different columns, or of an iteration's own.
// CHECK-LABEL: tile.kernel @apart
// CHECK: tile.store
// CHECK-NEXT: tile.store
// CHECK-NEXT: scf.for
// CHECK-NOT: gpu.barrier
// CHECK: }
// CHECK-NEXT: gpu.barrier
// CHECK-NEXT: scf.for
// CHECK-NEXT: tile.load %{{.+}}[%arg2, %c0]
// CHECK-NEXT: gpu.barrier
// CHECK-NEXT: tile.store %{{.+}}, %{{.+}}[%arg2, %c0]
// CHECK-NEXT: }
tile.kernel @apart(%a: memref<?x32xf32>, %b: memref<?x64xf32>) {
  %x = tile.program_id 0
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c4 = arith.constant 4 : index
  %c16 = arith.constant 16 : index
  %one = arith.constant dense<1.0> : tensor<16xf32>
  %half = arith.addi %x, %c16 : index
  tile.store %one, %a[%c0, %x] : tensor<16xf32>, memref<?x32xf32>
  tile.store %one, %a[%c0, %half] : tensor<16xf32>, memref<?x32xf32>
  scf.for %i = %c0 to %c4 step %c1 {
    %column = arith.muli %i, %c16 : index
    tile.store %one, %b[%x, %column] : tensor<16xf32>, memref<?x64xf32>
  }
  scf.for %i = %c0 to %c4 step %c1 {
    %0 = tile.load %a[%i, %c0] : memref<?x32xf32> -> tensor<16xf32>
    tile.store %0, %a[%i, %c0] : tensor<16xf32>, memref<?x32xf32>
  }
  tile.return
}

// -----

// An outer loop's next iteration comes back to the columns of this one's inner loop, unless the rows are others.
// CHECK-LABEL: tile.kernel @nested
// CHECK: scf.for
// CHECK: gpu.barrier
// CHECK-NEXT: scf.for
// CHECK-NOT: gpu.barrier
// CHECK: scf.for
// CHECK-NEXT: scf.for
// CHECK-NOT: gpu.barrier
// CHECK: tile.return
tile.kernel @nested(%a: memref<?x32xf32>, %b: memref<?x64xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c4 = arith.constant 4 : index
  %c16 = arith.constant 16 : index
  %c64 = arith.constant 64 : index
  %one = arith.constant dense<1.0> : tensor<16xf32>
  scf.for %i = %c0 to %c4 step %c1 {
    scf.for %j = %c0 to %c64 step %c16 {
      tile.store %one, %b[%c0, %j] : tensor<16xf32>, memref<?x64xf32>
    }
  }
  scf.for %i = %c0 to %c4 step %c1 {
    scf.for %j = %c0 to %c64 step %c16 {
      tile.store %one, %a[%i, %j] masked : tensor<16xf32>, memref<?x32xf32>
    }
  }
  tile.return
}

// -----

// Either branch may have stored.
// CHECK-LABEL: tile.kernel @branches
// CHECK: scf.if
// CHECK-NEXT: tile.store_scalar
// CHECK-NEXT: }
// CHECK-NEXT: gpu.barrier
// CHECK-NEXT: tile.load_scalar
tile.kernel @branches(%a: memref<?xi32>) {
  %x = tile.program_id 0
  %c0 = arith.constant 0 : index
  %one = arith.constant 1 : i32
  %first = arith.cmpi eq, %x, %c0 : index
  scf.if %first {
    tile.store_scalar %one, %a[%c0] : i32, memref<?xi32>
  }
  %0 = tile.load_scalar %a[%c0] : memref<?xi32> -> i32
  tile.return
}
