#ifndef V4_IR_V4TYPES
#define V4_IR_V4TYPES

include "dialects/V4/IR/V4Base.td"

def V4_WeightType : V4_Type<"Weight", "weight"> {
  let summary = "a checkpoint tensor, or one tensor an expert, in its stored format";
  let description = [{
    `!v4.weight<NxKxTYPE>` is a matrix of N outputs and K inputs, `<NxTYPE>` a vector, `<ExNxKxTYPE>` one matrix an
    expert. Block-scaled formats name the scale's type and the block: `scale f8E8M0FNU by 128x128` says that element
    (i, j) is multiplied by scale (i/128, j/128); ragged last blocks are shorter. Of a stack every matrix has scales of
    its own.

    (C1) 1 to 3 dimensions. (C2) All are positive. (C3) Elements are f32, bf16, f8E4M3FN, f4E2M1FN or i64; i64 holds ids.
    (C4) f8E4M3FN and f4E2M1FN have a scale, the others none. (C5) A scale is f8E8M0FNU or f32. (C6) Its block is positive.
    (C7) A scaled weight is a matrix or a stack.

    ```mlir
    func.func private @weights(!v4.weight<1536x7168xf8E4M3FN, scale f8E8M0FNU by 128x128>,
                               !v4.weight<384x3072x7168xf4E2M1FN, scale f8E8M0FNU by 1x32>, !v4.weight<7168xbf16>)
    ```
  }];
  let parameters = (ins ArrayRefParameter<"int64_t">:$shape, "Type":$elementType, "Type":$scaleType,
                        "int64_t":$blockRows, "int64_t":$blockCols);
  let hasCustomAssemblyFormat = 1;
  let genVerifyDecl = 1;
  let builders = [
    TypeBuilderWithInferredContext<(ins "ArrayRef<int64_t>":$shape, "Type":$elementType), [{
      return $_get(elementType.getContext(), shape, elementType, Type(), 0, 0);
    }]>
  ];
  let extraClassDeclaration = [{
    /// Holds ids, not numbers.
    bool isIds() const { return getElementType().isInteger(64); }
    bool isScaled() const { return static_cast<bool>(getScaleType()); }
    /// 1 unless the weight stacks one matrix an expert.
    int64_t getStack() const { return getShape().size() == 3 ? getShape()[0] : 1; }
    /// Outputs of a matrix, elements of a vector.
    int64_t getOutputs() const { return getShape().size() == 3 ? getShape()[1] : getShape()[0]; }
    /// Inputs of a matrix, 1 for a vector.
    int64_t getInputs() const { return getShape().size() == 1 ? 1 : getShape().back(); }
    /// Shape of the scale tensor of one matrix.
    SmallVector<int64_t> getScaleShape() const;
  }];
}

class V4_StateType<string name, string typeMnemonic> : V4_Type<name, typeMnemonic> {
  let parameters = (ins "int64_t":$rows, "int64_t":$width, "Type":$elementType);
  let assemblyFormat = "`<` $rows `,` $width `,` $elementType `>`";
  let genVerifyDecl = 1;
}

def V4_RingType : V4_StateType<"Ring", "ring"> {
  let summary = "the last rows of a sequence: the row of position p is row p mod rows";
  let description = [{
    One ring a sequence slot, `rows` rows of `width` elements. It is larger than what its readers look back on, so that a
    whole step is written before the step reads: a window of 128 and steps of up to 128 tokens need 256 rows. A row is
    written before it is read; a fresh ring needs no contents.

    (C1) `rows` and `width` are positive. (C2) Elements are f32 or bf16.

    ```mlir
    func.func private @window(!v4.ring<256, 512, f32>)
    ```
  }];
}

def V4_EntriesType : V4_Type<"Entries", "entries"> {
  let summary = "compressed entries of a sequence: row e covers tokens [e*ratio, (e+1)*ratio)";
  let description = [{
    One table a sequence slot with room for `rows` entries of `width` elements. Entry e is there as soon as the token at
    position (e+1)*ratio - 1 has been; the ratio is not part of the type but of the ops.

    `packed e4m3 by 64 first 448`: a row is a record of bytes. Its first 448 elements are codes of the format, a byte each or two
    to a byte (`e2m1`, the even element in the low nibble); the others follow as they are; then comes a byte of scale,
    2^(byte - 127), for each block of 64 codes. What `v4.fake_quantise` with the same numbers leaves is held exactly; anything else is
    rounded as that op rounds. Elements and records begin at multiples of an element's size.

    (C1) `rows` and `width` are positive. (C2) Elements are f32 or bf16. (C3) The block is positive, and as many elements are packed as
    there are, or fewer.

    ```mlir
    func.func private @compressed(!v4.entries<1024, 512, f32>, !v4.entries<1024, 512, bf16, packed e4m3 by 64 first 448>)
    ```
  }];
  let parameters = (ins "int64_t":$rows, "int64_t":$width, "Type":$elementType, "QuantFormat":$format, "int64_t":$block,
                        "int64_t":$packed);
  let hasCustomAssemblyFormat = 1;
  let genVerifyDecl = 1;
  let builders = [
    TypeBuilderWithInferredContext<(ins "int64_t":$rows, "int64_t":$width, "Type":$elementType), [{
      return $_get(elementType.getContext(), rows, width, elementType, QuantFormat::e4m3, 0, 0);
    }]>
  ];
  let extraClassDeclaration = [{
    bool isPacked() const { return getPacked() > 0; }
    /// Whether all of a row is packed, in whole blocks of so many.
    bool isPackedAs(QuantFormat format, int64_t block) const;
    /// Where in a record the elements that are not codes begin, and the scales; its size. Those of a row that is not packed: its
    /// size alone.
    int64_t getPlainOffset() const;
    int64_t getScaleOffset() const;
    int64_t getRowBytes() const;
  }];
}

class V4_WeightOf<string predicate, string text>
    : Type<And<[CPred<"::llvm::isa<::mlir::v4::WeightType>($_self)">, CPred<predicate>]>, text, "::mlir::v4::WeightType">;
def V4_AnyWeight : V4_WeightOf<"true", "weight">;
def V4_Weight : V4_WeightOf<"!::llvm::cast<::mlir::v4::WeightType>($_self).isIds()", "weight of numbers">;
def V4_IdTable : V4_WeightOf<"::llvm::cast<::mlir::v4::WeightType>($_self).isIds()", "weight of i64 ids">;
def V4_Ring : Type<CPred<"::llvm::isa<::mlir::v4::RingType>($_self)">, "ring", "::mlir::v4::RingType">;
def V4_Entries : Type<CPred<"::llvm::isa<::mlir::v4::EntriesType>($_self)">, "entries", "::mlir::v4::EntriesType">;
def V4_State : AnyTypeOf<[V4_Ring, V4_Entries]>;

// Activations: the first dimension counts rows of the step.
def V4_Rows : RankedTensorOf<[F64, F32, BF16]>;
def V4_Wide : RankedTensorOf<[F64, F32]>;
def V4_Ids : RankedTensorOf<[I32]>;

#endif
