// RUN: v4-opt %s --split-input-file --pass-pipeline='builtin.module(func.func(split-carried-vectors))' | FileCheck %s

// CHECK-LABEL: func.func @sums
// CHECK-SAME:    %[[X:.*]]: vector<24xf32>, %[[N:.*]]: index
// CHECK:       %[[LOW:.*]] = vector.shuffle %[[X]], %[[X]] [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15]
// CHECK:       %[[HIGH:.*]] = vector.shuffle %[[X]], %[[X]] [16, 17, 18, 19, 20, 21, 22, 23]
// CHECK:       %[[LOOP:.*]]:3 = scf.for {{.*}} iter_args(%[[A:.*]] = %[[LOW]], %[[B:.*]] = %[[HIGH]], %[[F:.*]] = %{{.*}}) -> (vector<16xf32>, vector<8xf32>, f32)
// CHECK-NEXT:    %[[WIDE:.*]] = vector.shuffle %[[B]], %[[B]] [0, 1, 2, 3, 4, 5, 6, 7, -1, -1, -1, -1, -1, -1, -1, -1]
// CHECK-NEXT:    %[[OWN:.*]] = vector.shuffle %[[A]], %[[WIDE]] [0, {{.*}}, 23] : vector<16xf32>, vector<16xf32>
// CHECK-NEXT:    %[[SUM:.*]] = arith.addf %[[OWN]], %[[X]] : vector<24xf32>
// CHECK-NEXT:    %[[NEXT_LOW:.*]] = vector.shuffle %[[SUM]], %[[SUM]] [0, {{.*}}, 15]
// CHECK-NEXT:    %[[NEXT_HIGH:.*]] = vector.shuffle %[[SUM]], %[[SUM]] [16, {{.*}}, 23]
// CHECK-NEXT:    scf.yield %[[NEXT_LOW]], %[[NEXT_HIGH]], %[[F]] : vector<16xf32>, vector<8xf32>, f32
// CHECK:       %[[WIDE:.*]] = vector.shuffle %[[LOOP]]#1, %[[LOOP]]#1
// CHECK-NEXT:  %[[RESULT:.*]] = vector.shuffle %[[LOOP]]#0, %[[WIDE]] [0, {{.*}}, 23]
// CHECK-NEXT:  return %[[RESULT]], %[[LOOP]]#2
func.func @sums(%x: vector<24xf32>, %n: index, %f: f32) -> (vector<24xf32>, f32) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %r:2 = scf.for %i = %c0 to %n step %c1 iter_args(%sum = %x, %g = %f) -> (vector<24xf32>, f32) {
    %next = arith.addf %sum, %x : vector<24xf32>
    scf.yield %next, %g : vector<24xf32>, f32
  }
  return %r#0, %r#1 : vector<24xf32>, f32
}

// -----

// CHECK-LABEL: func.func @three_pieces
// CHECK:       scf.for {{.*}} -> (vector<4xf32>, vector<2xf32>, vector<1xf32>)
func.func @three_pieces(%x: vector<7xf32>, %n: index) -> vector<7xf32> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %r = scf.for %i = %c0 to %n step %c1 iter_args(%sum = %x) -> vector<7xf32> {
    %next = arith.addf %sum, %x : vector<7xf32>
    scf.yield %next : vector<7xf32>
  }
  return %r : vector<7xf32>
}

// -----

// CHECK-LABEL: func.func @powers_of_two
// CHECK-NOT:   vector.shuffle
func.func @powers_of_two(%x: vector<16xf32>, %n: index) -> vector<16xf32> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %r = scf.for %i = %c0 to %n step %c1 iter_args(%sum = %x) -> vector<16xf32> {
    %next = arith.addf %sum, %x : vector<16xf32>
    scf.yield %next : vector<16xf32>
  }
  return %r : vector<16xf32>
}
