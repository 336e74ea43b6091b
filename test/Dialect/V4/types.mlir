// RUN: v4-opt %s | v4-opt | FileCheck %s
// RUN: v4-opt %s --mlir-print-op-generic | v4-opt | FileCheck %s

// CHECK-LABEL: func private @weights
// CHECK-SAME: !v4.weight<7xf32>, !v4.weight<7x9xbf16>, !v4.weight<130x200xf8E4M3FN, scale f8E8M0FNU by 128x128>,
// CHECK-SAME: !v4.weight<130x200xf8E4M3FN, scale f32 by 128x128>, !v4.weight<3x130x64xf4E2M1FN, scale f8E8M0FNU by 1x32>, !v4.weight<211x3xi64>
func.func private @weights(!v4.weight<7xf32>, !v4.weight<7x9xbf16>, !v4.weight<130x200xf8E4M3FN, scale f8E8M0FNU by 128x128>,
                           !v4.weight<130x200xf8E4M3FN, scale f32 by 128x128>,
                           !v4.weight<3x130x64xf4E2M1FN, scale f8E8M0FNU by 1x32>, !v4.weight<211x3xi64>)

// CHECK-LABEL: func private @states
// CHECK-SAME: !v4.ring<256, 512, f32>, !v4.entries<1024, 512, bf16>, !v4.entries<1024, 512, bf16, packed e4m3 by 64 first 448>
// CHECK-SAME: !v4.entries<8, 128, f32, packed e2m1 by 32 first 128>
func.func private @states(!v4.ring<256, 512, f32>, !v4.entries<1024, 512, bf16>,
                          !v4.entries<1024, 512, bf16, packed e4m3 by 64 first 448>,
                          !v4.entries<8, 128, f32, packed e2m1 by 32 first 128>)
