// What the published numerics do to activations (specification, section 2).
#ifndef V4_IR_QUANTISEOPS
#define V4_IR_QUANTISEOPS

include "dialects/V4/IR/V4OpBase.td"

def V4_FakeQuantiseOp : V4_ComputeOp<"fake_quantise", "rows", [Pure]> {
  let summary = "round blocks of each row to what a block-scaled format holds";
  let description = [{
    The last dimension of `result` is cut into blocks of `block` elements, from its start; a last block may be shorter. A block
    with largest magnitude m gets the scale `s`, the least power of two that is at least `max(m, floor) / largest`, and

    `result = round(input / s) * s`

    with the format's rounding: to nearest, ties to even, nothing beyond `largest`. `e4m3`: `largest` 448, `floor` 1e-4; `e2m1`:
    `largest` 6, `floor` 6 * 2^-126. With `first` only so many elements of the last dimension are quantised, the others are
    copied. The input may have its trailing dimensions cut differently: [T, G, N] in, [T, G*N] out quantises across groups.

    (C1) A row of `input` has the elements of a row of `result`, and there are as many rows. (C2) `first` is at most the last
    dimension of `result`. (C3) `result` has the element type of `input`, or f32.

    With `digits` (set by `v4-use-digits`) the memory of the result holds what `tile.split_digits` makes of the numbers, which
    experts with `digits` multiply exactly.

    Numerics: `max(m, floor) / largest` is a float32 product with the float32 reciprocal of `largest`, all else is exact. What
    is quantised is exact in BF16.

    ```mlir
    func.func @kv(%kv: tensor<?x512xbf16>) -> tensor<?x512xbf16> {
      %q = v4.fake_quantise %kv to e4m3 block 64 first 448 : (tensor<?x512xbf16>) -> tensor<?x512xbf16>
      return %q : tensor<?x512xbf16>
    }
    ```
  }];
  let arguments = (ins V4_Rows:$input, V4_QuantFormat:$format, V4_Count:$block, OptionalAttr<V4_Count>:$first,
                       UnitAttr:$digits);
  let results = (outs V4_Rows:$result);
  let assemblyFormat = [{ $input `to` $format `block` $block (`first` $first^)? attr-dict
                         `:` functional-type(operands, results) }];
}

def V4_HadamardOp : V4_ComputeOp<"hadamard", "rows", [Pure]> {
  let summary = "rotate the last dimension by the orthonormal Hadamard matrix";
  let description = [{
    `result[.., j] = d^(-1/2) sum_i (-1)^popcount(i & j) input[.., i]`: Sylvester order, no random signs. It is its own inverse.

    (C1) The last dimension of `input` is a power of two. (C2) `result` has the shape of `input`.

    Numerics: sums in float32, multiplied by the float32 value of `d^(-1/2)` and rounded once, to the result's type.

    ```mlir
    func.func @rotate(%q: tensor<?x64x128xbf16>) -> tensor<?x64x128xbf16> {
      %r = v4.hadamard %q : (tensor<?x64x128xbf16>) -> tensor<?x64x128xbf16>
      return %r : tensor<?x64x128xbf16>
    }
    ```
  }];
  let arguments = (ins V4_Rows:$input);
  let results = (outs V4_Rows:$result);
  let assemblyFormat = "$input attr-dict `:` functional-type(operands, results)";
}

#endif
