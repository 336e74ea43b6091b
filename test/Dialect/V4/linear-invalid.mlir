// RUN: v4-opt %s --verify-diagnostics --split-input-file

func.func @weight_op_c1() {
  // expected-error @+1 {{'v4.weight' op of shape [7, 4, 8] needs a name with one '{e}', but it is 'w1.weight'}}
  %0 = v4.weight "w1.weight" : <7x4x8xf32>
  return
}

// -----

func.func @weight_op_c1_matrix() {
  // expected-error @+1 {{'v4.weight' op of shape [4, 8] needs a name with no '{e}', but it is 'experts.{e}.w1.weight'}}
  %0 = v4.weight "experts.{e}.w1.weight" : <4x8xf32>
  return
}

// -----

func.func @weight_op_c2() {
  // expected-error @+1 {{'v4.weight' op has a value of shape [3] for a weight of shape [2]}}
  %0 = v4.weight "norm.weight" = dense<1.0> : tensor<3xf32> : <2xf32>
  return
}

// -----

func.func @weight_op_c3() {
  // expected-error @+1 {{'v4.weight' op has a value of 'i64' elements for a weight of 'f32'}}
  %0 = v4.weight "norm.weight" = dense<1> : tensor<2xi64> : <2xf32>
  return
}

// -----

func.func @weight_op_c3_ids() {
  // expected-error @+1 {{'v4.weight' op has a value of 'f32' elements for a weight of 'i64'}}
  %0 = v4.weight "tid2eid" = dense<1.0> : tensor<2x3xf32> : <2x3xi64>
  return
}

// -----

func.func @weight_op_c4() {
  // expected-error @+1 {{'v4.weight' op has panels, which are for matrices of numbers, but the weight is '!v4.weight<8xf32>'}}
  %0 = v4.weight "norm.weight" layout <panel, 16> : <8xf32>
  return
}

// -----

func.func @weight_op_c5() {
  // expected-error @+1 {{'v4.weight' op bounds ids, but the weight is '!v4.weight<8xf32>'}}
  %0 = v4.weight "norm.weight" below 8 : <8xf32>
  return
}

// -----

func.func @weight_op_c6() {
  // expected-error @+1 {{'v4.weight' op has 80 outputs, which are no multiple of 4 panels of 16}}
  %0 = v4.weight "a.weight" layout <panel_words, 16, 4> : <80x16xbf16>
  return
}

// -----

func.func @embed_c1(%tokens: tensor<?x2xi32>, %table: !v4.weight<9x4xf32>) {
  // expected-error @+1 {{'v4.embed' op has 'tokens' of shape [?, 2], but [T] is wanted}}
  %r0 = v4.embed %tokens in %table
    : (tensor<?x2xi32>, !v4.weight<9x4xf32>) -> tensor<?x4xf32>
  return
}

// -----

func.func @embed_c2(%tokens: tensor<?xi32>, %table: !v4.weight<9xf32>) {
  // expected-error @+1 {{'v4.embed' op has 'table' of shape [9], but [V, D] is wanted}}
  %r0 = v4.embed %tokens in %table
    : (tensor<?xi32>, !v4.weight<9xf32>) -> tensor<?x4xf32>
  return
}

// -----

func.func @embed_c3(%tokens: tensor<?xi32>, %table: !v4.weight<9x4xf32>) {
  // expected-error @+1 {{'v4.embed' op has 'result' with D = 5, but 'table' with D = 4}}
  %r0 = v4.embed %tokens in %table
    : (tensor<?xi32>, !v4.weight<9x4xf32>) -> tensor<?x5xf32>
  return
}

// -----

func.func @embed_ids(%tokens: tensor<?xi32>, %table: !v4.weight<9x4xi64>) {
  // expected-error @+1 {{operand #1 must be weight of numbers, but got '!v4.weight<9x4xi64>'}}
  %r0 = v4.embed %tokens in %table
    : (tensor<?xi32>, !v4.weight<9x4xi64>) -> tensor<?x4xf32>
  return
}

// -----

func.func @gather_rows_c1(%input: tensor<?x4xf32>, %rows: tensor<3x1xi32>) {
  // expected-error @+1 {{'v4.gather_rows' op has 'rows' of shape [3, 1], but [T] is wanted}}
  %r0 = v4.gather_rows %input at %rows
    : (tensor<?x4xf32>, tensor<3x1xi32>) -> tensor<3x4xf32>
  return
}

// -----

func.func @gather_rows_c2(%input: tensor<?x4xf32>, %rows: tensor<3xi32>) {
  // expected-error @+1 {{'v4.gather_rows' op has 'result' of shape [?, 4], but [3, 4] is wanted}}
  %r0 = v4.gather_rows %input at %rows
    : (tensor<?x4xf32>, tensor<3xi32>) -> tensor<?x4xf32>
  return
}

// -----

func.func @linear_c1(%input: tensor<?x2x3xf32>, %weight: !v4.weight<4xf32>) {
  // expected-error @+1 {{'v4.linear' op has 'weight' of shape [4], but [N, K] is wanted}}
  %r0 = v4.linear %input, %weight
    : (tensor<?x2x3xf32>, !v4.weight<4xf32>) -> tensor<?x4xf32>
  return
}

// -----

func.func @linear_c2(%input: tensor<?x2x4xf32>, %weight: !v4.weight<4x6xf32>) {
  // expected-error @+1 {{'v4.linear' op has 'input' with K = 8, but 'weight' with K = 6}}
  %r0 = v4.linear %input, %weight
    : (tensor<?x2x4xf32>, !v4.weight<4x6xf32>) -> tensor<?x4xf32>
  return
}

// -----

func.func @linear_c2_rank(%input: tensor<?xf32>, %weight: !v4.weight<4x6xf32>) {
  // expected-error @+1 {{'v4.linear' op has 'input' of shape [?], but [T, ...] is wanted}}
  %r0 = v4.linear %input, %weight
    : (tensor<?xf32>, !v4.weight<4x6xf32>) -> tensor<?x4xf32>
  return
}

// -----

func.func @linear_c2_dynamic(%input: tensor<?x?x3xf32>, %weight: !v4.weight<4x6xf32>) {
  // expected-error @+1 {{'v4.linear' op has 'input' of shape [?, ?, 3], but only the number of rows may be dynamic}}
  %r0 = v4.linear %input, %weight
    : (tensor<?x?x3xf32>, !v4.weight<4x6xf32>) -> tensor<?x4xf32>
  return
}

// -----

func.func @linear_c3(%input: tensor<?x2x3xf32>, %weight: !v4.weight<4x6xf32>) {
  // expected-error @+1 {{'v4.linear' op has 'result' with N = 5, but 'weight' with N = 4}}
  %r0 = v4.linear %input, %weight
    : (tensor<?x2x3xf32>, !v4.weight<4x6xf32>) -> tensor<?x5xf32>
  return
}

// -----

func.func @linear_c3_rows(%input: tensor<?x2x3xf32>, %weight: !v4.weight<4x6xf32>) {
  // expected-error @+1 {{'v4.linear' op has 'result' with T = 7, but 'input' with T = ?}}
  %r0 = v4.linear %input, %weight
    : (tensor<?x2x3xf32>, !v4.weight<4x6xf32>) -> tensor<7x4xf32>
  return
}

// -----

func.func @grouped_linear_c1(%input: tensor<?x12xf32>, %weight: !v4.weight<6x4xf32>) {
  // expected-error @+1 {{'v4.grouped_linear' op has 'input' of shape [?, 12], but [T, G, K] is wanted}}
  %r0 = v4.grouped_linear %input, %weight
    : (tensor<?x12xf32>, !v4.weight<6x4xf32>) -> tensor<?x3x2xf32>
  return
}

// -----

func.func @grouped_linear_c2(%input: tensor<?x3x4xf32>, %weight: !v4.weight<6x4xf32>) {
  // expected-error @+1 {{'v4.grouped_linear' op has 'result' with G = 2, but 'input' with G = 3}}
  %r0 = v4.grouped_linear %input, %weight
    : (tensor<?x3x4xf32>, !v4.weight<6x4xf32>) -> tensor<?x2x3xf32>
  return
}

// -----

func.func @grouped_linear_c3(%input: tensor<?x3x4xf32>, %weight: !v4.weight<7x4xf32>) {
  // expected-error @+1 {{'v4.grouped_linear' op has 'weight' with G*N = 7, but 6 is wanted}}
  %r0 = v4.grouped_linear %input, %weight
    : (tensor<?x3x4xf32>, !v4.weight<7x4xf32>) -> tensor<?x3x2xf32>
  return
}

// -----

func.func @scale_c1(%input: tensor<?x4xf32>) {
  // expected-error @+1 {{'v4.scale' op has 'result' of shape [?, 5], but 'input' of shape [?, 4]}}
  %r0 = v4.scale %input by 2.0
    : (tensor<?x4xf32>) -> tensor<?x5xf32>
  return
}

// -----

func.func @add_c1(%lhs: tensor<?x4xf32>, %rhs: tensor<?x2x2xf32>) {
  // expected-error @+1 {{'v4.add' op has 'rhs' of shape [?, 2, 2], but 'lhs' of shape [?, 4]}}
  %r0 = v4.add %lhs, %rhs
    : (tensor<?x4xf32>, tensor<?x2x2xf32>) -> tensor<?x4xf32>
  return
}

// -----

func.func @add_c2(%lhs: tensor<?x4xf32>, %rhs: tensor<?x4xf32>) {
  // expected-error @+1 {{'v4.add' op has 'result' of shape [?, 5], but 'lhs' of shape [?, 4]}}
  %r0 = v4.add %lhs, %rhs
    : (tensor<?x4xf32>, tensor<?x4xf32>) -> tensor<?x5xf32>
  return
}

// -----

func.func @rms_norm_c1(%input: tensor<?x2x2xf32>, %weight: !v4.weight<4xf32>) {
  // expected-error @+1 {{'v4.rms_norm' op has 'input' of shape [?, 2, 2], but [T, D] is wanted}}
  %r0 = v4.rms_norm %input, %weight eps 1.0e-6
    : (tensor<?x2x2xf32>, !v4.weight<4xf32>) -> tensor<?x4xf32>
  return
}

// -----

func.func @rms_norm_c2(%input: tensor<?x4xf32>, %weight: !v4.weight<5xf32>) {
  // expected-error @+1 {{'v4.rms_norm' op has 'weight' with D = 5, but 'input' with D = 4}}
  %r0 = v4.rms_norm %input, %weight eps 1.0e-6
    : (tensor<?x4xf32>, !v4.weight<5xf32>) -> tensor<?x4xf32>
  return
}

// -----

func.func @rms_norm_c3(%input: tensor<?x4xf32>, %weight: !v4.weight<4xf32>) {
  // expected-error @+1 {{'v4.rms_norm' op has 'result' with D = 5, but 'input' with D = 4}}
  %r0 = v4.rms_norm %input, %weight eps 1.0e-6
    : (tensor<?x4xf32>, !v4.weight<4xf32>) -> tensor<?x5xf32>
  return
}

// -----

func.func @rms_norm_eps(%input: tensor<?x4xf32>, %weight: !v4.weight<4xf32>) {
  // expected-error @+1 {{'v4.rms_norm' op attribute 'eps' failed to satisfy constraint: 64-bit float attribute whose value is not negative}}
  %r0 = v4.rms_norm %input, %weight eps -1.0
    : (tensor<?x4xf32>, !v4.weight<4xf32>) -> tensor<?x4xf32>
  return
}

// -----

func.func @head_norm_c1(%input: tensor<?x8xf32>) {
  // expected-error @+1 {{'v4.head_norm' op has 'input' of shape [?, 8], but [T, H, d] is wanted}}
  %r0 = v4.head_norm %input eps 1.0e-6
    : (tensor<?x8xf32>) -> tensor<?x2x4xf32>
  return
}

// -----

func.func @head_norm_c2(%input: tensor<?x2x4xf32>) {
  // expected-error @+1 {{'v4.head_norm' op has 'result' with H = 4, but 'input' with H = 2}}
  %r0 = v4.head_norm %input eps 1.0e-6
    : (tensor<?x2x4xf32>) -> tensor<?x4x2xf32>
  return
}

// -----

func.func @rope_table_c1(%positions: tensor<?x1xi32>) {
  // expected-error @+1 {{'v4.rope_table' op has 'positions' of shape [?, 1], but [T] is wanted}}
  %r0, %r1 = v4.rope_table %positions <dims = 4, theta = 10000.0, factor = 1.0, beta_fast = 32.0, beta_slow = 1.0, original_context = 64>
    : (tensor<?x1xi32>) -> (tensor<?x2xf32>, tensor<?x2xf32>)
  return
}

// -----

func.func @rope_table_c2_cos(%positions: tensor<?xi32>) {
  // expected-error @+1 {{'v4.rope_table' op has 'cos' with F = 4, but 2 is wanted}}
  %r0, %r1 = v4.rope_table %positions <dims = 4, theta = 10000.0, factor = 1.0, beta_fast = 32.0, beta_slow = 1.0, original_context = 64>
    : (tensor<?xi32>) -> (tensor<?x4xf32>, tensor<?x2xf32>)
  return
}

// -----

func.func @rope_table_c2_sin(%positions: tensor<?xi32>) {
  // expected-error @+1 {{'v4.rope_table' op has 'sin' with F = 3, but 2 is wanted}}
  %r0, %r1 = v4.rope_table %positions <dims = 4, theta = 10000.0, factor = 1.0, beta_fast = 32.0, beta_slow = 1.0, original_context = 64>
    : (tensor<?xi32>) -> (tensor<?x2xf32>, tensor<?x3xf32>)
  return
}

// -----

func.func @rope_c1(%input: tensor<?x1x2x8xf32>, %cos: tensor<?x2xf32>, %sin: tensor<?x2xf32>) {
  // expected-error @+1 {{'v4.rope' op has 'input' of shape [?, 1, 2, 8], but [T, d] is wanted}}
  %r0 = v4.rope %input, %cos, %sin
    : (tensor<?x1x2x8xf32>, tensor<?x2xf32>, tensor<?x2xf32>) -> tensor<?x2x8xf32>
  return
}

// -----

func.func @rope_c2(%input: tensor<?x2x8xf32>, %cos: tensor<?x2xf32>, %sin: tensor<?x3xf32>) {
  // expected-error @+1 {{'v4.rope' op has 'sin' with F = 3, but 'cos' with F = 2}}
  %r0 = v4.rope %input, %cos, %sin
    : (tensor<?x2x8xf32>, tensor<?x2xf32>, tensor<?x3xf32>) -> tensor<?x2x8xf32>
  return
}

// -----

func.func @rope_c3(%input: tensor<?x2x8xf32>, %cos: tensor<?x5xf32>, %sin: tensor<?x5xf32>) {
  // expected-error @+1 {{'v4.rope' op has 'cos' with 2 F = 10, more than d = 8 of 'input'}}
  %r0 = v4.rope %input, %cos, %sin
    : (tensor<?x2x8xf32>, tensor<?x5xf32>, tensor<?x5xf32>) -> tensor<?x2x8xf32>
  return
}

// -----

func.func @rope_c4(%input: tensor<?x2x8xf32>, %cos: tensor<?x2xf32>, %sin: tensor<?x2xf32>) {
  // expected-error @+1 {{'v4.rope' op has 'result' of shape [?, 2, 9], but 'input' of shape [?, 2, 8]}}
  %r0 = v4.rope %input, %cos, %sin
    : (tensor<?x2x8xf32>, tensor<?x2xf32>, tensor<?x2xf32>) -> tensor<?x2x9xf32>
  return
}
