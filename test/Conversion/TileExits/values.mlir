// RUN: v4-opt %s --convert-tile-to-ttir --split-input-file | FileCheck %s --check-prefix=TRITON
// RUN: v4-opt %s --convert-tile-to-loops --canonicalize --split-input-file | FileCheck %s --check-prefix=LOOPS

// Along 0 the row is repeated, along 1 each of its elements.
// TRITON-LABEL: tt.func public @broadcasts(
// TRITON:         tt.expand_dims %{{.+}} {axis = 0 : i32} : tensor<16xf32> -> tensor<1x16xf32>
// TRITON:         tt.broadcast %{{.+}} : tensor<1x16xf32> -> tensor<8x16xf32>
// TRITON:         tt.expand_dims %{{.+}} {axis = 1 : i32} : tensor<8xf32> -> tensor<8x1xf32>
// TRITON:         tt.broadcast %{{.+}} : tensor<8x1xf32> -> tensor<8x16xf32>
// LOOPS-LABEL: func.func @broadcasts(
// LOOPS:         vector.broadcast %{{.+}} : f32 to vector<16xf32>
// LOOPS:         arith.mulf %{{.+}}, %{{.+}} : vector<16xf32>
tile.kernel @broadcasts(%m: memref<?x16xf32>, %scales: memref<?xf32>) {
  %c0 = arith.constant 0 : index
  %0 = tile.load %m[%c0, %c0] : memref<?x16xf32> -> tensor<16xf32>
  %1 = tile.load %scales[%c0] : memref<?xf32> -> tensor<8xf32>
  %2 = tile.broadcast %0 along 0 : tensor<16xf32> -> tensor<8x16xf32>
  %3 = tile.broadcast %1 along 1 : tensor<8xf32> -> tensor<8x16xf32>
  %4 = arith.mulf %2, %3 : tensor<8x16xf32>
  tile.store %4, %m[%c0, %c0] : tensor<8x16xf32>, memref<?x16xf32>
  tile.return
}

// -----

// TRITON-LABEL: tt.func public @numbers(
// TRITON:         %[[I:.+]] = tt.make_range {end = 16 : i32, start = 0 : i32} : tensor<16xi32>
// TRITON:         %[[X:.+]] = tt.splat %{{.+}} : i32 -> tensor<16xi32>
// TRITON:         arith.addi %[[I]], %[[X]] : tensor<16xi32>
// LOOPS-LABEL: func.func @numbers(
// LOOPS:         scf.for %[[I:.+]] = %c0{{.*}} to %c16{{.*}} step %c1
// LOOPS:           arith.index_cast %[[I]] : index to i32
// LOOPS:         arith.addi %{{.+}}, %{{.+}} : vector<16xi32>
tile.kernel @numbers(%m: memref<?x16xi32>) {
  %row = tile.program_id 0
  %c0 = arith.constant 0 : index
  %0 = tile.iota : tensor<16xi32>
  %1 = arith.index_cast %row : index to i32
  %2 = tile.splat %1 : i32 -> tensor<16xi32>
  %3 = arith.addi %0, %2 : tensor<16xi32>
  tile.store %3, %m[%row, %c0] : tensor<16xi32>, memref<?x16xi32>
  tile.return
}

// -----

// TRITON-LABEL: tt.func public @transpose(
// TRITON:         tt.trans %{{.+}} {order = array<i32: 1, 0>} : tensor<16x8xf32> -> tensor<8x16xf32>
// LOOPS-LABEL: func.func @transpose(
// LOOPS:         %[[ONE:.+]] = llvm.load %{{.+}} : !llvm.ptr -> f32
// LOOPS:         llvm.store %[[ONE]], %{{.+}} : f32, !llvm.ptr
tile.kernel @transpose(%m: memref<16x8xf32>, %out: memref<8x16xf32>) {
  %c0 = arith.constant 0 : index
  %0 = tile.load %m[%c0, %c0] : memref<16x8xf32> -> tensor<16x8xf32>
  %1 = tile.transpose %0 : tensor<16x8xf32> -> tensor<8x16xf32>
  tile.store %1, %out[%c0, %c0] : tensor<8x16xf32>, memref<8x16xf32>
  tile.return
}

// -----

// Pairs, as rotations take them.
// TRITON-LABEL: tt.func public @pairs(
// TRITON:         tt.reshape %{{.+}} : tensor<16xf32> -> tensor<8x2xf32>
// TRITON:         %[[EVEN:.+]], %[[ODD:.+]] = tt.split %{{.+}} : tensor<8x2xf32> -> tensor<8xf32>
// TRITON:         tt.join %[[ODD]], %[[EVEN]] : tensor<8xf32> -> tensor<8x2xf32>
// TRITON:         tt.reshape %{{.+}} : tensor<8x2xf32> -> tensor<16xf32>
// LOOPS-LABEL: func.func @pairs(
// LOOPS:         scf.for %[[I:.+]] = %c0{{.*}} to %c8{{.*}} step %c1
// LOOPS:           %[[AT:.+]] = arith.muli %[[I]], %c2{{.*}} : index
// LOOPS:           arith.addi %{{.+}}, %c1{{.*}} : index
tile.kernel @pairs(%m: memref<?x16xf32>) {
  %row = tile.program_id 0
  %c0 = arith.constant 0 : index
  %0 = tile.load %m[%row, %c0] : memref<?x16xf32> -> tensor<16xf32>
  %even, %odd = tile.deinterleave %0 : tensor<16xf32> -> tensor<8xf32>
  %1 = tile.interleave %odd, %even : tensor<8xf32> -> tensor<16xf32>
  tile.store %1, %m[%row, %c0] : tensor<16xf32>, memref<?x16xf32>
  tile.return
}

// -----

// Narrow numbers: Triton has a conversion from e4m3; the other two, and all of them in loops, are made of bits.
// TRITON-LABEL: tt.func public @widen(
// TRITON:         tt.fp_to_fp %{{.+}} : tensor<4x16xf8E4M3FN> -> tensor<4x16xf16>
// TRITON:         tt.join %{{.+}} : tensor<4x16xf32> -> tensor<4x16x2xf32>
// TRITON:         tt.trans %{{.+}} {order = array<i32: 0, 2, 1>} : tensor<4x16x2xf32> -> tensor<4x2x16xf32>
// TRITON:         arith.shli %{{.+}} : tensor<16xi32>
// LOOPS-LABEL: func.func @widen(
// LOOPS-NOT:     f8E4M3FN
// LOOPS-COUNT-3: arith.bitcast %{{.+}} : vector<16xi16> to vector<16xf16>
// LOOPS:         arith.bitcast %{{.+}} : vector<16xi32> to vector<16xf32>
tile.kernel @widen(%bytes: memref<8x16xi8>, %scales: memref<16xi8>, %out: memref<8x16xf32>) {
  %c0 = arith.constant 0 : index
  %0 = tile.load %bytes[%c0, %c0] : memref<8x16xi8> -> tensor<4x16xi8>
  %1 = tile.widen %0 as e4m3 : tensor<4x16xi8> -> tensor<4x16xf32>
  tile.store %1, %out[%c0, %c0] : tensor<4x16xf32>, memref<8x16xf32>
  %2 = tile.widen %0 as e2m1 : tensor<4x16xi8> -> tensor<8x16xf32>
  tile.store %2, %out[%c0, %c0] : tensor<8x16xf32>, memref<8x16xf32>
  %3 = tile.load %scales[%c0] : memref<16xi8> -> tensor<16xi8>
  %4 = tile.widen %3 as e8m0 : tensor<16xi8> -> tensor<16xf32>
  tile.store %4, %out[%c0, %c0] : tensor<16xf32>, memref<8x16xf32>
  tile.return
}

// -----

// Roundings and conversions are arith's on both sides; Triton has none of its own for division.
// TRITON-LABEL: tt.func public @conversions(
// TRITON:         arith.extf %{{.+}} : tensor<16xbf16> to tensor<16xf32>
// TRITON:         tt.precise_divf %{{.+}} : tensor<16xf32>
// TRITON:         arith.truncf %{{.+}} : tensor<16xf32> to tensor<16xbf16>
// LOOPS-LABEL: func.func @conversions(
// LOOPS:         arith.extf %{{.+}} : vector<16xbf16> to vector<16xf32>
// LOOPS:         arith.divf %{{.+}} : vector<16xf32>
// LOOPS:         arith.truncf %{{.+}} : vector<16xf32> to vector<16xbf16>
tile.kernel @conversions(%m: memref<?x16xbf16>) {
  %row = tile.program_id 0
  %c0 = arith.constant 0 : index
  %three = arith.constant dense<3.0> : tensor<16xf32>
  %0 = tile.load %m[%row, %c0] : memref<?x16xbf16> -> tensor<16xbf16>
  %1 = arith.extf %0 : tensor<16xbf16> to tensor<16xf32>
  %2 = arith.divf %1, %three : tensor<16xf32>
  %3 = arith.truncf %2 : tensor<16xf32> to tensor<16xbf16>
  tile.store %3, %m[%row, %c0] : tensor<16xbf16>, memref<?x16xbf16>
  tile.return
}
