// RUN: v4-opt %s --v4-fuse-kernels | FileCheck %s

// Row work on one row is one kernel; products that only need its result are the next.
// CHECK-LABEL: func.func @rows_then_outputs
// CHECK:         %[[ROWS:.+]]:2 = v4.kernel rows row_tile 4 {
// CHECK:           v4.rms_norm
// CHECK:           v4.scale
// CHECK:           v4.yield
// CHECK:         v4.kernel outputs row_tile 4 {
// CHECK:           v4.linear %[[ROWS]]#1
// CHECK:           v4.linear %[[ROWS]]#0
// CHECK-NOT:     v4.kernel
func.func @rows_then_outputs(%x: tensor<?x16xf32>) -> (tensor<?x8xf32>, tensor<?x4xf32>) attributes {v4.row_tile = 4 : i64} {
  %w = v4.weight "norm.weight" : !v4.weight<16xf32>
  %a = v4.weight "a.weight" : !v4.weight<8x16xf32>
  %b = v4.weight "b.weight" : !v4.weight<4x16xf32>
  %n = v4.rms_norm %x, %w eps 1.0e-6 : (tensor<?x16xf32>, !v4.weight<16xf32>) -> tensor<?x16xf32>
  %s = v4.scale %n by 0.5 : (tensor<?x16xf32>) -> tensor<?x16xf32>
  %y = v4.linear %s, %a : (tensor<?x16xf32>, !v4.weight<8x16xf32>) -> tensor<?x8xf32>
  %z = v4.linear %n, %b : (tensor<?x16xf32>, !v4.weight<4x16xf32>) -> tensor<?x4xf32>
  return %y, %z : tensor<?x8xf32>, tensor<?x4xf32>
}

// What some programs make of a sublayer's output, they spread over the streams.
// CHECK-LABEL: func.func @spread_outputs
// CHECK:         %[[MADE:.+]]:3 = v4.kernel outputs {
// CHECK:           v4.linear
// CHECK:           v4.add
// CHECK:           v4.hc_post {{.*}} {with_outputs}
// CHECK:         v4.kernel rows {
// CHECK:           v4.hc_post
func.func @spread_outputs(%x: tensor<?x16xf32>, %z: tensor<?x8xf32>, %streams: tensor<?x3x8xf32>, %post: tensor<?x3xf32>,
                          %comb: tensor<?x3x3xf32>) -> tensor<?x3x8xf32> {
  %a = v4.weight "a.weight" : !v4.weight<8x16xf32>
  %y = v4.linear %x, %a : (tensor<?x16xf32>, !v4.weight<8x16xf32>) -> tensor<?x8xf32>
  %sum = v4.add %y, %z : (tensor<?x8xf32>, tensor<?x8xf32>) -> tensor<?x8xf32>
  %0 = v4.hc_post %sum, %streams, %post, %comb {with_outputs}
    : (tensor<?x8xf32>, tensor<?x3x8xf32>, tensor<?x3xf32>, tensor<?x3x3xf32>) -> tensor<?x3x8xf32>
  %1 = v4.hc_post %z, %0, %post, %comb
    : (tensor<?x8xf32>, tensor<?x3x8xf32>, tensor<?x3xf32>, tensor<?x3x3xf32>) -> tensor<?x3x8xf32>
  return %1 : tensor<?x3x8xf32>
}

// A row's block needs what other rows wrote: pooling waits for the next kernel.
// CHECK-LABEL: func.func @state_between_kernels
// CHECK:         v4.kernel rows {
// CHECK:           v4.ring_write
// CHECK:           v4.ring_write
// CHECK:         v4.kernel rows {
// CHECK:           v4.compress
func.func @state_between_kernels(%k: tensor<?x8xf32>, %s: tensor<?x8xf32>, %slots: tensor<?xi32>,
                                 %positions: tensor<?xi32>) -> tensor<?x8xf32> {
  %ape = v4.weight "ape" : !v4.weight<8x8xf32>
  %values = v4.state "values" : !v4.ring<16, 8, f32>
  %gates = v4.state "gates" : !v4.ring<16, 8, f32>
  v4.ring_write %k, %values at %slots, %positions : tensor<?x8xf32>, !v4.ring<16, 8, f32>, tensor<?xi32>, tensor<?xi32>
  v4.ring_write %s, %gates at %slots, %positions : tensor<?x8xf32>, !v4.ring<16, 8, f32>, tensor<?xi32>, tensor<?xi32>
  %e = v4.compress %values, %gates, %ape at %slots, %positions by 8
      : (!v4.ring<16, 8, f32>, !v4.ring<16, 8, f32>, !v4.weight<8x8xf32>, tensor<?xi32>, tensor<?xi32>) -> tensor<?x8xf32>
  return %e : tensor<?x8xf32>
}

// The query's norm and rotation run a head at a time in the kernel that alone uses them.
// CHECK-LABEL: func.func @queries_with_attention
// CHECK-NOT:     v4.kernel rows
// CHECK:         v4.kernel heads {
// CHECK:           v4.head_norm
// CHECK:           v4.rope
// CHECK:           v4.window_attention
// CHECK:           v4.group_heads
func.func @queries_with_attention(%q: tensor<?x2x8xf32>, %cos: tensor<?x2xf32>, %sin: tensor<?x2xf32>,
                                  %slots: tensor<?xi32>, %positions: tensor<?xi32>) -> tensor<?x1x16xf32> {
  %ring = v4.state "window" : !v4.ring<16, 8, f32>
  %sink = v4.weight "sink" : !v4.weight<2xf32>
  %n = v4.head_norm %q eps 1.0e-6 : (tensor<?x2x8xf32>) -> tensor<?x2x8xf32>
  %r = v4.rope %n, %cos, %sin : (tensor<?x2x8xf32>, tensor<?x2xf32>, tensor<?x2xf32>) -> tensor<?x2x8xf32>
  %o = v4.window_attention %r, %ring, %sink at %slots, %positions window 4 scale 0.5
      : (tensor<?x2x8xf32>, !v4.ring<16, 8, f32>, !v4.weight<2xf32>, tensor<?xi32>, tensor<?xi32>) -> tensor<?x2x8xf32>
  %g = v4.group_heads %o, %cos, %sin : (tensor<?x2x8xf32>, tensor<?x2xf32>, tensor<?x2xf32>) -> tensor<?x1x16xf32>
  return %g : tensor<?x1x16xf32>
}

// Rows that logits are wanted for are counted on their own.
// CHECK-LABEL: func.func @wanted_rows
// CHECK:         v4.kernel rows {
// CHECK:           v4.scale
// CHECK:         v4.kernel rows {
// CHECK:           v4.gather_rows
// CHECK:           v4.scale
func.func @wanted_rows(%x: tensor<?x8xf32>, %rows: tensor<?xi32>) -> tensor<?x8xf32> {
  %s = v4.scale %x by 2.0 : (tensor<?x8xf32>) -> tensor<?x8xf32>
  %g = v4.gather_rows %s at %rows : (tensor<?x8xf32>, tensor<?xi32>) -> tensor<?x8xf32>
  %y = v4.scale %g by 3.0 : (tensor<?x8xf32>) -> tensor<?x8xf32>
  return %y : tensor<?x8xf32>
}

// Nobody needs %a before the second row kernel, which takes it along.
// CHECK-LABEL: func.func @later
// CHECK:         v4.kernel outputs {
// CHECK:         v4.kernel rows {
// CHECK:           v4.scale %{{.+}} by 2.0
// CHECK:           v4.scale %{{.+}} by 3.0
// CHECK-NOT:     v4.kernel
func.func @later(%x: tensor<?x8xf32>) -> (tensor<?x8xf32>, tensor<?x8xf32>) {
  %w = v4.weight "a.weight" : !v4.weight<8x8xf32>
  %a = v4.scale %x by 2.0 : (tensor<?x8xf32>) -> tensor<?x8xf32>
  %b = v4.linear %x, %w : (tensor<?x8xf32>, !v4.weight<8x8xf32>) -> tensor<?x8xf32>
  %c = v4.scale %b by 3.0 : (tensor<?x8xf32>) -> tensor<?x8xf32>
  return %a, %c : tensor<?x8xf32>, tensor<?x8xf32>
}

// Whole blocks of outputs are quantised by the program that makes them; others wait until the row is there.
// CHECK-LABEL: func.func @quantised_outputs
// CHECK:         v4.kernel outputs {
// CHECK:           v4.grouped_linear
// CHECK:           v4.fake_quantise
// CHECK:         v4.kernel outputs {
// CHECK-NEXT:      v4.linear
// CHECK-NEXT:      v4.yield
// CHECK:         v4.kernel rows {
// CHECK-NEXT:      v4.fake_quantise
func.func @quantised_outputs(%x: tensor<?x2x16xbf16>) -> tensor<?x96xf32> {
  %w = v4.weight "w" : !v4.weight<256x16xf32>
  %v = v4.weight "v" : !v4.weight<96x256xf32>
  %a = v4.grouped_linear %x, %w : (tensor<?x2x16xbf16>, !v4.weight<256x16xf32>) -> tensor<?x2x128xbf16>
  %q = v4.fake_quantise %a to e4m3 block 128 : (tensor<?x2x128xbf16>) -> tensor<?x256xf32>
  %y = v4.linear %q, %v : (tensor<?x256xf32>, !v4.weight<96x256xf32>) -> tensor<?x96xbf16>
  %z = v4.fake_quantise %y to e4m3 block 128 : (tensor<?x96xbf16>) -> tensor<?x96xf32>
  return %z : tensor<?x96xf32>
}
