// RUN: v4-opt %s --verify-diagnostics --split-input-file

// expected-error @+1 {{there is no numerics option 'kv'}}
func.func private @numerics_c1() attributes {a = #v4.numerics<hf, {kv = "none"}>}

// -----

// expected-error @+1 {{numerics option 'kv_quant' needs a string, not 64 : i64}}
func.func private @numerics_c2() attributes {a = #v4.numerics<hf, {kv_quant = 64}>}

// -----

// expected-error @+1 {{numerics option 'kv_quant' is "fp4", but one of 'fp8_64 none' is wanted}}
func.func private @numerics_c3() attributes {a = #v4.numerics<hf, {kv_quant = "fp4"}>}

// -----

// expected-error @+1 {{a layout of kind panel has a panel above 0, not 0}}
func.func private @layout_c1() attributes {a = #v4.layout<panel, 0>}

// -----

// expected-error @+1 {{a layout of kind row_major has a panel of 0, not 16}}
func.func private @layout_c1_row_major() attributes {a = #v4.layout<row_major, 16>}

// -----

// expected-error @+1 {{a layout of kind panel has one stream, not 4}}
func.func private @layout_c2() attributes {a = #v4.layout<panel, 16, 4>}

// -----

// expected-error @+1 {{a layout of kind panel_words has at least one stream, not 0}}
func.func private @layout_c2_none() attributes {a = #v4.layout<panel_words, 16, 0>}

// -----

// expected-error @+1 {{rotates an even, positive number of dimensions, not 7}}
func.func private @rope_attr_c1() attributes {a = #v4.rope<dims = 7, theta = 10000.0, factor = 1.0, beta_fast = 32.0, beta_slow = 1.0, original_context = 64>}

// -----

// expected-error @+1 {{the base theta is above 1, not 1.000000e+00}}
func.func private @rope_attr_c2() attributes {a = #v4.rope<dims = 8, theta = 1.0, factor = 1.0, beta_fast = 32.0, beta_slow = 1.0, original_context = 64>}

// -----

// expected-error @+1 {{the context's factor is at least 1, not 5.000000e-01}}
func.func private @rope_attr_c3() attributes {a = #v4.rope<dims = 8, theta = 10000.0, factor = 0.5, beta_fast = 32.0, beta_slow = 1.0, original_context = 64>}

// -----

// expected-error @+1 {{YaRN needs a positive beta_fast, beta_slow and original_context, not 3.200000e+01, 0.000000e+00 and 64}}
func.func private @rope_attr_c4() attributes {a = #v4.rope<dims = 8, theta = 10000.0, factor = 16.0, beta_fast = 32.0, beta_slow = 0.0, original_context = 64>}
