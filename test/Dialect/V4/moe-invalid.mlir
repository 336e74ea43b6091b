// RUN: v4-opt %s --verify-diagnostics --split-input-file

func.func @route_c1(%logits: tensor<?x7x1xf32>, %bias: !v4.weight<7xf32>) {
  // expected-error @+1 {{'v4.route' op has 'logits' of shape [?, 7, 1], but [T, E] is wanted}}
  %r0, %r1, %r2 = v4.route %logits, %bias sqrtsoftplus scaling 1.5
    : (tensor<?x7x1xf32>, !v4.weight<7xf32>) -> (tensor<?x7xf32>, tensor<?x3xi32>, tensor<?x3xf32>)
  return
}

// -----

func.func @route_c2(%logits: tensor<?x7xf32>, %bias: !v4.weight<8xf32>) {
  // expected-error @+1 {{'v4.route' op has 'bias' with E = 8, but 'logits' with E = 7}}
  %r0, %r1, %r2 = v4.route %logits, %bias sqrtsoftplus scaling 1.5
    : (tensor<?x7xf32>, !v4.weight<8xf32>) -> (tensor<?x7xf32>, tensor<?x3xi32>, tensor<?x3xf32>)
  return
}

// -----

func.func @route_c3(%logits: tensor<?x7xf32>, %bias: !v4.weight<7xf32>) {
  // expected-error @+1 {{'v4.route' op has 'scores' with E = 3, but 'logits' with E = 7}}
  %r0, %r1, %r2 = v4.route %logits, %bias sqrtsoftplus scaling 1.5
    : (tensor<?x7xf32>, !v4.weight<7xf32>) -> (tensor<?x3xf32>, tensor<?x3xi32>, tensor<?x3xf32>)
  return
}

// -----

func.func @route_c4(%logits: tensor<?x7xf32>, %bias: !v4.weight<7xf32>) {
  // expected-error @+1 {{'v4.route' op has 'weights' with k = 4, but 'indices' with k = 3}}
  %r0, %r1, %r2 = v4.route %logits, %bias sqrtsoftplus scaling 1.5
    : (tensor<?x7xf32>, !v4.weight<7xf32>) -> (tensor<?x7xf32>, tensor<?x3xi32>, tensor<?x4xf32>)
  return
}

// -----

func.func @route_c5(%logits: tensor<?x7xf32>, %bias: !v4.weight<7xf32>) {
  // expected-error @+1 {{'v4.route' op has 'indices' with k = 8, more than E = 7 of 'logits'}}
  %r0, %r1, %r2 = v4.route %logits, %bias sqrtsoftplus scaling 1.5
    : (tensor<?x7xf32>, !v4.weight<7xf32>) -> (tensor<?x7xf32>, tensor<?x8xi32>, tensor<?x8xf32>)
  return
}

// -----

func.func @route_scaling(%logits: tensor<?x7xf32>, %bias: !v4.weight<7xf32>) {
  // expected-error @+1 {{'v4.route' op attribute 'scaling' failed to satisfy constraint: 64-bit float attribute whose value is positive}}
  %r0, %r1, %r2 = v4.route %logits, %bias sqrtsoftplus scaling 0.0
    : (tensor<?x7xf32>, !v4.weight<7xf32>) -> (tensor<?x7xf32>, tensor<?x3xi32>, tensor<?x3xf32>)
  return
}

// -----

func.func @hash_route_c1(%logits: tensor<?x7x1xf32>, %tokens: tensor<?xi32>, %table: !v4.weight<211x3xi64>) {
  // expected-error @+1 {{'v4.hash_route' op has 'logits' of shape [?, 7, 1], but [T, E] is wanted}}
  %r0, %r1, %r2 = v4.hash_route %logits, %tokens in %table sqrtsoftplus scaling 1.5
    : (tensor<?x7x1xf32>, tensor<?xi32>, !v4.weight<211x3xi64>) -> (tensor<?x7xf32>, tensor<?x3xi32>, tensor<?x3xf32>)
  return
}

// -----

func.func @hash_route_c2(%logits: tensor<?x7xf32>, %tokens: tensor<?x1xi32>, %table: !v4.weight<211x3xi64>) {
  // expected-error @+1 {{'v4.hash_route' op has 'tokens' of shape [?, 1], but [T] is wanted}}
  %r0, %r1, %r2 = v4.hash_route %logits, %tokens in %table sqrtsoftplus scaling 1.5
    : (tensor<?x7xf32>, tensor<?x1xi32>, !v4.weight<211x3xi64>) -> (tensor<?x7xf32>, tensor<?x3xi32>, tensor<?x3xf32>)
  return
}

// -----

func.func @hash_route_c3(%logits: tensor<?x7xf32>, %tokens: tensor<?xi32>, %table: !v4.weight<211xi64>) {
  // expected-error @+1 {{'v4.hash_route' op has 'table' of shape [211], but [V, k] is wanted}}
  %r0, %r1, %r2 = v4.hash_route %logits, %tokens in %table sqrtsoftplus scaling 1.5
    : (tensor<?x7xf32>, tensor<?xi32>, !v4.weight<211xi64>) -> (tensor<?x7xf32>, tensor<?x3xi32>, tensor<?x3xf32>)
  return
}

// -----

func.func @hash_route_c4(%logits: tensor<?x7xf32>, %tokens: tensor<?xi32>, %table: !v4.weight<211x3xi64>) {
  // expected-error @+1 {{'v4.hash_route' op has 'scores' with E = 3, but 'logits' with E = 7}}
  %r0, %r1, %r2 = v4.hash_route %logits, %tokens in %table sqrtsoftplus scaling 1.5
    : (tensor<?x7xf32>, tensor<?xi32>, !v4.weight<211x3xi64>) -> (tensor<?x3xf32>, tensor<?x3xi32>, tensor<?x3xf32>)
  return
}

// -----

func.func @hash_route_c5(%logits: tensor<?x7xf32>, %tokens: tensor<?xi32>, %table: !v4.weight<211x3xi64>) {
  // expected-error @+1 {{'v4.hash_route' op has 'indices' with k = 2, but 'table' with k = 3}}
  %r0, %r1, %r2 = v4.hash_route %logits, %tokens in %table sqrtsoftplus scaling 1.5
    : (tensor<?x7xf32>, tensor<?xi32>, !v4.weight<211x3xi64>) -> (tensor<?x7xf32>, tensor<?x2xi32>, tensor<?x3xf32>)
  return
}

// -----

func.func @hash_route_c6(%logits: tensor<?x7xf32>, %tokens: tensor<?xi32>, %table: !v4.weight<211x8xi64>) {
  // expected-error @+1 {{'v4.hash_route' op has 'table' with k = 8, more than E = 7 of 'logits'}}
  %r0, %r1, %r2 = v4.hash_route %logits, %tokens in %table sqrtsoftplus scaling 1.5
    : (tensor<?x7xf32>, tensor<?xi32>, !v4.weight<211x8xi64>) -> (tensor<?x7xf32>, tensor<?x8xi32>, tensor<?x8xf32>)
  return
}

// -----

func.func @hash_route_ids(%logits: tensor<?x7xf32>, %tokens: tensor<?xi32>, %table: !v4.weight<211x3xf32>) {
  // expected-error @+1 {{operand #2 must be weight of i64 ids, but got '!v4.weight<211x3xf32>'}}
  %r0, %r1, %r2 = v4.hash_route %logits, %tokens in %table sqrtsoftplus scaling 1.5
    : (tensor<?x7xf32>, tensor<?xi32>, !v4.weight<211x3xf32>) -> (tensor<?x7xf32>, tensor<?x3xi32>, tensor<?x3xf32>)
  return
}

// -----

func.func @experts_c1(%input: tensor<?x2x4xf32>, %indices: tensor<?x3xi32>, %weights: tensor<?x3xf32>,
                      %w1: !v4.weight<7x5x8xf32>, %w3: !v4.weight<7x5x8xf32>, %w2: !v4.weight<7x8x5xf32>) {
  // expected-error @+1 {{'v4.experts' op has 'input' of shape [?, 2, 4], but [T, D] is wanted}}
  %r0 = v4.experts %input, %indices, %weights, %w1, %w3, %w2 limit 10.0
    : (tensor<?x2x4xf32>, tensor<?x3xi32>, tensor<?x3xf32>, !v4.weight<7x5x8xf32>, !v4.weight<7x5x8xf32>,
      !v4.weight<7x8x5xf32>) -> tensor<?x8xf32>
  return
}

// -----

func.func @experts_c2(%input: tensor<?x8xf32>, %indices: tensor<?xi32>, %weights: tensor<?x3xf32>,
                      %w1: !v4.weight<7x5x8xf32>, %w3: !v4.weight<7x5x8xf32>, %w2: !v4.weight<7x8x5xf32>) {
  // expected-error @+1 {{'v4.experts' op has 'indices' of shape [?], but [T, k] is wanted}}
  %r0 = v4.experts %input, %indices, %weights, %w1, %w3, %w2 limit 10.0
    : (tensor<?x8xf32>, tensor<?xi32>, tensor<?x3xf32>, !v4.weight<7x5x8xf32>, !v4.weight<7x5x8xf32>,
      !v4.weight<7x8x5xf32>) -> tensor<?x8xf32>
  return
}

// -----

func.func @experts_c3(%input: tensor<?x8xf32>, %indices: tensor<?x3xi32>, %weights: tensor<?x2xf32>,
                      %w1: !v4.weight<7x5x8xf32>, %w3: !v4.weight<7x5x8xf32>, %w2: !v4.weight<7x8x5xf32>) {
  // expected-error @+1 {{'v4.experts' op has 'weights' with k = 2, but 'indices' with k = 3}}
  %r0 = v4.experts %input, %indices, %weights, %w1, %w3, %w2 limit 10.0
    : (tensor<?x8xf32>, tensor<?x3xi32>, tensor<?x2xf32>, !v4.weight<7x5x8xf32>, !v4.weight<7x5x8xf32>,
      !v4.weight<7x8x5xf32>) -> tensor<?x8xf32>
  return
}

// -----

func.func @experts_c4(%input: tensor<?x8xf32>, %indices: tensor<?x3xi32>, %weights: tensor<?x3xf32>,
                      %w1: !v4.weight<7x5x9xf32>, %w3: !v4.weight<7x5x8xf32>, %w2: !v4.weight<7x8x5xf32>) {
  // expected-error @+1 {{'v4.experts' op has 'w1' with D = 9, but 'input' with D = 8}}
  %r0 = v4.experts %input, %indices, %weights, %w1, %w3, %w2 limit 10.0
    : (tensor<?x8xf32>, tensor<?x3xi32>, tensor<?x3xf32>, !v4.weight<7x5x9xf32>, !v4.weight<7x5x8xf32>,
      !v4.weight<7x8x5xf32>) -> tensor<?x8xf32>
  return
}

// -----

func.func @experts_c5(%input: tensor<?x8xf32>, %indices: tensor<?x3xi32>, %weights: tensor<?x3xf32>,
                      %w1: !v4.weight<7x5x8xf32>, %w3: !v4.weight<7x6x8xf32>, %w2: !v4.weight<7x8x5xf32>) {
  // expected-error @+1 {{'v4.experts' op has 'w3' with I = 6, but 'w1' with I = 5}}
  %r0 = v4.experts %input, %indices, %weights, %w1, %w3, %w2 limit 10.0
    : (tensor<?x8xf32>, tensor<?x3xi32>, tensor<?x3xf32>, !v4.weight<7x5x8xf32>, !v4.weight<7x6x8xf32>,
      !v4.weight<7x8x5xf32>) -> tensor<?x8xf32>
  return
}

// -----

func.func @experts_c6(%input: tensor<?x8xf32>, %indices: tensor<?x3xi32>, %weights: tensor<?x3xf32>,
                      %w1: !v4.weight<7x5x8xf32>, %w3: !v4.weight<7x5x8xf32>, %w2: !v4.weight<6x8x5xf32>) {
  // expected-error @+1 {{'v4.experts' op has 'w2' with E = 6, but 'w1' with E = 7}}
  %r0 = v4.experts %input, %indices, %weights, %w1, %w3, %w2 limit 10.0
    : (tensor<?x8xf32>, tensor<?x3xi32>, tensor<?x3xf32>, !v4.weight<7x5x8xf32>, !v4.weight<7x5x8xf32>,
      !v4.weight<6x8x5xf32>) -> tensor<?x8xf32>
  return
}

// -----

func.func @experts_c7(%input: tensor<?x8xf32>, %indices: tensor<?x3xi32>, %weights: tensor<?x3xf32>,
                      %w1: !v4.weight<7x5x8xf32>, %w3: !v4.weight<7x5x8xf32>, %w2: !v4.weight<7x8x5xf32>) {
  // expected-error @+1 {{'v4.experts' op has 'result' with D = 5, but 'input' with D = 8}}
  %r0 = v4.experts %input, %indices, %weights, %w1, %w3, %w2 limit 10.0
    : (tensor<?x8xf32>, tensor<?x3xi32>, tensor<?x3xf32>, !v4.weight<7x5x8xf32>, !v4.weight<7x5x8xf32>,
      !v4.weight<7x8x5xf32>) -> tensor<?x5xf32>
  return
}

// -----

func.func @experts_limit(%input: tensor<?x8xf32>, %indices: tensor<?x3xi32>, %weights: tensor<?x3xf32>,
                         %w1: !v4.weight<7x5x8xf32>, %w3: !v4.weight<7x5x8xf32>, %w2: !v4.weight<7x8x5xf32>) {
  // expected-error @+1 {{'v4.experts' op attribute 'limit' failed to satisfy constraint: 64-bit float attribute whose value is not negative}}
  %r0 = v4.experts %input, %indices, %weights, %w1, %w3, %w2 limit -1.0
    : (tensor<?x8xf32>, tensor<?x3xi32>, tensor<?x3xf32>, !v4.weight<7x5x8xf32>, !v4.weight<7x5x8xf32>,
      !v4.weight<7x8x5xf32>) -> tensor<?x8xf32>
  return
}

// -----

func.func @shared_expert_c1(%input: tensor<?x2x4xf32>, %w1: !v4.weight<5x8xf32>, %w3: !v4.weight<5x8xf32>,
                            %w2: !v4.weight<8x5xf32>) {
  // expected-error @+1 {{'v4.shared_expert' op has 'input' of shape [?, 2, 4], but [T, D] is wanted}}
  %r0 = v4.shared_expert %input, %w1, %w3, %w2 limit 10.0
    : (tensor<?x2x4xf32>, !v4.weight<5x8xf32>, !v4.weight<5x8xf32>, !v4.weight<8x5xf32>) -> tensor<?x8xf32>
  return
}

// -----

func.func @shared_expert_c2(%input: tensor<?x8xf32>, %w1: !v4.weight<5x9xf32>, %w3: !v4.weight<5x8xf32>,
                            %w2: !v4.weight<8x5xf32>) {
  // expected-error @+1 {{'v4.shared_expert' op has 'w1' with D = 9, but 'input' with D = 8}}
  %r0 = v4.shared_expert %input, %w1, %w3, %w2 limit 10.0
    : (tensor<?x8xf32>, !v4.weight<5x9xf32>, !v4.weight<5x8xf32>, !v4.weight<8x5xf32>) -> tensor<?x8xf32>
  return
}

// -----

func.func @shared_expert_c3(%input: tensor<?x8xf32>, %w1: !v4.weight<5x8xf32>, %w3: !v4.weight<6x8xf32>,
                            %w2: !v4.weight<8x5xf32>) {
  // expected-error @+1 {{'v4.shared_expert' op has 'w3' with I = 6, but 'w1' with I = 5}}
  %r0 = v4.shared_expert %input, %w1, %w3, %w2 limit 10.0
    : (tensor<?x8xf32>, !v4.weight<5x8xf32>, !v4.weight<6x8xf32>, !v4.weight<8x5xf32>) -> tensor<?x8xf32>
  return
}

// -----

func.func @shared_expert_c4(%input: tensor<?x8xf32>, %w1: !v4.weight<5x8xf32>, %w3: !v4.weight<5x8xf32>,
                            %w2: !v4.weight<5x8xf32>) {
  // expected-error @+1 {{'v4.shared_expert' op has 'w2' with D = 5, but 'input' with D = 8}}
  %r0 = v4.shared_expert %input, %w1, %w3, %w2 limit 10.0
    : (tensor<?x8xf32>, !v4.weight<5x8xf32>, !v4.weight<5x8xf32>, !v4.weight<5x8xf32>) -> tensor<?x8xf32>
  return
}

// -----

func.func @shared_expert_c5(%input: tensor<?x8xf32>, %w1: !v4.weight<5x8xf32>, %w3: !v4.weight<5x8xf32>,
                            %w2: !v4.weight<8x5xf32>) {
  // expected-error @+1 {{'v4.shared_expert' op has 'result' with D = 5, but 'input' with D = 8}}
  %r0 = v4.shared_expert %input, %w1, %w3, %w2 limit 10.0
    : (tensor<?x8xf32>, !v4.weight<5x8xf32>, !v4.weight<5x8xf32>, !v4.weight<8x5xf32>) -> tensor<?x5xf32>
  return
}

// -----

func.func @expert_up_c1(%input: tensor<?x2x4xf32>, %indices: tensor<?x3xi32>, %weights: tensor<?x3xf32>,
                        %w1: !v4.weight<7x5x8xf32>, %w3: !v4.weight<7x5x8xf32>) {
  // expected-error @+1 {{'v4.expert_up' op has 'input' of shape [?, 2, 4], but [T, D] is wanted}}
  %r0 = v4.expert_up %input, %indices, %w1, %w3 weights %weights limit 10.0
    : (tensor<?x2x4xf32>, tensor<?x3xi32>, !v4.weight<7x5x8xf32>, !v4.weight<7x5x8xf32>,
      tensor<?x3xf32>) -> tensor<?x3x5xf32>
  return
}

// -----

func.func @expert_up_c2(%input: tensor<?x8xf32>, %indices: tensor<?xi32>, %weights: tensor<?x3xf32>,
                        %w1: !v4.weight<7x5x8xf32>, %w3: !v4.weight<7x5x8xf32>) {
  // expected-error @+1 {{'v4.expert_up' op has 'indices' of shape [?], but [T, k] is wanted}}
  %r0 = v4.expert_up %input, %indices, %w1, %w3 weights %weights limit 10.0
    : (tensor<?x8xf32>, tensor<?xi32>, !v4.weight<7x5x8xf32>, !v4.weight<7x5x8xf32>,
      tensor<?x3xf32>) -> tensor<?x3x5xf32>
  return
}

// -----

func.func @expert_up_c3(%input: tensor<?x8xf32>, %indices: tensor<?x3xi32>, %weights: tensor<?x2xf32>,
                        %w1: !v4.weight<7x5x8xf32>, %w3: !v4.weight<7x5x8xf32>) {
  // expected-error @+1 {{'v4.expert_up' op has 'weights' with k = 2, but 'indices' with k = 3}}
  %r0 = v4.expert_up %input, %indices, %w1, %w3 weights %weights limit 10.0
    : (tensor<?x8xf32>, tensor<?x3xi32>, !v4.weight<7x5x8xf32>, !v4.weight<7x5x8xf32>,
      tensor<?x2xf32>) -> tensor<?x3x5xf32>
  return
}

// -----

func.func @expert_up_c4(%input: tensor<?x8xf32>, %indices: tensor<?x3xi32>, %weights: tensor<?x3xf32>,
                        %w1: !v4.weight<7x5x9xf32>, %w3: !v4.weight<7x5x8xf32>) {
  // expected-error @+1 {{'v4.expert_up' op has 'w1' with D = 9, but 'input' with D = 8}}
  %r0 = v4.expert_up %input, %indices, %w1, %w3 weights %weights limit 10.0
    : (tensor<?x8xf32>, tensor<?x3xi32>, !v4.weight<7x5x9xf32>, !v4.weight<7x5x8xf32>,
      tensor<?x3xf32>) -> tensor<?x3x5xf32>
  return
}

// -----

func.func @expert_up_c5(%input: tensor<?x8xf32>, %indices: tensor<?x3xi32>, %weights: tensor<?x3xf32>,
                        %w1: !v4.weight<7x5x8xf32>, %w3: !v4.weight<6x5x8xf32>) {
  // expected-error @+1 {{'v4.expert_up' op has 'w3' with E = 6, but 'w1' with E = 7}}
  %r0 = v4.expert_up %input, %indices, %w1, %w3 weights %weights limit 10.0
    : (tensor<?x8xf32>, tensor<?x3xi32>, !v4.weight<7x5x8xf32>, !v4.weight<6x5x8xf32>,
      tensor<?x3xf32>) -> tensor<?x3x5xf32>
  return
}

// -----

func.func @expert_up_c6(%input: tensor<?x8xf32>, %indices: tensor<?x3xi32>, %weights: tensor<?x3xf32>,
                        %w1: !v4.weight<7x5x8xf32>, %w3: !v4.weight<7x5x8xf32>) {
  // expected-error @+1 {{'v4.expert_up' op has 'result' with I = 8, but 'w1' with I = 5}}
  %r0 = v4.expert_up %input, %indices, %w1, %w3 weights %weights limit 10.0
    : (tensor<?x8xf32>, tensor<?x3xi32>, !v4.weight<7x5x8xf32>, !v4.weight<7x5x8xf32>,
      tensor<?x3xf32>) -> tensor<?x3x8xf32>
  return
}

// -----

func.func @expert_down_c1(%input: tensor<?x15xf32>, %indices: tensor<?x3xi32>, %w2: !v4.weight<7x8x5xf32>) {
  // expected-error @+1 {{'v4.expert_down' op has 'input' of shape [?, 15], but [T, k, I] is wanted}}
  %r0 = v4.expert_down %input, %indices, %w2
    : (tensor<?x15xf32>, tensor<?x3xi32>, !v4.weight<7x8x5xf32>) -> tensor<?x8xf32>
  return
}

// -----

func.func @expert_down_c2(%input: tensor<?x3x5xf32>, %indices: tensor<?x2xi32>, %w2: !v4.weight<7x8x5xf32>) {
  // expected-error @+1 {{'v4.expert_down' op has 'indices' with k = 2, but 'input' with k = 3}}
  %r0 = v4.expert_down %input, %indices, %w2
    : (tensor<?x3x5xf32>, tensor<?x2xi32>, !v4.weight<7x8x5xf32>) -> tensor<?x8xf32>
  return
}

// -----

func.func @expert_down_c3(%input: tensor<?x3x5xf32>, %indices: tensor<?x3xi32>, %w2: !v4.weight<7x8x6xf32>) {
  // expected-error @+1 {{'v4.expert_down' op has 'w2' with I = 6, but 'input' with I = 5}}
  %r0 = v4.expert_down %input, %indices, %w2
    : (tensor<?x3x5xf32>, tensor<?x3xi32>, !v4.weight<7x8x6xf32>) -> tensor<?x8xf32>
  return
}

// -----

func.func @expert_down_c4(%input: tensor<?x3x5xf32>, %indices: tensor<?x3xi32>, %w2: !v4.weight<7x8x5xf32>,
                          %weights: tensor<?x2xf32>) {
  // expected-error @+1 {{'v4.expert_down' op has 'weights' with k = 2, but 'input' with k = 3}}
  %r0 = v4.expert_down %input, %indices, %w2 weights %weights
    : (tensor<?x3x5xf32>, tensor<?x3xi32>, !v4.weight<7x8x5xf32>, tensor<?x2xf32>) -> tensor<?x8xf32>
  return
}

// -----

func.func @expert_down_c5(%input: tensor<?x3x5xf32>, %indices: tensor<?x3xi32>, %w2: !v4.weight<7x8x5xf32>) {
  // expected-error @+1 {{'v4.expert_down' op has 'result' with D = 5, but 'w2' with D = 8}}
  %r0 = v4.expert_down %input, %indices, %w2
    : (tensor<?x3x5xf32>, tensor<?x3xi32>, !v4.weight<7x8x5xf32>) -> tensor<?x5xf32>
  return
}

// -----

func.func @shared_up_c1(%input: tensor<?x2x4xf32>, %w1: !v4.weight<5x8xf32>, %w3: !v4.weight<5x8xf32>) {
  // expected-error @+1 {{'v4.shared_up' op has 'input' of shape [?, 2, 4], but [T, D] is wanted}}
  %r0 = v4.shared_up %input, %w1, %w3 limit 10.0
    : (tensor<?x2x4xf32>, !v4.weight<5x8xf32>, !v4.weight<5x8xf32>) -> tensor<?x5xf32>
  return
}

// -----

func.func @shared_up_c2(%input: tensor<?x8xf32>, %w1: !v4.weight<5x9xf32>, %w3: !v4.weight<5x8xf32>) {
  // expected-error @+1 {{'v4.shared_up' op has 'w1' with D = 9, but 'input' with D = 8}}
  %r0 = v4.shared_up %input, %w1, %w3 limit 10.0
    : (tensor<?x8xf32>, !v4.weight<5x9xf32>, !v4.weight<5x8xf32>) -> tensor<?x5xf32>
  return
}

// -----

func.func @shared_up_c3(%input: tensor<?x8xf32>, %w1: !v4.weight<5x8xf32>, %w3: !v4.weight<6x8xf32>) {
  // expected-error @+1 {{'v4.shared_up' op has 'w3' with I = 6, but 'w1' with I = 5}}
  %r0 = v4.shared_up %input, %w1, %w3 limit 10.0
    : (tensor<?x8xf32>, !v4.weight<5x8xf32>, !v4.weight<6x8xf32>) -> tensor<?x5xf32>
  return
}

// -----

func.func @shared_up_c4(%input: tensor<?x8xf32>, %w1: !v4.weight<5x8xf32>, %w3: !v4.weight<5x8xf32>) {
  // expected-error @+1 {{'v4.shared_up' op has 'result' with I = 8, but 'w1' with I = 5}}
  %r0 = v4.shared_up %input, %w1, %w3 limit 10.0
    : (tensor<?x8xf32>, !v4.weight<5x8xf32>, !v4.weight<5x8xf32>) -> tensor<?x8xf32>
  return
}
