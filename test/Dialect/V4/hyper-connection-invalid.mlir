// RUN: v4-opt %s --verify-diagnostics --split-input-file

func.func @hc_expand_c1(%input: tensor<?x3x4xf32>) {
  // expected-error @+1 {{'v4.hc_expand' op has 'input' of shape [?, 3, 4], but [T, D] is wanted}}
  %r0 = v4.hc_expand %input
    : (tensor<?x3x4xf32>) -> tensor<?x3x4xf32>
  return
}

// -----

func.func @hc_expand_c2(%input: tensor<?x4xf32>) {
  // expected-error @+1 {{'v4.hc_expand' op has 'result' with D = 5, but 'input' with D = 4}}
  %r0 = v4.hc_expand %input
    : (tensor<?x4xf32>) -> tensor<?x3x5xf32>
  return
}

// -----

func.func @hc_pre_c1(%streams: tensor<?x12xf32>, %fn: !v4.weight<15x12xf32>, %base: !v4.weight<15xf32>,
                     %scale: !v4.weight<3xf32>) {
  // expected-error @+1 {{'v4.hc_pre' op has 'streams' of shape [?, 12], but [T, n, D] is wanted}}
  %r0, %r1, %r2, %r3 = v4.hc_pre %streams, %fn, %base, %scale iters 20 eps 1.0e-6 norm_eps 1.0e-6
    : (tensor<?x12xf32>, !v4.weight<15x12xf32>, !v4.weight<15xf32>, !v4.weight<3xf32>) -> (tensor<?x4xf32>,
      tensor<?x3xf32>, tensor<?x3xf32>, tensor<?x3x3xf32>)
  return
}

// -----

func.func @hc_pre_c2(%streams: tensor<?x3x4xf32>, %fn: !v4.weight<14x12xf32>, %base: !v4.weight<15xf32>,
                     %scale: !v4.weight<3xf32>) {
  // expected-error @+1 {{'v4.hc_pre' op has 'fn' with (2+n)n = 14, but 15 is wanted}}
  %r0, %r1, %r2, %r3 = v4.hc_pre %streams, %fn, %base, %scale iters 20 eps 1.0e-6 norm_eps 1.0e-6
    : (tensor<?x3x4xf32>, !v4.weight<14x12xf32>, !v4.weight<15xf32>, !v4.weight<3xf32>) -> (tensor<?x4xf32>,
      tensor<?x3xf32>, tensor<?x3xf32>, tensor<?x3x3xf32>)
  return
}

// -----

func.func @hc_pre_c2_inputs(%streams: tensor<?x3x4xf32>, %fn: !v4.weight<15x13xf32>, %base: !v4.weight<15xf32>,
                            %scale: !v4.weight<3xf32>) {
  // expected-error @+1 {{'v4.hc_pre' op has 'fn' with nD = 13, but 12 is wanted}}
  %r0, %r1, %r2, %r3 = v4.hc_pre %streams, %fn, %base, %scale iters 20 eps 1.0e-6 norm_eps 1.0e-6
    : (tensor<?x3x4xf32>, !v4.weight<15x13xf32>, !v4.weight<15xf32>, !v4.weight<3xf32>) -> (tensor<?x4xf32>,
      tensor<?x3xf32>, tensor<?x3xf32>, tensor<?x3x3xf32>)
  return
}

// -----

func.func @hc_pre_c2_products(%streams: tensor<?x3x4xf32>, %m: tensor<?x12xf32>, %base: !v4.weight<15xf32>,
                              %scale: !v4.weight<3xf32>) {
  // expected-error @+1 {{'v4.hc_pre' op has 'fn' with (2+n)n = 12, but 15 is wanted}}
  %r0, %r1, %r2, %r3 = v4.hc_pre %streams, %m, %base, %scale iters 20 eps 1.0e-6 norm_eps 1.0e-6
    : (tensor<?x3x4xf32>, tensor<?x12xf32>, !v4.weight<15xf32>, !v4.weight<3xf32>) -> (tensor<?x4xf32>,
      tensor<?x3xf32>, tensor<?x3xf32>, tensor<?x3x3xf32>)
  return
}

// -----

func.func @hc_pre_c3(%streams: tensor<?x3x4xf32>, %fn: !v4.weight<15x12xf32>, %base: !v4.weight<14xf32>,
                     %scale: !v4.weight<3xf32>) {
  // expected-error @+1 {{'v4.hc_pre' op has 'base' with (2+n)n = 14, but 15 is wanted}}
  %r0, %r1, %r2, %r3 = v4.hc_pre %streams, %fn, %base, %scale iters 20 eps 1.0e-6 norm_eps 1.0e-6
    : (tensor<?x3x4xf32>, !v4.weight<15x12xf32>, !v4.weight<14xf32>, !v4.weight<3xf32>) -> (tensor<?x4xf32>,
      tensor<?x3xf32>, tensor<?x3xf32>, tensor<?x3x3xf32>)
  return
}

// -----

func.func @hc_pre_c4(%streams: tensor<?x3x4xf32>, %fn: !v4.weight<15x12xf32>, %base: !v4.weight<15xf32>,
                     %scale: !v4.weight<1xf32>) {
  // expected-error @+1 {{'v4.hc_pre' op has 'scale' with scales = 1, but 3 is wanted}}
  %r0, %r1, %r2, %r3 = v4.hc_pre %streams, %fn, %base, %scale iters 20 eps 1.0e-6 norm_eps 1.0e-6
    : (tensor<?x3x4xf32>, !v4.weight<15x12xf32>, !v4.weight<15xf32>, !v4.weight<1xf32>) -> (tensor<?x4xf32>,
      tensor<?x3xf32>, tensor<?x3xf32>, tensor<?x3x3xf32>)
  return
}

// -----

func.func @hc_pre_c5(%streams: tensor<?x3x4xf32>, %fn: !v4.weight<15x12xf32>, %base: !v4.weight<15xf32>,
                     %scale: !v4.weight<3xf32>) {
  // expected-error @+1 {{'v4.hc_pre' op has 'collapsed' with D = 3, but 'streams' with D = 4}}
  %r0, %r1, %r2, %r3 = v4.hc_pre %streams, %fn, %base, %scale iters 20 eps 1.0e-6 norm_eps 1.0e-6
    : (tensor<?x3x4xf32>, !v4.weight<15x12xf32>, !v4.weight<15xf32>, !v4.weight<3xf32>) -> (tensor<?x3xf32>,
      tensor<?x3xf32>, tensor<?x3xf32>, tensor<?x3x3xf32>)
  return
}

// -----

func.func @hc_pre_c6_pre(%streams: tensor<?x3x4xf32>, %fn: !v4.weight<15x12xf32>, %base: !v4.weight<15xf32>,
                         %scale: !v4.weight<3xf32>) {
  // expected-error @+1 {{'v4.hc_pre' op has 'pre' with n = 4, but 'streams' with n = 3}}
  %r0, %r1, %r2, %r3 = v4.hc_pre %streams, %fn, %base, %scale iters 20 eps 1.0e-6 norm_eps 1.0e-6
    : (tensor<?x3x4xf32>, !v4.weight<15x12xf32>, !v4.weight<15xf32>, !v4.weight<3xf32>) -> (tensor<?x4xf32>,
      tensor<?x4xf32>, tensor<?x3xf32>, tensor<?x3x3xf32>)
  return
}

// -----

func.func @hc_pre_c6_post(%streams: tensor<?x3x4xf32>, %fn: !v4.weight<15x12xf32>, %base: !v4.weight<15xf32>,
                          %scale: !v4.weight<3xf32>) {
  // expected-error @+1 {{'v4.hc_pre' op has 'post' with n = 4, but 'streams' with n = 3}}
  %r0, %r1, %r2, %r3 = v4.hc_pre %streams, %fn, %base, %scale iters 20 eps 1.0e-6 norm_eps 1.0e-6
    : (tensor<?x3x4xf32>, !v4.weight<15x12xf32>, !v4.weight<15xf32>, !v4.weight<3xf32>) -> (tensor<?x4xf32>,
      tensor<?x3xf32>, tensor<?x4xf32>, tensor<?x3x3xf32>)
  return
}

// -----

func.func @hc_pre_c7(%streams: tensor<?x3x4xf32>, %fn: !v4.weight<15x12xf32>, %base: !v4.weight<15xf32>,
                     %scale: !v4.weight<3xf32>) {
  // expected-error @+1 {{'v4.hc_pre' op has 'comb' of shape [?, 9], but [T, n, n] is wanted}}
  %r0, %r1, %r2, %r3 = v4.hc_pre %streams, %fn, %base, %scale iters 20 eps 1.0e-6 norm_eps 1.0e-6
    : (tensor<?x3x4xf32>, !v4.weight<15x12xf32>, !v4.weight<15xf32>, !v4.weight<3xf32>) -> (tensor<?x4xf32>,
      tensor<?x3xf32>, tensor<?x3xf32>, tensor<?x9xf32>)
  return
}

// -----

func.func @hc_pre_iters(%streams: tensor<?x3x4xf32>, %fn: !v4.weight<15x12xf32>, %base: !v4.weight<15xf32>,
                        %scale: !v4.weight<3xf32>) {
  // expected-error @+1 {{'v4.hc_pre' op attribute 'iters' failed to satisfy constraint: 64-bit signless integer attribute whose value is positive}}
  %r0, %r1, %r2, %r3 = v4.hc_pre %streams, %fn, %base, %scale iters 0 eps 1.0e-6 norm_eps 1.0e-6
    : (tensor<?x3x4xf32>, !v4.weight<15x12xf32>, !v4.weight<15xf32>, !v4.weight<3xf32>) -> (tensor<?x4xf32>,
      tensor<?x3xf32>, tensor<?x3xf32>, tensor<?x3x3xf32>)
  return
}

// -----

func.func @hc_post_c1(%output: tensor<?x4xf32>, %streams: tensor<?x12xf32>, %post: tensor<?x3xf32>,
                      %comb: tensor<?x3x3xf32>) {
  // expected-error @+1 {{'v4.hc_post' op has 'streams' of shape [?, 12], but [T, n, D] is wanted}}
  %r0 = v4.hc_post %output, %streams, %post, %comb
    : (tensor<?x4xf32>, tensor<?x12xf32>, tensor<?x3xf32>, tensor<?x3x3xf32>) -> tensor<?x3x4xf32>
  return
}

// -----

func.func @hc_post_c2(%output: tensor<?x5xf32>, %streams: tensor<?x3x4xf32>, %post: tensor<?x3xf32>,
                      %comb: tensor<?x3x3xf32>) {
  // expected-error @+1 {{'v4.hc_post' op has 'output' with D = 5, but 'streams' with D = 4}}
  %r0 = v4.hc_post %output, %streams, %post, %comb
    : (tensor<?x5xf32>, tensor<?x3x4xf32>, tensor<?x3xf32>, tensor<?x3x3xf32>) -> tensor<?x3x4xf32>
  return
}

// -----

func.func @hc_post_c3(%output: tensor<?x4xf32>, %streams: tensor<?x3x4xf32>, %post: tensor<?x2xf32>,
                      %comb: tensor<?x3x3xf32>) {
  // expected-error @+1 {{'v4.hc_post' op has 'post' with n = 2, but 'streams' with n = 3}}
  %r0 = v4.hc_post %output, %streams, %post, %comb
    : (tensor<?x4xf32>, tensor<?x3x4xf32>, tensor<?x2xf32>, tensor<?x3x3xf32>) -> tensor<?x3x4xf32>
  return
}

// -----

func.func @hc_post_c4(%output: tensor<?x4xf32>, %streams: tensor<?x3x4xf32>, %post: tensor<?x3xf32>,
                      %comb: tensor<?x3x2xf32>) {
  // expected-error @+1 {{'v4.hc_post' op has 'comb' with n = 2, but 'streams' with n = 3}}
  %r0 = v4.hc_post %output, %streams, %post, %comb
    : (tensor<?x4xf32>, tensor<?x3x4xf32>, tensor<?x3xf32>, tensor<?x3x2xf32>) -> tensor<?x3x4xf32>
  return
}

// -----

func.func @hc_post_c5(%output: tensor<?x4xf32>, %streams: tensor<?x3x4xf32>, %post: tensor<?x3xf32>,
                      %comb: tensor<?x3x3xf32>) {
  // expected-error @+1 {{'v4.hc_post' op has 'result' with n = 4, but 'streams' with n = 3}}
  %r0 = v4.hc_post %output, %streams, %post, %comb
    : (tensor<?x4xf32>, tensor<?x3x4xf32>, tensor<?x3xf32>, tensor<?x3x3xf32>) -> tensor<?x4x3xf32>
  return
}

// -----

func.func @hc_head_c1(%streams: tensor<?x12xf32>, %fn: !v4.weight<3x12xf32>, %base: !v4.weight<3xf32>,
                      %scale: !v4.weight<1xf32>) {
  // expected-error @+1 {{'v4.hc_head' op has 'streams' of shape [?, 12], but [T, n, D] is wanted}}
  %r0 = v4.hc_head %streams, %fn, %base, %scale eps 1.0e-6 norm_eps 1.0e-6
    : (tensor<?x12xf32>, !v4.weight<3x12xf32>, !v4.weight<3xf32>, !v4.weight<1xf32>) -> tensor<?x4xf32>
  return
}

// -----

func.func @hc_head_c2(%streams: tensor<?x3x4xf32>, %fn: !v4.weight<15x12xf32>, %base: !v4.weight<3xf32>,
                      %scale: !v4.weight<1xf32>) {
  // expected-error @+1 {{'v4.hc_head' op has 'fn' with n = 15, but 'streams' with n = 3}}
  %r0 = v4.hc_head %streams, %fn, %base, %scale eps 1.0e-6 norm_eps 1.0e-6
    : (tensor<?x3x4xf32>, !v4.weight<15x12xf32>, !v4.weight<3xf32>, !v4.weight<1xf32>) -> tensor<?x4xf32>
  return
}

// -----

func.func @hc_head_c3(%streams: tensor<?x3x4xf32>, %fn: !v4.weight<3x12xf32>, %base: !v4.weight<15xf32>,
                      %scale: !v4.weight<1xf32>) {
  // expected-error @+1 {{'v4.hc_head' op has 'base' with n = 15, but 'streams' with n = 3}}
  %r0 = v4.hc_head %streams, %fn, %base, %scale eps 1.0e-6 norm_eps 1.0e-6
    : (tensor<?x3x4xf32>, !v4.weight<3x12xf32>, !v4.weight<15xf32>, !v4.weight<1xf32>) -> tensor<?x4xf32>
  return
}

// -----

func.func @hc_head_c4(%streams: tensor<?x3x4xf32>, %fn: !v4.weight<3x12xf32>, %base: !v4.weight<3xf32>,
                      %scale: !v4.weight<3xf32>) {
  // expected-error @+1 {{'v4.hc_head' op has 'scale' with scales = 3, but 1 is wanted}}
  %r0 = v4.hc_head %streams, %fn, %base, %scale eps 1.0e-6 norm_eps 1.0e-6
    : (tensor<?x3x4xf32>, !v4.weight<3x12xf32>, !v4.weight<3xf32>, !v4.weight<3xf32>) -> tensor<?x4xf32>
  return
}

// -----

func.func @hc_head_c5(%streams: tensor<?x3x4xf32>, %fn: !v4.weight<3x12xf32>, %base: !v4.weight<3xf32>,
                      %scale: !v4.weight<1xf32>) {
  // expected-error @+1 {{'v4.hc_head' op has 'result' with D = 12, but 'streams' with D = 4}}
  %r0 = v4.hc_head %streams, %fn, %base, %scale eps 1.0e-6 norm_eps 1.0e-6
    : (tensor<?x3x4xf32>, !v4.weight<3x12xf32>, !v4.weight<3xf32>, !v4.weight<1xf32>) -> tensor<?x12xf32>
  return
}
