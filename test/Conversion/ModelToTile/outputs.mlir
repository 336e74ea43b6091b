// RUN: v4-opt %s --convert-v4-to-tile --split-input-file | FileCheck %s

// A program multiplies up to four rows by one panel, decoded once for all; the last panel of 100 outputs is stored in part.
// CHECK-LABEL: func.func @plain
// CHECK:         rt.launch @linear_x4({{.*}}) grid [#rt.dim<2 * ceil(one, 1)>, #rt.dim<1 * ceil(tokens, 4)>] rows tokens
// CHECK-LABEL: tile.kernel @linear_x4
// CHECK-SAME:    (%[[X:.+]]: memref<?x20xf32>, %[[W:.+]]: memref<2x20x64xbf16>, %[[Y:.+]]: memref<?x100xf32>)
// CHECK-DAG:     %[[OWN:.+]] = tile.scratch : memref<4x20xf32>
// CHECK-DAG:     %[[WIDE:.+]] = tile.scratch : memref<4x20x16xf32>
// CHECK-DAG:     %[[SUMS:.+]] = tile.scratch : memref<4x64xf32>
// CHECK:         tile.store %{{.+}}, %[[OWN]]
// CHECK:         tile.store %{{.+}}, %[[WIDE]]
// CHECK:         tile.dot_rows %[[OWN]][%{{.+}}], %[[WIDE]], %[[SUMS]] count %{{.+}} : memref<4x20xf32>, memref<4x20x16xf32>, memref<4x64xf32>
// CHECK:         tile.store %{{.+}}, %[[Y]][{{.+}}] masked : tensor<1x64xf32>
func.func @plain(%x: tensor<?x20xf32>) -> tensor<?x100xf32> {
  %w = v4.weight "a.weight" layout <panel, 64> : !v4.weight<100x20xbf16>
  %y = v4.kernel outputs row_tile 4 {
    %0 = v4.linear %x, %w : (tensor<?x20xf32>, !v4.weight<100x20xbf16>) -> tensor<?x100xf32>
    v4.yield %0 : tensor<?x100xf32>
  } : tensor<?x100xf32>
  return %y : tensor<?x100xf32>
}

// -----

// FP8: bytes are widened in registers, one scale a block of 128 x 128.
// CHECK-LABEL: tile.kernel @linear
// CHECK-SAME:    memref<2x256x64xi8>, %[[S:.+]]: memref<1x2xi8>
// CHECK:         tile.widen %{{.+}} as e4m3 : tensor<8x64xi8> -> tensor<8x64xf32>
// CHECK:         tile.load %[[S]][{{.+}}] : memref<1x2xi8> -> tensor<1xi8>
// CHECK:         tile.widen %{{.+}} as e8m0
// CHECK:         math.fma
func.func @fp8(%x: tensor<?x256xf32>) -> tensor<?x128xf32> {
  %w = v4.weight "a.weight" layout <panel, 64> : !v4.weight<128x256xf8E4M3FN, scale f8E8M0FNU by 128x128>
  %y = v4.kernel outputs {
    %0 = v4.linear %x, %w
        : (tensor<?x256xf32>, !v4.weight<128x256xf8E4M3FN, scale f8E8M0FNU by 128x128>) -> tensor<?x128xf32>
    v4.yield %0 : tensor<?x128xf32>
  } : tensor<?x128xf32>
  return %y : tensor<?x128xf32>
}

// -----

// Experts: choice and panel share a grid dimension, the row's expert picks the matrix.
// CHECK-LABEL: func.func @experts
// CHECK:         rt.launch @expert_up({{.*}}) grid [#rt.dim<4 * ceil(one, 1)>, #rt.dim<1 * ceil(tokens, 1)>]
// CHECK-LABEL: tile.kernel @expert_up
// CHECK-SAME:    %[[W1:[a-z0-9]+]]: memref<8x2x32x64xi8>, %[[S1:[a-z0-9]+]]: memref<8x2x2x64xi8>
// CHECK:         %[[E:.+]] = arith.index_cast %{{.+}} : i32 to index
// CHECK:         tile.load %[[W1]][%[[E]], {{.+}}] : memref<8x2x32x64xi8> -> tensor<4x64xi8>
// CHECK-NEXT:    tile.widen %{{.+}} as e2m1 : tensor<4x64xi8> -> tensor<8x64xf32>
func.func @experts(%x: tensor<?x64xf32>, %ids: tensor<?x2xi32>, %weights: tensor<?x2xf32>) -> tensor<?x2x128xf32> {
  %w1 = v4.weight "e.{e}.w1.weight" layout <panel, 64> : !v4.weight<8x128x64xf4E2M1FN, scale f8E8M0FNU by 1x32>
  %w3 = v4.weight "e.{e}.w3.weight" layout <panel, 64> : !v4.weight<8x128x64xf4E2M1FN, scale f8E8M0FNU by 1x32>
  %y = v4.kernel outputs {
    %0 = v4.expert_up %x, %ids, %w1, %w3 weights %weights limit 10.0
        : (tensor<?x64xf32>, tensor<?x2xi32>, !v4.weight<8x128x64xf4E2M1FN, scale f8E8M0FNU by 1x32>,
           !v4.weight<8x128x64xf4E2M1FN, scale f8E8M0FNU by 1x32>, tensor<?x2xf32>) -> tensor<?x2x128xf32>
    v4.yield %0 : tensor<?x2x128xf32>
  } : tensor<?x2x128xf32>
  return %y : tensor<?x2x128xf32>
}

// -----

// Words are decoded where they are multiplied, one word of inputs an iteration, to 2^-116 of their numbers: row and
// scales have a factor of 2^58 each.
// CHECK-LABEL: tile.kernel @linear
// CHECK-SAME:    memref<2x64x64xi32>, %[[S:.+]]: memref<1x2xi8>
// CHECK:         %[[OWN:.+]] = tile.scratch : memref<1x256xf32>
// CHECK:         arith.constant dense<2.88230376E+17> : tensor<64xf32>
// CHECK:         %[[ROW:.+]] = arith.mulf %{{.+}}, %{{.+}} : tensor<64xf32>
// CHECK:         tile.store %[[ROW]], %[[OWN]]
// CHECK:         tile.load %[[OWN]]{{.+}} -> tensor<1x4xf32>
// CHECK:         tile.load %{{.+}} : memref<2x64x64xi32> -> tensor<1x64xi32>
// CHECK:         tile.dot_words %{{.+}} as e4m3 : tensor<1x4xf32>, tensor<1x64xi32> -> tensor<1x64xf32>
// CHECK:         arith.constant dense<2.88230376E+17> : tensor<64xf32>
// CHECK:         %[[LARGER:.+]] = arith.mulf %{{.+}}, %{{.+}} : tensor<64xf32>
// CHECK:         math.fma
func.func @words(%x: tensor<?x256xf32>) -> tensor<?x128xf32> {
  %w = v4.weight "a.weight" layout <panel_words, 64> : !v4.weight<128x256xf8E4M3FN, scale f8E8M0FNU by 128x128>
  %y = v4.kernel outputs {
    %0 = v4.linear %x, %w
        : (tensor<?x256xf32>, !v4.weight<128x256xf8E4M3FN, scale f8E8M0FNU by 128x128>) -> tensor<?x128xf32>
    v4.yield %0 : tensor<?x128xf32>
  } : tensor<?x128xf32>
  return %y : tensor<?x128xf32>
}

// -----

// Rows by expert: a program has a panel of one expert, and finds the rows that go there.
// CHECK-LABEL: func.func @by_expert
// CHECK:         rt.launch @expert_up_x8({{.*}}) grid [#rt.dim<16 * ceil(one, 1)>, #rt.dim<1 * ceil(tokens, 8)>]
// CHECK-LABEL: tile.kernel @expert_up_x8
// CHECK-DAG:     %[[ROUTED:.+]] = tile.scratch : memref<8x1xi32>
// CHECK-DAG:     %[[SCALES:.+]] = tile.scratch : memref<64xf32>
// CHECK:         tile.store_scalar %{{.+}}, %[[ROUTED]]
// CHECK:         scf.if
// CHECK:         tile.dot_rows_words %{{.+}} scaled %[[SCALES]] : memref<64xf32> depth 32 as e2m1
func.func @by_expert(%x: tensor<?x64xf32>, %ids: tensor<?x2xi32>) -> tensor<?x2x128xf32> {
  %w1 = v4.weight "e.{e}.w1.weight" layout <panel_words, 64> : !v4.weight<8x128x64xf4E2M1FN, scale f8E8M0FNU by 1x32>
  %w3 = v4.weight "e.{e}.w3.weight" layout <panel_words, 64> : !v4.weight<8x128x64xf4E2M1FN, scale f8E8M0FNU by 1x32>
  %y = v4.kernel outputs row_tile 8 {
    %0 = v4.expert_up %x, %ids, %w1, %w3 limit 10.0
        : (tensor<?x64xf32>, tensor<?x2xi32>, !v4.weight<8x128x64xf4E2M1FN, scale f8E8M0FNU by 1x32>,
           !v4.weight<8x128x64xf4E2M1FN, scale f8E8M0FNU by 1x32>) -> tensor<?x2x128xf32>
    v4.yield %0 : tensor<?x2x128xf32>
  } : tensor<?x2x128xf32>
  return %y : tensor<?x2x128xf32>
}

// -----

// The second half: all experts of a panel, and a row's sum in the order of its choices.
// CHECK-LABEL: tile.kernel @expert_down_x8
// CHECK-DAG:     %[[ENDS:.+]] = tile.scratch : memref<10x1xi32>
// CHECK-DAG:     %[[PRODUCTS:.+]] = tile.scratch : memref<16x64xf32>
// CHECK:         tile.dot_rows
// CHECK:         tile.store %{{.+}}, %[[PRODUCTS]]
// CHECK:         tile.load %[[PRODUCTS]]
// CHECK:         arith.addf
func.func @down(%z: tensor<?x2x32xf32>, %ids: tensor<?x2xi32>) -> tensor<?x64xf32> {
  %w2 = v4.weight "e.{e}.w2.weight" layout <panel_words, 64> : !v4.weight<8x64x32xf4E2M1FN, scale f8E8M0FNU by 1x32>
  %y = v4.kernel outputs row_tile 8 {
    %0 = v4.expert_down %z, %ids, %w2
        : (tensor<?x2x32xf32>, tensor<?x2xi32>, !v4.weight<8x64x32xf4E2M1FN, scale f8E8M0FNU by 1x32>) -> tensor<?x64xf32>
    v4.yield %0 : tensor<?x64xf32>
  } : tensor<?x64xf32>
  return %y : tensor<?x64xf32>
}

// -----

// Of 64 panels or more a program has two, which share the copies of its rows if these are many.
// CHECK-LABEL: func.func @many_panels
// CHECK:         rt.launch @linear_x32({{.*}}) grid [#rt.dim<32 * ceil(one, 1)>, #rt.dim<1 * ceil(tokens, 32)>] rows tokens
// CHECK-LABEL: tile.kernel @linear_x32
// CHECK-DAG:     %[[ROWS:.+]] = tile.scratch : memref<32x128xf32>
// CHECK:         scf.if
// CHECK:         tile.store %{{.+}}, %[[ROWS]]
// CHECK:         tile.dot_rows_words %[[ROWS]]
// CHECK:         tile.store %{{.+}}, %[[ROWS]]
// CHECK:         tile.dot_rows_words %[[ROWS]]
// CHECK:         scf.if
// CHECK:         tile.store %{{.+}}, %[[ROWS]]
// CHECK:         tile.dot_rows_words %[[ROWS]][%{{.+}}], %{{.+}}, %[[FIRST:[^ ]+]] count
// CHECK-NOT:     tile.store %{{.+}}, %[[ROWS]]
// CHECK:         tile.dot_rows_words %[[ROWS]][%{{.+}}], %{{.+}}, %[[SECOND:[^ ]+]] count
// CHECK:         tile.load %[[FIRST]]
// CHECK:         tile.load %[[SECOND]]
func.func @many_panels(%x: tensor<?x256xf32>) -> tensor<?x4096xf32> {
  %w = v4.weight "a.weight" layout <panel_words, 64> : !v4.weight<4096x256xf8E4M3FN, scale f8E8M0FNU by 128x128>
  %y = v4.kernel outputs row_tile 32 {
    %0 = v4.linear %x, %w
        : (tensor<?x256xf32>, !v4.weight<4096x256xf8E4M3FN, scale f8E8M0FNU by 128x128>) -> tensor<?x4096xf32>
    v4.yield %0 : tensor<?x4096xf32>
  } : tensor<?x4096xf32>
  return %y : tensor<?x4096xf32>
}

// -----

// What a product makes goes over the streams right there, row by row, of the last panel what there is.
// CHECK-LABEL: tile.kernel @linear_hc_post_x4
// CHECK-SAME:    %[[STREAMS:[a-z0-9]+]]: memref<?x200xf32>, %{{.+}}: memref<?x2xf32>, %{{.+}}: memref<?x4xf32>, %[[Y:[a-z0-9]+]]: memref<?x100xf32>, %[[RESULT:[a-z0-9]+]]: memref<?x200xf32>
// CHECK:         scf.for %[[ROW:.+]] = %{{.+}} to
// CHECK:           scf.if
// CHECK:             tile.load %[[Y]][%[[ROW]], %{{.+}}] : memref<?x100xf32> -> tensor<64xf32>
// CHECK:             tile.load %[[STREAMS]][%[[ROW]], %{{.+}}] : memref<?x200xf32> -> tensor<64xf32>
// CHECK-COUNT-2:     tile.store %{{.+}}, %[[RESULT]][%[[ROW]], %{{.+}}] : tensor<64xf32>
// CHECK:           scf.if
// CHECK-COUNT-2:     tile.store %{{.+}}, %[[RESULT]][%[[ROW]], %{{.+}}] : tensor<36xf32>
func.func @spread(%x: tensor<?x20xf32>, %s: tensor<?x2x100xf32>, %post: tensor<?x2xf32>, %comb: tensor<?x2x2xf32>)
    -> tensor<?x2x100xf32> {
  %w = v4.weight "a.weight" layout <panel_words, 64> : !v4.weight<100x20xbf16>
  %y, %spread = v4.kernel outputs row_tile 4 {
    %0 = v4.linear %x, %w : (tensor<?x20xf32>, !v4.weight<100x20xbf16>) -> tensor<?x100xf32>
    %1 = v4.hc_post %0, %s, %post, %comb {with_outputs}
      : (tensor<?x100xf32>, tensor<?x2x100xf32>, tensor<?x2xf32>, tensor<?x2x2xf32>) -> tensor<?x2x100xf32>
    v4.yield %0, %1 : tensor<?x100xf32>, tensor<?x2x100xf32>
  } : tensor<?x100xf32>, tensor<?x2x100xf32>
  return %spread : tensor<?x2x100xf32>
}
