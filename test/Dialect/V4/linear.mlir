// RUN: v4-opt %s | v4-opt | FileCheck %s
// RUN: v4-opt %s --mlir-print-op-generic | v4-opt | FileCheck %s

// CHECK-LABEL: func @weights
func.func @weights() {
  // CHECK: v4.weight "layers.0.attn.wq_a.weight" : <96x200xf8E4M3FN, scale f8E8M0FNU by 128x128>
  %0 = v4.weight "layers.0.attn.wq_a.weight" : !v4.weight<96x200xf8E4M3FN, scale f8E8M0FNU by 128x128>
  // CHECK: v4.weight "experts.{e}.w1.weight" layout <panel, 16> : <7x40x96xbf16>
  %1 = v4.weight "experts.{e}.w1.weight" layout <panel, 16> : <7x40x96xbf16>
  // CHECK: v4.weight "norm.weight" = dense<[1.000000e+00, 2.000000e+00]> : tensor<2xf32> layout <row_major, 0> : <2xf32>
  %2 = v4.weight "norm.weight" = dense<[1.0, 2.0]> : tensor<2xf32> layout <row_major, 0> : <2xf32>
  // CHECK: v4.weight "gate.tid2eid" : <211x3xi64>
  %3 = v4.weight "gate.tid2eid" : <211x3xi64>
  return
}

// CHECK-LABEL: func @embed
func.func @embed(%tokens: tensor<?xi32>, %table: !v4.weight<211x96xbf16>) -> tensor<?x96xf32> {
  // CHECK: v4.embed %{{.+}} in %{{.+}} : (tensor<?xi32>, !v4.weight<211x96xbf16>) -> tensor<?x96xf32>
  %0 = v4.embed %tokens in %table : (tensor<?xi32>, !v4.weight<211x96xbf16>) -> tensor<?x96xf32>
  return %0 : tensor<?x96xf32>
}

// CHECK-LABEL: func @gather_rows
func.func @gather_rows(%x: tensor<?x4x96xf32>, %rows: tensor<3xi32>) -> tensor<3x4x96xf32> {
  // CHECK: v4.gather_rows %{{.+}} at %{{.+}} : (tensor<?x4x96xf32>, tensor<3xi32>) -> tensor<3x4x96xf32>
  %0 = v4.gather_rows %x at %rows : (tensor<?x4x96xf32>, tensor<3xi32>) -> tensor<3x4x96xf32>
  return %0 : tensor<3x4x96xf32>
}

// CHECK-LABEL: func @linear
func.func @linear(%x: tensor<?x2x48xf32>, %w: !v4.weight<144x96xbf16>) -> tensor<?x3x48xf32> {
  // CHECK: v4.linear %{{.+}}, %{{.+}} : (tensor<?x2x48xf32>, !v4.weight<144x96xbf16>) -> tensor<?x3x48xf32>
  %0 = v4.linear %x, %w : (tensor<?x2x48xf32>, !v4.weight<144x96xbf16>) -> tensor<?x3x48xf32>
  // CHECK: v4.linear {{.*}} -> tensor<?x144xbf16>
  %1 = v4.linear %x, %w : (tensor<?x2x48xf32>, !v4.weight<144x96xbf16>) -> tensor<?x144xbf16>
  return %0 : tensor<?x3x48xf32>
}

// CHECK-LABEL: func @grouped_linear
func.func @grouped_linear(%x: tensor<5x3x16xf32>, %w: !v4.weight<21x16xf32>) -> tensor<5x3x7xf32> {
  // CHECK: v4.grouped_linear %{{.+}}, %{{.+}} : (tensor<5x3x16xf32>, !v4.weight<21x16xf32>) -> tensor<5x3x7xf32>
  %0 = v4.grouped_linear %x, %w : (tensor<5x3x16xf32>, !v4.weight<21x16xf32>) -> tensor<5x3x7xf32>
  return %0 : tensor<5x3x7xf32>
}

// CHECK-LABEL: func @scale_add
func.func @scale_add(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
  // CHECK: %[[HALF:.+]] = v4.scale %{{.+}} by 5.000000e-01 : (tensor<?x8xf32>) -> tensor<?x8xf32>
  %0 = v4.scale %x by 0.5 : (tensor<?x8xf32>) -> tensor<?x8xf32>
  // CHECK: v4.add %{{.+}}, %[[HALF]] : (tensor<?x8xf32>, tensor<?x8xf32>) -> tensor<?x8xf32>
  %1 = v4.add %x, %0 : (tensor<?x8xf32>, tensor<?x8xf32>) -> tensor<?x8xf32>
  return %1 : tensor<?x8xf32>
}

// CHECK-LABEL: func @norms
func.func @norms(%x: tensor<?x8xbf16>, %w: !v4.weight<8xbf16>, %q: tensor<?x2x8xf32>) {
  // CHECK: v4.rms_norm %{{.+}}, %{{.+}} eps 1.000000e-03 : (tensor<?x8xbf16>, !v4.weight<8xbf16>) -> tensor<?x8xbf16>
  %0 = v4.rms_norm %x, %w eps 1.0e-3 : (tensor<?x8xbf16>, !v4.weight<8xbf16>) -> tensor<?x8xbf16>
  // CHECK: v4.head_norm %{{.+}} eps 2.500000e-01 : (tensor<?x2x8xf32>) -> tensor<?x2x8xf32>
  %1 = v4.head_norm %q eps 0.25 : (tensor<?x2x8xf32>) -> tensor<?x2x8xf32>
  // CHECK: v4.head_norm %{{.+}} eps 2.500000e-01 {numerics = #v4.numerics<hf, {q_norm = "bf16"}>} :
  %2 = v4.head_norm %q eps 0.25 {numerics = #v4.numerics<hf, {q_norm = "bf16"}>} : (tensor<?x2x8xf32>) -> tensor<?x2x8xbf16>
  return
}

// CHECK-LABEL: func @rope
func.func @rope(%positions: tensor<?xi32>, %kv: tensor<?x8xf32>, %q: tensor<?x2x8xf32>) {
  // CHECK: %[[COS:.+]], %[[SIN:.+]] = v4.rope_table %{{.+}} <dims = 4, theta = 1.600000e+05 : f64, factor = 1.600000e+01 : f64,
  // CHECK-SAME: beta_fast = 3.200000e+01 : f64, beta_slow = 1.000000e+00 : f64, original_context = 65536> {offset = -3 : i64}
  %cos, %sin = v4.rope_table %positions <dims = 4, theta = 160000.0, factor = 16.0, beta_fast = 32.0, beta_slow = 1.0,
    original_context = 65536> {offset = -3} : (tensor<?xi32>) -> (tensor<?x2xf32>, tensor<?x2xf32>)
  // CHECK: v4.rope %{{.+}}, %[[COS]], %[[SIN]] : (tensor<?x8xf32>, tensor<?x2xf32>, tensor<?x2xf32>) -> tensor<?x8xf32>
  %0 = v4.rope %kv, %cos, %sin : (tensor<?x8xf32>, tensor<?x2xf32>, tensor<?x2xf32>) -> tensor<?x8xf32>
  // CHECK: v4.rope %{{.+}}, %[[COS]], %[[SIN]] : (tensor<?x2x8xf32>, {{.*}}) -> tensor<?x2x8xf32>
  %1 = v4.rope %q, %cos, %sin : (tensor<?x2x8xf32>, tensor<?x2xf32>, tensor<?x2xf32>) -> tensor<?x2x8xf32>
  // CHECK: v4.rope_table {{.*}} -> (tensor<?x2xbf16>, tensor<?x2xbf16>)
  %c, %s = v4.rope_table %positions <dims = 4, theta = 10000.0, factor = 1.0, beta_fast = 32.0, beta_slow = 1.0,
    original_context = 65536> : (tensor<?xi32>) -> (tensor<?x2xbf16>, tensor<?x2xbf16>)
  return
}
