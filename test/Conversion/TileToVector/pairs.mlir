// RUN: v4-opt %s --convert-tile-to-vector='vector-bits=512 sums-bytes=true dots-bf16=true' --verify-each=0 | FileCheck %s
// RUN: v4-opt %s --convert-tile-to-vector='vector-bits=512 sums-bytes=true' --verify-each=0 | FileCheck %s --check-prefix=WITHOUT
// WITHOUT-NOT: dpbf16ps

// Few rows are multiplied as words are decoded. Of many, pairs of bf16 if the rows' numbers are for it, which
// is seen as they are written, else f32.
// CHECK:     sym_name = "dot_rows_words.128.128.64.e4m332.scaled.pairs64"
// CHECK-NOT:   dpbf16ps
// CHECK:       "arith.maxui"({{.*}} -> vector<32xi16>
// CHECK:       "arith.minui"({{.*}} -> vector<32xi16>
// CHECK:       "vector.reduction"(%{{.+}}) <{{.*}}<or>
// CHECK:       "arith.andi"({{.*}} -> i1
// CHECK-NEXT:  %[[EXACT:.+]] = "arith.andi"({{.*}} -> i1
// CHECK-NEXT:  "scf.if"(%[[EXACT]])
// CHECK:         llvm.x86.avx512bf16.dpbf16ps.512
// CHECK:       }, {
// CHECK-NOT:     dpbf16ps
// CHECK:         "math.fma"
tile.kernel @quantised(%words: memref<?x32x64xi32>) {
  %panel = tile.program_id 0
  %c0 = arith.constant 0 : index
  %count = tile.num_rows
  %x = tile.scratch : memref<64x128xf32>
  %acc = tile.scratch : memref<64x64xf32>
  %scales = tile.scratch : memref<64xf32>
  tile.dot_rows_words %x[%c0], %words[%panel, %c0, %c0], %acc count %count scaled %scales : memref<64xf32>
    depth 128 as e4m3 : memref<64x128xf32>, memref<?x32x64xi32>, memref<64x64xf32>
  tile.return
}

// Of at most eight rows, and of other formats, there are none.
// CHECK-NOT:   dpbf16ps
// CHECK:     sym_name = "dot_rows_words.128.128.64.e4m332.scaled"
// CHECK-NOT:   dpbf16ps
// CHECK:     sym_name = "dot_rows_words.128.128.64.bf1632"
// CHECK-NOT:   dpbf16ps
tile.kernel @others(%words: memref<?x32x64xi32>, %pairs: memref<?x64x64xi32>) {
  %panel = tile.program_id 0
  %c0 = arith.constant 0 : index
  %count = tile.num_rows
  %few = tile.scratch : memref<8x128xf32>
  %sums = tile.scratch : memref<8x64xf32>
  %many = tile.scratch : memref<64x128xf32>
  %acc = tile.scratch : memref<64x64xf32>
  %scales = tile.scratch : memref<64xf32>
  tile.dot_rows_words %few[%c0], %words[%panel, %c0, %c0], %sums count %count scaled %scales : memref<64xf32>
    depth 128 as e4m3 : memref<8x128xf32>, memref<?x32x64xi32>, memref<8x64xf32>
  tile.dot_rows_words %many[%c0], %pairs[%panel, %c0, %c0], %acc count %count depth 128 as bf16
    : memref<64x128xf32>, memref<?x64x64xi32>, memref<64x64xf32>
  tile.return
}
