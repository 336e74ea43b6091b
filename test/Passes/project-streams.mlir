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
