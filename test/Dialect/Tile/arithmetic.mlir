// RUN: v4-opt %s --verify-roundtrip | FileCheck %s

// CHECK-LABEL: tile.kernel @arithmetic
tile.kernel @arithmetic(%m: memref<?x16xf32>) {
  %a = arith.constant dense<1.0> : tensor<8x4xbf16>
  %b = arith.constant dense<1.0> : tensor<4x16xf32>
  %zero = arith.constant dense<0.0> : tensor<8x16xf32>
  // CHECK: %[[DOT:.+]] = tile.dot %{{.+}}, %{{.+}}, %{{.+}} : tensor<8x4xbf16>, tensor<4x16xf32> -> tensor<8x16xf32>
  %0 = tile.dot %a, %b, %zero : tensor<8x4xbf16>, tensor<4x16xf32> -> tensor<8x16xf32>
  // CHECK: %[[MAX:.+]] = tile.reduce max %[[DOT]] : tensor<8x16xf32> -> tensor<8xf32>
  %1 = tile.reduce max %0 : tensor<8x16xf32> -> tensor<8xf32>
  // CHECK: %[[SUM:.+]] = tile.reduce add %[[MAX]] : tensor<8xf32> -> f32
  %2 = tile.reduce add %1 : tensor<8xf32> -> f32
  // CHECK: tile.splat %[[SUM]] : f32 -> tensor<8x16xf32>
  %3 = tile.splat %2 : f32 -> tensor<8x16xf32>
  // CHECK: tile.broadcast %[[MAX]] along 1 : tensor<8xf32> -> tensor<8x16xf32>
  %4 = tile.broadcast %1 along 1 : tensor<8xf32> -> tensor<8x16xf32>
  // CHECK: tile.iota : tensor<16xi32>
  %5 = tile.iota : tensor<16xi32>
  %bytes = arith.constant dense<1> : tensor<4x16xi8>
  // CHECK: tile.widen %{{.+}} as e2m1 : tensor<4x16xi8> -> tensor<8x16xf32>
  %6 = tile.widen %bytes as e2m1 : tensor<4x16xi8> -> tensor<8x16xf32>
  // CHECK: %[[EVEN:.+]], %[[ODD:.+]] = tile.deinterleave %[[MAX]] : tensor<8xf32> -> tensor<4xf32>
  %even, %odd = tile.deinterleave %1 : tensor<8xf32> -> tensor<4xf32>
  // CHECK: tile.interleave %[[ODD]], %[[EVEN]] : tensor<4xf32> -> tensor<8xf32>
  %7 = tile.interleave %odd, %even : tensor<4xf32> -> tensor<8xf32>
  tile.return
}

// CHECK-LABEL: tile.kernel @products
tile.kernel @products(%m: memref<?x64xf32>) {
  %row = tile.program_id 0
  %c0 = arith.constant 0 : index
  // CHECK: tile.view %{{.+}} : memref<?x64xf32> -> memref<?x4x16xf32>
  %heads = tile.view %m : memref<?x64xf32> -> memref<?x4x16xf32>
  %q = tile.load %heads[%row, %c0, %c0] : memref<?x4x16xf32> -> tensor<4x16xf32>
  // CHECK: tile.transpose %{{.+}} : tensor<4x16xf32> -> tensor<16x4xf32>
  %b = tile.transpose %q : tensor<4x16xf32> -> tensor<16x4xf32>
  %wide = arith.constant dense<1.0> : tensor<64x4xbf16>
  %weights = arith.constant dense<1> : tensor<8x32xi8>
  %scales = arith.constant dense<127> : tensor<8x2xi8>
  %zero = arith.constant dense<0.0> : tensor<8x4xf32>
  // CHECK: tile.scaled_dot %{{.+}}, %{{.+}}, %{{.+}}, %{{.+}} as e2m1 : tensor<8x32xi8>, tensor<8x2xi8>, tensor<64x4xbf16> -> tensor<8x4xf32>
  %0 = tile.scaled_dot %weights, %scales, %wide, %zero as e2m1
      : tensor<8x32xi8>, tensor<8x2xi8>, tensor<64x4xbf16> -> tensor<8x4xf32>
  tile.return
}
