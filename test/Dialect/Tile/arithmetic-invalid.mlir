// RUN: v4-opt %s --split-input-file --verify-diagnostics

func.func @dot_c1(%a: tensor<8x4xf32>, %b: tensor<5x16xf32>, %acc: tensor<8x16xf32>) {
  // expected-error @+1 {{'tile.dot' op multiplies 'tensor<8x4xf32>' by 'tensor<5x16xf32>' into 'tensor<8x16xf32>', but wants [M, K] by [K, N] into [M, N]}}
  %0 = tile.dot %a, %b, %acc : tensor<8x4xf32>, tensor<5x16xf32> -> tensor<8x16xf32>
  return
}

// -----

func.func @dot_c2_sum(%a: tensor<8x4xbf16>, %b: tensor<4x16xbf16>, %acc: tensor<8x16xbf16>) {
  // expected-error @+1 {{'tile.dot' op accumulates in 'bf16' instead of f32 or f64}}
  %0 = tile.dot %a, %b, %acc : tensor<8x4xbf16>, tensor<4x16xbf16> -> tensor<8x16xbf16>
  return
}

// -----

func.func @dot_c2_factor(%a: tensor<8x4xf32>, %b: tensor<4x16xf64>, %acc: tensor<8x16xf32>) {
  // expected-error @+1 {{'tile.dot' op has a factor of 'f64', which is neither bf16 nor 'f32'}}
  %0 = tile.dot %a, %b, %acc : tensor<8x4xf32>, tensor<4x16xf64> -> tensor<8x16xf32>
  return
}

// -----

func.func @reduce_c1(%x: tensor<8x16xf32>) {
  // expected-error @+1 {{'tile.reduce' op reduces 'tensor<8x16xf32>' to 'tensor<8xf32>', but the result is 'tensor<16xf32>'}}
  %0 = tile.reduce add %x : tensor<8x16xf32> -> tensor<16xf32>
  return
}

// -----

func.func @reduce_c2(%x: tensor<16xi1>) {
  // expected-error @+1 {{'tile.reduce' op combines i1 elements}}
  %0 = tile.reduce add %x : tensor<16xi1> -> i32
  return
}

// -----

func.func @splat_c1(%x: i32) {
  // expected-error @+1 {{'tile.splat' op fills a tile of 'f32' with a value of 'i32'}}
  %0 = tile.splat %x : i32 -> tensor<16xf32>
  return
}

// -----

func.func @broadcast_c1(%x: tensor<16xf32>) {
  // expected-error @+1 {{'tile.broadcast' op makes 'tensor<16xf32>' of 'tensor<16xf32>', but wants a tile of rank 2 of one of rank 1, elements alike}}
  %0 = tile.broadcast %x along 0 : tensor<16xf32> -> tensor<16xf32>
  return
}

// -----

func.func @broadcast_c2(%x: tensor<16xf32>) {
  // expected-error @+1 {{'tile.broadcast' op repeats 16 elements along dimension 1, but dimension 0 of the result has 8}}
  %0 = tile.broadcast %x along 1 : tensor<16xf32> -> tensor<8x16xf32>
  return
}

// -----

func.func @iota_c1() {
  // expected-error @+1 {{'tile.iota' op counts in 'tensor<16xf32>', which is not a row tile of i32}}
  %0 = tile.iota : tensor<16xf32>
  return
}

// -----

func.func @widen_c1(%x: tensor<16xi16>) {
  // expected-error @+1 {{'tile.widen' op decodes 'i16' to 'f32' as e4m3 instead of i8, or the format's words, to f32}}
  %0 = tile.widen %x as e4m3 : tensor<16xi16> -> tensor<16xf32>
  return
}

// -----

func.func @widen_c2_rank(%x: tensor<16xi8>) {
  // expected-error @+1 {{'tile.widen' op decodes several rows of one, but the input has rank 1}}
  %0 = tile.widen %x as e2m1 : tensor<16xi8> -> tensor<32xf32>
  return
}

// -----

func.func @widen_c2_shape(%x: tensor<4x16xi8>) {
  // expected-error @+1 {{'tile.widen' op decodes 'tensor<4x16xi8>' to 'tensor<8x16xf32>', but the result is 'tensor<4x16xf32>'}}
  %0 = tile.widen %x as e2m1 : tensor<4x16xi8> -> tensor<4x16xf32>
  return
}

// -----

func.func @deinterleave_c1(%x: tensor<15xf32>) {
  // expected-error @+1 {{'tile.deinterleave' op has halves of type 'tensor<7xf32>' and a whole of type 'tensor<15xf32>', but wants row tiles, one twice as long}}
  %even, %odd = tile.deinterleave %x : tensor<15xf32> -> tensor<7xf32>
  return
}

// -----

func.func @interleave_c1(%x: tensor<8xf32>) {
  // expected-error @+1 {{'tile.interleave' op has halves of type 'tensor<8xf32>' and a whole of type 'tensor<16xi32>', but wants row tiles, one twice as long}}
  %0 = tile.interleave %x, %x : tensor<8xf32> -> tensor<16xi32>
  return
}

// -----

func.func @scaled_dot_c1(%a: tensor<8x32xi8>, %s: tensor<8x1xi8>, %b: tensor<64x4xf32>, %acc: tensor<8x4xf32>) {
  // expected-error @+1 {{'tile.scaled_dot' op multiplies 'tensor<8x32xi8>' with scales 'tensor<8x1xi8>' by 'tensor<64x4xf32>' into 'tensor<8x4xf32>', but wants i8 [M, K], i8 [M, K / 32], [K, N] and [M, N]}}
  %0 = tile.scaled_dot %a, %s, %b, %acc as e2m1 : tensor<8x32xi8>, tensor<8x1xi8>, tensor<64x4xf32> -> tensor<8x4xf32>
  return
}

// -----

func.func @scaled_dot_c2(%a: tensor<8x32xi8>, %s: tensor<8x1xi8>, %b: tensor<32x4xf64>, %acc: tensor<8x4xf64>) {
  // expected-error @+1 {{'tile.scaled_dot' op multiplies by 'f64' into 'f64', but wants f32 or bf16 into f32}}
  %0 = tile.scaled_dot %a, %s, %b, %acc as e4m3 : tensor<8x32xi8>, tensor<8x1xi8>, tensor<32x4xf64> -> tensor<8x4xf64>
  return
}

// -----

func.func @scaled_dot_c3(%a: tensor<8x40xi8>, %s: tensor<8x1xi8>, %b: tensor<40x4xf32>, %acc: tensor<8x4xf32>) {
  // expected-error @+1 {{'tile.scaled_dot' op sums over 40 products, which is no multiple of 32}}
  %0 = tile.scaled_dot %a, %s, %b, %acc as e4m3 : tensor<8x40xi8>, tensor<8x1xi8>, tensor<40x4xf32> -> tensor<8x4xf32>
  return
}

// -----

func.func @transpose_c1(%a: tensor<8x4xf32>) {
  // expected-error @+1 {{'tile.transpose' op makes 'tensor<8x4xf32>' of 'tensor<8x4xf32>', but wants [C, R] of [R, C]}}
  %0 = tile.transpose %a : tensor<8x4xf32> -> tensor<8x4xf32>
  return
}

// -----

func.func @dot_words_c1(%a: tensor<1x8xf32>, %w: tensor<2x16xi32>, %acc: tensor<1x16xf32>) {
  // expected-error @+1 {{'tile.dot_words' op multiplies 'tensor<1x8xf32>' by 'tensor<2x16xi32>' of e2m1 into 'tensor<1x16xf32>', but wants f32 [M, K], words [K / g, N] and f32 [M, N]}}
  %0 = tile.dot_words %a, %w, %acc as e2m1 : tensor<1x8xf32>, tensor<2x16xi32> -> tensor<1x16xf32>
  return
}

// -----

func.func @dot_words_c1_word(%a: tensor<1x4xf32>, %w: tensor<2x16xi16>, %acc: tensor<1x16xf32>) {
  // expected-error @+1 {{of e4m3 into}}
  %0 = tile.dot_words %a, %w, %acc as e4m3 : tensor<1x4xf32>, tensor<2x16xi16> -> tensor<1x16xf32>
  return
}

// -----

func.func @dot_rows_c1(%x: memref<4x8xf32>, %n: index) {
  %w = tile.scratch : memref<8x16xf32>
  %acc = tile.scratch : memref<4x16xf32>
  // expected-error @+1 {{'tile.dot_rows' op takes 'memref<4x8xf32>', but wants tile.scratch of f32 and rank 2}}
  tile.dot_rows %x[%n], %w, %acc count %n : memref<4x8xf32>, memref<8x16xf32>, memref<4x16xf32>
  return
}

// -----

func.func @dot_rows_c2(%n: index) {
  %x = tile.scratch : memref<4x8xf32>
  %w = tile.scratch : memref<9x16xf32>
  %acc = tile.scratch : memref<4x16xf32>
  // expected-error @+1 {{'tile.dot_rows' op multiplies 'memref<4x8xf32>' by 'memref<9x16xf32>' into 'memref<4x16xf32>', but wants [M, K] by [D, N] into [M, N]}}
  tile.dot_rows %x[%n], %w, %acc count %n : memref<4x8xf32>, memref<9x16xf32>, memref<4x16xf32>
  return
}

// -----

func.func @dot_rows_c3(%n: index) {
  %x = tile.scratch : memref<4x8xf32>
  %w = tile.scratch : memref<2x8x20xf32>
  %acc = tile.scratch : memref<4x40xf32>
  // expected-error @+1 {{'tile.dot_rows' op has 20 outputs side by side, which is no multiple of 16}}
  tile.dot_rows %x[%n], %w, %acc count %n : memref<4x8xf32>, memref<2x8x20xf32>, memref<4x40xf32>
  return
}

// -----

func.func @dot_rows_words_c1(%words: memref<4x16xi32>, %n: index) {
  %x = tile.scratch : memref<4x8xf32>
  %acc = tile.scratch : memref<5x16xf32>
  // expected-error @+1 {{'tile.dot_rows_words' op multiplies 8 columns of 'memref<4x8xf32>' into 'memref<5x16xf32>', but wants tile.scratch of f32 [M, K] and [M, N], and scales [N]}}
  tile.dot_rows_words %x[%n], %words[%n, %n], %acc count %n depth 8 as e4m3 : memref<4x8xf32>, memref<4x16xi32>, memref<5x16xf32>
  return
}

// -----

func.func @dot_rows_words_c2(%words: memref<4x16xi32>, %n: index) {
  %x = tile.scratch : memref<4x8xf32>
  %acc = tile.scratch : memref<4x16xf32>
  // expected-error @+1 {{'tile.dot_rows_words' op multiplies by 'memref<4x16xi32>' of e4m3 with 2 offsets, but wants whole words [.., N] and an offset for each dimension}}
  tile.dot_rows_words %x[%n], %words[%n, %n], %acc count %n depth 7 as e4m3 : memref<4x8xf32>, memref<4x16xi32>, memref<4x16xf32>
  return
}

// -----

func.func @split_digits_c1(%x: tensor<16xf32>, %n: index) {
  %digits = tile.scratch : memref<4x32xf32>
  // expected-error @+1 {{'tile.split_digits' op splits 'tensor<16xf32>', but wants 32 of f32}}
  tile.split_digits %x, %digits[%n, %n] : tensor<16xf32>, memref<4x32xf32>
  return
}

// -----

func.func @split_digits_c2(%x: tensor<32xf32>, %n: index) {
  %digits = tile.scratch : memref<4x48xf32>
  // expected-error @+1 {{'tile.split_digits' op writes to 'memref<4x48xf32>' with 2 offsets, but wants f32 in rows of a multiple of 32}}
  tile.split_digits %x, %digits[%n, %n] : tensor<32xf32>, memref<4x48xf32>
  return
}

// -----

func.func @dot_digits_c1(%words: memref<4x64xi32>, %scales: memref<64xf32>, %n: index) {
  %digits = tile.scratch : memref<4x32xf32>
  %acc = tile.scratch : memref<4x64xf32>
  // expected-error @+1 {{'tile.dot_digits' op reads 'memref<4x32xf32>' with 1 offsets, but wants f32 in rows of a multiple of 32}}
  tile.dot_digits %digits[%n], %words[%n, %n], %acc count %n scaled %scales
    : memref<4x32xf32>, memref<4x64xi32>, memref<4x64xf32>, memref<64xf32>
  return
}

// -----

func.func @dot_digits_c2(%words: memref<4x32xi32>, %scales: memref<64xf32>, %n: index) {
  %digits = tile.scratch : memref<4x32xf32>
  %acc = tile.scratch : memref<4x64xf32>
  // expected-error @+1 {{'tile.dot_digits' op multiplies by 'memref<4x32xi32>' with 2 offsets, but wants i32 [.., 4, N] and an offset for each dimension}}
  tile.dot_digits %digits[%n, %n], %words[%n, %n], %acc count %n scaled %scales
    : memref<4x32xf32>, memref<4x32xi32>, memref<4x64xf32>, memref<64xf32>
  return
}

// -----

func.func @dot_digits_c2_panels(%words: memref<8x4x8xi32>, %scales: memref<64xf32>, %n: index) {
  %digits = tile.scratch : memref<4x32xf32>
  %acc = tile.scratch : memref<4x64xf32>
  // expected-error @+1 {{'tile.dot_digits' op multiplies by 'memref<8x4x8xi32>' with 3 offsets, but wants i32 [.., 4, N] and an offset for each dimension}}
  tile.dot_digits %digits[%n, %n], %words[%n, %n, %n], %acc count %n scaled %scales
    : memref<4x32xf32>, memref<8x4x8xi32>, memref<4x64xf32>, memref<64xf32>
  return
}

// -----

func.func @dot_digits_c3(%words: memref<4x64xi32>, %scales: memref<64xf32>, %n: index) {
  %digits = tile.scratch : memref<4x32xf32>
  %acc = tile.scratch : memref<4x60xf32>
  // expected-error @+1 {{'tile.dot_digits' op adds to 'memref<4x60xf32>' with scales 'memref<64xf32>', but wants tile.scratch of f32 [M, N] and f32 [N], N a multiple of 8}}
  tile.dot_digits %digits[%n, %n], %words[%n, %n], %acc count %n scaled %scales
    : memref<4x32xf32>, memref<4x64xi32>, memref<4x60xf32>, memref<64xf32>
  return
}

// -----

func.func @dot_digits_c4(%words: memref<4x64xi32>, %scales: memref<64xf32>, %rows: memref<3x1xi32>, %n: index) {
  %digits = tile.scratch : memref<4x32xf32>
  %acc = tile.scratch : memref<4x64xf32>
  // expected-error @+1 {{'tile.dot_digits' op takes rows by 'memref<3x1xi32>', but wants i32 [4, 1]}}
  tile.dot_digits %digits[%n, %n], %words[%n, %n], %acc count %n scaled %scales rows %rows
    : memref<4x32xf32>, memref<4x64xi32>, memref<4x64xf32>, memref<64xf32>, memref<3x1xi32>
  return
}

// -----

func.func @dot_digits_c5(%words: memref<4x64xi32>, %scales: memref<64xf32>, %n: index) {
  %digits = tile.scratch : memref<4x32xf32>
  %acc = tile.scratch : memref<4x64xf32>
  // expected-error @+1 {{'tile.dot_digits' op fetches words at 1 offsets, but wants one for each dimension of 'memref<4x64xi32>'}}
  tile.dot_digits %digits[%n, %n], %words[%n, %n] then [%n], %acc count %n scaled %scales
    : memref<4x32xf32>, memref<4x64xi32>, memref<4x64xf32>, memref<64xf32>
  return
}

// -----

func.func @dot_codes_c1(%x: memref<8x67xi8>, %columns: memref<4x8x64xi8>, %scales: memref<4x16xf32>, %n: index) {
  %acc = tile.scratch : memref<4x16xf32>
  // expected-error @+1 {{'tile.dot_codes' op reads 'memref<8x67xi8>' with 2 offsets and scales at 64, but wants i8 in rows of 4 blocks and then scales}}
  tile.dot_codes %x[%n, %n] scale_offset 64, %columns scaled %scales, %acc count %n
    : memref<8x67xi8>, memref<4x8x64xi8>, memref<4x16xf32>, memref<4x16xf32>
  return
}

// -----

func.func @dot_codes_c2(%x: memref<8x68xi8>, %columns: memref<4x4x64xi8>, %scales: memref<4x16xf32>, %n: index) {
  %acc = tile.scratch : memref<4x16xf32>
  // expected-error @+1 {{'tile.dot_codes' op multiplies by 'memref<4x4x64xi8>', but wants i8 [B, 8, 4N]}}
  tile.dot_codes %x[%n, %n] scale_offset 64, %columns scaled %scales, %acc count %n
    : memref<8x68xi8>, memref<4x4x64xi8>, memref<4x16xf32>, memref<4x16xf32>
  return
}

// -----

func.func @dot_codes_c3(%x: memref<8x68xi8>, %columns: memref<4x8x64xi8>, %scales: memref<3x16xf32>, %n: index) {
  %acc = tile.scratch : memref<4x16xf32>
  // expected-error @+1 {{'tile.dot_codes' op multiplies 4 blocks and 16 columns into 'memref<4x16xf32>' with scales 'memref<3x16xf32>', but wants tile.scratch of f32 [M, N] and f32 [B, N], N a multiple of 8}}
  tile.dot_codes %x[%n, %n] scale_offset 64, %columns scaled %scales, %acc count %n
    : memref<8x68xi8>, memref<4x8x64xi8>, memref<3x16xf32>, memref<4x16xf32>
  return
}
