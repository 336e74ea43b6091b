// RUN: v4-opt %s | v4-opt | FileCheck %s
// RUN: v4-opt %s --mlir-print-op-generic | v4-opt | FileCheck %s

// CHECK-LABEL: func private @numerics
// CHECK-SAME: a = #v4.numerics<hf>, b = #v4.numerics<reference>, c = #v4.numerics<reference, {indexer = "fp8", kv_quant = "none"}>
func.func private @numerics() attributes {a = #v4.numerics<hf>, b = #v4.numerics<reference>,
                                          c = #v4.numerics<reference, {kv_quant = "none", indexer = "fp8"}>}

// CHECK-LABEL: func private @layout
// CHECK-SAME: a = #v4.layout<row_major, 0>, b = #v4.layout<panel, 16>
func.func private @layout() attributes {a = #v4.layout<row_major, 0>, b = #v4.layout<panel, 16>}

// CHECK-LABEL: func private @rope
// CHECK-SAME: #v4.rope<dims = 64, theta = 1.600000e+05 : f64, factor = 1.600000e+01 : f64, beta_fast = 3.200000e+01 : f64, beta_slow = 1.000000e+00 : f64, original_context = 65536>
func.func private @rope() attributes {rope = #v4.rope<dims = 64, theta = 160000.0, factor = 16.0, beta_fast = 32.0,
                                                      beta_slow = 1.0, original_context = 65536>}
