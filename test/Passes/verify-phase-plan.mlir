// RUN: v4-opt %s --split-input-file --verify-diagnostics --verify-phase='phase=plan'

module attributes {v4.model = {}} {
  // expected-error @+2 {{there are no functions, launches or tensors}}
  // expected-note @+1 {{'rt-build-program' should have seen to it}}
  func.func @decode() attributes {v4.max_tokens = 4, v4.row_tile = 1} {
    return
  }
}

// -----

module attributes {v4.model = {}} {
  // expected-error @+2 {{every buffer and weight has a place}}
  // expected-note @+1 {{'rt-plan-memory' should have seen to it}}
  rt.buffer @tokens "" : tensor<?xi32> rows 8 of tokens
}

// -----

// expected-error @+1 {{has no buffer @slots for the step's slots}}
module attributes {v4.model = {}} {
  rt.buffer @tokens "" : tensor<?xi32> rows 8 of tokens at 0
  rt.program @decode max_tokens 4 {
  }
}

// -----

module attributes {v4.model = {}} {
  tile.kernel @make(%x: memref<?xi32>, %y: memref<?x8xf32>) {
    tile.return
  }
  tile.kernel @change(%x: memref<?x8xf32>, %y: memref<?x8xf32>) {
    tile.return
  }
  rt.buffer @tokens "" : tensor<?xi32> rows 8 of tokens at 0
  rt.buffer @slots "" : tensor<?xi32> rows 8 of tokens at 64
  rt.buffer @positions "" : tensor<?xi32> rows 8 of tokens at 128
  rt.buffer @logit_rows "" : tensor<?xi32> rows 8 of logit_rows at 192
  rt.buffer @logits "" : tensor<?x8xf32> rows 8 of logit_rows at 256
  rt.buffer @a "" : tensor<?x8xf32> rows 8 of tokens at 512
  rt.buffer @b "" : tensor<?x8xf32> rows 8 of tokens at 576
  rt.program @overwritten max_tokens 4 {
    rt.dispatch @make reads [@tokens] writes [@a] grid [#rt.dim<1 * ceil(one, 1)>] rows tokens label ""
    rt.dispatch @make reads [@tokens] writes [@b] grid [#rt.dim<1 * ceil(one, 1)>] rows tokens label ""
    // expected-error @+1 {{reads @a, which is not there yet or any more}}
    rt.dispatch @change reads [@a] writes [@logits] grid [#rt.dim<1 * ceil(one, 1)>] rows tokens label ""
  }
}

// -----

module attributes {v4.model = {}} {
  tile.kernel @make(%x: memref<?xi32>, %y: memref<?x8xf32>) {
    tile.return
  }
  tile.kernel @change(%x: memref<?x8xf32>, %y: memref<?x8xf32>) {
    tile.return
  }
  rt.buffer @tokens "" : tensor<?xi32> rows 8 of tokens at 0
  rt.buffer @slots "" : tensor<?xi32> rows 8 of tokens at 64
  rt.buffer @positions "" : tensor<?xi32> rows 8 of tokens at 128
  rt.buffer @logit_rows "" : tensor<?xi32> rows 8 of logit_rows at 192
  rt.buffer @logits "" : tensor<?x8xf32> rows 8 of logit_rows at 256
  rt.buffer @a "" : tensor<?x8xf32> rows 8 of tokens at 384
  rt.program @aliased max_tokens 4 {
    rt.dispatch @make reads [@tokens] writes [@a] grid [#rt.dim<1 * ceil(one, 1)>] rows tokens label ""
    // expected-error @+1 {{reads @a, which is not there once the dispatch writes}}
    rt.dispatch @change reads [@a] writes [@logits] grid [#rt.dim<1 * ceil(one, 1)>] rows tokens label ""
  }
}

// -----

module attributes {v4.model = {}} {
  rt.buffer @tokens "" : tensor<?xi32> rows 8 of tokens at 0
  rt.buffer @slots "" : tensor<?xi32> rows 8 of tokens at 64
  rt.buffer @positions "" : tensor<?xi32> rows 8 of tokens at 128
  rt.buffer @logit_rows "" : tensor<?xi32> rows 8 of logit_rows at 192
  rt.buffer @logits "" : tensor<?x8xf32> rows 8 of logit_rows at 256
  // expected-error @+1 {{does not end with the logits in @logits}}
  rt.program @decode max_tokens 4 {
  }
}
