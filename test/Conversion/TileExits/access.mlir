// RUN: v4-opt %s --convert-tile-to-ttir --split-input-file | FileCheck %s --check-prefix=TRITON
// RUN: v4-opt %s --convert-tile-to-loops --canonicalize --split-input-file | FileCheck %s --check-prefix=LOOPS

// A view is the same memory: offsets are counted in its rows.
// TRITON-LABEL: tt.func public @view(
// TRITON:         %[[HEAD:.+]] = arith.muli %{{.+}}, %c16{{.*}} : i64
// TRITON:         tt.load %{{.+}} : tensor<16x!tt.ptr<f32>>
// LOOPS-LABEL: func.func @view(
// LOOPS:         arith.muli %{{.+}}, %c4{{.*}} : index
// LOOPS:         arith.muli %{{.+}}, %c16{{.*}} : index
// LOOPS:         scf.if
// LOOPS:           llvm.load %{{.+}} : !llvm.ptr -> vector<16xf32>
// LOOPS:         } else {
// LOOPS:           llvm.atomicrmw add
tile.kernel @view(%q: memref<?x64xf32>, %out: memref<?x16xf32>) {
  %row = tile.program_id 0
  %head = tile.program_id 1
  %c0 = arith.constant 0 : index
  %heads = tile.view %q : memref<?x64xf32> -> memref<?x4x16xf32>
  %0 = tile.load %heads[%row, %head, %c0] : memref<?x4x16xf32> -> tensor<16xf32>
  tile.store %0, %out[%row, %c0] : tensor<16xf32>, memref<?x16xf32>
  tile.return
}

// -----

// What lies beyond the last dimension: a mask there, a loop over the columns that there are here.
// TRITON-LABEL: tt.func public @masked(
// TRITON:         %[[MASK:.+]] = arith.cmpi slt, %{{.+}} : tensor<16xi32>
// TRITON:         tt.load %{{.+}}, %[[MASK]], %{{.+}} : tensor<16x!tt.ptr<f32>>
// TRITON:         tt.store %{{.+}}, %{{.+}}, %[[MASK]] : tensor<16x!tt.ptr<f32>>
// LOOPS-LABEL: func.func @masked(
// LOOPS:         %[[LEFT:.+]] = arith.subi %c20{{.*}}, %{{.+}} : index
// LOOPS:         %[[SOME:.+]] = arith.maxsi %[[LEFT]], %c0{{.*}} : index
// LOOPS:         %[[COLUMNS:.+]] = arith.minsi %[[SOME]], %c16{{.*}} : index
// LOOPS:         scf.for %{{.+}} = %c0{{.*}} to %[[COLUMNS]] step %c1{{.*}} {
// LOOPS:           llvm.load %{{.+}} : !llvm.ptr -> f32
tile.kernel @masked(%m: memref<?x20xf32>) {
  %x = tile.program_id 0
  %c0 = arith.constant 0 : index
  %0 = tile.load %m[%c0, %x] masked : memref<?x20xf32> -> tensor<16xf32>
  tile.store %0, %m[%c0, %x] masked : tensor<16xf32>, memref<?x20xf32>
  tile.return
}

// -----

// Rows by number: zeros where the number is negative, and then nothing is read.
// TRITON-LABEL: tt.func public @gather(
// TRITON:         %[[ROWS:.+]] = tt.load %{{.+}} : tensor<4x!tt.ptr<i32>>
// TRITON:         %[[HERE:.+]] = arith.cmpi sge, %[[ROWS]], %{{.+}} : tensor<4xi32>
// TRITON:         tt.load %{{.+}}, %{{.+}}, %{{.+}} : tensor<4x64x!tt.ptr<bf16>>
// LOOPS-LABEL: func.func @gather(
// LOOPS:         %[[NUMBER:.+]] = llvm.load %{{.+}} : !llvm.ptr -> i32
// LOOPS:         %[[HERE:.+]] = arith.cmpi sge, %[[NUMBER]], %c0{{.*}} : i32
// LOOPS:         scf.if %[[HERE]] {
// LOOPS:           %[[ROW:.+]] = arith.index_cast %[[NUMBER]] : i32 to index
// LOOPS:           arith.cmpi ule, %[[ROW]], %c128{{.*}} : index
tile.kernel @gather(%keys: memref<?x128x64xbf16>, %list: memref<?x4xi32>, %out: memref<?x64xbf16>) {
  %slot = tile.program_id 0
  %c0 = arith.constant 0 : index
  %rows = tile.load %list[%slot, %c0] : memref<?x4xi32> -> tensor<4xi32>
  %0 = tile.gather %keys[%slot] rows %rows from %c0 : memref<?x128x64xbf16>, tensor<4xi32> -> tensor<4x64xbf16>
  tile.store %0, %out[%c0, %c0] : tensor<4x64xbf16>, memref<?x64xbf16>
  tile.return
}

// -----

// The launch's rows are an argument of a GPU's kernel, a field of the arguments on the simulated device.
// TRITON-LABEL: tt.func public @scalars(
// TRITON-SAME:    %[[ROWS:[^:]+]]: i32, %{{.+}}: !tt.ptr<i8>
// TRITON:         %[[OLD:.+]] = tt.load %{{.+}} : !tt.ptr<i32>
// TRITON:         gpu.barrier
// TRITON:         tt.store %{{.+}}, %{{.+}} : !tt.ptr<i32>
// LOOPS-LABEL: func.func @scalars(
// LOOPS:         scf.if
// LOOPS:           llvm.load %{{.+}} : !llvm.ptr -> i32
// LOOPS:         } else {
// LOOPS:           llvm.atomicrmw add
// LOOPS:           llvm.store %c0{{.*}} : i32
// LOOPS:         llvm.store %{{.+}} : i32, !llvm.ptr
tile.kernel @scalars(%m: memref<?xi32>) {
  %rows = tile.num_rows
  %x = tile.program_id 0
  %0 = tile.load_scalar %m[%x] : memref<?xi32> -> i32
  %1 = arith.index_cast %rows : index to i32
  %2 = arith.addi %0, %1 : i32
  tile.store_scalar %2, %m[%x] : i32, memref<?xi32>
  tile.return
}

// -----

// Own memory: a piece of the workspace, written and read by all threads of the program, so with a barrier between.
// TRITON-LABEL: tt.func public @scratch(
// TRITON:         arith.muli %{{.+}}, %c128{{.*}} : i64
// TRITON:         tt.store %{{.+}} : tensor<16x!tt.ptr<f32>>
// TRITON:         gpu.barrier
// TRITON:         tt.load %{{.+}} : tensor<32x!tt.ptr<f32>>
// LOOPS-LABEL: func.func @scratch(
// LOOPS-NOT:     gpu.barrier
// LOOPS:         llvm.store %{{.+}} : vector<16xf32>, !llvm.ptr
// LOOPS-NOT:     gpu.barrier
// LOOPS:         return
tile.kernel @scratch(%m: memref<?x32xf32>) {
  %row = tile.program_id 0
  %c0 = arith.constant 0 : index
  %c16 = arith.constant 16 : index
  %own = tile.scratch : memref<32xf32>
  %0 = tile.load %m[%row, %c0] : memref<?x32xf32> -> tensor<16xf32>
  %1 = tile.load %m[%row, %c16] : memref<?x32xf32> -> tensor<16xf32>
  tile.store %0, %own[%c16] : tensor<16xf32>, memref<32xf32>
  tile.store %1, %own[%c0] : tensor<16xf32>, memref<32xf32>
  %2 = tile.load %own[%c0] : memref<32xf32> -> tensor<32xf32>
  tile.store %2, %m[%row, %c0] : tensor<32xf32>, memref<?x32xf32>
  tile.return
}
