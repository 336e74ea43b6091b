// RUN: v4-opt %s | v4-opt | FileCheck %s
// RUN: v4-opt %s --mlir-print-op-generic | v4-opt | FileCheck %s

// CHECK-LABEL: func @hc
func.func @hc(%x: tensor<?x8xf32>, %fn: !v4.weight<15x24xf32>, %base: !v4.weight<15xf32>, %scale: !v4.weight<3xf32>,
              %headFn: !v4.weight<3x24xf32>, %headBase: !v4.weight<3xf32>, %headScale: !v4.weight<1xf32>)
    -> tensor<?x8xf32> {
  // CHECK: %[[S:.+]] = v4.hc_expand %{{.+}} : (tensor<?x8xf32>) -> tensor<?x3x8xf32>
  %s = v4.hc_expand %x : (tensor<?x8xf32>) -> tensor<?x3x8xf32>
  // CHECK: %[[Y:.+]], %{{.+}}, %[[POST:.+]], %[[COMB:.+]] = v4.hc_pre %[[S]], %{{.+}}, %{{.+}}, %{{.+}} iters 7 eps 1.000000e-03 norm_eps 2.500000e-01 :
  %y, %pre, %post, %comb = v4.hc_pre %s, %fn, %base, %scale iters 7 eps 1.0e-3 norm_eps 0.25
    : (tensor<?x3x8xf32>, !v4.weight<15x24xf32>, !v4.weight<15xf32>, !v4.weight<3xf32>)
    -> (tensor<?x8xf32>, tensor<?x3xf32>, tensor<?x3xf32>, tensor<?x3x3xf32>)
  // CHECK: %[[N:.+]] = v4.hc_post %[[Y]], %[[S]], %[[POST]], %[[COMB]] :
  %n = v4.hc_post %y, %s, %post, %comb
    : (tensor<?x8xf32>, tensor<?x3x8xf32>, tensor<?x3xf32>, tensor<?x3x3xf32>) -> tensor<?x3x8xf32>
  // CHECK: v4.hc_head %[[N]], %{{.+}}, %{{.+}}, %{{.+}} eps 1.000000e-03 norm_eps 2.500000e-01 :
  %h = v4.hc_head %n, %headFn, %headBase, %headScale eps 1.0e-3 norm_eps 0.25
    : (tensor<?x3x8xf32>, !v4.weight<3x24xf32>, !v4.weight<3xf32>, !v4.weight<1xf32>) -> tensor<?x8xf32>
  return %h : tensor<?x8xf32>
}

// CHECK-LABEL: func @projected
func.func @projected(%s: tensor<?x3x8xf32>, %fn: !v4.weight<15x24xf32>, %base: !v4.weight<15xf32>,
                     %scale: !v4.weight<3xf32>) -> tensor<?x8xf32> {
  // CHECK: %[[M:.+]] = v4.linear
  %m = v4.linear %s, %fn : (tensor<?x3x8xf32>, !v4.weight<15x24xf32>) -> tensor<?x15xf32>
  // CHECK: v4.hc_pre %{{.+}}, %[[M]], %{{.+}}, %{{.+}} iters 7 {{.*}} (tensor<?x3x8xf32>, tensor<?x15xf32>,
  %y, %pre, %post, %comb = v4.hc_pre %s, %m, %base, %scale iters 7 eps 1.0e-3 norm_eps 0.25
    : (tensor<?x3x8xf32>, tensor<?x15xf32>, !v4.weight<15xf32>, !v4.weight<3xf32>)
    -> (tensor<?x8xf32>, tensor<?x3xf32>, tensor<?x3xf32>, tensor<?x3x3xf32>)
  return %y : tensor<?x8xf32>
}
