// RUN: v4-opt %s --split-input-file --tile-select-schedule --convert-v4-to-tile 2>&1 | FileCheck %s

// Weights in rows are the left factor: 64 outputs by 128 bytes of inputs, two numbers a byte.
// CHECK:       remark: scheduled for sm_90a as product of 16 rows: #v4.schedule<lanes = 256, keys = 32, outputs = 64, depth = 128, warps = 4, stages = 4>
// CHECK-LABEL: func.func @nibbles
// CHECK:         rt.launch @linear_x16({{.*}}) grid [#rt.dim<2 * ceil(one, 1)>, #rt.dim<1 * ceil(tokens, 16)>] rows tokens
// CHECK-LABEL: tile.kernel @linear_x16
// CHECK-SAME:    (%[[X:.+]]: memref<?x300xbf16>, %[[W:.+]]: memref<128x150xi8>, %[[S:.+]]: memref<128x10xi8>, %[[Y:.+]]: memref<?x100xf32>)
// CHECK-SAME:    attributes {tile.num_stages = 4 : i32, tile.num_warps = 4 : i32, v4.schedule = #v4.schedule<lanes = 256, {{.*}}>}
// CHECK:         %[[ROWS:.+]] = tile.load %[[X]]{{.+}} -> tensor<16x256xbf16>
// CHECK:         %[[TURNED:.+]] = tile.transpose %[[ROWS]]
// CHECK:         %[[BYTES:.+]] = tile.load %[[W]]{{.+}} -> tensor<64x128xi8>
// CHECK:         %[[SCALES:.+]] = tile.load %[[S]]{{.+}} -> tensor<64x8xi8>
// CHECK:         tile.scaled_dot %[[BYTES]], %[[SCALES]], %[[TURNED]], %{{.+}} as e2m1
// The last 44 inputs are two groups of 32, of which 20 are none.
// CHECK:         tile.load %[[X]]{{.+}} masked : memref<?x300xbf16> -> tensor<16x64xbf16>
// CHECK:         tile.load %[[W]]{{.+}} masked : memref<128x150xi8> -> tensor<64x32xi8>
// CHECK:         tile.store %{{.+}}, %[[Y]]{{.+}} masked : tensor<16x64xf32>
module attributes {v4.target = "sm_90a"} {
  func.func @nibbles(%x: tensor<?x300xbf16>) -> tensor<?x100xf32> {
    %w = v4.weight "a.weight" layout <rows, 128> : !v4.weight<100x300xf4E2M1FN, scale f8E8M0FNU by 1x32>
    %y = v4.kernel outputs row_tile 16 {
      %0 = v4.linear %x, %w
          : (tensor<?x300xbf16>, !v4.weight<100x300xf4E2M1FN, scale f8E8M0FNU by 1x32>) -> tensor<?x100xf32>
      v4.yield %0 : tensor<?x100xf32>
    } : tensor<?x100xf32>
    return %y : tensor<?x100xf32>
  }
}

// -----

// FP8: one scale for a tile of weights. A schedule that is there stays.
// CHECK-LABEL: tile.kernel @linear_x16
// CHECK-SAME:    %[[W:.+]]: memref<128x256xi8>, %[[S:.+]]: memref<1x2xi8>
// CHECK-SAME:    tile.num_warps = 8 : i32
// CHECK:         %[[SCALE:.+]] = tile.load_scalar %[[S]]
// CHECK:         %[[OUTPUTS:.+]] = tile.splat %[[SCALE]] : i8 -> tensor<32xi8>
// CHECK:         %[[SCALES:.+]] = tile.broadcast %[[OUTPUTS]] along 1 : tensor<32xi8> -> tensor<32x4xi8>
// CHECK:         tile.scaled_dot %{{.+}}, %[[SCALES]], %{{.+}} as e4m3 : tensor<32x128xi8>, tensor<32x4xi8>, tensor<128x16xf32> -> tensor<32x16xf32>
module attributes {v4.target = "sm_90a"} {
  func.func @bytes(%x: tensor<?x256xf32>) -> tensor<?x128xf32> {
    %w = v4.weight "a.weight" layout <rows, 128> : !v4.weight<128x256xf8E4M3FN, scale f8E8M0FNU by 128x128>
    %y = v4.kernel outputs row_tile 16 schedule <lanes = 64, keys = 16, outputs = 32, depth = 256, warps = 8> {
      %0 = v4.linear %x, %w
          : (tensor<?x256xf32>, !v4.weight<128x256xf8E4M3FN, scale f8E8M0FNU by 128x128>) -> tensor<?x128xf32>
      v4.yield %0 : tensor<?x128xf32>
    } : tensor<?x128xf32>
    return %y : tensor<?x128xf32>
  }
}

// -----

// Attention takes its heads together: scores of a tile of keys, then the keys once more as values.
// CHECK-LABEL: func.func @window
// CHECK:         grid [#rt.dim<2 * ceil(one, 1)>, #rt.dim<1 * ceil(tokens, 1)>]
// CHECK-LABEL: tile.kernel @window_attention
// CHECK:         tile.view %{{.+}} : memref<?x4096xbf16> -> memref<?x128x32xbf16>
// CHECK:         %[[Q:.+]] = tile.load %{{.+}} : memref<?x128x32xbf16> -> tensor<64x32xbf16>
// CHECK:         scf.for
// CHECK:           %[[KEYS:.+]] = tile.gather
// CHECK:           %[[TURNED:.+]] = tile.transpose %[[KEYS]]
// CHECK:           tile.dot %[[Q]], %[[TURNED]], %{{.+}} : tensor<64x32xbf16>, tensor<32x32xbf16> -> tensor<64x32xf32>
// CHECK:           %[[VALUES:.+]] = arith.extf %[[KEYS]]
// CHECK:           tile.dot %{{.+}}, %[[VALUES]], %{{.+}} : tensor<64x32xf32>, tensor<32x32xf32> -> tensor<64x32xf32>
module attributes {v4.target = "sm_90a"} {
  func.func @window(%q: tensor<?x128x32xbf16>, %slots: tensor<?xi32>, %positions: tensor<?xi32>) -> tensor<?x128x32xbf16> {
    %ring = v4.state "layers.0.attn.window" : !v4.ring<144, 32, bf16>
    %sink = v4.weight "sink" layout <row_major, 0> : !v4.weight<128xf32>
    %y = v4.kernel heads {
      %0 = v4.window_attention %q, %ring, %sink at %slots, %positions window 128 scale 0.125
        : (tensor<?x128x32xbf16>, !v4.ring<144, 32, bf16>, !v4.weight<128xf32>, tensor<?xi32>, tensor<?xi32>) -> tensor<?x128x32xbf16>
      v4.yield %0 : tensor<?x128x32xbf16>
    } : tensor<?x128x32xbf16>
    return %y : tensor<?x128x32xbf16>
  }
}
