// RUN: v4-opt %s --verify-diagnostics --split-input-file

func.func @ring_write_c1(%input: tensor<?x2x4xf32>, %ring: !v4.ring<16, 8, f32>, %slots: tensor<?xi32>,
                         %positions: tensor<?xi32>) {
  // expected-error @+1 {{'v4.ring_write' op has 'input' of shape [?, 2, 4], but [T, w] is wanted}}
  v4.ring_write %input, %ring at %slots, %positions
    : tensor<?x2x4xf32>, !v4.ring<16, 8, f32>, tensor<?xi32>, tensor<?xi32>
  return
}

// -----

func.func @ring_write_c2(%input: tensor<?x8xf32>, %ring: !v4.ring<16, 4, f32>, %slots: tensor<?xi32>,
                         %positions: tensor<?xi32>) {
  // expected-error @+1 {{'v4.ring_write' op has 'ring' with w = 4, but 'input' with w = 8}}
  v4.ring_write %input, %ring at %slots, %positions
    : tensor<?x8xf32>, !v4.ring<16, 4, f32>, tensor<?xi32>, tensor<?xi32>
  return
}

// -----

func.func @ring_write_c3_slots(%input: tensor<?x8xf32>, %ring: !v4.ring<16, 8, f32>, %slots: tensor<?x1xi32>,
                               %positions: tensor<?xi32>) {
  // expected-error @+1 {{'v4.ring_write' op has 'slots' of shape [?, 1], but [T] is wanted}}
  v4.ring_write %input, %ring at %slots, %positions
    : tensor<?x8xf32>, !v4.ring<16, 8, f32>, tensor<?x1xi32>, tensor<?xi32>
  return
}

// -----

func.func @ring_write_c3_positions(%input: tensor<?x8xf32>, %ring: !v4.ring<16, 8, f32>, %slots: tensor<?xi32>,
                                   %positions: tensor<3xi32>) {
  // expected-error @+1 {{'v4.ring_write' op has 'positions' with T = 3, but 'input' with T = ?}}
  v4.ring_write %input, %ring at %slots, %positions
    : tensor<?x8xf32>, !v4.ring<16, 8, f32>, tensor<?xi32>, tensor<3xi32>
  return
}

// -----

func.func @entry_write_c1(%input: tensor<?x2x4xf32>, %entries: !v4.entries<16, 8, f32>, %slots: tensor<?xi32>,
                          %positions: tensor<?xi32>) {
  // expected-error @+1 {{'v4.entry_write' op has 'input' of shape [?, 2, 4], but [T, d] is wanted}}
  v4.entry_write %input, %entries at %slots, %positions by 4
    : tensor<?x2x4xf32>, !v4.entries<16, 8, f32>, tensor<?xi32>, tensor<?xi32>
  return
}

// -----

func.func @entry_write_c2(%input: tensor<?x8xf32>, %entries: !v4.entries<16, 4, f32>, %slots: tensor<?xi32>,
                          %positions: tensor<?xi32>) {
  // expected-error @+1 {{'v4.entry_write' op has 'entries' with d = 4, but 'input' with d = 8}}
  v4.entry_write %input, %entries at %slots, %positions by 4
    : tensor<?x8xf32>, !v4.entries<16, 4, f32>, tensor<?xi32>, tensor<?xi32>
  return
}

// -----

func.func @entry_write_c3_slots(%input: tensor<?x8xf32>, %entries: !v4.entries<16, 8, f32>, %slots: tensor<?x1xi32>,
                                %positions: tensor<?xi32>) {
  // expected-error @+1 {{'v4.entry_write' op has 'slots' of shape [?, 1], but [T] is wanted}}
  v4.entry_write %input, %entries at %slots, %positions by 4
    : tensor<?x8xf32>, !v4.entries<16, 8, f32>, tensor<?x1xi32>, tensor<?xi32>
  return
}

// -----

func.func @entry_write_c3_positions(%input: tensor<?x8xf32>, %entries: !v4.entries<16, 8, f32>, %slots: tensor<?xi32>,
                                    %positions: tensor<3xi32>) {
  // expected-error @+1 {{'v4.entry_write' op has 'positions' with T = 3, but 'input' with T = ?}}
  v4.entry_write %input, %entries at %slots, %positions by 4
    : tensor<?x8xf32>, !v4.entries<16, 8, f32>, tensor<?xi32>, tensor<3xi32>
  return
}

// -----

func.func @entry_write_ring(%input: tensor<?x8xf32>, %entries: !v4.ring<16, 8, f32>, %slots: tensor<?xi32>,
                            %positions: tensor<?xi32>) {
  // expected-error @+1 {{operand #1 must be entries, but got '!v4.ring<16, 8, f32>'}}
  v4.entry_write %input, %entries at %slots, %positions by 4
    : tensor<?x8xf32>, !v4.ring<16, 8, f32>, tensor<?xi32>, tensor<?xi32>
  return
}

// -----

func.func @compress_c1(%values: !v4.ring<16, 7, f32>, %gates: !v4.ring<16, 8, f32>, %ape: !v4.weight<4x8xf32>,
                       %slots: tensor<?xi32>, %positions: tensor<?xi32>) {
  // expected-error @+1 {{'v4.compress' op overlaps, so rows of 'values' have two halves, but 7 elements}}
  %r0 = v4.compress %values, %gates, %ape at %slots, %positions by 4 overlap
    : (!v4.ring<16, 7, f32>, !v4.ring<16, 8, f32>, !v4.weight<4x8xf32>, tensor<?xi32>,
      tensor<?xi32>) -> tensor<?x4xf32>
  return
}

// -----

func.func @compress_c2(%values: !v4.ring<16, 8, f32>, %gates: !v4.ring<16, 4, f32>, %ape: !v4.weight<4x8xf32>,
                       %slots: tensor<?xi32>, %positions: tensor<?xi32>) {
  // expected-error @+1 {{'v4.compress' op has 'gates' with w = 4, but 'values' with w = 8}}
  %r0 = v4.compress %values, %gates, %ape at %slots, %positions by 4 overlap
    : (!v4.ring<16, 8, f32>, !v4.ring<16, 4, f32>, !v4.weight<4x8xf32>, tensor<?xi32>,
      tensor<?xi32>) -> tensor<?x4xf32>
  return
}

// -----

func.func @compress_c2_rows(%values: !v4.ring<16, 8, f32>, %gates: !v4.ring<12, 8, f32>, %ape: !v4.weight<4x8xf32>,
                            %slots: tensor<?xi32>, %positions: tensor<?xi32>) {
  // expected-error @+1 {{'v4.compress' op has 'gates' with R = 12, but 'values' with R = 16}}
  %r0 = v4.compress %values, %gates, %ape at %slots, %positions by 4 overlap
    : (!v4.ring<16, 8, f32>, !v4.ring<12, 8, f32>, !v4.weight<4x8xf32>, tensor<?xi32>,
      tensor<?xi32>) -> tensor<?x4xf32>
  return
}

// -----

func.func @compress_c3(%values: !v4.ring<16, 8, f32>, %gates: !v4.ring<16, 8, f32>, %ape: !v4.weight<3x8xf32>,
                       %slots: tensor<?xi32>, %positions: tensor<?xi32>) {
  // expected-error @+1 {{'v4.compress' op has 'ape' with ratio = 3, but 4 is wanted}}
  %r0 = v4.compress %values, %gates, %ape at %slots, %positions by 4 overlap
    : (!v4.ring<16, 8, f32>, !v4.ring<16, 8, f32>, !v4.weight<3x8xf32>, tensor<?xi32>,
      tensor<?xi32>) -> tensor<?x4xf32>
  return
}

// -----

func.func @compress_c4_slots(%values: !v4.ring<16, 8, f32>, %gates: !v4.ring<16, 8, f32>, %ape: !v4.weight<4x8xf32>,
                             %slots: tensor<?x1xi32>, %positions: tensor<?xi32>) {
  // expected-error @+1 {{'v4.compress' op has 'slots' of shape [?, 1], but [T] is wanted}}
  %r0 = v4.compress %values, %gates, %ape at %slots, %positions by 4 overlap
    : (!v4.ring<16, 8, f32>, !v4.ring<16, 8, f32>, !v4.weight<4x8xf32>, tensor<?x1xi32>,
      tensor<?xi32>) -> tensor<?x4xf32>
  return
}

// -----

func.func @compress_c4_positions(%values: !v4.ring<16, 8, f32>, %gates: !v4.ring<16, 8, f32>,
                                 %ape: !v4.weight<4x8xf32>, %slots: tensor<?xi32>, %positions: tensor<?x1xi32>) {
  // expected-error @+1 {{'v4.compress' op has 'positions' of shape [?, 1], but [T] is wanted}}
  %r0 = v4.compress %values, %gates, %ape at %slots, %positions by 4 overlap
    : (!v4.ring<16, 8, f32>, !v4.ring<16, 8, f32>, !v4.weight<4x8xf32>, tensor<?xi32>,
      tensor<?x1xi32>) -> tensor<?x4xf32>
  return
}

// -----

func.func @compress_c5(%values: !v4.ring<7, 8, f32>, %gates: !v4.ring<7, 8, f32>, %ape: !v4.weight<4x8xf32>,
                       %slots: tensor<?xi32>, %positions: tensor<?xi32>) {
  // expected-error @+1 {{'v4.compress' op pools 8 tokens, but 'values' keeps 7 rows}}
  %r0 = v4.compress %values, %gates, %ape at %slots, %positions by 4 overlap
    : (!v4.ring<7, 8, f32>, !v4.ring<7, 8, f32>, !v4.weight<4x8xf32>, tensor<?xi32>, tensor<?xi32>) -> tensor<?x4xf32>
  return
}

// -----

func.func @compress_c6(%values: !v4.ring<16, 8, f32>, %gates: !v4.ring<16, 8, f32>, %ape: !v4.weight<4x8xf32>,
                       %slots: tensor<?xi32>, %positions: tensor<?xi32>) {
  // expected-error @+1 {{'v4.compress' op has 'result' with d = 8, but 4 is wanted}}
  %r0 = v4.compress %values, %gates, %ape at %slots, %positions by 4 overlap
    : (!v4.ring<16, 8, f32>, !v4.ring<16, 8, f32>, !v4.weight<4x8xf32>, tensor<?xi32>,
      tensor<?xi32>) -> tensor<?x8xf32>
  return
}

// -----

func.func @compress_c6_own(%values: !v4.ring<16, 8, f32>, %gates: !v4.ring<16, 8, f32>, %ape: !v4.weight<4x8xf32>,
                           %slots: tensor<?xi32>, %positions: tensor<?xi32>) {
  // expected-error @+1 {{'v4.compress' op has 'result' with d = 4, but 8 is wanted}}
  %r0 = v4.compress %values, %gates, %ape at %slots, %positions by 4
    : (!v4.ring<16, 8, f32>, !v4.ring<16, 8, f32>, !v4.weight<4x8xf32>, tensor<?xi32>,
      tensor<?xi32>) -> tensor<?x4xf32>
  return
}
