// RUN: v4-opt %s --verify-diagnostics --split-input-file

func.func @kernel_c1_empty() {
  // expected-error @+1 {{'v4.kernel' op needs at least one compute op and a v4.yield}}
  v4.kernel rows {
    v4.yield
  }
  return
}

// -----

func.func @kernel_c1(%x: tensor<?x8xf32>) {
  // expected-error @+1 {{'v4.kernel' op holds compute ops only, but 'v4.weight' is none}}
  %0 = v4.kernel rows {
    // expected-note @+1 {{the op is here}}
    %w = v4.weight "norm.weight" : <8xf32>
    %a = v4.rms_norm %x, %w eps 1.0e-6 : (tensor<?x8xf32>, !v4.weight<8xf32>) -> tensor<?x8xf32>
    v4.yield %a : tensor<?x8xf32>
  } : tensor<?x8xf32>
  return
}

// -----

func.func @kernel_c2(%x: tensor<?x8xf32>) {
  // expected-error @+1 {{'v4.kernel' op divides its work by rows, but 'v4.add' by outputs}}
  %0 = v4.kernel rows {
    // expected-note @+1 {{the op is here}}
    %a = v4.add %x, %x : (tensor<?x8xf32>, tensor<?x8xf32>) -> tensor<?x8xf32>
    v4.yield %a : tensor<?x8xf32>
  } : tensor<?x8xf32>
  return
}

// -----

// Rotation of one vector a row cannot go by heads.
func.func @kernel_c2_heads(%x: tensor<?x8xf32>, %cos: tensor<?x2xf32>) {
  // expected-error @+1 {{'v4.kernel' op divides its work by heads, but 'v4.rope' by rows}}
  %0 = v4.kernel heads {
    // expected-note @+1 {{the op is here}}
    %a = v4.rope %x, %cos, %cos : (tensor<?x8xf32>, tensor<?x2xf32>, tensor<?x2xf32>) -> tensor<?x8xf32>
    v4.yield %a : tensor<?x8xf32>
  } : tensor<?x8xf32>
  return
}

// -----

func.func @kernel_c3(%x: tensor<?x2x8xf32>, %y: tensor<?x4x8xf32>) {
  // expected-error @+1 {{'v4.kernel' op has ops of 2 and of 4 heads}}
  %0:2 = v4.kernel heads {
    %a = v4.head_norm %x eps 1.0e-6 : (tensor<?x2x8xf32>) -> tensor<?x2x8xf32>
    // expected-note @+1 {{an op of 4 heads is here}}
    %b = v4.head_norm %y eps 1.0e-6 : (tensor<?x4x8xf32>) -> tensor<?x4x8xf32>
    v4.yield %a, %b : tensor<?x2x8xf32>, tensor<?x4x8xf32>
  } : tensor<?x2x8xf32>, tensor<?x4x8xf32>
  return
}

// -----

func.func @kernel_c4(%x: tensor<?x8xf32>) {
  // expected-error @+1 {{'v4.kernel' op makes 2 values and yields 1, but every value has to be yielded, in order}}
  %0 = v4.kernel rows {
    %a = v4.scale %x by 2.0 : (tensor<?x8xf32>) -> tensor<?x8xf32>
    %b = v4.scale %a by 2.0 : (tensor<?x8xf32>) -> tensor<?x8xf32>
    v4.yield %b : tensor<?x8xf32>
  } : tensor<?x8xf32>
  return
}

// -----

func.func @kernel_c4_order(%x: tensor<?x8xf32>) {
  // expected-error @+1 {{'v4.kernel' op makes 2 values and yields 2, but every value has to be yielded, in order}}
  %0:2 = v4.kernel rows {
    %a = v4.scale %x by 2.0 : (tensor<?x8xf32>) -> tensor<?x8xf32>
    %b = v4.scale %a by 2.0 : (tensor<?x8xf32>) -> tensor<?x8xf32>
    v4.yield %b, %a : tensor<?x8xf32>, tensor<?x8xf32>
  } : tensor<?x8xf32>, tensor<?x8xf32>
  return
}

// -----

func.func @kernel_c5(%x: tensor<?x8xf32>) {
  // expected-error @+1 {{'v4.kernel' op yields values of other types than its results have}}
  %0 = v4.kernel rows {
    %a = v4.scale %x by 2.0 : (tensor<?x8xf32>) -> tensor<?x8xf32>
    v4.yield %a : tensor<?x8xf32>
  } : tensor<?x4xf32>
  return
}

// -----

func.func @kernel_row_tile(%x: tensor<?x8xf32>) {
  // expected-error @+1 {{'v4.kernel' op attribute 'row_tile' failed to satisfy constraint: 64-bit signless integer attribute whose value is positive}}
  %0 = v4.kernel rows row_tile 0 {
    %a = v4.scale %x by 2.0 : (tensor<?x8xf32>) -> tensor<?x8xf32>
    v4.yield %a : tensor<?x8xf32>
  } : tensor<?x8xf32>
  return
}

// -----

func.func @yield_parent(%x: tensor<?x8xf32>) {
  // expected-error @+1 {{'v4.yield' op expects parent op 'v4.kernel'}}
  v4.yield %x : tensor<?x8xf32>
}

// -----

// A block that reaches into the next group's outputs is not made by one program.
func.func @kernel_c2_blocks(%x: tensor<?x2x16xbf16>) {
  %w = v4.weight "w" : !v4.weight<384x16xf32>
  // expected-error @+1 {{'v4.kernel' op divides its work by outputs, but 'v4.fake_quantise' by rows}}
  %0:2 = v4.kernel outputs {
    %a = v4.grouped_linear %x, %w : (tensor<?x2x16xbf16>, !v4.weight<384x16xf32>) -> tensor<?x2x192xbf16>
    // expected-note @+1 {{the op is here}}
    %b = v4.fake_quantise %a to e4m3 block 128 : (tensor<?x2x192xbf16>) -> tensor<?x384xf32>
    v4.yield %a, %b : tensor<?x2x192xbf16>, tensor<?x384xf32>
  } : tensor<?x2x192xbf16>, tensor<?x384xf32>
  return
}
