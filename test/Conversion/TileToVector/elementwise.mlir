// RUN: v4-opt %s --convert-tile-to-vector | FileCheck %s

// CHECK-LABEL: func.func @elementwise
tile.kernel @elementwise(%m: memref<?x4xf32>, %n: memref<?x4xi32>) {
  %c0 = arith.constant 0 : index
  // Constants by rows.
  // CHECK-DAG: arith.constant dense<[1.000000e+00, 2.000000e+00, 3.000000e+00, 4.000000e+00]> : vector<4xf32>
  // CHECK-DAG: arith.constant dense<[5.000000e+00, 6.000000e+00, 7.000000e+00, 8.000000e+00]> : vector<4xf32>
  %c = arith.constant dense<[[1.0, 2.0, 3.0, 4.0], [5.0, 6.0, 7.0, 8.0]]> : tensor<2x4xf32>
  %x = tile.load %m[%c0, %c0] : memref<?x4xf32> -> tensor<2x4xf32>
  // CHECK-COUNT-2: arith.cmpf ogt, %{{.+}} : vector<4xf32>
  %greater = arith.cmpf ogt, %x, %c : tensor<2x4xf32>
  // CHECK-COUNT-2: arith.select %{{.+}} : vector<4xi1>, vector<4xf32>
  %y = arith.select %greater, %x, %c : tensor<2x4xi1>, tensor<2x4xf32>
  // A scalar condition stays one.
  // CHECK: %[[FIRST:.+]] = arith.cmpi eq
  %p = tile.program_id 0
  %first = arith.cmpi eq, %p, %c0 : index
  // CHECK-COUNT-2: arith.select %[[FIRST]], %{{.+}} : vector<4xf32>
  %z = arith.select %first, %x, %y : tensor<2x4xf32>
  // CHECK: %[[NUMBERS:.+]] = arith.constant dense<[0, 1, 2, 3]> : vector<4xi32>
  %iota = tile.iota : tensor<4xi32>
  // CHECK: %[[F:.+]] = arith.sitofp %[[NUMBERS]] : vector<4xi32> to vector<4xf32>
  %f = arith.sitofp %iota : tensor<4xi32> to tensor<4xf32>
  // Equal rows are one vector.
  // CHECK: arith.addf %{{.+}}, %[[F]] : vector<4xf32>
  // CHECK: arith.addf %{{.+}}, %[[F]] : vector<4xf32>
  %rows = tile.broadcast %f along 0 : tensor<4xf32> -> tensor<2x4xf32>
  %sum = arith.addf %z, %rows : tensor<2x4xf32>
  tile.store %sum, %m[%c0, %c0] : tensor<2x4xf32>, memref<?x4xf32>
  tile.return
}
