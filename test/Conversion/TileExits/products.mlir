// RUN: v4-opt %s --convert-tile-to-ttir --split-input-file | FileCheck %s --check-prefix=TRITON
// RUN: v4-opt %s --convert-tile-to-loops --canonicalize --split-input-file | FileCheck %s --check-prefix=LOOPS

// bf16 by bf16: one product there, a chain of multiply-adds of widened numbers here.
// TRITON-LABEL: tt.func public @bf16(
// TRITON:         tt.dot %{{.+}}, %{{.+}}, %{{.+}}, inputPrecision = ieee : tensor<16x32xbf16> * tensor<32x16xbf16> -> tensor<16x16xf32>
// TRITON-NOT:     tt.dot
// TRITON:         tt.return
// LOOPS-LABEL: func.func @bf16(
// LOOPS:         %[[A:.+]] = arith.extf %{{.+}} : bf16 to f32
// LOOPS:         %[[LEFT:.+]] = vector.broadcast %[[A]] : f32 to vector<16xf32>
// LOOPS:         %[[RIGHT:.+]] = arith.extf %{{.+}} : vector<16xbf16> to vector<16xf32>
// LOOPS:         math.fma %[[LEFT]], %[[RIGHT]], %{{.+}} : vector<16xf32>
tile.kernel @bf16(%a: memref<16x32xbf16>, %b: memref<32x16xbf16>, %out: memref<16x16xf32>) {
  %c0 = arith.constant 0 : index
  %0 = tile.load %a[%c0, %c0] : memref<16x32xbf16> -> tensor<16x32xbf16>
  %1 = tile.load %b[%c0, %c0] : memref<32x16xbf16> -> tensor<32x16xbf16>
  %zero = arith.constant dense<0.0> : tensor<16x16xf32>
  %2 = tile.dot %0, %1, %zero : tensor<16x32xbf16>, tensor<32x16xbf16> -> tensor<16x16xf32>
  tile.store %2, %out[%c0, %c0] : tensor<16x16xf32>, memref<16x16xf32>
  tile.return
}

// -----

// f32 by f32: six products of parts in bf16; here as it is.
// TRITON-LABEL: tt.func public @f32(
// TRITON-COUNT-6: tt.dot %{{.+}} : tensor<16x32xbf16> * tensor<32x16xbf16> -> tensor<16x16xf32>
// TRITON-NOT:     tt.dot
// TRITON:         tt.return
// LOOPS-LABEL: func.func @f32(
// LOOPS-NOT:     bf16
// LOOPS:         math.fma %{{.+}} : vector<16xf32>
// LOOPS-NOT:     bf16
// LOOPS:         return
tile.kernel @f32(%a: memref<16x32xf32>, %b: memref<32x16xf32>, %out: memref<16x16xf32>) {
  %c0 = arith.constant 0 : index
  %0 = tile.load %a[%c0, %c0] : memref<16x32xf32> -> tensor<16x32xf32>
  %1 = tile.load %b[%c0, %c0] : memref<32x16xf32> -> tensor<32x16xf32>
  %zero = arith.constant dense<0.0> : tensor<16x16xf32>
  %2 = tile.dot %0, %1, %zero : tensor<16x32xf32>, tensor<32x16xf32> -> tensor<16x16xf32>
  tile.store %2, %out[%c0, %c0] : tensor<16x16xf32>, memref<16x16xf32>
  tile.return
}

// -----

// f64 has no product in Triton that compiles for every shape.
// TRITON-LABEL: tt.func public @f64(
// TRITON-NOT:     tt.dot
// TRITON:         %[[ALL:.+]] = arith.mulf %{{.+}} : tensor<4x4x4xf64>
// TRITON:         "tt.reduce"(%[[ALL]]) <{axis = 1 : i32}>
// LOOPS-LABEL: func.func @f64(
// LOOPS:         math.fma %{{.+}} : vector<4xf64>
tile.kernel @f64(%y: memref<4x4xf64>) {
  %c0 = arith.constant 0 : index
  %0 = tile.load %y[%c0, %c0] : memref<4x4xf64> -> tensor<4x4xf64>
  %1 = tile.dot %0, %0, %0 : tensor<4x4xf64>, tensor<4x4xf64> -> tensor<4x4xf64>
  tile.store %1, %y[%c0, %c0] : tensor<4x4xf64>, memref<4x4xf64>
  tile.return
}

// -----

// A scale for 32 numbers of a row. The product decodes there; here it is done before, a group at a time.
// TRITON-LABEL: tt.func public @e4m3(
// TRITON:         %[[W:.+]] = tt.bitcast %{{.+}} : tensor<16x64xi8> -> tensor<16x64xf8E4M3FN>
// TRITON:         tt.dot_scaled %[[W]] scale %{{.+}} lhs = e4m3 rhs = bf16 {{.*}} : tensor<16x64xf8E4M3FN>, tensor<16x2xi8> * tensor<64x16xbf16> -> tensor<16x16xf32>
// LOOPS-LABEL: func.func @e4m3(
// LOOPS:         llvm.load %{{.+}} : !llvm.ptr -> vector<32xi8>
// LOOPS:         arith.mulf %{{.+}} : vector<32xf32>
// LOOPS:         llvm.store %{{.+}} : vector<32xf32>, !llvm.ptr
// LOOPS:         math.fma %{{.+}} : vector<16xf32>
tile.kernel @e4m3(%w: memref<16x64xi8>, %s: memref<16x2xi8>, %x: memref<64x16xbf16>, %out: memref<16x16xf32>) {
  %c0 = arith.constant 0 : index
  %a = tile.load %w[%c0, %c0] : memref<16x64xi8> -> tensor<16x64xi8>
  %st = tile.load %s[%c0, %c0] : memref<16x2xi8> -> tensor<16x2xi8>
  %b = tile.load %x[%c0, %c0] : memref<64x16xbf16> -> tensor<64x16xbf16>
  %zero = arith.constant dense<0.0> : tensor<16x16xf32>
  %0 = tile.scaled_dot %a, %st, %b, %zero as e4m3
      : tensor<16x64xi8>, tensor<16x2xi8>, tensor<64x16xbf16> -> tensor<16x16xf32>
  tile.store %0, %out[%c0, %c0] : tensor<16x16xf32>, memref<16x16xf32>
  tile.return
}

// -----

// Two numbers a byte, the even one in the low nibble.
// TRITON-LABEL: tt.func public @e2m1(
// TRITON:         tt.dot_scaled %{{.+}} scale %{{.+}} lhs = e2m1 rhs = bf16 {{.*}} : tensor<16x32xi8>, tensor<16x2xi8> * tensor<64x16xbf16> -> tensor<16x16xf32>
// LOOPS-LABEL: func.func @e2m1(
// LOOPS:         llvm.load %{{.+}} : !llvm.ptr -> vector<16xi8>
// LOOPS:         %[[WIDE:.+]] = vector.interleave %{{.+}}, %{{.+}} : vector<16xf32> -> vector<32xf32>
// LOOPS:         arith.mulf %[[WIDE]], %{{.+}} : vector<32xf32>
// LOOPS:         math.fma %{{.+}} : vector<16xf32>
tile.kernel @e2m1(%w: memref<16x32xi8>, %s: memref<16x2xi8>, %x: memref<64x16xbf16>, %out: memref<16x16xf32>) {
  %c0 = arith.constant 0 : index
  %a = tile.load %w[%c0, %c0] : memref<16x32xi8> -> tensor<16x32xi8>
  %st = tile.load %s[%c0, %c0] : memref<16x2xi8> -> tensor<16x2xi8>
  %b = tile.load %x[%c0, %c0] : memref<64x16xbf16> -> tensor<64x16xbf16>
  %zero = arith.constant dense<0.0> : tensor<16x16xf32>
  %0 = tile.scaled_dot %a, %st, %b, %zero as e2m1
      : tensor<16x32xi8>, tensor<16x2xi8>, tensor<64x16xbf16> -> tensor<16x16xf32>
  tile.store %0, %out[%c0, %c0] : tensor<16x16xf32>, memref<16x16xf32>
  tile.return
}
