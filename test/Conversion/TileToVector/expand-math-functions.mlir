// RUN: v4-opt %s --pass-pipeline='builtin.module(func.func(expand-math-functions))' --split-input-file --verify-diagnostics | FileCheck %s

// CHECK-LABEL: func.func @expanded
// CHECK-NOT: math.{{exp|log|log1p|tanh|rsqrt}}
// CHECK: return
func.func @expanded(%x: vector<16xf32>, %y: f32) -> (vector<16xf32>, f32) {
  %0 = math.exp %x : vector<16xf32>
  %1 = math.log1p %0 : vector<16xf32>
  %2 = math.tanh %1 : vector<16xf32>
  %3 = math.log %2 : vector<16xf32>
  %4 = math.rsqrt %y : f32
  return %3, %4 : vector<16xf32>, f32
}

// -----

// CHECK-LABEL: func.func @to_bf16
// CHECK-NOT: truncf
// CHECK: arith.bitcast %{{.+}} : vector<16xi16> to vector<16xbf16>
func.func @to_bf16(%x: vector<16xf32>) -> vector<16xbf16> {
  %0 = arith.truncf %x : vector<16xf32> to vector<16xbf16>
  return %0 : vector<16xbf16>
}

// -----

func.func @double(%x: f64) -> f64 {
  // expected-error @+1 {{'math.exp' op has no expansion on 'f64', and kernels call no library}}
  %0 = math.exp %x : f64
  return %0 : f64
}

// -----

func.func @power(%x: vector<16xf32>) -> vector<16xf32> {
  // expected-error @+1 {{'math.powf' op has no expansion on 'vector<16xf32>', and kernels call no library}}
  %0 = math.powf %x, %x : vector<16xf32>
  return %0 : vector<16xf32>
}
