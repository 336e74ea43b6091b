// RUN: v4-opt %s --verify-diagnostics --split-input-file

func.func @index_scores_c1(%query: tensor<?x8xf32>, %weights: tensor<?x2xf32>, %keys: !v4.entries<16, 4, f32>,
                           %slots: tensor<?xi32>, %positions: tensor<?xi32>) {
  // expected-error @+1 {{'v4.index_scores' op has 'query' of shape [?, 8], but [T, H, d] is wanted}}
  %r0 = v4.index_scores %query, %weights, %keys at %slots, %positions by 4
    : (tensor<?x8xf32>, tensor<?x2xf32>, !v4.entries<16, 4, f32>, tensor<?xi32>, tensor<?xi32>) -> tensor<?x16xf32>
  return
}

// -----

func.func @index_scores_c2(%query: tensor<?x2x4xf32>, %weights: tensor<?x3xf32>, %keys: !v4.entries<16, 4, f32>,
                           %slots: tensor<?xi32>, %positions: tensor<?xi32>) {
  // expected-error @+1 {{'v4.index_scores' op has 'weights' with H = 3, but 'query' with H = 2}}
  %r0 = v4.index_scores %query, %weights, %keys at %slots, %positions by 4
    : (tensor<?x2x4xf32>, tensor<?x3xf32>, !v4.entries<16, 4, f32>, tensor<?xi32>, tensor<?xi32>) -> tensor<?x16xf32>
  return
}

// -----

func.func @index_scores_c3(%query: tensor<?x2x4xf32>, %weights: tensor<?x2xf32>, %keys: !v4.entries<16, 5, f32>,
                           %slots: tensor<?xi32>, %positions: tensor<?xi32>) {
  // expected-error @+1 {{'v4.index_scores' op has 'keys' with d = 5, but 'query' with d = 4}}
  %r0 = v4.index_scores %query, %weights, %keys at %slots, %positions by 4
    : (tensor<?x2x4xf32>, tensor<?x2xf32>, !v4.entries<16, 5, f32>, tensor<?xi32>, tensor<?xi32>) -> tensor<?x16xf32>
  return
}

// -----

func.func @index_scores_c4_slots(%query: tensor<?x2x4xf32>, %weights: tensor<?x2xf32>, %keys: !v4.entries<16, 4, f32>,
                                 %slots: tensor<?x1xi32>, %positions: tensor<?xi32>) {
  // expected-error @+1 {{'v4.index_scores' op has 'slots' of shape [?, 1], but [T] is wanted}}
  %r0 = v4.index_scores %query, %weights, %keys at %slots, %positions by 4
    : (tensor<?x2x4xf32>, tensor<?x2xf32>, !v4.entries<16, 4, f32>, tensor<?x1xi32>,
      tensor<?xi32>) -> tensor<?x16xf32>
  return
}

// -----

func.func @index_scores_c4_positions(%query: tensor<?x2x4xf32>, %weights: tensor<?x2xf32>, %keys: !v4.entries<16, 4,
                                     f32>, %slots: tensor<?xi32>, %positions: tensor<3xi32>) {
  // expected-error @+1 {{'v4.index_scores' op has 'positions' with T = 3, but 'query' with T = ?}}
  %r0 = v4.index_scores %query, %weights, %keys at %slots, %positions by 4
    : (tensor<?x2x4xf32>, tensor<?x2xf32>, !v4.entries<16, 4, f32>, tensor<?xi32>, tensor<3xi32>) -> tensor<?x16xf32>
  return
}

// -----

func.func @index_scores_c5(%query: tensor<?x2x4xf32>, %weights: tensor<?x2xf32>, %keys: !v4.entries<16, 4, f32>,
                           %slots: tensor<?xi32>, %positions: tensor<?xi32>) {
  // expected-error @+1 {{'v4.index_scores' op has 'result' with C = 15, but 'keys' with C = 16}}
  %r0 = v4.index_scores %query, %weights, %keys at %slots, %positions by 4
    : (tensor<?x2x4xf32>, tensor<?x2xf32>, !v4.entries<16, 4, f32>, tensor<?xi32>, tensor<?xi32>) -> tensor<?x15xf32>
  return
}

// -----

func.func @index_scores_c6(%query: tensor<?x2x32xf32>, %weights: tensor<?x2xf32>,
                           %keys: !v4.entries<16, 32, f32, packed e2m1 by 16 first 32>, %slots: tensor<?xi32>,
                           %positions: tensor<?xi32>) -> tensor<?x16xf32> {
  // expected-error @+1 {{'v4.index_scores' op takes codes of '!v4.entries<16, 32, f32, packed e2m1 by 16 first 32>', but wants all of a key packed as e2m1 in blocks of 32}}
  %r0 = v4.index_scores %query, %weights, %keys at %slots, %positions by 4 {codes}
    : (tensor<?x2x32xf32>, tensor<?x2xf32>, !v4.entries<16, 32, f32, packed e2m1 by 16 first 32>, tensor<?xi32>, tensor<?xi32>)
    -> tensor<?x16xf32>
  return %r0 : tensor<?x16xf32>
}

// -----

func.func @index_scores_ratio(%query: tensor<?x2x4xf32>, %weights: tensor<?x2xf32>, %keys: !v4.entries<16, 4, f32>,
                              %slots: tensor<?xi32>, %positions: tensor<?xi32>) {
  // expected-error @+1 {{'v4.index_scores' op attribute 'ratio' failed to satisfy constraint: 64-bit signless integer attribute whose value is positive}}
  %r0 = v4.index_scores %query, %weights, %keys at %slots, %positions by 0
    : (tensor<?x2x4xf32>, tensor<?x2xf32>, !v4.entries<16, 4, f32>, tensor<?xi32>, tensor<?xi32>) -> tensor<?x16xf32>
  return
}

// -----

func.func @index_topk_c1(%scores: tensor<?x4x4xf32>, %positions: tensor<?xi32>) {
  // expected-error @+1 {{'v4.index_topk' op has 'scores' of shape [?, 4, 4], but [T, C] is wanted}}
  %r0 = v4.index_topk %scores at %positions by 4
    : (tensor<?x4x4xf32>, tensor<?xi32>) -> tensor<?x5xi32>
  return
}

// -----

func.func @index_topk_c2(%scores: tensor<?x16xf32>, %positions: tensor<?x1xi32>) {
  // expected-error @+1 {{'v4.index_topk' op has 'positions' of shape [?, 1], but [T] is wanted}}
  %r0 = v4.index_topk %scores at %positions by 4
    : (tensor<?x16xf32>, tensor<?x1xi32>) -> tensor<?x5xi32>
  return
}

// -----

func.func @index_topk_c3(%scores: tensor<?x16xf32>, %positions: tensor<?xi32>) {
  // expected-error @+1 {{'v4.index_topk' op has 'result' of shape [?], but [T, k] is wanted}}
  %r0 = v4.index_topk %scores at %positions by 4
    : (tensor<?x16xf32>, tensor<?xi32>) -> tensor<?xi32>
  return
}

// -----

func.func @index_topk_c4(%scores: tensor<?x16xf32>, %positions: tensor<?xi32>) {
  // expected-error @+1 {{'v4.index_topk' op has 'result' with k = 17, more than C = 16 of 'scores'}}
  %r0 = v4.index_topk %scores at %positions by 4
    : (tensor<?x16xf32>, tensor<?xi32>) -> tensor<?x17xi32>
  return
}

// -----

func.func @window_attention_c1(%query: tensor<?x8xf32>, %ring: !v4.ring<40, 4, f32>, %sink: !v4.weight<2xf32>,
                               %slots: tensor<?xi32>, %positions: tensor<?xi32>) {
  // expected-error @+1 {{'v4.window_attention' op has 'query' of shape [?, 8], but [T, H, d] is wanted}}
  %r0 = v4.window_attention %query, %ring, %sink at %slots, %positions window 32 scale 0.5
    : (tensor<?x8xf32>, !v4.ring<40, 4, f32>, !v4.weight<2xf32>, tensor<?xi32>, tensor<?xi32>) -> tensor<?x2x4xf32>
  return
}

// -----

func.func @window_attention_c2(%query: tensor<?x2x4xf32>, %ring: !v4.ring<40, 8, f32>, %sink: !v4.weight<2xf32>,
                               %slots: tensor<?xi32>, %positions: tensor<?xi32>) {
  // expected-error @+1 {{'v4.window_attention' op has 'ring' with d = 8, but 'query' with d = 4}}
  %r0 = v4.window_attention %query, %ring, %sink at %slots, %positions window 32 scale 0.5
    : (tensor<?x2x4xf32>, !v4.ring<40, 8, f32>, !v4.weight<2xf32>, tensor<?xi32>, tensor<?xi32>) -> tensor<?x2x4xf32>
  return
}

// -----

func.func @window_attention_c3(%query: tensor<?x2x4xf32>, %ring: !v4.ring<40, 4, f32>, %sink: !v4.weight<3xf32>,
                               %slots: tensor<?xi32>, %positions: tensor<?xi32>) {
  // expected-error @+1 {{'v4.window_attention' op has 'sink' with H = 3, but 'query' with H = 2}}
  %r0 = v4.window_attention %query, %ring, %sink at %slots, %positions window 32 scale 0.5
    : (tensor<?x2x4xf32>, !v4.ring<40, 4, f32>, !v4.weight<3xf32>, tensor<?xi32>, tensor<?xi32>) -> tensor<?x2x4xf32>
  return
}

// -----

func.func @window_attention_c4_slots(%query: tensor<?x2x4xf32>, %ring: !v4.ring<40, 4, f32>, %sink: !v4.weight<2xf32>,
                                     %slots: tensor<?x1xi32>, %positions: tensor<?xi32>) {
  // expected-error @+1 {{'v4.window_attention' op has 'slots' of shape [?, 1], but [T] is wanted}}
  %r0 = v4.window_attention %query, %ring, %sink at %slots, %positions window 32 scale 0.5
    : (tensor<?x2x4xf32>, !v4.ring<40, 4, f32>, !v4.weight<2xf32>, tensor<?x1xi32>,
      tensor<?xi32>) -> tensor<?x2x4xf32>
  return
}

// -----

func.func @window_attention_c4_positions(%query: tensor<?x2x4xf32>, %ring: !v4.ring<40, 4, f32>,
                                         %sink: !v4.weight<2xf32>, %slots: tensor<?xi32>,
                                         %positions: tensor<?x1xi32>) {
  // expected-error @+1 {{'v4.window_attention' op has 'positions' of shape [?, 1], but [T] is wanted}}
  %r0 = v4.window_attention %query, %ring, %sink at %slots, %positions window 32 scale 0.5
    : (tensor<?x2x4xf32>, !v4.ring<40, 4, f32>, !v4.weight<2xf32>, tensor<?xi32>,
      tensor<?x1xi32>) -> tensor<?x2x4xf32>
  return
}

// -----

func.func @window_attention_c5(%query: tensor<?x2x4xf32>, %ring: !v4.ring<40, 4, f32>, %sink: !v4.weight<2xf32>,
                               %slots: tensor<?xi32>, %positions: tensor<?xi32>) {
  // expected-error @+1 {{'v4.window_attention' op has 'window' = 41, more than R = 40 of 'ring'}}
  %r0 = v4.window_attention %query, %ring, %sink at %slots, %positions window 41 scale 0.5
    : (tensor<?x2x4xf32>, !v4.ring<40, 4, f32>, !v4.weight<2xf32>, tensor<?xi32>, tensor<?xi32>) -> tensor<?x2x4xf32>
  return
}

// -----

func.func @window_attention_c6(%query: tensor<?x2x4xf32>, %ring: !v4.ring<40, 4, f32>, %sink: !v4.weight<2xf32>,
                               %slots: tensor<?xi32>, %positions: tensor<?xi32>) {
  // expected-error @+1 {{'v4.window_attention' op has 'result' with H = 3, but 'query' with H = 2}}
  %r0 = v4.window_attention %query, %ring, %sink at %slots, %positions window 32 scale 0.5
    : (tensor<?x2x4xf32>, !v4.ring<40, 4, f32>, !v4.weight<2xf32>, tensor<?xi32>, tensor<?xi32>) -> tensor<?x3x4xf32>
  return
}

// -----

func.func @window_attention_window(%query: tensor<?x2x4xf32>, %ring: !v4.ring<40, 4, f32>, %sink: !v4.weight<2xf32>,
                                   %slots: tensor<?xi32>, %positions: tensor<?xi32>) {
  // expected-error @+1 {{'v4.window_attention' op attribute 'window' failed to satisfy constraint: 64-bit signless integer attribute whose value is positive}}
  %r0 = v4.window_attention %query, %ring, %sink at %slots, %positions window 0 scale 0.5
    : (tensor<?x2x4xf32>, !v4.ring<40, 4, f32>, !v4.weight<2xf32>, tensor<?xi32>, tensor<?xi32>) -> tensor<?x2x4xf32>
  return
}

// -----

func.func @window_attention_scale(%query: tensor<?x2x4xf32>, %ring: !v4.ring<40, 4, f32>, %sink: !v4.weight<2xf32>,
                                  %slots: tensor<?xi32>, %positions: tensor<?xi32>) {
  // expected-error @+1 {{'v4.window_attention' op attribute 'scale' failed to satisfy constraint: 64-bit float attribute whose value is not negative}}
  %r0 = v4.window_attention %query, %ring, %sink at %slots, %positions window 32 scale -1.0
    : (tensor<?x2x4xf32>, !v4.ring<40, 4, f32>, !v4.weight<2xf32>, tensor<?xi32>, tensor<?xi32>) -> tensor<?x2x4xf32>
  return
}

// -----

func.func @csa_attention_c1(%query: tensor<?x8xf32>, %ring: !v4.ring<40, 4, f32>, %entries: !v4.entries<16, 4, f32>,
                            %topk: tensor<?x5xi32>, %sink: !v4.weight<2xf32>, %slots: tensor<?xi32>,
                            %positions: tensor<?xi32>) {
  // expected-error @+1 {{'v4.csa_attention' op has 'query' of shape [?, 8], but [T, H, d] is wanted}}
  %r0 = v4.csa_attention %query, %ring, %entries, %topk, %sink at %slots, %positions window 32 scale 0.5
    : (tensor<?x8xf32>, !v4.ring<40, 4, f32>, !v4.entries<16, 4, f32>, tensor<?x5xi32>, !v4.weight<2xf32>,
      tensor<?xi32>, tensor<?xi32>) -> tensor<?x2x4xf32>
  return
}

// -----

func.func @csa_attention_c2(%query: tensor<?x2x4xf32>, %ring: !v4.ring<40, 8, f32>, %entries: !v4.entries<16, 4, f32>,
                            %topk: tensor<?x5xi32>, %sink: !v4.weight<2xf32>, %slots: tensor<?xi32>,
                            %positions: tensor<?xi32>) {
  // expected-error @+1 {{'v4.csa_attention' op has 'ring' with d = 8, but 'query' with d = 4}}
  %r0 = v4.csa_attention %query, %ring, %entries, %topk, %sink at %slots, %positions window 32 scale 0.5
    : (tensor<?x2x4xf32>, !v4.ring<40, 8, f32>, !v4.entries<16, 4, f32>, tensor<?x5xi32>, !v4.weight<2xf32>,
      tensor<?xi32>, tensor<?xi32>) -> tensor<?x2x4xf32>
  return
}

// -----

func.func @csa_attention_c3(%query: tensor<?x2x4xf32>, %ring: !v4.ring<40, 4, f32>, %entries: !v4.entries<16, 8, f32>,
                            %topk: tensor<?x5xi32>, %sink: !v4.weight<2xf32>, %slots: tensor<?xi32>,
                            %positions: tensor<?xi32>) {
  // expected-error @+1 {{'v4.csa_attention' op has 'entries' with d = 8, but 'query' with d = 4}}
  %r0 = v4.csa_attention %query, %ring, %entries, %topk, %sink at %slots, %positions window 32 scale 0.5
    : (tensor<?x2x4xf32>, !v4.ring<40, 4, f32>, !v4.entries<16, 8, f32>, tensor<?x5xi32>, !v4.weight<2xf32>,
      tensor<?xi32>, tensor<?xi32>) -> tensor<?x2x4xf32>
  return
}

// -----

func.func @csa_attention_c4(%query: tensor<?x2x4xf32>, %ring: !v4.ring<40, 4, f32>, %entries: !v4.entries<16, 4, f32>,
                            %topk: tensor<?xi32>, %sink: !v4.weight<2xf32>, %slots: tensor<?xi32>,
                            %positions: tensor<?xi32>) {
  // expected-error @+1 {{'v4.csa_attention' op has 'topk' of shape [?], but [T, k] is wanted}}
  %r0 = v4.csa_attention %query, %ring, %entries, %topk, %sink at %slots, %positions window 32 scale 0.5
    : (tensor<?x2x4xf32>, !v4.ring<40, 4, f32>, !v4.entries<16, 4, f32>, tensor<?xi32>, !v4.weight<2xf32>,
      tensor<?xi32>, tensor<?xi32>) -> tensor<?x2x4xf32>
  return
}

// -----

func.func @csa_attention_c5(%query: tensor<?x2x4xf32>, %ring: !v4.ring<40, 4, f32>, %entries: !v4.entries<16, 4, f32>,
                            %topk: tensor<?x5xi32>, %sink: !v4.weight<3xf32>, %slots: tensor<?xi32>,
                            %positions: tensor<?xi32>) {
  // expected-error @+1 {{'v4.csa_attention' op has 'sink' with H = 3, but 'query' with H = 2}}
  %r0 = v4.csa_attention %query, %ring, %entries, %topk, %sink at %slots, %positions window 32 scale 0.5
    : (tensor<?x2x4xf32>, !v4.ring<40, 4, f32>, !v4.entries<16, 4, f32>, tensor<?x5xi32>, !v4.weight<3xf32>,
      tensor<?xi32>, tensor<?xi32>) -> tensor<?x2x4xf32>
  return
}

// -----

func.func @csa_attention_c6_slots(%query: tensor<?x2x4xf32>, %ring: !v4.ring<40, 4, f32>, %entries: !v4.entries<16, 4,
                                  f32>, %topk: tensor<?x5xi32>, %sink: !v4.weight<2xf32>, %slots: tensor<?x1xi32>,
                                  %positions: tensor<?xi32>) {
  // expected-error @+1 {{'v4.csa_attention' op has 'slots' of shape [?, 1], but [T] is wanted}}
  %r0 = v4.csa_attention %query, %ring, %entries, %topk, %sink at %slots, %positions window 32 scale 0.5
    : (tensor<?x2x4xf32>, !v4.ring<40, 4, f32>, !v4.entries<16, 4, f32>, tensor<?x5xi32>, !v4.weight<2xf32>,
      tensor<?x1xi32>, tensor<?xi32>) -> tensor<?x2x4xf32>
  return
}

// -----

func.func @csa_attention_c6_positions(%query: tensor<?x2x4xf32>, %ring: !v4.ring<40, 4, f32>,
                                      %entries: !v4.entries<16, 4, f32>, %topk: tensor<?x5xi32>,
                                      %sink: !v4.weight<2xf32>, %slots: tensor<?xi32>, %positions: tensor<?x1xi32>) {
  // expected-error @+1 {{'v4.csa_attention' op has 'positions' of shape [?, 1], but [T] is wanted}}
  %r0 = v4.csa_attention %query, %ring, %entries, %topk, %sink at %slots, %positions window 32 scale 0.5
    : (tensor<?x2x4xf32>, !v4.ring<40, 4, f32>, !v4.entries<16, 4, f32>, tensor<?x5xi32>, !v4.weight<2xf32>,
      tensor<?xi32>, tensor<?x1xi32>) -> tensor<?x2x4xf32>
  return
}

// -----

func.func @csa_attention_c7(%query: tensor<?x2x4xf32>, %ring: !v4.ring<40, 4, f32>, %entries: !v4.entries<16, 4, f32>,
                            %topk: tensor<?x5xi32>, %sink: !v4.weight<2xf32>, %slots: tensor<?xi32>,
                            %positions: tensor<?xi32>) {
  // expected-error @+1 {{'v4.csa_attention' op has 'window' = 41, more than R = 40 of 'ring'}}
  %r0 = v4.csa_attention %query, %ring, %entries, %topk, %sink at %slots, %positions window 41 scale 0.5
    : (tensor<?x2x4xf32>, !v4.ring<40, 4, f32>, !v4.entries<16, 4, f32>, tensor<?x5xi32>, !v4.weight<2xf32>,
      tensor<?xi32>, tensor<?xi32>) -> tensor<?x2x4xf32>
  return
}

// -----

func.func @csa_attention_c8(%query: tensor<?x2x4xf32>, %ring: !v4.ring<40, 4, f32>, %entries: !v4.entries<16, 4, f32>,
                            %topk: tensor<?x5xi32>, %sink: !v4.weight<2xf32>, %slots: tensor<?xi32>,
                            %positions: tensor<?xi32>) {
  // expected-error @+1 {{'v4.csa_attention' op has 'result' with d = 5, but 'query' with d = 4}}
  %r0 = v4.csa_attention %query, %ring, %entries, %topk, %sink at %slots, %positions window 32 scale 0.5
    : (tensor<?x2x4xf32>, !v4.ring<40, 4, f32>, !v4.entries<16, 4, f32>, tensor<?x5xi32>, !v4.weight<2xf32>,
      tensor<?xi32>, tensor<?xi32>) -> tensor<?x2x5xf32>
  return
}

// -----

func.func @hca_attention_c1(%query: tensor<?x8xf32>, %ring: !v4.ring<40, 4, f32>, %entries: !v4.entries<16, 4, f32>,
                            %sink: !v4.weight<2xf32>, %slots: tensor<?xi32>, %positions: tensor<?xi32>) {
  // expected-error @+1 {{'v4.hca_attention' op has 'query' of shape [?, 8], but [T, H, d] is wanted}}
  %r0 = v4.hca_attention %query, %ring, %entries, %sink at %slots, %positions by 128 window 32 scale 0.5
    : (tensor<?x8xf32>, !v4.ring<40, 4, f32>, !v4.entries<16, 4, f32>, !v4.weight<2xf32>, tensor<?xi32>,
      tensor<?xi32>) -> tensor<?x2x4xf32>
  return
}

// -----

func.func @hca_attention_c2(%query: tensor<?x2x4xf32>, %ring: !v4.ring<40, 8, f32>, %entries: !v4.entries<16, 4, f32>,
                            %sink: !v4.weight<2xf32>, %slots: tensor<?xi32>, %positions: tensor<?xi32>) {
  // expected-error @+1 {{'v4.hca_attention' op has 'ring' with d = 8, but 'query' with d = 4}}
  %r0 = v4.hca_attention %query, %ring, %entries, %sink at %slots, %positions by 128 window 32 scale 0.5
    : (tensor<?x2x4xf32>, !v4.ring<40, 8, f32>, !v4.entries<16, 4, f32>, !v4.weight<2xf32>, tensor<?xi32>,
      tensor<?xi32>) -> tensor<?x2x4xf32>
  return
}

// -----

func.func @hca_attention_c3(%query: tensor<?x2x4xf32>, %ring: !v4.ring<40, 4, f32>, %entries: !v4.entries<16, 8, f32>,
                            %sink: !v4.weight<2xf32>, %slots: tensor<?xi32>, %positions: tensor<?xi32>) {
  // expected-error @+1 {{'v4.hca_attention' op has 'entries' with d = 8, but 'query' with d = 4}}
  %r0 = v4.hca_attention %query, %ring, %entries, %sink at %slots, %positions by 128 window 32 scale 0.5
    : (tensor<?x2x4xf32>, !v4.ring<40, 4, f32>, !v4.entries<16, 8, f32>, !v4.weight<2xf32>, tensor<?xi32>,
      tensor<?xi32>) -> tensor<?x2x4xf32>
  return
}

// -----

func.func @hca_attention_c4(%query: tensor<?x2x4xf32>, %ring: !v4.ring<40, 4, f32>, %entries: !v4.entries<16, 4, f32>,
                            %sink: !v4.weight<3xf32>, %slots: tensor<?xi32>, %positions: tensor<?xi32>) {
  // expected-error @+1 {{'v4.hca_attention' op has 'sink' with H = 3, but 'query' with H = 2}}
  %r0 = v4.hca_attention %query, %ring, %entries, %sink at %slots, %positions by 128 window 32 scale 0.5
    : (tensor<?x2x4xf32>, !v4.ring<40, 4, f32>, !v4.entries<16, 4, f32>, !v4.weight<3xf32>, tensor<?xi32>,
      tensor<?xi32>) -> tensor<?x2x4xf32>
  return
}

// -----

func.func @hca_attention_c5_slots(%query: tensor<?x2x4xf32>, %ring: !v4.ring<40, 4, f32>, %entries: !v4.entries<16, 4,
                                  f32>, %sink: !v4.weight<2xf32>, %slots: tensor<?x1xi32>,
                                  %positions: tensor<?xi32>) {
  // expected-error @+1 {{'v4.hca_attention' op has 'slots' of shape [?, 1], but [T] is wanted}}
  %r0 = v4.hca_attention %query, %ring, %entries, %sink at %slots, %positions by 128 window 32 scale 0.5
    : (tensor<?x2x4xf32>, !v4.ring<40, 4, f32>, !v4.entries<16, 4, f32>, !v4.weight<2xf32>, tensor<?x1xi32>,
      tensor<?xi32>) -> tensor<?x2x4xf32>
  return
}

// -----

func.func @hca_attention_c5_positions(%query: tensor<?x2x4xf32>, %ring: !v4.ring<40, 4, f32>,
                                      %entries: !v4.entries<16, 4, f32>, %sink: !v4.weight<2xf32>,
                                      %slots: tensor<?xi32>, %positions: tensor<?x1xi32>) {
  // expected-error @+1 {{'v4.hca_attention' op has 'positions' of shape [?, 1], but [T] is wanted}}
  %r0 = v4.hca_attention %query, %ring, %entries, %sink at %slots, %positions by 128 window 32 scale 0.5
    : (tensor<?x2x4xf32>, !v4.ring<40, 4, f32>, !v4.entries<16, 4, f32>, !v4.weight<2xf32>, tensor<?xi32>,
      tensor<?x1xi32>) -> tensor<?x2x4xf32>
  return
}

// -----

func.func @hca_attention_c6(%query: tensor<?x2x4xf32>, %ring: !v4.ring<40, 4, f32>, %entries: !v4.entries<16, 4, f32>,
                            %sink: !v4.weight<2xf32>, %slots: tensor<?xi32>, %positions: tensor<?xi32>) {
  // expected-error @+1 {{'v4.hca_attention' op has 'window' = 41, more than R = 40 of 'ring'}}
  %r0 = v4.hca_attention %query, %ring, %entries, %sink at %slots, %positions by 128 window 41 scale 0.5
    : (tensor<?x2x4xf32>, !v4.ring<40, 4, f32>, !v4.entries<16, 4, f32>, !v4.weight<2xf32>, tensor<?xi32>,
      tensor<?xi32>) -> tensor<?x2x4xf32>
  return
}

// -----

func.func @hca_attention_c7(%query: tensor<?x2x4xf32>, %ring: !v4.ring<40, 4, f32>, %entries: !v4.entries<16, 4, f32>,
                            %sink: !v4.weight<2xf32>, %slots: tensor<?xi32>, %positions: tensor<?xi32>) {
  // expected-error @+1 {{'v4.hca_attention' op has 'result' with d = 5, but 'query' with d = 4}}
  %r0 = v4.hca_attention %query, %ring, %entries, %sink at %slots, %positions by 128 window 32 scale 0.5
    : (tensor<?x2x4xf32>, !v4.ring<40, 4, f32>, !v4.entries<16, 4, f32>, !v4.weight<2xf32>, tensor<?xi32>,
      tensor<?xi32>) -> tensor<?x2x5xf32>
  return
}

// -----

func.func @group_heads_c1(%input: tensor<?x48xf32>, %cos: tensor<?x2xf32>, %sin: tensor<?x2xf32>) {
  // expected-error @+1 {{'v4.group_heads' op has 'input' of shape [?, 48], but [T, H, d] is wanted}}
  %r0 = v4.group_heads %input, %cos, %sin
    : (tensor<?x48xf32>, tensor<?x2xf32>, tensor<?x2xf32>) -> tensor<?x3x16xf32>
  return
}

// -----

func.func @group_heads_c2(%input: tensor<?x6x8xf32>, %cos: tensor<?x2xf32>, %sin: tensor<?x3xf32>) {
  // expected-error @+1 {{'v4.group_heads' op has 'sin' with F = 3, but 'cos' with F = 2}}
  %r0 = v4.group_heads %input, %cos, %sin
    : (tensor<?x6x8xf32>, tensor<?x2xf32>, tensor<?x3xf32>) -> tensor<?x3x16xf32>
  return
}

// -----

func.func @group_heads_c3(%input: tensor<?x6x8xf32>, %cos: tensor<?x5xf32>, %sin: tensor<?x5xf32>) {
  // expected-error @+1 {{'v4.group_heads' op has 'cos' with 2 F = 10, more than d = 8 of 'input'}}
  %r0 = v4.group_heads %input, %cos, %sin
    : (tensor<?x6x8xf32>, tensor<?x5xf32>, tensor<?x5xf32>) -> tensor<?x3x16xf32>
  return
}

// -----

func.func @group_heads_c4(%input: tensor<?x6x8xf32>, %cos: tensor<?x2xf32>, %sin: tensor<?x2xf32>) {
  // expected-error @+1 {{'v4.group_heads' op has 'result' with (H/G)d = 17, but 16 is wanted}}
  %r0 = v4.group_heads %input, %cos, %sin
    : (tensor<?x6x8xf32>, tensor<?x2xf32>, tensor<?x2xf32>) -> tensor<?x3x17xf32>
  return
}

// -----

func.func @group_heads_c4_groups(%input: tensor<?x6x8xf32>, %cos: tensor<?x2xf32>, %sin: tensor<?x2xf32>) {
  // expected-error @+1 {{'v4.group_heads' op has 'result' with 4 groups, which do not divide the 6 heads of 'input'}}
  %r0 = v4.group_heads %input, %cos, %sin
    : (tensor<?x6x8xf32>, tensor<?x2xf32>, tensor<?x2xf32>) -> tensor<?x4x12xf32>
  return
}
