// RUN: v4-opt %s --convert-tile-to-triton --canonicalize --split-input-file | FileCheck %s
// RUN: v4-opt %s --pass-pipeline='builtin.module(convert-tile-to-triton{capability=80})' --split-input-file | FileCheck %s --check-prefix=SM80

// Division and square root are rounded to the nearest; there is no negation.
// CHECK-LABEL: tt.func public @rounded(
// CHECK: tt.precise_sqrt %{{.+}} : f32
// CHECK: tt.precise_divf %{{.+}}, %{{.+}} : tensor<16xf32>
// CHECK: arith.subf %cst{{.*}}, %{{.+}} : tensor<16xf32>
// CHECK: tt.bitcast %{{.+}} : tensor<16xf32> -> tensor<16xi32>
tile.kernel @rounded(%m: memref<?x16xf32>, %n: memref<?x16xi32>) {
  %c0 = arith.constant 0 : index
  %0 = tile.load %m[%c0, %c0] : memref<?x16xf32> -> tensor<16xf32>
  %1 = tile.load_scalar %m[%c0, %c0] : memref<?x16xf32> -> f32
  %2 = math.sqrt %1 : f32
  %3 = tile.splat %2 : f32 -> tensor<16xf32>
  %4 = arith.divf %0, %3 : tensor<16xf32>
  %5 = arith.negf %4 : tensor<16xf32>
  %6 = arith.bitcast %5 : tensor<16xf32> to tensor<16xi32>
  tile.store %6, %n[%c0, %c0] : tensor<16xi32>, memref<?x16xi32>
  tile.return
}

// -----

// Functions have the CPU's arithmetic, so there is no math.exp left.
// CHECK-LABEL: tt.func public @functions(
// CHECK-NOT: math.exp
// CHECK: math.fma
// CHECK-NOT: math.exp
// CHECK: tt.return
tile.kernel @functions(%m: memref<?x16xf32>) {
  %c0 = arith.constant 0 : index
  %0 = tile.load %m[%c0, %c0] : memref<?x16xf32> -> tensor<16xf32>
  %1 = math.exp %0 : tensor<16xf32>
  tile.store %1, %m[%c0, %c0] : tensor<16xf32>, memref<?x16xf32>
  tile.return
}

// -----

// Constants of different elements are selected by lane.
// CHECK-LABEL: tt.func public @constants(
// CHECK: %[[LANE:.+]] = tt.make_range {end = 4 : i32, start = 0 : i32} : tensor<4xi32>
// CHECK: arith.andi %[[LANE]]
// CHECK-COUNT-2: arith.select
// CHECK: tt.store
tile.kernel @constants(%m: memref<?x3xf32>) {
  %c0 = arith.constant 0 : index
  %0 = arith.constant dense<[1.0, 0.1, 0.01]> : tensor<3xf32>
  tile.store %0, %m[%c0, %c0] : tensor<3xf32>, memref<?x3xf32>
  tile.return
}

// -----

// The padding takes no part in a reduction.
// CHECK-LABEL: tt.func public @reduce(
// CHECK-DAG: %[[NONE:.+]] = arith.constant dense<-0.000000e+00> : tensor<2x64xf32>
// CHECK-DAG: %[[LEAST:.+]] = arith.constant dense<0xFF800000> : tensor<2x64xf32>
// CHECK: %[[SUMMED:.+]] = arith.select %{{.+}}, %{{.+}}, %[[NONE]]
// CHECK: "tt.reduce"(%[[SUMMED]]) <{axis = 1 : i32}> ({
// CHECK: arith.addf
// CHECK: "tt.reduce.return"
// CHECK: (tensor<2x64xf32>) -> tensor<2xf32>
// CHECK: arith.select %{{.+}}, %{{.+}}, %[[LEAST]]
// CHECK: arith.maximumf
tile.kernel @reduce(%m: memref<?x48xf32>, %out: memref<?x2xf32>) {
  %c0 = arith.constant 0 : index
  %0 = tile.load %m[%c0, %c0] : memref<?x48xf32> -> tensor<2x48xf32>
  %1 = tile.reduce add %0 : tensor<2x48xf32> -> tensor<2xf32>
  %2 = tile.reduce max %0 : tensor<2x48xf32> -> tensor<2xf32>
  %3 = arith.addf %1, %2 : tensor<2xf32>
  tile.store %3, %out[%c0, %c0] : tensor<2xf32>, memref<?x2xf32>
  tile.return
}

// -----

// bf16 by bf16 is for tensor cores, and f32 in three parts. What is summed over is zero in the padding: loads see to that, other ops do not.
// CHECK-LABEL: tt.func public @products(
// CHECK: tt.dot %{{.+}}, %{{.+}}, %{{.+}}, inputPrecision = ieee : tensor<16x32xbf16> * tensor<32x16xbf16> -> tensor<16x16xf32>
// CHECK: %[[A:.+]] = arith.select %{{.+}} : tensor<16x32xi1>, tensor<16x32xf32>
// CHECK: %[[A0:.+]] = arith.truncf %[[A]] : tensor<16x32xf32> to tensor<16x32xbf16>
// CHECK: %[[A1:.+]] = arith.truncf %{{.+}} : tensor<16x32xf32> to tensor<16x32xbf16>
// CHECK: %[[A2:.+]] = arith.truncf %{{.+}} : tensor<16x32xf32> to tensor<16x32xbf16>
// CHECK: %[[S2:.+]] = tt.dot %[[A2]], %[[B:.+]], %{{.+}}, inputPrecision = ieee : tensor<16x32xbf16> * tensor<32x16xbf16>
// CHECK: %[[S1:.+]] = tt.dot %[[A1]], %[[B]], %[[S2]], inputPrecision
// CHECK: tt.dot %[[A0]], %[[B]], %[[S1]], inputPrecision
tile.kernel @products(%a: memref<16x24xbf16>, %b: memref<24x16xbf16>, %out: memref<16x16xf32>) {
  %c0 = arith.constant 0 : index
  %at = tile.load %a[%c0, %c0] : memref<16x24xbf16> -> tensor<16x24xbf16>
  %bt = tile.load %b[%c0, %c0] : memref<24x16xbf16> -> tensor<24x16xbf16>
  %zero = arith.constant dense<0.0> : tensor<16x16xf32>
  %0 = tile.dot %at, %bt, %zero : tensor<16x24xbf16>, tensor<24x16xbf16> -> tensor<16x16xf32>
  %wide = arith.extf %at : tensor<16x24xbf16> to tensor<16x24xf32>
  %more = arith.addf %wide, %wide : tensor<16x24xf32>
  %1 = tile.dot %more, %bt, %0 : tensor<16x24xf32>, tensor<24x16xbf16> -> tensor<16x16xf32>
  tile.store %1, %out[%c0, %c0] : tensor<16x16xf32>, memref<16x16xf32>
  tile.return
}

// -----

// Triton decodes what is narrow, but e4m3 below 8.9. What was widened from bf16 is one part.
// CHECK-LABEL: tt.func public @scaled(
// CHECK: tt.dot_scaled %{{.+}} scale %{{.+}}, %[[B:.+]], %{{.+}} lhs = e2m1 rhs = bf16 {fastMath = false} : tensor<16x32xi8>, tensor<16x2xi8> * tensor<64x16xbf16> -> tensor<16x16xf32>
// CHECK: tt.dot_scaled %{{.+}} scale %{{.+}}, %[[B]], %{{.+}} lhs = e2m1 rhs = bf16
// CHECK: tt.bitcast %{{.+}} : tensor<16x64xi8> -> tensor<16x64xf8E4M3FN>
// CHECK: tt.dot_scaled %{{.+}} scale %{{.+}} lhs = e4m3 rhs = bf16
// CHECK: tt.return
// SM80-LABEL: tt.func public @scaled(
// SM80: tt.dot_scaled
// SM80-NOT: f8E4M3FN
// SM80: tt.dot %{{.+}} : tensor<16x64xbf16> * tensor<64x16xbf16> -> tensor<16x16xf32>
tile.kernel @scaled(%w4: memref<16x32xi8>, %w8: memref<16x64xi8>, %s: memref<16x2xi8>, %x: memref<64x16xbf16>,
                    %out: memref<16x16xf32>) {
  %c0 = arith.constant 0 : index
  %a4 = tile.load %w4[%c0, %c0] : memref<16x32xi8> -> tensor<16x32xi8>
  %a8 = tile.load %w8[%c0, %c0] : memref<16x64xi8> -> tensor<16x64xi8>
  %st = tile.load %s[%c0, %c0] : memref<16x2xi8> -> tensor<16x2xi8>
  %b = tile.load %x[%c0, %c0] : memref<64x16xbf16> -> tensor<64x16xbf16>
  %zero = arith.constant dense<0.0> : tensor<16x16xf32>
  %0 = tile.scaled_dot %a4, %st, %b, %zero as e2m1
      : tensor<16x32xi8>, tensor<16x2xi8>, tensor<64x16xbf16> -> tensor<16x16xf32>
  %wide = arith.extf %b : tensor<64x16xbf16> to tensor<64x16xf32>
  %1 = tile.scaled_dot %a4, %st, %wide, %0 as e2m1
      : tensor<16x32xi8>, tensor<16x2xi8>, tensor<64x16xf32> -> tensor<16x16xf32>
  %2 = tile.scaled_dot %a8, %st, %b, %1 as e4m3
      : tensor<16x64xi8>, tensor<16x2xi8>, tensor<64x16xbf16> -> tensor<16x16xf32>
  tile.store %2, %out[%c0, %c0] : tensor<16x16xf32>, memref<16x16xf32>
  tile.return
}

// -----

// Too small for tensor cores: multiply-adds.
// CHECK-LABEL: tt.func public @small(
// CHECK: tt.join
// CHECK: tt.dot %{{.+}} : tensor<4x32xf32> * tensor<32x16xf32> -> tensor<4x16xf32>
// CHECK: %[[ALL:.+]] = arith.mulf %{{.+}}, %{{.+}} : tensor<4x4x4xf64>
// CHECK: "tt.reduce"(%[[ALL]]) <{axis = 1 : i32}>
tile.kernel @small(%w4: memref<4x16xi8>, %s: memref<4x1xi8>, %x: memref<32x16xf32>, %out: memref<4x16xf32>, %y: memref<4x4xf64>) {
  %c0 = arith.constant 0 : index
  %a4 = tile.load %w4[%c0, %c0] : memref<4x16xi8> -> tensor<4x16xi8>
  %st = tile.load %s[%c0, %c0] : memref<4x1xi8> -> tensor<4x1xi8>
  %b = tile.load %x[%c0, %c0] : memref<32x16xf32> -> tensor<32x16xf32>
  %zero = arith.constant dense<0.0> : tensor<4x16xf32>
  %0 = tile.scaled_dot %a4, %st, %b, %zero as e2m1
      : tensor<4x16xi8>, tensor<4x1xi8>, tensor<32x16xf32> -> tensor<4x16xf32>
  tile.store %0, %out[%c0, %c0] : tensor<4x16xf32>, memref<4x16xf32>
  %c = tile.load %y[%c0, %c0] : memref<4x4xf64> -> tensor<4x4xf64>
  %1 = tile.dot %c, %c, %c : tensor<4x4xf64>, tensor<4x4xf64> -> tensor<4x4xf64>
  tile.store %1, %y[%c0, %c0] : tensor<4x4xf64>, memref<4x4xf64>
  tile.return
}

// -----

// CHECK-LABEL: tt.func public @widen(
// CHECK: tt.fp_to_fp %{{.+}} : tensor<4x16xf8E4M3FN> -> tensor<4x16xf16>
// CHECK: tt.join %{{.+}} : tensor<4x16xf32> -> tensor<4x16x2xf32>
// CHECK: tt.trans %{{.+}} {order = array<i32: 0, 2, 1>} : tensor<4x16x2xf32> -> tensor<4x2x16xf32>
// CHECK: tt.reshape %{{.+}} : tensor<4x2x16xf32> -> tensor<8x16xf32>
// SM80-LABEL: tt.func public @widen(
// SM80-NOT: tt.fp_to_fp
// SM80: tt.return
tile.kernel @widen(%bytes: memref<8x16xi8>, %out: memref<8x16xf32>) {
  %c0 = arith.constant 0 : index
  %0 = tile.load %bytes[%c0, %c0] : memref<8x16xi8> -> tensor<4x16xi8>
  %1 = tile.widen %0 as e4m3 : tensor<4x16xi8> -> tensor<4x16xf32>
  tile.store %1, %out[%c0, %c0] : tensor<4x16xf32>, memref<8x16xf32>
  %2 = tile.widen %0 as e2m1 : tensor<4x16xi8> -> tensor<8x16xf32>
  tile.store %2, %out[%c0, %c0] : tensor<8x16xf32>, memref<8x16xf32>
  %3 = tile.widen %0 as e8m0 : tensor<4x16xi8> -> tensor<4x16xf32>
  tile.store %3, %out[%c0, %c0] : tensor<4x16xf32>, memref<8x16xf32>
  tile.return
}

// -----

// CHECK-LABEL: tt.func public @shapes(
// CHECK: tt.reshape %{{.+}} : tensor<16xf32> -> tensor<8x2xf32>
// CHECK: tt.split %{{.+}} : tensor<8x2xf32> -> tensor<8xf32>
// CHECK: tt.join %{{.+}}, %{{.+}} : tensor<8xf32> -> tensor<8x2xf32>
// CHECK: tt.reshape %{{.+}} : tensor<8x2xf32> -> tensor<16xf32>
// CHECK: tt.expand_dims %{{.+}} {axis = 0 : i32} : tensor<16xf32> -> tensor<1x16xf32>
// CHECK: tt.broadcast %{{.+}} : tensor<1x16xf32> -> tensor<4x16xf32>
// CHECK: tt.trans %{{.+}} {order = array<i32: 1, 0>} : tensor<4x16xf32> -> tensor<16x4xf32>
tile.kernel @shapes(%m: memref<?x16xf32>, %out: memref<16x4xf32>) {
  %c0 = arith.constant 0 : index
  %0 = tile.load %m[%c0, %c0] : memref<?x16xf32> -> tensor<16xf32>
  %even, %odd = tile.deinterleave %0 : tensor<16xf32> -> tensor<8xf32>
  %1 = tile.interleave %odd, %even : tensor<8xf32> -> tensor<16xf32>
  %2 = tile.broadcast %1 along 0 : tensor<16xf32> -> tensor<4x16xf32>
  %3 = tile.transpose %2 : tensor<4x16xf32> -> tensor<16x4xf32>
  tile.store %3, %out[%c0, %c0] : tensor<16x4xf32>, memref<16x4xf32>
  tile.return
}

// -----

// CHECK-LABEL: tt.func public @loop(
// CHECK: scf.for %{{.+}} = %c0{{.*}} to %c48{{.*}} step %c16{{.*}} iter_args(%{{.+}} = %{{.+}}) -> (tensor<4xf32>) : i64 {
// CHECK: arith.cmpi ult, %{{.+}}, %{{.+}} : i64
// CHECK: scf.if
tile.kernel @loop(%m: memref<?x48xf32>, %out: memref<?x4xf32>) {
  %x = tile.program_id 0
  %c0 = arith.constant 0 : index
  %c16 = arith.constant 16 : index
  %c48 = arith.constant 48 : index
  %zero = arith.constant dense<0.0> : tensor<3xf32>
  %0 = scf.for %i = %c0 to %c48 step %c16 iter_args(%sum = %zero) -> (tensor<3xf32>) {
    %1 = tile.load %m[%x, %i] : memref<?x48xf32> -> tensor<3xf32>
    %2 = arith.addf %sum, %1 : tensor<3xf32>
    scf.yield %2 : tensor<3xf32>
  }
  %small = arith.cmpi ult, %x, %c16 : index
  scf.if %small {
    tile.store %0, %out[%x, %c0] : tensor<3xf32>, memref<?x4xf32>
  }
  tile.return
}
