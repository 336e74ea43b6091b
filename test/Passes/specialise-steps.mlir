// RUN: v4-opt %s --v4-specialise-steps | FileCheck %s --implicit-check-not=@step
// RUN: v4-opt %s --v4-specialise-steps='decode-tokens=128' | FileCheck %s --check-prefix=ONE --implicit-check-not=@decode

// Programs ascend in the size of their steps, and have the same body.
// CHECK-LABEL: func.func @decode
// CHECK-SAME:  attributes {v4.max_tokens = 1 : i64, v4.row_tile = 1 : i64}
// CHECK:       v4.embed
// CHECK-LABEL: func.func @prefill
// CHECK-SAME:  attributes {v4.max_tokens = 128 : i64, v4.row_tile = 128 : i64}
// CHECK:       v4.embed

// With steps that small one program takes them all.
// ONE-LABEL: func.func @prefill
module attributes {v4.model = {max_step_tokens = 128 : i64}} {
  func.func @step(%tokens: tensor<?xi32>, %slots: tensor<?xi32>, %positions: tensor<?xi32>, %logit_rows: tensor<?xi32>)
      -> tensor<?x8xf32> {
    %table = v4.weight "embed.weight" : !v4.weight<99x8xf32>
    %x = v4.embed %tokens in %table : (tensor<?xi32>, !v4.weight<99x8xf32>) -> tensor<?x8xf32>
    return %x : tensor<?x8xf32>
  }
}
