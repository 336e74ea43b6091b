// RUN: v4-opt %s --v4-choose-weight-layouts --split-input-file --verify-diagnostics | FileCheck %s

// CHECK-LABEL: func.func @panels
// CHECK:         v4.weight "norm.weight" layout <row_major, 0>
// CHECK:         v4.weight "wide.weight" layout <panel_words, 64>
// CHECK:         v4.weight "small.weight" layout <panel, 6>
// CHECK:         v4.weight "tiny.weight" layout <panel, 16>
func.func @panels(%x: tensor<?x16xf32>) -> (tensor<?x100xf32>, tensor<?x24xf32>, tensor<?x3xf32>) {
  %n = v4.weight "norm.weight" : !v4.weight<16xf32>
  %a = v4.weight "wide.weight" : !v4.weight<100x16xbf16>
  %b = v4.weight "small.weight" : !v4.weight<24x16xf32>
  %c = v4.weight "tiny.weight" : !v4.weight<3x16xf32>
  %y = v4.rms_norm %x, %n eps 1.0e-6 : (tensor<?x16xf32>, !v4.weight<16xf32>) -> tensor<?x16xf32>
  %0 = v4.linear %y, %a : (tensor<?x16xf32>, !v4.weight<100x16xbf16>) -> tensor<?x100xf32>
  %1 = v4.linear %y, %b : (tensor<?x16xf32>, !v4.weight<24x16xf32>) -> tensor<?x24xf32>
  %2 = v4.linear %y, %c : (tensor<?x16xf32>, !v4.weight<3x16xf32>) -> tensor<?x3xf32>
  return %0, %1, %2 : tensor<?x100xf32>, tensor<?x24xf32>, tensor<?x3xf32>
}

// A panel never reaches into the next group, whose inputs are others.
// CHECK-LABEL: func.func @groups
// CHECK:         v4.weight "wo_a.weight" layout <panel, 20>
// CHECK:         v4.weight "wide.weight" layout <panel, 48>
func.func @groups(%x: tensor<?x3x16xf32>) -> (tensor<?x3x20xf32>, tensor<?x3x96xf32>) {
  %a = v4.weight "wo_a.weight" : !v4.weight<60x16xf32>
  %b = v4.weight "wide.weight" : !v4.weight<288x16xf32>
  %0 = v4.grouped_linear %x, %a : (tensor<?x3x16xf32>, !v4.weight<60x16xf32>) -> tensor<?x3x20xf32>
  %1 = v4.grouped_linear %x, %b : (tensor<?x3x16xf32>, !v4.weight<288x16xf32>) -> tensor<?x3x96xf32>
  return %0, %1 : tensor<?x3x20xf32>, tensor<?x3x96xf32>
}

// Inputs lie in words where rows and blocks are made of whole ones. Panels of a line of words are read abreast,
// as many as make 64 outputs, where none would be missing.
// CHECK-LABEL: func.func @words
// CHECK:         v4.weight "fp8.weight" layout <panel_words, 16, 4>
// CHECK:         v4.weight "fp4.weight" layout <panel_words, 16, 4>
// CHECK:         v4.weight "ragged.weight" layout <panel_words, 64>
// CHECK:         v4.weight "small.weight" layout <panel_words, 6>
// CHECK:         v4.weight "odd.weight" layout <panel, 64>
// CHECK:         v4.weight "short.weight" layout <panel, 64>
func.func @words(%x: tensor<?x32xf32>, %y: tensor<?x33xf32>)
    -> (tensor<?x64xf32>, tensor<?x64xf32>, tensor<?x100xf32>, tensor<?x24xf32>, tensor<?x64xf32>, tensor<?x64xf32>) {
  %a = v4.weight "fp8.weight" : !v4.weight<64x32xf8E4M3FN, scale f8E8M0FNU by 128x128>
  %b = v4.weight "fp4.weight" : !v4.weight<64x32xf4E2M1FN, scale f8E8M0FNU by 1x32>
  %f = v4.weight "ragged.weight" : !v4.weight<100x32xbf16>
  %g = v4.weight "small.weight" : !v4.weight<24x32xbf16>
  %c = v4.weight "odd.weight" : !v4.weight<64x33xbf16>
  %e = v4.weight "short.weight" : !v4.weight<64x32xf4E2M1FN, scale f8E8M0FNU by 1x4>
  %0 = v4.linear %x, %a : (tensor<?x32xf32>, !v4.weight<64x32xf8E4M3FN, scale f8E8M0FNU by 128x128>) -> tensor<?x64xf32>
  %1 = v4.linear %x, %b : (tensor<?x32xf32>, !v4.weight<64x32xf4E2M1FN, scale f8E8M0FNU by 1x32>) -> tensor<?x64xf32>
  %5 = v4.linear %x, %f : (tensor<?x32xf32>, !v4.weight<100x32xbf16>) -> tensor<?x100xf32>
  %6 = v4.linear %x, %g : (tensor<?x32xf32>, !v4.weight<24x32xbf16>) -> tensor<?x24xf32>
  %2 = v4.linear %y, %c : (tensor<?x33xf32>, !v4.weight<64x33xbf16>) -> tensor<?x64xf32>
  %4 = v4.linear %x, %e : (tensor<?x32xf32>, !v4.weight<64x32xf4E2M1FN, scale f8E8M0FNU by 1x4>) -> tensor<?x64xf32>
  return %0, %1, %5, %6, %2, %4 : tensor<?x64xf32>, tensor<?x64xf32>, tensor<?x100xf32>, tensor<?x24xf32>, tensor<?x64xf32>, tensor<?x64xf32>
}

// -----

func.func @two_layouts(%x: tensor<?x16xf32>, %t: tensor<?xi32>) -> (tensor<?x16xf32>, tensor<?x50xf32>) {
  // expected-error @+1 {{is read as a table and multiplied as a matrix, which need two layouts}}
  %w = v4.weight "embed.weight" : !v4.weight<50x16xf32>
  %e = v4.embed %t in %w : (tensor<?xi32>, !v4.weight<50x16xf32>) -> tensor<?x16xf32>
  %l = v4.linear %x, %w : (tensor<?x16xf32>, !v4.weight<50x16xf32>) -> tensor<?x50xf32>
  return %e, %l : tensor<?x16xf32>, tensor<?x50xf32>
}
