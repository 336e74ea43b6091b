// RUN: v4-opt %s --convert-tile-to-vector --split-input-file | FileCheck %s

// Rows are loaded one by one, 20 elements apart, at the alignment of an element.
// CHECK-LABEL: func.func @rows
// CHECK: %[[A0:.+]] = llvm.getelementptr inbounds %{{.+}}[%[[I:.+]]] : (!llvm.ptr, i64) -> !llvm.ptr, f32
// CHECK: llvm.load %[[A0]] {alignment = 4 : i64} : !llvm.ptr -> vector<16xf32>
// CHECK: %[[ROW:.+]] = arith.constant 20 : i64
// CHECK: arith.addi %[[I]], %[[ROW]]
// CHECK: llvm.load %{{.+}} {alignment = 4 : i64} : !llvm.ptr -> vector<16xf32>
// CHECK-COUNT-2: llvm.store %{{.+}} {alignment = 4 : i64} : vector<16xf32>, !llvm.ptr
tile.kernel @rows(%m: memref<?x20xf32>) {
  %x = tile.program_id 0
  %c0 = arith.constant 0 : index
  %0 = tile.load %m[%x, %c0] : memref<?x20xf32> -> tensor<2x16xf32>
  tile.store %0, %m[%x, %c0] : tensor<2x16xf32>, memref<?x20xf32>
  tile.return
}

// -----

// One mask for all rows: lanes left of the last dimension.
// CHECK-LABEL: func.func @masked
// CHECK: %[[LEFT:.+]] = arith.subi %c20{{.*}}, %{{.+}} : index
// CHECK: %[[LEFT32:.+]] = arith.index_cast %[[LEFT]] : index to i32
// CHECK: %[[LIMIT:.+]] = vector.broadcast %[[LEFT32]] : i32 to vector<16xi32>
// CHECK: %[[MASK:.+]] = arith.cmpi slt, %{{.+}}, %[[LIMIT]] : vector<16xi32>
// CHECK: llvm.intr.masked.load %{{.+}}, %[[MASK]], %{{.+}} {alignment = 4 : i32}
// CHECK: llvm.intr.masked.load %{{.+}}, %[[MASK]], %{{.+}} {alignment = 4 : i32}
// CHECK-COUNT-2: llvm.intr.masked.store
tile.kernel @masked(%m: memref<?x20xf32>) {
  %x = tile.program_id 0
  %c0 = arith.constant 0 : index
  %0 = tile.load %m[%c0, %x] masked : memref<?x20xf32> -> tensor<2x16xf32>
  tile.store %0, %m[%c0, %x] masked : tensor<2x16xf32>, memref<?x20xf32>
  tile.return
}

// -----

// bf16 is moved as i16.
// CHECK-LABEL: func.func @bf16
// CHECK: %[[BITS:.+]] = llvm.load %{{.+}} {alignment = 2 : i64} : !llvm.ptr -> vector<16xi16>
// CHECK: arith.bitcast %[[BITS]] : vector<16xi16> to vector<16xbf16>
tile.kernel @bf16(%m: memref<?x16xbf16>, %out: memref<?x16xf32>) {
  %x = tile.program_id 0
  %c0 = arith.constant 0 : index
  %0 = tile.load %m[%x, %c0] : memref<?x16xbf16> -> tensor<16xbf16>
  %1 = arith.extf %0 : tensor<16xbf16> to tensor<16xf32>
  tile.store %1, %out[%x, %c0] : tensor<16xf32>, memref<?x16xf32>
  tile.return
}

// -----

// Row 0 stands in for negative rows; its elements are dropped.
// CHECK-LABEL: func.func @gather
// CHECK: %[[NUMBER:.+]] = vector.extract %{{.+}}[0] : i32 from vector<2xi32>
// CHECK: %[[INDEX:.+]] = arith.index_cast %[[NUMBER]] : i32 to index
// CHECK: %[[ABSENT:.+]] = arith.cmpi slt, %[[INDEX]], %{{.+}} : index
// CHECK: arith.maxsi %[[INDEX]], %{{.+}} : index
// CHECK: %[[ROW:.+]] = llvm.load %{{.+}} : !llvm.ptr -> vector<16xf32>
// CHECK: arith.select %[[ABSENT]], %{{.+}}, %[[ROW]] : vector<16xf32>
tile.kernel @gather(%m: memref<?x16xf32>, %list: memref<?xi32>) {
  %c0 = arith.constant 0 : index
  %rows = tile.load %list[%c0] : memref<?xi32> -> tensor<2xi32>
  %0 = tile.gather %m[] rows %rows from %c0 : memref<?x16xf32>, tensor<2xi32> -> tensor<2x16xf32>
  tile.store %0, %m[%c0, %c0] : tensor<2x16xf32>, memref<?x16xf32>
  tile.return
}

// -----

// A mask of one narrow lane must not become a constant.
// CHECK-LABEL: func.func @one_lane
// CHECK: llvm.store volatile %{{.+}}, %[[LEFT:.+]] {alignment = 4 : i64} : i32, !llvm.ptr
// CHECK: llvm.load volatile %[[LEFT]] {alignment = 4 : i64} : !llvm.ptr -> i32
// CHECK: llvm.intr.masked.store %{{.+}} {alignment = 2 : i32} : vector<16xi16>, vector<16xi1> into !llvm.ptr
tile.kernel @one_lane(%m: memref<?x17xbf16>, %from: memref<?x16xbf16>) {
  %x = tile.program_id 0
  %c0 = arith.constant 0 : index
  %0 = tile.load %from[%x, %c0] : memref<?x16xbf16> -> tensor<16xbf16>
  tile.store %0, %m[%c0, %x] masked : tensor<16xbf16>, memref<?x17xbf16>
  tile.return
}

// -----

// A view is the same address; offsets count elements of its type.
// CHECK-LABEL: func.func @view
// CHECK: llvm.getelementptr inbounds %{{.+}}[%{{.+}}] : (!llvm.ptr, i64) -> !llvm.ptr, bf16
// CHECK: llvm.load %{{.+}} {alignment = 2 : i64} : !llvm.ptr -> vector<16xi16>
tile.kernel @view(%m: memref<?x64xi8>, %out: memref<?x16xbf16>) {
  %row = tile.program_id 0
  %c16 = arith.constant 16 : index
  %c0 = arith.constant 0 : index
  %numbers = tile.view %m : memref<?x64xi8> -> memref<?x32xbf16>
  %0 = tile.load %numbers[%row, %c16] : memref<?x32xbf16> -> tensor<16xbf16>
  tile.store %0, %out[%row, %c0] : tensor<16xbf16>, memref<?x16xbf16>
  tile.return
}
