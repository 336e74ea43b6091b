// RUN: v4-opt %s --split-input-file --verify-diagnostics

// expected-error @+1 {{scale and divisor are positive, not 0 and 4}}
#dim = #rt.dim<0 * ceil(tokens, 4)>

// -----

// expected-error @+1 {{scale and divisor are positive, not 1 and 0}}
#dim = #rt.dim<1 * ceil(tokens, 0)>

// -----

tile.kernel @k(%out: memref<?x8xf32>) {
  tile.return
}
func.func @launch_c1() {
  // expected-error @+1 {{has a grid of 0 dimensions, wanted 1 to 3}}
  %x = rt.launch @k() grid [] rows tokens names [""] : () -> tensor<?x8xf32>
  return
}

// -----

tile.kernel @k(%out: memref<?x8xf32>) {
  tile.return
}
func.func @launch_c2() {
  // expected-error @+1 {{has 2 names for 1 results}}
  %x = rt.launch @k() grid [#rt.dim<1 * ceil(one, 1)>] rows tokens names ["", ""] : () -> tensor<?x8xf32>
  return
}

// -----

func.func @launch_c3_missing() {
  // expected-error @+1 {{runs @k, which is no kernel here}}
  %x = rt.launch @k() grid [#rt.dim<1 * ceil(one, 1)>] rows tokens names [""] : () -> tensor<?x8xf32>
  return
}

// -----

// expected-note @+1 {{kernel is here}}
tile.kernel @k(%w: memref<1x1x4x16xi8>, %out: memref<?x16xf32>) {
  tile.return
}
func.func @launch_c3_scale() {
  %w = v4.weight "w.weight" : !v4.weight<16x8xf4E2M1FN, scale f8E8M0FNU by 1x32>
  // expected-error @+1 {{binds 3 arguments, but its kernel has 2}}
  %y = rt.launch @k(%w) grid [#rt.dim<1 * ceil(one, 1)>] rows tokens names [""]
      : (!v4.weight<16x8xf4E2M1FN, scale f8E8M0FNU by 1x32>) -> tensor<?x16xf32>
  return
}
