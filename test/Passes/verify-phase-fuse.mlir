// RUN: v4-opt %s --split-input-file --verify-diagnostics --verify-phase='phase=fuse'

module attributes {v4.model = {}} {
  // expected-error @+2 {{breaks a rule of phase 'fuse': there is no function @step}}
  // expected-note @+1 {{'v4-specialise-steps' should have seen to it}}
  func.func @step() attributes {v4.max_tokens = 4, v4.row_tile = 1} {
    return
  }
}

// -----

module attributes {v4.model = {}} {
  // expected-error @+2 {{every function has `v4.max_tokens` and `v4.row_tile`}}
  // expected-note @+1 {{'v4-specialise-steps' should have seen to it}}
  func.func @decode() {
    return
  }
}

// -----

module attributes {v4.model = {}} {
  func.func @decode(%tokens: tensor<?xi32>) attributes {v4.max_tokens = 4, v4.row_tile = 1} {
    // Layouts come in the next phase.
    %table = v4.weight "embed.weight" : !v4.weight<99x8xf32>
    // expected-error @+2 {{every op that computes is inside a `v4.kernel`}}
    // expected-note @+1 {{'v4-fuse-kernels' should have seen to it}}
    %x = v4.embed %tokens in %table : (tensor<?xi32>, !v4.weight<99x8xf32>) -> tensor<?x8xf32>
    return
  }
}
