// RUN: v4-opt %s | v4-opt | FileCheck %s
// RUN: v4-opt %s --mlir-print-op-generic | v4-opt | FileCheck %s

// CHECK-LABEL: func @fake_quantise
func.func @fake_quantise(%x: tensor<?x8xbf16>, %latent: tensor<?x3x7xbf16>, %wide: tensor<5x40xf32>) {
  // CHECK: v4.fake_quantise %{{.+}} to e4m3 block 2 first 6 : (tensor<?x8xbf16>) -> tensor<?x8xbf16>
  %0 = v4.fake_quantise %x to e4m3 block 2 first 6 : (tensor<?x8xbf16>) -> tensor<?x8xbf16>
  // CHECK: v4.fake_quantise %{{.+}} to e4m3 block 128 : (tensor<?x3x7xbf16>) -> tensor<?x21xbf16>
  %1 = v4.fake_quantise %latent to e4m3 block 128 : (tensor<?x3x7xbf16>) -> tensor<?x21xbf16>
  // CHECK: v4.fake_quantise %{{.+}} to e2m1 block 32 : (tensor<5x40xf32>) -> tensor<5x40xf32>
  %2 = v4.fake_quantise %wide to e2m1 block 32 : (tensor<5x40xf32>) -> tensor<5x40xf32>
  return
}

// CHECK-LABEL: func @hadamard
func.func @hadamard(%q: tensor<?x3x16xbf16>, %k: tensor<?x1xf32>) {
  // CHECK: v4.hadamard %{{.+}} : (tensor<?x3x16xbf16>) -> tensor<?x3x16xbf16>
  %0 = v4.hadamard %q : (tensor<?x3x16xbf16>) -> tensor<?x3x16xbf16>
  // CHECK: v4.hadamard %{{.+}} : (tensor<?x1xf32>) -> tensor<?x1xbf16>
  %1 = v4.hadamard %k : (tensor<?x1xf32>) -> tensor<?x1xbf16>
  return
}
