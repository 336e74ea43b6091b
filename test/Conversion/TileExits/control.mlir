// RUN: v4-opt %s --convert-tile-to-ttir --split-input-file | FileCheck %s --check-prefix=TRITON
// RUN: v4-opt %s --convert-tile-to-loops --canonicalize --split-input-file | FileCheck %s --check-prefix=LOOPS

// Reductions: a row to a number. The loops' order is the dialect's: one half with the other.
// TRITON-LABEL: tt.func public @reduce(
// TRITON:         "tt.reduce"(%{{.+}}) <{axis = 1 : i32}> ({
// TRITON:           arith.addf
// TRITON:         (tensor<4x64xf32>) -> tensor<4xf32>
// TRITON:         "tt.reduce"(%{{.+}}) <{axis = 0 : i32}> ({
// TRITON:           arith.maximumf
// TRITON:         (tensor<4xf32>) -> f32
// LOOPS-LABEL: func.func @reduce(
// LOOPS:         arith.addf %{{.+}} : vector<16xf32>
// LOOPS:         arith.addf %{{.+}} : vector<8xf32>
// LOOPS:         arith.addf %{{.+}} : vector<4xf32>
// LOOPS:         arith.addf %{{.+}} : vector<2xf32>
// LOOPS:         arith.addf %{{.+}} : f32
// LOOPS:         arith.maximumf %{{.+}} : vector<2xf32>
// LOOPS:         arith.maximumf %{{.+}} : f32
tile.kernel @reduce(%m: memref<?x64xf32>, %out: memref<?xf32>) {
  %c0 = arith.constant 0 : index
  %0 = tile.load %m[%c0, %c0] : memref<?x64xf32> -> tensor<4x64xf32>
  %1 = tile.reduce add %0 : tensor<4x64xf32> -> tensor<4xf32>
  %2 = tile.reduce max %1 : tensor<4xf32> -> f32
  tile.store_scalar %2, %out[%c0] : f32, memref<?xf32>
  tile.return
}

// -----

// Integers, as counts of top-k are.
// TRITON-LABEL: tt.func public @count(
// TRITON:         arith.cmpi uge, %{{.+}} : tensor<64xi32>
// TRITON:         arith.extui %{{.+}} : tensor<64xi1> to tensor<64xi32>
// TRITON:         "tt.reduce"(%{{.+}}) <{axis = 0 : i32}> ({
// TRITON:           arith.addi
// TRITON:         (tensor<64xi32>) -> i32
// LOOPS-LABEL: func.func @count(
// LOOPS:         arith.cmpi uge, %{{.+}} : vector<{{[0-9]+}}xi32>
// LOOPS:         arith.addi %{{.+}} : i32
tile.kernel @count(%m: memref<?x64xi32>, %out: memref<?xi32>) {
  %c0 = arith.constant 0 : index
  %limit = arith.constant dense<7> : tensor<64xi32>
  %0 = tile.load %m[%c0, %c0] : memref<?x64xi32> -> tensor<64xi32>
  %1 = arith.cmpi uge, %0, %limit : tensor<64xi32>
  %2 = arith.extui %1 : tensor<64xi1> to tensor<64xi32>
  %3 = tile.reduce add %2 : tensor<64xi32> -> i32
  tile.store_scalar %3, %out[%c0] : i32, memref<?xi32>
  tile.return
}

// -----

// A carried tile is a value there, a piece of memory that each iteration leaves its result in here.
// TRITON-LABEL: tt.func public @loop(
// TRITON:         %[[SUM:.+]] = scf.for %{{.+}} iter_args(%{{.+}} = %{{.+}}) -> (tensor<16xf32>) : i64 {
// TRITON:         scf.if
// TRITON:           tt.store %{{.+}}, %[[SUM]] : tensor<16x!tt.ptr<f32>>
// LOOPS-LABEL: func.func @loop(
// LOOPS:         scf.for %{{.+}} = %c0{{.*}} to %c48{{.*}} step %c16
// LOOPS-NOT:     iter_args
// LOOPS:         arith.addf %{{.+}} : vector<16xf32>
// LOOPS:         scf.if
tile.kernel @loop(%m: memref<?x48xf32>, %out: memref<?x16xf32>) {
  %x = tile.program_id 0
  %c0 = arith.constant 0 : index
  %c16 = arith.constant 16 : index
  %c48 = arith.constant 48 : index
  %zero = arith.constant dense<0.0> : tensor<16xf32>
  %0 = scf.for %i = %c0 to %c48 step %c16 iter_args(%sum = %zero) -> (tensor<16xf32>) {
    %1 = tile.load %m[%x, %i] : memref<?x48xf32> -> tensor<16xf32>
    %2 = arith.addf %sum, %1 : tensor<16xf32>
    scf.yield %2 : tensor<16xf32>
  }
  %small = arith.cmpi ult, %x, %c16 : index
  scf.if %small {
    tile.store %0, %out[%x, %c0] : tensor<16xf32>, memref<?x16xf32>
  }
  tile.return
}

// -----

// Halve until below a limit.
// TRITON-LABEL: tt.func public @while(
// TRITON:         scf.while
// TRITON:           arith.cmpf ogt
// TRITON:           scf.condition
// TRITON:           arith.mulf
// LOOPS-LABEL: func.func @while(
// LOOPS:         scf.while
// LOOPS:           arith.cmpf ogt
// LOOPS:           scf.condition
// LOOPS:           arith.mulf
tile.kernel @while(%m: memref<?xf32>) {
  %x = tile.program_id 0
  %one = arith.constant 1.0 : f32
  %half = arith.constant 0.5 : f32
  %0 = tile.load_scalar %m[%x] : memref<?xf32> -> f32
  %1 = scf.while (%v = %0) : (f32) -> f32 {
    %big = arith.cmpf ogt, %v, %one : f32
    scf.condition(%big) %v : f32
  } do {
  ^bb0(%v: f32):
    %2 = arith.mulf %v, %half : f32
    scf.yield %2 : f32
  }
  tile.store_scalar %1, %m[%x] : f32, memref<?xf32>
  tile.return
}
