// RUN: v4-opt %s --v4-run-reference --split-input-file --verify-diagnostics

func.func @token_out_of_range() -> tensor<1x1xf32> {
  %tokens = arith.constant dense<2> : tensor<1xi32>
  %table = v4.weight "embed.weight" = dense<1.0> : tensor<2x1xf32> : <2x1xf32>
  // expected-error @+1 {{'v4.embed' op token 2 of row 0 is not in [0, 2)}}
  %x = v4.embed %tokens in %table : (tensor<1xi32>, !v4.weight<2x1xf32>) -> tensor<1x1xf32>
  return %x : tensor<1x1xf32>
}

// -----

func.func @weight_without_value() -> tensor<1x1xf32> {
  %x = arith.constant dense<2.0> : tensor<1x1xf32>
  // expected-error @+1 {{'v4.weight' op weight 'w' has no value, and there is no checkpoint}}
  %w = v4.weight "w" : <1x1xf32>
  %y = v4.linear %x, %w : (tensor<1x1xf32>, !v4.weight<1x1xf32>) -> tensor<1x1xf32>
  return %y : tensor<1x1xf32>
}

// -----

func.func @row_never_written() -> tensor<1x1x1xf32> {
  %q = arith.constant dense<1.0> : tensor<1x1x1xf32>
  %kv = arith.constant dense<1.0> : tensor<1x1xf32>
  %sink = v4.weight "attn_sink" = dense<0.0> : tensor<1xf32> : <1xf32>
  %slot = arith.constant dense<0> : tensor<1xi32>
  %position = arith.constant dense<5> : tensor<1xi32>
  %ring = v4.state "window" : !v4.ring<8, 1, f32>
  v4.ring_write %kv, %ring at %slot, %position : tensor<1x1xf32>, !v4.ring<8, 1, f32>, tensor<1xi32>, tensor<1xi32>
  // expected-error @+1 {{'v4.window_attention' op the ring of 8 rows does not hold position 4 of slot 0}}
  %o = v4.window_attention %q, %ring, %sink at %slot, %position window 2 scale 1.000000e+00
    : (tensor<1x1x1xf32>, !v4.ring<8, 1, f32>, !v4.weight<1xf32>, tensor<1xi32>, tensor<1xi32>) -> tensor<1x1x1xf32>
  return %o : tensor<1x1x1xf32>
}

// -----

func.func @no_room_for_an_entry() {
  %e = arith.constant dense<1.0> : tensor<1x1xf32>
  %slot = arith.constant dense<3> : tensor<1xi32>
  %position = arith.constant dense<11> : tensor<1xi32>
  %entries = v4.state "entries" : !v4.entries<2, 1, f32>
  // expected-error @+1 {{'v4.entry_write' op slot 3 needs entry 2, but the state has room for 2}}
  v4.entry_write %e, %entries at %slot, %position by 4
    : tensor<1x1xf32>, !v4.entries<2, 1, f32>, tensor<1xi32>, tensor<1xi32>
  return
}

// -----

func.func @unknown_op() -> tensor<1xf32> {
  %x = arith.constant dense<1.0> : tensor<1xf32>
  // expected-error @+1 {{'arith.addf' op is not an op that the reference executor knows}}
  %y = arith.addf %x, %x : tensor<1xf32>
  return %y : tensor<1xf32>
}

// -----

// expected-error @+1 {{there is no function without arguments to run}}
module {
}
