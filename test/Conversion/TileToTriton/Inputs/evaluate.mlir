tile.kernel @e4m3(%b: memref<16x16xi8>, %out: memref<16x16xf32>) {
  %c0 = arith.constant 0 : index
  %0 = tile.load %b[%c0, %c0] : memref<16x16xi8> -> tensor<16x16xi8>
  %1 = tile.widen %0 as e4m3 : tensor<16x16xi8> -> tensor<16x16xf32>
  tile.store %1, %out[%c0, %c0] : tensor<16x16xf32>, memref<16x16xf32>
  tile.return
}
tile.kernel @e8m0(%b: memref<16x16xi8>, %out: memref<16x16xf32>) {
  %c0 = arith.constant 0 : index
  %0 = tile.load %b[%c0, %c0] : memref<16x16xi8> -> tensor<16x16xi8>
  %1 = tile.widen %0 as e8m0 : tensor<16x16xi8> -> tensor<16x16xf32>
  tile.store %1, %out[%c0, %c0] : tensor<16x16xf32>, memref<16x16xf32>
  tile.return
}
tile.kernel @e2m1(%b: memref<16x16xi8>, %out: memref<32x16xf32>) {
  %c0 = arith.constant 0 : index
  %0 = tile.load %b[%c0, %c0] : memref<16x16xi8> -> tensor<16x16xi8>
  %1 = tile.widen %0 as e2m1 : tensor<16x16xi8> -> tensor<32x16xf32>
  tile.store %1, %out[%c0, %c0] : tensor<32x16xf32>, memref<32x16xf32>
  tile.return
}
tile.kernel @sums(%m: memref<?x24xf32>, %sums: memref<4xf32>, %maxima: memref<4xf32>) {
  %c0 = arith.constant 0 : index
  %0 = tile.load %m[%c0, %c0] : memref<?x24xf32> -> tensor<3x20xf32>
  %1 = tile.reduce add %0 : tensor<3x20xf32> -> tensor<3xf32>
  %2 = tile.reduce max %0 : tensor<3x20xf32> -> tensor<3xf32>
  tile.store %1, %sums[%c0] : tensor<3xf32>, memref<4xf32>
  tile.store %2, %maxima[%c0] : tensor<3xf32>, memref<4xf32>
  tile.return
}
tile.kernel @tail(%m: memref<?x24xf32>, %out: memref<?x16xf32>) {
  %c0 = arith.constant 0 : index
  %c20 = arith.constant 20 : index
  %0 = tile.load %m[%c0, %c20] masked : memref<?x24xf32> -> tensor<3x8xf32>
  tile.store %0, %out[%c0, %c0] : tensor<3x8xf32>, memref<?x16xf32>
  tile.return
}
tile.kernel @pick(%keys: memref<8x20xf32>, %list: memref<5xi32>, %out: memref<?x20xf32>) {
  %c0 = arith.constant 0 : index
  %rows = tile.load %list[%c0] : memref<5xi32> -> tensor<5xi32>
  %0 = tile.gather %keys[] rows %rows from %c0 : memref<8x20xf32>, tensor<5xi32> -> tensor<5x20xf32>
  tile.store %0, %out[%c0, %c0] : tensor<5x20xf32>, memref<?x20xf32>
  tile.return
}
tile.kernel @pairs(%m: memref<72xf32>, %out: memref<16xf32>) {
  %c0 = arith.constant 0 : index
  %0 = tile.load %m[%c0] : memref<72xf32> -> tensor<12xf32>
  %even, %odd = tile.deinterleave %0 : tensor<12xf32> -> tensor<6xf32>
  %1 = tile.interleave %odd, %even : tensor<6xf32> -> tensor<12xf32>
  tile.store %1, %out[%c0] : tensor<12xf32>, memref<16xf32>
  tile.return
}
tile.kernel @constants(%out: memref<8xf32>) {
  %c0 = arith.constant 0 : index
  %0 = arith.constant dense<[1.0, 2.5, -3.0, 4.0, 5.0]> : tensor<5xf32>
  tile.store %0, %out[%c0] : tensor<5xf32>, memref<8xf32>
  tile.return
}
tile.kernel @dot(%a: memref<24x40xf32>, %b: memref<40x20xf32>, %out: memref<24x20xf32>) {
  %c0 = arith.constant 0 : index
  %0 = tile.load %a[%c0, %c0] : memref<24x40xf32> -> tensor<24x40xf32>
  %1 = tile.load %b[%c0, %c0] : memref<40x20xf32> -> tensor<40x20xf32>
  %zero = arith.constant dense<0.0> : tensor<24x20xf32>
  %2 = tile.dot %0, %1, %zero : tensor<24x40xf32>, tensor<40x20xf32> -> tensor<24x20xf32>
  tile.store %2, %out[%c0, %c0] : tensor<24x20xf32>, memref<24x20xf32>
  tile.return
}
tile.kernel @dot_bf16(%a: memref<24x40xf32>, %b: memref<40x20xbf16>, %out: memref<24x20xf32>) {
  %c0 = arith.constant 0 : index
  %0 = tile.load %a[%c0, %c0] : memref<24x40xf32> -> tensor<24x40xf32>
  %1 = tile.load %b[%c0, %c0] : memref<40x20xbf16> -> tensor<40x20xbf16>
  %wide = arith.extf %1 : tensor<40x20xbf16> to tensor<40x20xf32>
  %zero = arith.constant dense<0.0> : tensor<24x20xf32>
  %2 = tile.dot %0, %wide, %zero : tensor<24x40xf32>, tensor<40x20xf32> -> tensor<24x20xf32>
  tile.store %2, %out[%c0, %c0] : tensor<24x20xf32>, memref<24x20xf32>
  tile.return
}
tile.kernel @scaled_e2m1(%w: memref<24x32xi8>, %s: memref<24x2xi8>, %x: memref<64x8xf32>, %out: memref<24x8xf32>) {
  %c0 = arith.constant 0 : index
  %0 = tile.load %w[%c0, %c0] : memref<24x32xi8> -> tensor<24x32xi8>
  %1 = tile.load %s[%c0, %c0] : memref<24x2xi8> -> tensor<24x2xi8>
  %2 = tile.load %x[%c0, %c0] : memref<64x8xf32> -> tensor<64x8xf32>
  %zero = arith.constant dense<0.0> : tensor<24x8xf32>
  %3 = tile.scaled_dot %0, %1, %2, %zero as e2m1
      : tensor<24x32xi8>, tensor<24x2xi8>, tensor<64x8xf32> -> tensor<24x8xf32>
  tile.store %3, %out[%c0, %c0] : tensor<24x8xf32>, memref<24x8xf32>
  tile.return
}
tile.kernel @scaled_e4m3(%w: memref<24x64xi8>, %s: memref<24x2xi8>, %x: memref<64x8xf32>, %out: memref<24x8xf32>) {
  %c0 = arith.constant 0 : index
  %0 = tile.load %w[%c0, %c0] : memref<24x64xi8> -> tensor<24x64xi8>
  %1 = tile.load %s[%c0, %c0] : memref<24x2xi8> -> tensor<24x2xi8>
  %2 = tile.load %x[%c0, %c0] : memref<64x8xf32> -> tensor<64x8xf32>
  %zero = arith.constant dense<0.0> : tensor<24x8xf32>
  %3 = tile.scaled_dot %0, %1, %2, %zero as e4m3
      : tensor<24x64xi8>, tensor<24x2xi8>, tensor<64x8xf32> -> tensor<24x8xf32>
  tile.store %3, %out[%c0, %c0] : tensor<24x8xf32>, memref<24x8xf32>
  tile.return
}
