// RUN: v4-opt %s --verify-roundtrip | FileCheck %s

tile.kernel @fill(%out: memref<?x8xf32>) {
  tile.return
}
tile.kernel @product(%in: memref<?x8xf32>, %w: memref<1x1x4x16xi8>, %scale: memref<1x1x1x16xi8>, %out: memref<?x16xf32>) {
  tile.return
}

// CHECK-LABEL: func.func @launch
func.func @launch(%ring: !v4.ring<64, 8, f32>) {
  // CHECK: %[[X:.+]] = rt.launch @fill() grid [#rt.dim<1 * ceil(tokens, 8)>] rows tokens names ["x"] : () -> tensor<?x8xf32>
  %x = rt.launch @fill() grid [#rt.dim<1 * ceil(tokens, 8)>] rows tokens names ["x"] : () -> tensor<?x8xf32>
  %w = v4.weight "w.weight" : !v4.weight<16x8xf4E2M1FN, scale f8E8M0FNU by 1x32>
  // A block-scaled weight is two arguments of the kernel.
  // CHECK: rt.launch @product(%[[X]], %{{.+}}) grid [#rt.dim<2 * ceil(one, 1)>, #rt.dim<1 * ceil(logit_rows, 1)>] rows logit_rows names [""]
  %y = rt.launch @product(%x, %w) grid [#rt.dim<2 * ceil(one, 1)>, #rt.dim<1 * ceil(logit_rows, 1)>] rows logit_rows names [""]
      : (tensor<?x8xf32>, !v4.weight<16x8xf4E2M1FN, scale f8E8M0FNU by 1x32>) -> tensor<?x16xf32>
  return
}
