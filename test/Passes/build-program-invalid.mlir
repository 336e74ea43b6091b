// RUN: v4-opt %s --split-input-file --verify-diagnostics --rt-build-program

// expected-error @+1 {{needs 'max_step_tokens' in its 'v4.model' attribute}}
module {
}

// -----

module attributes {v4.model = {max_step_tokens = 8 : i64}} {
  // expected-error @+1 {{has no 'v4.max_tokens'}}
  func.func @decode() {
    return
  }
}

// -----

module attributes {v4.model = {max_step_tokens = 8 : i64}} {
  // expected-error @+1 {{should be one block from tokens, slots, positions and logit rows to logits}}
  func.func @decode() attributes {v4.max_tokens = 4} {
    return
  }
}

// -----

module attributes {v4.model = {max_step_tokens = 8 : i64}} {
  // expected-error @+1 {{should return what a launch writes}}
  func.func @decode(%tokens: tensor<?xi32>, %slots: tensor<?xi32>, %positions: tensor<?xi32>, %logit_rows: tensor<?xi32>)
      -> tensor<?xi32> attributes {v4.max_tokens = 4} {
    return %tokens : tensor<?xi32>
  }
}

// -----

module attributes {v4.model = {max_step_tokens = 8 : i64}} {
  tile.kernel @k(%w: memref<50x8xf32>, %out: memref<?x50xf32>) {
    tile.return
  }
  func.func @decode(%tokens: tensor<?xi32>, %slots: tensor<?xi32>, %positions: tensor<?xi32>, %logit_rows: tensor<?xi32>)
      -> tensor<?x50xf32> attributes {v4.max_tokens = 4} {
    // expected-error @+1 {{has no layout}}
    %w = v4.weight "head.weight" : !v4.weight<50x8xf32>
    %logits = rt.launch @k(%w) grid [#rt.dim<4 * ceil(one, 1)>] rows logit_rows names ["logits"]
        : (!v4.weight<50x8xf32>) -> tensor<?x50xf32>
    return %logits : tensor<?x50xf32>
  }
}

// -----

module attributes {v4.model = {max_step_tokens = 8 : i64, ratios = array<i64: 0>}} {
  tile.kernel @k(%e: memref<?x64x8xf32>, %out: memref<?x50xf32>) {
    tile.return
  }
  func.func @decode(%tokens: tensor<?xi32>, %slots: tensor<?xi32>, %positions: tensor<?xi32>, %logit_rows: tensor<?xi32>)
      -> tensor<?x50xf32> attributes {v4.max_tokens = 4} {
    // expected-error @+1 {{holds entries, but 'v4.model' has no ratio for its layer}}
    %e = v4.state "layers.0.attn.entries" : !v4.entries<64, 8, f32>
    %logits = rt.launch @k(%e) grid [#rt.dim<4 * ceil(one, 1)>] rows logit_rows names ["logits"]
        : (!v4.entries<64, 8, f32>) -> tensor<?x50xf32>
    return %logits : tensor<?x50xf32>
  }
}
