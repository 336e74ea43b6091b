// RUN: v4-opt %s --convert-tile-to-vector --verify-each=0 | FileCheck %s --check-prefix=AVX2
// RUN: v4-opt %s --convert-tile-to-vector=vector-bits=512 --verify-each=0 | FileCheck %s --check-prefix=AVX512
// RUN: v4-opt %s --convert-tile-to-vector='vector-bits=512 sums-bytes=true' --verify-each=0 | FileCheck %s --check-prefix=VNNI

// One row times a block: sums of bytes' products in 16 bits, joined by multiply-adds, or in 32 bits at once.
// AVX2:       sym_name = "dot_digits.
// AVX2:         llvm.x86.avx2.pmadd.ub.sw
// AVX2:         llvm.x86.avx2.pmadd.wd
// AVX2-NOT:     avx512
// AVX512:     sym_name = "dot_digits.
// AVX512:       llvm.x86.avx512.pmaddubs.w.512
// AVX512:       llvm.x86.avx512.pmaddw.d.512
// AVX512-NOT:   vpdpbusd
// VNNI:       sym_name = "dot_digits.
// VNNI-NOT:     pmadd
// VNNI:         llvm.x86.avx512.vpdpbusd.512
// VNNI-NOT:     pmadd
tile.kernel @product(%x: memref<?x32xf32>, %w: memref<4x64xi32>, %scales: memref<64xf32>, %out: memref<?x64xf32>) {
  %row = tile.program_id 0
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %acc = tile.scratch : memref<1x64xf32>
  tile.dot_digits %x[%row, %c0], %w[%c0, %c0], %acc count %c1 scaled %scales
    : memref<?x32xf32>, memref<4x64xi32>, memref<1x64xf32>, memref<64xf32>
  %0 = tile.load %acc[%c0, %c0] : memref<1x64xf32> -> tensor<1x64xf32>
  tile.store %0, %out[%row, %c0] : tensor<1x64xf32>, memref<?x64xf32>
  tile.return
}
