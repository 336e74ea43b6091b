// RUN: v4-opt %s --v4-pack-entries --split-input-file | FileCheck %s

// Every table takes the form of what is written to it, in all functions.
// CHECK-LABEL: func.func @decode
// CHECK-DAG:     v4.state "keys" : !v4.entries<8, 512, bf16, packed e4m3 by 64 first 448>
// CHECK-DAG:     v4.state "index" : !v4.entries<8, 128, bf16, packed e2m1 by 32 first 128>
// CHECK:         v4.entry_write {{.*}} !v4.entries<8, 512, bf16, packed e4m3 by 64 first 448>
// CHECK-LABEL: func.func @prefill
// CHECK:         v4.state "keys" : !v4.entries<8, 512, bf16, packed e4m3 by 64 first 448>
func.func @decode(%a: tensor<?x512xbf16>, %b: tensor<?x128xbf16>, %slots: tensor<?xi32>, %positions: tensor<?xi32>) {
  %keys = v4.state "keys" : !v4.entries<8, 512, bf16>
  %index = v4.state "index" : !v4.entries<8, 128, bf16>
  %0 = v4.fake_quantise %a to e4m3 block 64 first 448 : (tensor<?x512xbf16>) -> tensor<?x512xbf16>
  v4.entry_write %0, %keys at %slots, %positions by 4
      : tensor<?x512xbf16>, !v4.entries<8, 512, bf16>, tensor<?xi32>, tensor<?xi32>
  %1 = v4.fake_quantise %b to e2m1 block 32 : (tensor<?x128xbf16>) -> tensor<?x128xbf16>
  v4.entry_write %1, %index at %slots, %positions by 4
      : tensor<?x128xbf16>, !v4.entries<8, 128, bf16>, tensor<?xi32>, tensor<?xi32>
  return
}
func.func @prefill(%a: tensor<?x512xbf16>, %slots: tensor<?xi32>, %positions: tensor<?xi32>) {
  %keys = v4.state "keys" : !v4.entries<8, 512, bf16>
  %0 = v4.fake_quantise %a to e4m3 block 64 first 448 : (tensor<?x512xbf16>) -> tensor<?x512xbf16>
  v4.entry_write %0, %keys at %slots, %positions by 4
      : tensor<?x512xbf16>, !v4.entries<8, 512, bf16>, tensor<?xi32>, tensor<?xi32>
  return
}

// -----

// What is not quantised, or in one function only, stays as it is; so do odd numbers of nibbles.
// CHECK-LABEL: func.func @plain
// CHECK-DAG:     v4.state "keys" : !v4.entries<8, 16, f32>
// CHECK-DAG:     v4.state "odd" : !v4.entries<8, 1, bf16>
// CHECK-DAG:     v4.state "mixed" : !v4.entries<8, 16, bf16>
func.func @plain(%a: tensor<?x16xf32>, %b: tensor<?x1xbf16>, %c: tensor<?x16xbf16>, %slots: tensor<?xi32>,
                 %positions: tensor<?xi32>) {
  %keys = v4.state "keys" : !v4.entries<8, 16, f32>
  %odd = v4.state "odd" : !v4.entries<8, 1, bf16>
  %mixed = v4.state "mixed" : !v4.entries<8, 16, bf16>
  v4.entry_write %a, %keys at %slots, %positions by 4
      : tensor<?x16xf32>, !v4.entries<8, 16, f32>, tensor<?xi32>, tensor<?xi32>
  %0 = v4.fake_quantise %b to e2m1 block 32 : (tensor<?x1xbf16>) -> tensor<?x1xbf16>
  v4.entry_write %0, %odd at %slots, %positions by 4
      : tensor<?x1xbf16>, !v4.entries<8, 1, bf16>, tensor<?xi32>, tensor<?xi32>
  %1 = v4.fake_quantise %c to e4m3 block 8 : (tensor<?x16xbf16>) -> tensor<?x16xbf16>
  v4.entry_write %1, %mixed at %slots, %positions by 4
      : tensor<?x16xbf16>, !v4.entries<8, 16, bf16>, tensor<?xi32>, tensor<?xi32>
  v4.entry_write %c, %mixed at %slots, %positions by 4
      : tensor<?x16xbf16>, !v4.entries<8, 16, bf16>, tensor<?xi32>, tensor<?xi32>
  return
}

// -----

// Kernels of GPUs take BF16.
// CHECK-LABEL: func.func @gpu
// CHECK:         v4.state "keys" : !v4.entries<8, 128, bf16>
module attributes {v4.target = "sm_90a"} {
  func.func @gpu(%a: tensor<?x128xbf16>, %slots: tensor<?xi32>, %positions: tensor<?xi32>) {
    %keys = v4.state "keys" : !v4.entries<8, 128, bf16>
    %0 = v4.fake_quantise %a to e4m3 block 64 : (tensor<?x128xbf16>) -> tensor<?x128xbf16>
    v4.entry_write %0, %keys at %slots, %positions by 4
        : tensor<?x128xbf16>, !v4.entries<8, 128, bf16>, tensor<?xi32>, tensor<?xi32>
    return
  }
}
