// RUN: v4-opt %s --split-input-file --verify-diagnostics

// expected-error @+1 {{needs rows of a static shape with elements of whole bytes, not 'tensor<?x?xf32>'}}
rt.buffer @buffer_c1_shape "" : tensor<?x?xf32> rows 128 of tokens

// -----

// expected-error @+1 {{needs rows of a static shape with elements of whole bytes, not 'tensor<?x8xf4E2M1FN>'}}
rt.buffer @buffer_c1_bits "" : tensor<?x8xf4E2M1FN> rows 128 of tokens

// -----

// expected-error @+1 {{attribute 'rows' failed to satisfy constraint}}
rt.buffer @buffer_c2 "" : tensor<?x8xf32> rows 0 of tokens

// -----

// expected-error @+1 {{is at byte 100, wanted a multiple of 64}}
rt.buffer @buffer_c3 "" : tensor<?x8xf32> rows 8 of tokens at 100

// -----

// expected-error @+1 {{needs a static shape of 1 or 2 dimensions, not 'tensor<2x3x4xf32>'}}
rt.weight @weight_c1 "w" : tensor<2x3x4xf32> layout <row_major, 0>

// -----

// expected-error @+1 {{stacks 8 tensors, but 'experts.w1.weight' names one}}
rt.weight @weight_c2 "experts.w1.weight" stack 8 : tensor<2x3xf32> layout <row_major, 0>

// -----

// expected-error @+1 {{is at byte 32, wanted a multiple of 64}}
rt.weight @weight_c3 "w" : tensor<2x3xf32> layout <row_major, 0> at 32

// -----

// expected-error @+1 {{needs a ring or entries, not 'f32'}}
rt.state @state_type : f32

// -----

// expected-error @+1 {{has entries, but no ratio}}
rt.state @state_c1_entries : !v4.entries<64, 8, f32>

// -----

// expected-error @+1 {{is a ring, but has a ratio}}
rt.state @state_c1_ring : !v4.ring<64, 8, f32> ratio 4

// -----

// expected-error @+1 {{holds dispatches, not rt.state}}
rt.program @program_c1 max_tokens 4 {
  rt.state @ring : !v4.ring<64, 8, f32>
}

// -----

tile.kernel @k() {
  tile.return
}
rt.program @decode max_tokens 4 {
  // expected-error @+1 {{has a grid of 4 dimensions, wanted 1 to 3}}
  rt.dispatch @k reads [] writes [] grid [#rt.dim<1 * ceil(one, 1)>, #rt.dim<1 * ceil(one, 1)>, #rt.dim<1 * ceil(one, 1)>, #rt.dim<1 * ceil(one, 1)>]
      rows tokens label "dispatch_c1"
}

// -----

// expected-note @+1 {{kernel is here}}
tile.kernel @k(%out: memref<?x8xf32>) {
  tile.return
}
rt.program @decode max_tokens 4 {
  // expected-error @+1 {{binds 0 arguments, but its kernel has 1}}
  rt.dispatch @k reads [] writes [] grid [#rt.dim<1 * ceil(one, 1)>] rows tokens label "dispatch_c2"
}

// -----

tile.kernel @k(%in: memref<?x8xf32>) {
  tile.return
}
rt.program @decode max_tokens 4 {
  // expected-error @+1 {{reads @k, which is no buffer, weight or state here}}
  rt.dispatch @k reads [@k] writes [] grid [#rt.dim<1 * ceil(one, 1)>] rows tokens label "dispatch_c3_reads"
}

// -----

tile.kernel @k(%out: memref<?x64x8xf32>) {
  tile.return
}
rt.state @ring : !v4.ring<64, 8, f32>
rt.program @decode max_tokens 4 {
  // expected-error @+1 {{writes @ring, which is no buffer here}}
  rt.dispatch @k reads [] writes [@ring] grid [#rt.dim<1 * ceil(one, 1)>] rows tokens label "dispatch_c3_writes"
}
