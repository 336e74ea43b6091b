// RUN: v4-opt %s | v4-opt | FileCheck %s
// RUN: v4-opt %s --mlir-print-op-generic | v4-opt | FileCheck %s

// CHECK-LABEL: func @routing
func.func @routing(%logits: tensor<?x7xf32>, %tokens: tensor<?xi32>, %bias: !v4.weight<7xf32>, %table: !v4.weight<211x3xi64>) {
  // CHECK: v4.route %{{.+}}, %{{.+}} sqrtsoftplus scaling 1.500000e+00 :
  %s0, %i0, %w0 = v4.route %logits, %bias sqrtsoftplus scaling 1.5
    : (tensor<?x7xf32>, !v4.weight<7xf32>) -> (tensor<?x7xf32>, tensor<?x3xi32>, tensor<?x3xf32>)
  // CHECK: v4.route %{{.+}}, %{{.+}} sigmoid scaling
  %s1, %i1, %w1 = v4.route %logits, %bias sigmoid scaling 1.5
    : (tensor<?x7xf32>, !v4.weight<7xf32>) -> (tensor<?x7xf32>, tensor<?x3xi32>, tensor<?x3xf32>)
  // CHECK: v4.hash_route %{{.+}}, %{{.+}} in %{{.+}} softmax scaling 1.500000e+00 :
  %s2, %i2, %w2 = v4.hash_route %logits, %tokens in %table softmax scaling 1.5
    : (tensor<?x7xf32>, tensor<?xi32>, !v4.weight<211x3xi64>) -> (tensor<?x7xf32>, tensor<?x3xi32>, tensor<?x3xf32>)
  return
}

// CHECK-LABEL: func @experts
func.func @experts(%x: tensor<?x8xf32>, %i: tensor<?x3xi32>, %w: tensor<?x3xf32>, %w1: !v4.weight<7x5x8xbf16>,
                   %w3: !v4.weight<7x5x8xbf16>, %w2: !v4.weight<7x8x5xbf16>) {
  // CHECK: v4.experts %{{.+}}, %{{.+}}, %{{.+}}, %{{.+}}, %{{.+}}, %{{.+}} limit 1.000000e+01 :
  %0 = v4.experts %x, %i, %w, %w1, %w3, %w2 limit 10.0
    : (tensor<?x8xf32>, tensor<?x3xi32>, tensor<?x3xf32>, !v4.weight<7x5x8xbf16>, !v4.weight<7x5x8xbf16>,
       !v4.weight<7x8x5xbf16>) -> tensor<?x8xf32>
  // CHECK: v4.experts {{.*}} limit 1.000000e+01 {numerics = #v4.numerics<reference, {expert_weight = "post_w2"}>} :
  %1 = v4.experts %x, %i, %w, %w1, %w3, %w2 limit 10.0 {numerics = #v4.numerics<reference, {expert_weight = "post_w2"}>}
    : (tensor<?x8xf32>, tensor<?x3xi32>, tensor<?x3xf32>, !v4.weight<7x5x8xbf16>, !v4.weight<7x5x8xbf16>,
       !v4.weight<7x8x5xbf16>) -> tensor<?x8xbf16>
  return
}

// CHECK-LABEL: func @expert_halves
func.func @expert_halves(%x: tensor<?x8xf32>, %i: tensor<?x3xi32>, %w: tensor<?x3xf32>, %w1: !v4.weight<7x5x8xbf16>,
                         %w3: !v4.weight<7x5x8xbf16>, %w2: !v4.weight<7x8x5xbf16>) {
  // CHECK: %[[WEIGHED:.+]] = v4.expert_up %{{.+}}, %{{.+}}, %{{.+}}, %{{.+}} weights %{{.+}} limit 1.000000e+01 :
  %weighed = v4.expert_up %x, %i, %w1, %w3 weights %w limit 10.0
    : (tensor<?x8xf32>, tensor<?x3xi32>, !v4.weight<7x5x8xbf16>, !v4.weight<7x5x8xbf16>, tensor<?x3xf32>)
    -> tensor<?x3x5xf32>
  // CHECK: v4.expert_down %[[WEIGHED]], %{{.+}}, %{{[a-z0-9]+}} :
  %0 = v4.expert_down %weighed, %i, %w2
    : (tensor<?x3x5xf32>, tensor<?x3xi32>, !v4.weight<7x8x5xbf16>) -> tensor<?x8xf32>
  // CHECK: %[[Z:.+]] = v4.expert_up %{{.+}}, %{{.+}}, %{{.+}}, %{{[a-z0-9]+}} limit 1.000000e+01 {numerics = #v4.numerics<reference>} :
  %z = v4.expert_up %x, %i, %w1, %w3 limit 10.0 {numerics = #v4.numerics<reference>}
    : (tensor<?x8xf32>, tensor<?x3xi32>, !v4.weight<7x5x8xbf16>, !v4.weight<7x5x8xbf16>) -> tensor<?x3x5xbf16>
  // CHECK: v4.expert_down %[[Z]], %{{.+}}, %{{.+}} weights %{{.+}} {numerics = #v4.numerics<reference>} :
  %1 = v4.expert_down %z, %i, %w2 weights %w {numerics = #v4.numerics<reference>}
    : (tensor<?x3x5xbf16>, tensor<?x3xi32>, !v4.weight<7x8x5xbf16>, tensor<?x3xf32>) -> tensor<?x8xf32>
  return
}

// CHECK-LABEL: func @shared
func.func @shared(%x: tensor<?x8xf32>, %w1: !v4.weight<5x8xbf16>, %w3: !v4.weight<5x8xbf16>, %w2: !v4.weight<8x5xbf16>) {
  // CHECK: v4.shared_expert %{{.+}}, %{{.+}}, %{{.+}}, %{{.+}} limit 0.000000e+00 :
  %0 = v4.shared_expert %x, %w1, %w3, %w2 limit 0.0
    : (tensor<?x8xf32>, !v4.weight<5x8xbf16>, !v4.weight<5x8xbf16>, !v4.weight<8x5xbf16>) -> tensor<?x8xf32>
  // CHECK: v4.shared_up %{{.+}}, %{{.+}}, %{{.+}} limit 0.000000e+00 :
  %1 = v4.shared_up %x, %w1, %w3 limit 0.0
    : (tensor<?x8xf32>, !v4.weight<5x8xbf16>, !v4.weight<5x8xbf16>) -> tensor<?x5xf32>
  return
}
