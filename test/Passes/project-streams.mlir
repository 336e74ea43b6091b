// RUN: v4-opt %s --pass-pipeline='builtin.module(func.func(v4-project-streams))' | FileCheck %s

module {
  // CHECK-LABEL: func @decode
  func.func @decode(%s: tensor<?x3x8xf32>) -> tensor<?x8xf32> attributes {v4.row_tile = 1} {
    // CHECK: %[[FN:.+]] = v4.weight "fn"
    %fn = v4.weight "fn" : <15x24xbf16>
    %base = v4.weight "base" : <15xf32>
    %scale = v4.weight "scale" : <3xf32>
    // CHECK: %[[M:.+]] = v4.linear %{{.+}}, %[[FN]] : (tensor<?x3x8xf32>, !v4.weight<15x24xbf16>) -> tensor<?x15xf32>
    // CHECK: v4.hc_pre %{{.+}}, %[[M]],
    %y, %pre, %post, %comb = v4.hc_pre %s, %fn, %base, %scale iters 7 eps 1.0e-3 norm_eps 0.25
      : (tensor<?x3x8xf32>, !v4.weight<15x24xbf16>, !v4.weight<15xf32>, !v4.weight<3xf32>)
      -> (tensor<?x8xf32>, tensor<?x3xf32>, tensor<?x3xf32>, tensor<?x3x3xf32>)
    return %y : tensor<?x8xf32>
  }

  // What programs make of some outputs each, they spread themselves.
  // CHECK-LABEL: func @spread
  func.func @spread(%x: tensor<?x8xf32>, %s: tensor<?x3x8xf32>, %post: tensor<?x3xf32>, %comb: tensor<?x3x3xf32>)
      -> (tensor<?x3x8xf32>, tensor<?x3x8xf32>) attributes {v4.row_tile = 1} {
    %w = v4.weight "w" : <8x8xf32>
    %y = v4.linear %x, %w : (tensor<?x8xf32>, !v4.weight<8x8xf32>) -> tensor<?x8xf32>
    // CHECK: %[[Y:.+]] = v4.linear
    // CHECK: v4.hc_post %[[Y]], {{.*}} {with_outputs}
    %0 = v4.hc_post %y, %s, %post, %comb
      : (tensor<?x8xf32>, tensor<?x3x8xf32>, tensor<?x3xf32>, tensor<?x3x3xf32>) -> tensor<?x3x8xf32>
    // CHECK: v4.hc_post %{{.+}}, %{{.+}}, %{{.+}}, %{{.+}} :
    %1 = v4.hc_post %x, %s, %post, %comb
      : (tensor<?x8xf32>, tensor<?x3x8xf32>, tensor<?x3xf32>, tensor<?x3x3xf32>) -> tensor<?x3x8xf32>
    return %0, %1 : tensor<?x3x8xf32>, tensor<?x3x8xf32>
  }

  // Attention with an indexer has no room for one more launch.
  // CHECK-LABEL: func @indexer
  func.func @indexer(%s: tensor<?x3x8xf32>, %weights: tensor<?x2xf32>, %slots: tensor<?xi32>, %positions: tensor<?xi32>)
      -> tensor<?x16xf32> attributes {v4.row_tile = 1} {
    %fn = v4.weight "fn" : <15x24xbf16>
    %base = v4.weight "base" : <15xf32>
    %scale = v4.weight "scale" : <3xf32>
    %w = v4.weight "w" : <8x8xf32>
    %keys = v4.state "keys" : !v4.entries<16, 4, f32>
    // CHECK: v4.hc_pre %{{.+}}, %{{.+}}, {{.*}} !v4.weight<15x24xbf16>,
    %y, %pre, %p, %c = v4.hc_pre %s, %fn, %base, %scale iters 7 eps 1.0e-3 norm_eps 0.25
      : (tensor<?x3x8xf32>, !v4.weight<15x24xbf16>, !v4.weight<15xf32>, !v4.weight<3xf32>)
      -> (tensor<?x8xf32>, tensor<?x3xf32>, tensor<?x3xf32>, tensor<?x3x3xf32>)
    %q = v4.linear %y, %w : (tensor<?x8xf32>, !v4.weight<8x8xf32>) -> tensor<?x2x4xf32>
    %scores = v4.index_scores %q, %weights, %keys at %slots, %positions by 4
      : (tensor<?x2x4xf32>, tensor<?x2xf32>, !v4.entries<16, 4, f32>, tensor<?xi32>, tensor<?xi32>) -> tensor<?x16xf32>
    return %scores : tensor<?x16xf32>
  }

  // Of many rows each is a program's.
  // CHECK-LABEL: func @prefill
  func.func @prefill(%s: tensor<?x3x8xf32>) -> tensor<?x8xf32> attributes {v4.row_tile = 128} {
    // CHECK-NOT: v4.linear
    %fn = v4.weight "fn" : <15x24xbf16>
    %base = v4.weight "base" : <15xf32>
    %scale = v4.weight "scale" : <3xf32>
    %y, %pre, %post, %comb = v4.hc_pre %s, %fn, %base, %scale iters 7 eps 1.0e-3 norm_eps 0.25
      : (tensor<?x3x8xf32>, !v4.weight<15x24xbf16>, !v4.weight<15xf32>, !v4.weight<3xf32>)
      -> (tensor<?x8xf32>, tensor<?x3xf32>, tensor<?x3xf32>, tensor<?x3x3xf32>)
    return %y : tensor<?x8xf32>
  }
}
