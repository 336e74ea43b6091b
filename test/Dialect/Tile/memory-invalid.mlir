// RUN: v4-opt %s --split-input-file --verify-diagnostics

// expected-error @+1 {{'tile.kernel' op has results, but a kernel leaves what it computes in memory}}
"tile.kernel"() <{sym_name = "kernel_c1_results", function_type = () -> f32}> ({
  tile.return
}) : () -> ()

// -----

// expected-error @+1 {{'tile.kernel' op argument 1 is 'f32', not a memref of rank 1 or more in row-major layout}}
tile.kernel @kernel_c1_scalar(%m: memref<?xf32>, %x: f32) {
  tile.return
}

// -----

// expected-error @+1 {{'tile.kernel' op argument 0 is 'memref<8x8xf32, strided<[16, 1]>>', not a memref of rank 1 or more in row-major layout}}
tile.kernel @kernel_c1_layout(%m: memref<8x8xf32, strided<[16, 1]>>) {
  tile.return
}

// -----

// expected-error @+1 {{'tile.kernel' op argument 0 is 'memref<?x?xf32>', but only the first dimension may be dynamic}}
tile.kernel @kernel_c1_dynamic(%m: memref<?x?xf32>) {
  tile.return
}

// -----

// expected-error @+1 {{'tile.kernel' op has a body of 2 blocks instead of one}}
tile.kernel @kernel_c2() {
  cf.br ^end
^end:
  tile.return
}

// -----

tile.kernel @load_c1(%m: memref<?x8xf32>) {
  %c0 = arith.constant 0 : index
  // expected-error @+1 {{'tile.load' op has 1 offsets into a memory of rank 2}}
  %0 = tile.load %m[%c0] : memref<?x8xf32> -> tensor<8xf32>
  tile.return
}

// -----

tile.kernel @load_c2_element(%m: memref<?x8xf32>) {
  %c0 = arith.constant 0 : index
  // expected-error @+1 {{'tile.load' op moves 'bf16' to or from a memory of 'f32'}}
  %0 = tile.load %m[%c0, %c0] : memref<?x8xf32> -> tensor<8xbf16>
  tile.return
}

// -----

tile.kernel @load_c2_rank(%m: memref<?xf32>) {
  %c0 = arith.constant 0 : index
  // expected-error @+1 {{'tile.load' op has a tile of rank 2 and a memory of rank 1}}
  %0 = tile.load %m[%c0] : memref<?xf32> -> tensor<8x8xf32>
  tile.return
}

// -----

tile.kernel @load_c3_size(%m: memref<?x12xf32>) {
  %c0 = arith.constant 0 : index
  // expected-error @+1 {{'tile.load' op takes 16 elements of a dimension of 12}}
  %0 = tile.load %m[%c0, %c0] : memref<?x12xf32> -> tensor<16xf32>
  tile.return
}

// -----

tile.kernel @load_c3_rows(%m: memref<4x12xf32>) {
  %c0 = arith.constant 0 : index
  // expected-error @+1 {{'tile.load' op takes 8 elements of a dimension of 4}}
  %0 = tile.load %m[%c0, %c0] masked : memref<4x12xf32> -> tensor<8x16xf32>
  tile.return
}

// -----

tile.kernel @load_c3_masked(%m: memref<?xf32>) {
  %c0 = arith.constant 0 : index
  // expected-error @+1 {{'tile.load' op is masked, but the last dimension of 'memref<?xf32>' is dynamic}}
  %0 = tile.load %m[%c0] masked : memref<?xf32> -> tensor<16xf32>
  tile.return
}

// -----

tile.kernel @load_panels_c1(%m: memref<4x64xi32>) {
  %c0 = arith.constant 0 : index
  // expected-error @+1 {{'tile.load_panels' op reads rows of 64 elements from 'memref<4x64xi32>', but wants panels [.., S, R, P] that are as wide together}}
  %0 = tile.load_panels %m[%c0, %c0] : memref<4x64xi32> -> tensor<1x64xi32>
  tile.return
}

// -----

tile.kernel @load_panels_c2(%m: memref<4x8x16xi32>) {
  %c0 = arith.constant 0 : index
  // expected-error @+1 {{'tile.load_panels' op moves 'i8' to or from a memory of 'i32'}}
  %0 = tile.load_panels %m[%c0, %c0, %c0] : memref<4x8x16xi32> -> tensor<1x64xi8>
  tile.return
}

// -----

tile.kernel @load_panels_c3(%m: memref<4x8x16xi32>) {
  %c0 = arith.constant 0 : index
  // expected-error @+1 {{'tile.load_panels' op reads rows of 48 elements from 'memref<4x8x16xi32>', but wants panels [.., S, R, P] that are as wide together}}
  %0 = tile.load_panels %m[%c0, %c0, %c0] : memref<4x8x16xi32> -> tensor<48xi32>
  tile.return
}

// -----

tile.kernel @tile_shape(%m: memref<?x8xf32>) {
  %c0 = arith.constant 0 : index
  // expected-error @+1 {{'tile.load' op result #0 must be tile (tensor of static shape, rank 1 or 2) of f64, f32, bf16, i32, i16, i8 or i1, but got 'tensor<?xf32>'}}
  %0 = tile.load %m[%c0, %c0] : memref<?x8xf32> -> tensor<?xf32>
  tile.return
}

// -----

tile.kernel @store_c1(%m: memref<?x8xf32>) {
  %c0 = arith.constant 0 : index
  %x = arith.constant dense<0.0> : tensor<8xf32>
  // expected-error @+1 {{'tile.store' op has 3 offsets into a memory of rank 2}}
  tile.store %x, %m[%c0, %c0, %c0] : tensor<8xf32>, memref<?x8xf32>
  tile.return
}

// -----

tile.kernel @store_c2(%m: memref<?x8xi32>) {
  %c0 = arith.constant 0 : index
  %x = arith.constant dense<0.0> : tensor<8xf32>
  // expected-error @+1 {{'tile.store' op moves 'f32' to or from a memory of 'i32'}}
  tile.store %x, %m[%c0, %c0] : tensor<8xf32>, memref<?x8xi32>
  tile.return
}

// -----

tile.kernel @store_c3(%m: memref<?x4xf32>) {
  %c0 = arith.constant 0 : index
  %x = arith.constant dense<0.0> : tensor<8xf32>
  // expected-error @+1 {{'tile.store' op takes 8 elements of a dimension of 4}}
  tile.store %x, %m[%c0, %c0] : tensor<8xf32>, memref<?x4xf32>
  tile.return
}

// -----

tile.kernel @load_scalar_c1(%m: memref<?x8xf32>) {
  %c0 = arith.constant 0 : index
  // expected-error @+1 {{'tile.load_scalar' op has 1 offsets into a memory of rank 2}}
  %0 = tile.load_scalar %m[%c0] : memref<?x8xf32> -> f32
  tile.return
}

// -----

tile.kernel @load_scalar_c2(%m: memref<?xf32>) {
  %c0 = arith.constant 0 : index
  // expected-error @+1 {{'tile.load_scalar' op moves 'i32' to or from a memory of 'f32'}}
  %0 = tile.load_scalar %m[%c0] : memref<?xf32> -> i32
  tile.return
}

// -----

tile.kernel @store_scalar_c1(%m: memref<?x8xf32>) {
  %c0 = arith.constant 0 : index
  %x = arith.constant 0.0 : f32
  // expected-error @+1 {{'tile.store_scalar' op has 1 offsets into a memory of rank 2}}
  tile.store_scalar %x, %m[%c0] : f32, memref<?x8xf32>
  tile.return
}

// -----

tile.kernel @store_scalar_c2(%m: memref<?xi8>) {
  %c0 = arith.constant 0 : index
  %x = arith.constant 0.0 : f32
  // expected-error @+1 {{'tile.store_scalar' op moves 'f32' to or from a memory of 'i8'}}
  tile.store_scalar %x, %m[%c0] : f32, memref<?xi8>
  tile.return
}

// -----

tile.kernel @gather_c1(%m: memref<?x4x8xf32>) {
  %c0 = arith.constant 0 : index
  %rows = arith.constant dense<0> : tensor<4xi32>
  // expected-error @+1 {{'tile.gather' op has 0 leading offsets, but a memory of rank 3 wants two less than that}}
  %0 = tile.gather %m[] rows %rows from %c0 : memref<?x4x8xf32>, tensor<4xi32> -> tensor<4x8xf32>
  tile.return
}

// -----

tile.kernel @gather_c2(%m: memref<?x8xf32>) {
  %c0 = arith.constant 0 : index
  %rows = arith.constant dense<0> : tensor<4xi8>
  // expected-error @+1 {{'tile.gather' op takes the numbers of its rows from 'tensor<4xi8>', which is not a row tile of i32}}
  %0 = tile.gather %m[] rows %rows from %c0 : memref<?x8xf32>, tensor<4xi8> -> tensor<4x8xf32>
  tile.return
}

// -----

tile.kernel @gather_c3_rows(%m: memref<?x8xf32>) {
  %c0 = arith.constant 0 : index
  %rows = arith.constant dense<0> : tensor<4xi32>
  // expected-error @+1 {{'tile.gather' op gathers 4 rows, but the result is 'tensor<5x8xf32>'}}
  %0 = tile.gather %m[] rows %rows from %c0 : memref<?x8xf32>, tensor<4xi32> -> tensor<5x8xf32>
  tile.return
}

// -----

tile.kernel @gather_c3_columns(%m: memref<?x8xf32>) {
  %c0 = arith.constant 0 : index
  %rows = arith.constant dense<0> : tensor<4xi32>
  // expected-error @+1 {{'tile.gather' op takes 16 elements of rows of 8}}
  %0 = tile.gather %m[] rows %rows from %c0 : memref<?x8xf32>, tensor<4xi32> -> tensor<4x16xf32>
  tile.return
}

// -----

func.func @scratch_c1_dynamic() {
  // expected-error @+1 {{'tile.scratch' op needs row-major memory of static shape, not 'memref<?x16xf32>'}}
  %0 = tile.scratch : memref<?x16xf32>
  return
}

// -----

func.func @scratch_c1_size() {
  // expected-error @+1 {{'tile.scratch' op takes 1048580 bytes, but a program has at most 1048576}}
  %0 = tile.scratch : memref<262145xf32>
  return
}

// -----

tile.kernel @view_c1(%m: memref<8x64xf32>) {
  // expected-error @+1 {{'tile.view' op needs row-major memory whose first dimension alone is dynamic, not 'memref<8x64xf32>'}}
  %0 = tile.view %m : memref<8x64xf32> -> memref<?x4x16xf32>
  tile.return
}

// -----

tile.kernel @view_c2(%m: memref<?x64xf32>) {
  // expected-error @+1 {{'tile.view' op cuts 'memref<?x64xf32>' into 'memref<?x4x8xf32>', which has other bytes in a row}}
  %0 = tile.view %m : memref<?x64xf32> -> memref<?x4x8xf32>
  tile.return
}
