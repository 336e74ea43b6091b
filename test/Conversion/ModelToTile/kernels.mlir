// RUN: v4-opt %s --convert-v4-to-tile --split-input-file --verify-diagnostics | FileCheck %s

// Equal kernels of different layers are one.
// CHECK-LABEL: func.func @shared
// CHECK:         %[[A:.+]] = rt.launch @rms_norm({{.*}}) {{.*}} names ["layers.0.ffn.input"]
// CHECK:         rt.launch @rms_norm(%[[A]], {{.*}}) {{.*}} names ["layers.1.ffn.input"]
// CHECK:       tile.kernel @rms_norm(
// CHECK-NOT:   tile.kernel @rms_norm_2
func.func @shared(%x: tensor<?x70xf32>) -> tensor<?x70xf32> {
  %w0 = v4.weight "layers.0.ffn_norm.weight" layout <row_major, 0> : !v4.weight<70xf32>
  %w1 = v4.weight "layers.1.ffn_norm.weight" layout <row_major, 0> : !v4.weight<70xf32>
  %a = v4.kernel rows {
    %0 = v4.rms_norm %x, %w0 eps 1.0e-6 : (tensor<?x70xf32>, !v4.weight<70xf32>) -> tensor<?x70xf32> loc("layers.0.ffn.input")
    v4.yield %0 : tensor<?x70xf32>
  } : tensor<?x70xf32>
  %b = v4.kernel rows {
    %0 = v4.rms_norm %a, %w1 eps 1.0e-6 : (tensor<?x70xf32>, !v4.weight<70xf32>) -> tensor<?x70xf32> loc("layers.1.ffn.input")
    v4.yield %0 : tensor<?x70xf32>
  } : tensor<?x70xf32>
  return %b : tensor<?x70xf32>
}

// -----

// Rows are cut into tiles of 64 and what is left, without masks.
// CHECK-LABEL: func.func @ragged
// CHECK:       tile.kernel @rms_norm(%[[X:.+]]: memref<?x200xf32>, %{{.+}}: memref<200xf32>
// CHECK:         scf.for
// CHECK:           tile.load %[[X]][{{.+}}] : memref<?x200xf32> -> tensor<64xf32>
// CHECK:         tile.reduce add %{{.+}} : tensor<64xf32> -> f32
// CHECK:         tile.load %[[X]][{{.+}}] : memref<?x200xf32> -> tensor<8xf32>
// CHECK:         tile.reduce add %{{.+}} : tensor<8xf32> -> f32
// CHECK-NOT:     masked
func.func @ragged(%x: tensor<?x200xf32>) -> tensor<?x200xf32> {
  %w = v4.weight "norm.weight" layout <row_major, 0> : !v4.weight<200xf32>
  %a = v4.kernel rows {
    %0 = v4.rms_norm %x, %w eps 1.0e-6 : (tensor<?x200xf32>, !v4.weight<200xf32>) -> tensor<?x200xf32>
    v4.yield %0 : tensor<?x200xf32>
  } : tensor<?x200xf32>
  return %a : tensor<?x200xf32>
}

// -----

// Attention takes up to 16 heads together; a tile of keys serves both products.
// CHECK-LABEL: func.func @attention
// CHECK:         rt.launch @window_attention({{.*}}) grid [#rt.dim<1 * ceil(one, 1)>, #rt.dim<1 * ceil(tokens, 1)>]
// CHECK-LABEL: tile.kernel @window_attention
// CHECK-DAG:     %[[QUERY:.+]] = tile.scratch : memref<8x2xf32>
// CHECK-DAG:     %[[KEYS:.+]] = tile.scratch : memref<32x24xf32>
// CHECK-DAG:     %[[SCORES:.+]] = tile.scratch : memref<32x2xf32>
// CHECK-DAG:     %[[VALUES:.+]] = tile.scratch : memref<2x24xf32>
// CHECK:         tile.transpose {{.*}} : tensor<2x2xf32>
// CHECK:         arith.remui
// CHECK:         tile.dot_rows %[[KEYS]][%{{.+}}], %[[QUERY]], %[[SCORES]] count
// CHECK:         math.exp
// CHECK:         tile.dot_rows %[[SCORES]][%{{.+}}] turned, %[[KEYS]], %[[VALUES]] count
func.func @attention(%q: tensor<?x2x8xf32>, %slots: tensor<?xi32>, %positions: tensor<?xi32>) -> tensor<?x2x8xf32> {
  %ring = v4.state "window" : !v4.ring<16, 8, f32>
  %sink = v4.weight "sink" layout <row_major, 0> : !v4.weight<2xf32>
  %a = v4.kernel heads {
    %0 = v4.window_attention %q, %ring, %sink at %slots, %positions window 4 scale 0.5
        : (tensor<?x2x8xf32>, !v4.ring<16, 8, f32>, !v4.weight<2xf32>, tensor<?xi32>, tensor<?xi32>) -> tensor<?x2x8xf32>
    v4.yield %0 : tensor<?x2x8xf32>
  } : tensor<?x2x8xf32>
  return %a : tensor<?x2x8xf32>
}

// -----

// As many heads together as there is memory for their scores.
// CHECK-LABEL: func.func @many_entries
// CHECK:         rt.launch @hca_attention({{.*}}) grid [#rt.dim<8 * ceil(one, 1)>, #rt.dim<1 * ceil(tokens, 1)>]
// CHECK-LABEL: tile.kernel @hca_attention
// CHECK:         tile.scratch : memref<100004x2xf32>
func.func @many_entries(%q: tensor<?x16x8xf32>, %slots: tensor<?xi32>, %positions: tensor<?xi32>) -> tensor<?x16x8xf32> {
  %ring = v4.state "window" : !v4.ring<16, 8, f32>
  %entries = v4.state "entries" : !v4.entries<100000, 8, f32>
  %sink = v4.weight "sink" layout <row_major, 0> : !v4.weight<16xf32>
  %a = v4.kernel heads {
    %0 = v4.hca_attention %q, %ring, %entries, %sink at %slots, %positions by 8 window 4 scale 0.5
        : (tensor<?x16x8xf32>, !v4.ring<16, 8, f32>, !v4.entries<100000, 8, f32>, !v4.weight<16xf32>, tensor<?xi32>,
           tensor<?xi32>) -> tensor<?x16x8xf32>
    v4.yield %0 : tensor<?x16x8xf32>
  } : tensor<?x16x8xf32>
  return %a : tensor<?x16x8xf32>
}

// -----

// An entry becomes a record: codes, then what has none, then scales.
// CHECK-LABEL: func.func @records
// CHECK-LABEL: tile.kernel @entry_write
// CHECK-SAME:      memref<?x8x26xi8>
// CHECK:         scf.if
// CHECK:           tile.store %{{.+}}, %{{.+}}[%{{.+}}] : tensor<8xi8>, memref<?x8x26xi8>
// CHECK:           tile.store_scalar %{{.+}} : i8, memref<?x8x26xi8>
// CHECK:           tile.view %{{.+}} : memref<?x8x26xi8> -> memref<?x8x13xbf16>
func.func @records(%x: tensor<?x20xbf16>, %slots: tensor<?xi32>, %positions: tensor<?xi32>) {
  %entries = v4.state "entries" : !v4.entries<8, 20, bf16, packed e4m3 by 8 first 16>
  v4.kernel rows {
    v4.entry_write %x, %entries at %slots, %positions by 4
        : tensor<?x20xbf16>, !v4.entries<8, 20, bf16, packed e4m3 by 8 first 16>, tensor<?xi32>, tensor<?xi32>
    v4.yield
  }
  return
}

// -----

func.func @odd_nibbles(%x: tensor<?x7xf32>) -> tensor<?x8xf32> {
  %w = v4.weight "a.weight" layout <panel, 16> : !v4.weight<8x7xf4E2M1FN, scale f8E8M0FNU by 1x32>
  %a = v4.kernel outputs {
    // expected-error @+1 {{multiplies 7 inputs by f4E2M1FN weights, but kernels take them two by two}}
    %0 = v4.linear %x, %w : (tensor<?x7xf32>, !v4.weight<8x7xf4E2M1FN, scale f8E8M0FNU by 1x32>) -> tensor<?x8xf32>
    v4.yield %0 : tensor<?x8xf32>
  } : tensor<?x8xf32>
  return %a : tensor<?x8xf32>
}
