// RUN: v4-opt %s --convert-tile-to-triton --canonicalize --split-input-file | FileCheck %s

// The rows and the workspace follow the pointers. Offsets of tiles are 64 bits wide, those inside a tile 32.
// CHECK-LABEL: tt.func public @rows(
// CHECK-SAME: %[[M:.+]]: !tt.ptr<f32> {tt.divisibility = 16 : i32}, %{{.+}}: i32, %{{.+}}: !tt.ptr<i8> {tt.divisibility = 16 : i32}) {
// CHECK: %[[ID:.+]] = tt.get_program_id x : i32
// CHECK: %[[ROW:.+]] = arith.extsi %[[ID]] : i32 to i64
// CHECK: %[[AT:.+]] = arith.muli %[[ROW]], %c20{{.*}} : i64
// CHECK: %[[P:.+]] = tt.addptr %[[M]], %[[AT]] : !tt.ptr<f32>, i64
// CHECK: %[[PS:.+]] = tt.splat %[[P]] : !tt.ptr<f32> -> tensor<2x16x!tt.ptr<f32>>
// CHECK: %[[PE:.+]] = tt.addptr %[[PS]], %{{.+}} : tensor<2x16x!tt.ptr<f32>>, tensor<2x16xi32>
// CHECK: %[[V:.+]] = tt.load %[[PE]] : tensor<2x16x!tt.ptr<f32>>
// CHECK: tt.store %{{.+}}, %[[V]] : tensor<2x16x!tt.ptr<f32>>
// CHECK: tt.return
tile.kernel @rows(%m: memref<?x20xf32>) {
  %x = tile.program_id 0
  %c0 = arith.constant 0 : index
  %0 = tile.load %m[%x, %c0] : memref<?x20xf32> -> tensor<2x16xf32>
  tile.store %0, %m[%x, %c0] : tensor<2x16xf32>, memref<?x20xf32>
  tile.return
}

// -----

// CHECK-LABEL: tt.func public @masked(
// CHECK: %[[LEFT:.+]] = arith.subi %c20{{.*}}, %{{.+}} : i64
// CHECK: %[[LEFT32:.+]] = arith.trunci %[[LEFT]] : i64 to i32
// CHECK: %[[LIMIT:.+]] = tt.splat %[[LEFT32]] : i32 -> tensor<16xi32>
// CHECK: %[[MASK:.+]] = arith.cmpi slt, %{{.+}}, %[[LIMIT]] : tensor<16xi32>
// CHECK: tt.load %{{.+}}, %[[MASK]], %{{.+}} : tensor<16x!tt.ptr<f32>>
// CHECK: tt.store %{{.+}}, %{{.+}}, %{{.+}} : tensor<16x!tt.ptr<f32>>
tile.kernel @masked(%m: memref<?x20xf32>) {
  %x = tile.program_id 0
  %c0 = arith.constant 0 : index
  %0 = tile.load %m[%c0, %x] masked : memref<?x20xf32> -> tensor<16xf32>
  tile.store %0, %m[%c0, %x] masked : tensor<16xf32>, memref<?x20xf32>
  tile.return
}

// -----

// Tiles are padded to powers of two, and nothing is read or written there.
// CHECK-LABEL: tt.func public @padded(
// CHECK-DAG: %[[ROWS:.+]] = arith.constant dense<3> : tensor<4x64xi32>
// CHECK-DAG: %[[COLUMNS:.+]] = arith.constant dense<48> : tensor<4x64xi32>
// CHECK: %[[R:.+]] = arith.cmpi slt, %{{.+}}, %[[ROWS]]
// CHECK: %[[C:.+]] = arith.cmpi slt, %{{.+}}, %[[COLUMNS]]
// CHECK: %[[MASK:.+]] = arith.andi %[[R]], %[[C]] : tensor<4x64xi1>
// CHECK: tt.load %{{.+}}, %[[MASK]], %{{.+}} : tensor<4x64x!tt.ptr<bf16>>
// CHECK: tt.store %{{.+}}, %{{.+}}, %{{.+}} : tensor<4x64x!tt.ptr<bf16>>
tile.kernel @padded(%m: memref<?x48xbf16>) {
  %c0 = arith.constant 0 : index
  %0 = tile.load %m[%c0, %c0] : memref<?x48xbf16> -> tensor<3x48xbf16>
  tile.store %0, %m[%c0, %c0] : tensor<3x48xbf16>, memref<?x48xbf16>
  tile.return
}

// -----

// CHECK-LABEL: tt.func public @gather(
// CHECK: %[[ROWS:.+]] = tt.load %{{.+}} : tensor<4x!tt.ptr<i32>>
// CHECK: %[[WIDE:.+]] = arith.extsi %[[ROWS]] : tensor<4xi32> to tensor<4xi64>
// CHECK: %[[AT:.+]] = arith.muli %[[WIDE]], %{{.+}} : tensor<4xi64>
// CHECK: tt.addptr %{{.+}}, %[[AT]] : tensor<4x!tt.ptr<f32>>, tensor<4xi64>
// CHECK: %[[HERE:.+]] = arith.cmpi sge, %[[ROWS]], %{{.+}} : tensor<4xi32>
// CHECK: %[[COLUMN:.+]] = tt.expand_dims %[[HERE]] {axis = 1 : i32} : tensor<4xi1> -> tensor<4x1xi1>
// CHECK: %[[MASK:.+]] = tt.broadcast %[[COLUMN]] : tensor<4x1xi1> -> tensor<4x64xi1>
// CHECK: tt.load %{{.+}}, %[[MASK]], %{{.+}} : tensor<4x64x!tt.ptr<f32>>
tile.kernel @gather(%keys: memref<?x128x64xf32>, %list: memref<?x4xi32>, %out: memref<?x64xf32>) {
  %slot = tile.program_id 0
  %c0 = arith.constant 0 : index
  %rows = tile.load %list[%slot, %c0] : memref<?x4xi32> -> tensor<4xi32>
  %0 = tile.gather %keys[%slot] rows %rows from %c0 : memref<?x128x64xf32>, tensor<4xi32> -> tensor<4x64xf32>
  tile.store %0, %out[%c0, %c0] : tensor<4x64xf32>, memref<?x64xf32>
  tile.return
}

// -----

// CHECK-LABEL: tt.func public @scalars(
// CHECK-SAME: %[[ROWS:[^:]+]]: i32, %{{.+}}: !tt.ptr<i8>
// CHECK: tt.load %{{.+}} : !tt.ptr<i32>
// CHECK: tt.store %{{.+}}, %{{.+}} : !tt.ptr<i32>
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

// Scratch: the workspace, 192 bytes rounded up to 256 for each program, numbered x + X (y + Y z).
// CHECK-LABEL: tt.func public @scratch(
// CHECK: tt.get_program_id z
// CHECK: tt.get_num_programs y
// CHECK: tt.get_program_id y
// CHECK: tt.get_num_programs x
// CHECK: tt.get_program_id x
// CHECK: %[[START:.+]] = arith.muli %{{.+}}, %c256{{.*}} : i64
// CHECK: %[[P:.+]] = tt.addptr %{{.+}}, %[[START]] : !tt.ptr<i8>, i64
// CHECK: tt.bitcast %[[P]] : !tt.ptr<i8> -> !tt.ptr<f32>
// CHECK: %[[NEXT:.+]] = arith.addi %[[START]], %c128{{.*}} : i64
// CHECK: tt.addptr %{{.+}}, %[[NEXT]] : !tt.ptr<i8>, i64
tile.kernel @scratch(%m: memref<?x32xf32>) {
  %c0 = arith.constant 0 : index
  %a = tile.scratch : memref<32xf32>
  %b = tile.scratch : memref<64xi8>
  %0 = tile.load %m[%c0, %c0] : memref<?x32xf32> -> tensor<32xf32>
  tile.store %0, %a[%c0] : tensor<32xf32>, memref<32xf32>
  %1 = arith.constant dense<1> : tensor<64xi8>
  tile.store %1, %b[%c0] : tensor<64xi8>, memref<64xi8>
  tile.return
}

// -----

// The bytes of another type of elements.
// CHECK-LABEL: tt.func public @view_bytes(
// CHECK: tt.bitcast %{{.+}} : !tt.ptr<i8{{.*}}> -> !tt.ptr<bf16
tile.kernel @view_bytes(%m: memref<?x64xi8>, %out: memref<?x16xbf16>) {
  %row = tile.program_id 0
  %c16 = arith.constant 16 : index
  %c0 = arith.constant 0 : index
  %numbers = tile.view %m : memref<?x64xi8> -> memref<?x32xbf16>
  %0 = tile.load %numbers[%row, %c16] : memref<?x32xbf16> -> tensor<16xbf16>
  tile.store %0, %out[%row, %c0] : tensor<16xbf16>, memref<?x16xbf16>
  tile.return
}

// -----

// CHECK-LABEL: tt.func public @view(
// CHECK: arith.muli %{{.+}}, %c64{{.*}} : i64
// CHECK: arith.muli %{{.+}}, %c16{{.*}} : i64
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

// What divides a quotient is written down for Triton: bytes of pairs begin at half of 256 i.
// CHECK-LABEL: tt.func public @quotient(
// CHECK: arith.divui %{{.+}}, %c2{{.*}} {tt.divisibility = dense<128> : tensor<1xi32>} : i64
tile.kernel @quotient(%w: memref<16x2048xi8>, %out: memref<16x128xi8>) {
  %c0 = arith.constant 0 : index
  %c2 = arith.constant 2 : index
  %c256 = arith.constant 256 : index
  %c4096 = arith.constant 4096 : index
  scf.for %k = %c0 to %c4096 step %c256 {
    %pairs = arith.divui %k, %c2 : index
    %0 = tile.load %w[%c0, %pairs] : memref<16x2048xi8> -> tensor<16x128xi8>
    tile.store %0, %out[%c0, %c0] : tensor<16x128xi8>, memref<16x128xi8>
  }
  tile.return
}
