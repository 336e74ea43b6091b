// RUN: v4-opt %s --split-input-file --pass-pipeline='builtin.module(func.func(v4-use-codes))' | FileCheck %s

// CHECK-LABEL: func.func @scores
// CHECK:         v4.index_scores {{.+}} by 4 {codes}
module attributes {v4.target = "cpu"} {
  func.func @scores(%x: tensor<?x2x64xf32>, %weights: tensor<?x2xf32>, %slots: tensor<?xi32>, %positions: tensor<?xi32>)
      -> tensor<?x16xf32> {
    %keys = v4.state "keys" : !v4.entries<16, 64, f32, packed e2m1 by 32 first 64>
    %q = v4.fake_quantise %x to e2m1 block 32 : (tensor<?x2x64xf32>) -> tensor<?x2x64xf32>
    %0 = v4.index_scores %q, %weights, %keys at %slots, %positions by 4
      : (tensor<?x2x64xf32>, tensor<?x2xf32>, !v4.entries<16, 64, f32, packed e2m1 by 32 first 64>, tensor<?xi32>,
         tensor<?xi32>) -> tensor<?x16xf32>
    return %0 : tensor<?x16xf32>
  }
}

// -----

// Queries of another format, or of any numbers; keys that are packed in part, or not at all.
// CHECK-LABEL: func.func @others
// CHECK-NOT:     codes
module attributes {v4.target = "cpu"} {
  func.func @others(%x: tensor<?x2x64xf32>, %weights: tensor<?x2xf32>, %slots: tensor<?xi32>, %positions: tensor<?xi32>)
      -> (tensor<?x16xf32>, tensor<?x16xf32>, tensor<?x16xf32>, tensor<?x16xf32>) {
    %keys = v4.state "keys" : !v4.entries<16, 64, f32, packed e2m1 by 32 first 64>
    %part = v4.state "part" : !v4.entries<16, 64, f32, packed e2m1 by 32 first 32>
    %wide = v4.state "wide" : !v4.entries<16, 64, f32>
    %q8 = v4.fake_quantise %x to e4m3 block 32 : (tensor<?x2x64xf32>) -> tensor<?x2x64xf32>
    %q4 = v4.fake_quantise %x to e2m1 block 32 : (tensor<?x2x64xf32>) -> tensor<?x2x64xf32>
    %0 = v4.index_scores %q8, %weights, %keys at %slots, %positions by 4
      : (tensor<?x2x64xf32>, tensor<?x2xf32>, !v4.entries<16, 64, f32, packed e2m1 by 32 first 64>, tensor<?xi32>,
         tensor<?xi32>) -> tensor<?x16xf32>
    %1 = v4.index_scores %x, %weights, %keys at %slots, %positions by 4
      : (tensor<?x2x64xf32>, tensor<?x2xf32>, !v4.entries<16, 64, f32, packed e2m1 by 32 first 64>, tensor<?xi32>,
         tensor<?xi32>) -> tensor<?x16xf32>
    %2 = v4.index_scores %q4, %weights, %part at %slots, %positions by 4
      : (tensor<?x2x64xf32>, tensor<?x2xf32>, !v4.entries<16, 64, f32, packed e2m1 by 32 first 32>, tensor<?xi32>,
         tensor<?xi32>) -> tensor<?x16xf32>
    %3 = v4.index_scores %q4, %weights, %wide at %slots, %positions by 4
      : (tensor<?x2x64xf32>, tensor<?x2xf32>, !v4.entries<16, 64, f32>, tensor<?xi32>, tensor<?xi32>) -> tensor<?x16xf32>
    return %0, %1, %2, %3 : tensor<?x16xf32>, tensor<?x16xf32>, tensor<?x16xf32>, tensor<?x16xf32>
  }
}

// -----

// CHECK-LABEL: func.func @gpu
// CHECK-NOT:     codes
module attributes {v4.target = "sm_90a"} {
  func.func @gpu(%x: tensor<?x2x64xf32>, %weights: tensor<?x2xf32>, %slots: tensor<?xi32>, %positions: tensor<?xi32>)
      -> tensor<?x16xf32> {
    %keys = v4.state "keys" : !v4.entries<16, 64, f32, packed e2m1 by 32 first 64>
    %q = v4.fake_quantise %x to e2m1 block 32 : (tensor<?x2x64xf32>) -> tensor<?x2x64xf32>
    %0 = v4.index_scores %q, %weights, %keys at %slots, %positions by 4
      : (tensor<?x2x64xf32>, tensor<?x2xf32>, !v4.entries<16, 64, f32, packed e2m1 by 32 first 64>, tensor<?xi32>,
         tensor<?xi32>) -> tensor<?x16xf32>
    return %0 : tensor<?x16xf32>
  }
}
