// RUN: v4-opt %s --verify-diagnostics --split-input-file

func.func @fake_quantise_c1(%input: tensor<?x3x7xf32>) {
  // expected-error @+1 {{'v4.fake_quantise' op has 'result' with N = 20, but 'input' with N = 21}}
  %r0 = v4.fake_quantise %input to e4m3 block 64 : (tensor<?x3x7xf32>) -> tensor<?x20xf32>
  return
}

// -----

func.func @fake_quantise_c1_rows(%input: tensor<4x8xf32>) {
  // expected-error @+1 {{'v4.fake_quantise' op has 'result' with T = 5, but 'input' with T = 4}}
  %r0 = v4.fake_quantise %input to e4m3 block 64 : (tensor<4x8xf32>) -> tensor<5x8xf32>
  return
}

// -----

func.func @fake_quantise_c2(%input: tensor<?x3x7xf32>) {
  // expected-error @+1 {{'v4.fake_quantise' op quantises the first 8 elements, but the last dimension has 7}}
  %r0 = v4.fake_quantise %input to e4m3 block 64 first 8 : (tensor<?x3x7xf32>) -> tensor<?x3x7xf32>
  return
}

// -----

func.func @fake_quantise_c3(%input: tensor<?x8xf32>) {
  // expected-error @+1 {{'v4.fake_quantise' op makes 'bf16' of 'f32', but}}
  %r0 = v4.fake_quantise %input to e4m3 block 64 : (tensor<?x8xf32>) -> tensor<?x8xbf16>
  return
}

// -----

func.func @fake_quantise_block(%input: tensor<?x8xf32>) {
  // expected-error @+1 {{'v4.fake_quantise' op attribute 'block' failed to satisfy constraint: 64-bit signless integer attribute whose value is positive}}
  %r0 = v4.fake_quantise %input to e4m3 block 0 : (tensor<?x8xf32>) -> tensor<?x8xf32>
  return
}

// -----

func.func @fake_quantise_first(%input: tensor<?x8xf32>) {
  // expected-error @+1 {{'v4.fake_quantise' op attribute 'first' failed to satisfy constraint: 64-bit signless integer attribute whose value is positive}}
  %r0 = v4.fake_quantise %input to e2m1 block 8 first 0 : (tensor<?x8xf32>) -> tensor<?x8xf32>
  return
}

// -----

func.func @hadamard_c1(%input: tensor<?x12xf32>) {
  // expected-error @+1 {{'v4.hadamard' op rotates a power of two of dimensions, not 12}}
  %r0 = v4.hadamard %input : (tensor<?x12xf32>) -> tensor<?x12xf32>
  return
}

// -----

func.func @hadamard_c2(%input: tensor<?x2x8xf32>) {
  // expected-error @+1 {{'v4.hadamard' op has 'result' of shape [?, 16], but 'input' of shape [?, 2, 8]}}
  %r0 = v4.hadamard %input : (tensor<?x2x8xf32>) -> tensor<?x16xf32>
  return
}
