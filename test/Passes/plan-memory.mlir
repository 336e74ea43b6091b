// RUN: v4-opt %s --rt-plan-memory | FileCheck %s
// The plan is also checked by running it in mind.
// RUN: v4-opt %s --rt-plan-memory --verify-phase='phase=plan' -o /dev/null

// What crosses the edge of a step stays where it is throughout; logits too, though another buffer could use their room.
// CHECK: rt.buffer @tokens {{.+}} at 0
// CHECK: rt.buffer @slots {{.+}} at 64
// CHECK: rt.buffer @positions {{.+}} at 128
// CHECK: rt.buffer @logit_rows {{.+}} at 192
// CHECK: rt.buffer @logits {{.+}} at 256

// The lives of decode's buffers, with 256 bytes to @a and @c and 512 to @b:
//   dispatch  0 1 2 3
//   b         # #          largest, so placed first
//   a         # # #
//   c             # #      in the place of b, which is the smallest gap
//   unread      #          dies where it is written, so meets a and b
// CHECK: rt.buffer @a {{.+}} at 1024
// CHECK: rt.buffer @b {{.+}} at 512
// CHECK: rt.buffer @c {{.+}} at 512
// CHECK: rt.buffer @unread {{.+}} at 1280
// Programs share the arena.
// CHECK: rt.buffer @p {{.+}} at 512

// CHECK: rt.weight @w0 {{.+}} at 0
// 3 * 5 f32 end at 60.
// CHECK: rt.weight @w1 {{.+}} at 64
// Two panels of 16 outputs, 3 bytes of 5 inputs each, for 2 experts.
// CHECK: rt.weight @w2 {{.+}} at 128
// CHECK: rt.weight @w3 {{.+}} at 320
module attributes {v4.model = {}} {
  tile.kernel @k0(%x: memref<?xi32>, %y: memref<?x8xf32>, %z: memref<?x16xf32>) {
    tile.return
  }
  tile.kernel @k1(%x: memref<?x8xf32>, %y: memref<?x16xf32>, %z: memref<?x8xf32>) {
    tile.return
  }
  tile.kernel @k2(%x: memref<?x8xf32>, %z: memref<?x8xf32>) {
    tile.return
  }
  rt.buffer @tokens "" : tensor<?xi32> rows 8 of tokens
  rt.buffer @slots "" : tensor<?xi32> rows 8 of tokens
  rt.buffer @positions "" : tensor<?xi32> rows 8 of tokens
  rt.buffer @logit_rows "" : tensor<?xi32> rows 8 of logit_rows
  rt.buffer @logits "" : tensor<?x8xf32> rows 8 of logit_rows
  rt.buffer @a "" : tensor<?x8xf32> rows 8 of tokens
  rt.buffer @b "" : tensor<?x16xf32> rows 8 of tokens
  rt.buffer @c "" : tensor<?x8xf32> rows 8 of tokens
  rt.buffer @unread "" : tensor<?x8xf32> rows 8 of tokens
  rt.buffer @p "" : tensor<?x8xf32> rows 8 of tokens
  rt.weight @w0 "w0" : tensor<3x5xf32> layout <row_major, 0>
  rt.weight @w1 "w1" : tensor<8xi64> layout <row_major, 0>
  rt.weight @w2 "w.{e}" stack 2 : tensor<17x5xf4E2M1FN> layout <panel, 16>
  rt.weight @w3 "w3" : tensor<8xf32> layout <row_major, 0>
  rt.program @decode max_tokens 4 {
    rt.dispatch @k0 reads [@tokens] writes [@a, @b] grid [#rt.dim<1 * ceil(one, 1)>] rows tokens label ""
    rt.dispatch @k1 reads [@a, @b] writes [@unread] grid [#rt.dim<1 * ceil(one, 1)>] rows tokens label ""
    rt.dispatch @k2 reads [@a] writes [@c] grid [#rt.dim<1 * ceil(one, 1)>] rows tokens label ""
    rt.dispatch @k2 reads [@c] writes [@logits] grid [#rt.dim<1 * ceil(one, 1)>] rows tokens label ""
  }
  tile.kernel @k3(%x: memref<?xi32>, %z: memref<?x8xf32>) {
    tile.return
  }
  rt.program @prefill max_tokens 8 {
    rt.dispatch @k3 reads [@tokens] writes [@p] grid [#rt.dim<1 * ceil(one, 1)>] rows tokens label ""
    rt.dispatch @k2 reads [@p] writes [@logits] grid [#rt.dim<1 * ceil(one, 1)>] rows tokens label ""
  }
}
