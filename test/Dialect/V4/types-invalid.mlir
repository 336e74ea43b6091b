// RUN: v4-opt %s --verify-diagnostics --split-input-file

// expected-error @+1 {{a weight has 1 to 3 dimensions, not 4}}
func.func private @weight_c1(!v4.weight<1x2x3x4xf32>)

// -----

// expected-error @+1 {{a weight's dimensions are positive, but one is 0}}
func.func private @weight_c2(!v4.weight<0x8xf32>)

// -----

// expected-error @+1 {{a weight's elements are f32, bf16, f8E4M3FN, f4E2M1FN or i64, not 'f16'}}
func.func private @weight_c3(!v4.weight<4x8xf16>)

// -----

// expected-error @+1 {{'f8E4M3FN' weights need a scale}}
func.func private @weight_c4(!v4.weight<4x8xf8E4M3FN>)

// -----

// expected-error @+1 {{'bf16' weights have no scale}}
func.func private @weight_c4_plain(!v4.weight<4x8xbf16, scale f32 by 128x128>)

// -----

// expected-error @+1 {{a scale is f8E8M0FNU or f32, not 'bf16'}}
func.func private @weight_c5(!v4.weight<4x8xf8E4M3FN, scale bf16 by 128x128>)

// -----

// expected-error @+1 {{a scale's block is positive, not 0x128}}
func.func private @weight_c6(!v4.weight<4x8xf8E4M3FN, scale f32 by 0x128>)

// -----

// expected-error @+1 {{a scale's block has 1 dimensions, not 2}}
func.func private @weight_c6_rank(!v4.weight<4x8xf8E4M3FN, scale f32 by 128>)

// -----

// expected-error @+1 {{a scaled weight is a matrix or a stack, not a vector}}
func.func private @weight_c7(!v4.weight<8xf8E4M3FN, scale f32 by 128x128>)

// -----

// expected-error @+1 {{a state has a positive number of rows and of elements a row, not 0 and 8}}
func.func private @ring_c1(!v4.ring<0, 8, f32>)

// -----

// expected-error @+1 {{a state's elements are f32 or bf16, not 'f64'}}
func.func private @ring_c2(!v4.ring<4, 8, f64>)

// -----

// expected-error @+1 {{a state has a positive number of rows and of elements a row, not 4 and 0}}
func.func private @entries_c1(!v4.entries<4, 0, f32>)

// -----

// expected-error @+1 {{a state's elements are f32 or bf16, not 'i32'}}
func.func private @entries_c2(!v4.entries<4, 8, i32>)

// -----

// expected-error @+1 {{packs 9 of 8 elements in blocks of 4}}
func.func private @entries_c3(!v4.entries<4, 8, bf16, packed e4m3 by 4 first 9>)

// -----

// expected-error @+1 {{packs 8 of 8 elements in blocks of 0}}
func.func private @entries_c3(!v4.entries<4, 8, bf16, packed e4m3 by 0 first 8>)

// -----

// expected-error @+1 {{packs 0 elements of a row}}
func.func private @entries_c3(!v4.entries<4, 8, bf16, packed e4m3 by 4 first 0>)
