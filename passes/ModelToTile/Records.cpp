#include "passes/ModelToTile/Records.h"

namespace mlir::v4 {

MemRefType getStateMemoryType(Type state) {
  int64_t rows, width;
  Type element;
  if (auto ring = dyn_cast<RingType>(state)) {
    rows = ring.getRows(), width = ring.getWidth(), element = ring.getElementType();
  } else {
    auto entries = cast<EntriesType>(state);
    rows = entries.getRows(), width = entries.getWidth(), element = entries.getElementType();
    if (entries.isPacked())
      width = entries.getRowBytes(), element = IntegerType::get(state.getContext(), 8);
  }
  return MemRefType::get({ShapedType::kDynamic, rows, width}, element);
}

namespace {

struct Codes {
  double largest, floor; // floor: least magnitude that a scale is made for
  int mantissaBits, bias;
};

Codes codesOf(QuantFormat format) {
  return format == QuantFormat::e4m3 ? Codes{448, 1e-4, 3, 7} : Codes{6, 6 * 0x1p-126, 1, 1};
}

class RecordBuilder {
public:
  RecordBuilder(KernelBuilder &k, QuantFormat format)
      : k(k), b(k.builder), format(format), codes(codesOf(format)) {}

  /// The byte of a block's scale and the codes of its elements, i32, which the scale's format holds exactly
  /// or are rounded to it.
  std::pair<Value, Value> encode(Value x, int64_t width) {
    auto [byte, scaled] = scale(x, width);
    return {byte, encodeScaled(scaled, width)};
  }

  /// The byte of a block's scale, i32, and its elements without that scale.
  std::pair<Value, Value> scale(Value x, int64_t width) {
    Value top = k.reduce(tile::ReduceKind::max, math::AbsFOp::create(b, k.loc, x));
    top = k.maxf(top, k.f32(codes.floor));
    top = k.mulf(top, k.f32(1.0f / static_cast<float>(codes.largest)));
    Value byte = shiftRight(k.add(bits(top), k.i32(0x007fffff)), 23); // of the power of two not below it
    Value down = toF32(shiftLeft(k.sub(k.i32(254), byte), 23), b.getF32Type());
    Value scaled = k.mulf(x, k.splat(down, {width}));
    scaled = k.maxf(k.minf(scaled, k.constantLike(x, codes.largest)), k.constantLike(x, -codes.largest));
    return {byte, scaled};
  }

  Value constant(int32_t value, int64_t width) {
    return arith::ConstantOp::create(b, k.loc, DenseElementsAttr::get(integers(width), value));
  }
  Value shiftLeft(Value a, int32_t by) { return arith::ShLIOp::create(b, k.loc, a, constantLike(a, by)); }
  Value orBits(Value x, Value y) { return arith::OrIOp::create(b, k.loc, x, y); }

private:
  RankedTensorType integers(int64_t width) { return k.tileType({width}, b.getI32Type()); }
  Value constantLike(Value like, int32_t value) {
    auto tile = dyn_cast<RankedTensorType>(like.getType());
    return tile ? constant(value, tile.getDimSize(0)) : k.i32(value);
  }
  Value shiftRight(Value a, int32_t by) { return arith::ShRUIOp::create(b, k.loc, a, constantLike(a, by)); }
  Value bits(Value x) {
    auto tile = dyn_cast<RankedTensorType>(x.getType());
    Type i32 = b.getI32Type();
    return arith::BitcastOp::create(b, k.loc, tile ? Type(tile.clone(i32)) : i32, x);
  }
  Value toF32(Value x, Type type) { return arith::BitcastOp::create(b, k.loc, type, x); }

  Value encodeScaled(Value x, int64_t width) {
    // Rounding as `v4.fake_quantise` has it: no bits are left below the unit of the binade, and the least
    // binade is that of the smallest normal number.
    int32_t least = 1 - codes.bias + 127;
    Value sign = arith::AndIOp::create(b, k.loc, shiftRight(bits(x), 31), constant(1, width));
    Value binade = arith::MaxUIOp::create(
        b, k.loc, arith::AndIOp::create(b, k.loc, shiftRight(bits(x), 23), constant(0xff, width)),
        constant(least, width));
    // |x| in units of its binade, a whole number below 2^(mantissa bits + 1).
    Value unit = k.sub(constant(254 + codes.mantissaBits, width), binade);
    Value count = k.mulf(math::AbsFOp::create(b, k.loc, x), toF32(shiftLeft(unit, 23), x.getType()));
    count = math::RoundEvenOp::create(b, k.loc, count);
    Value whole = arith::FPToSIOp::create(b, k.loc, integers(width), count);
    // Codes of one binade follow those of the one below, so a carry lands where it should.
    Value above = shiftLeft(k.sub(binade, constant(least, width)), codes.mantissaBits);
    Value code = k.add(above, whole);
    int signPlace = format == QuantFormat::e4m3 ? 7 : 3;
    return orBits(code, shiftLeft(sign, signPlace));
  }

  KernelBuilder &k;
  OpBuilder &b;
  QuantFormat format;
  Codes codes;
};

/// The bytes of packed entries as the elements that are not codes.
Value viewPlain(KernelBuilder &k, EntriesType type, Value entries) {
  Type element = type.getElementType();
  int64_t elements = type.getRowBytes() / (element.getIntOrFloatBitWidth() / 8);
  return tile::ViewOp::create(
      k.builder, k.loc, MemRefType::get({ShapedType::kDynamic, type.getRows(), elements}, element), entries);
}

Value plainColumn(KernelBuilder &k, EntriesType type) {
  return k.index(type.getPlainOffset() / (type.getElementType().getIntOrFloatBitWidth() / 8));
}

/// Where block number `offset` / block of a record has its scale.
Value scaleColumn(KernelBuilder &k, EntriesType type, Value offset) {
  return k.add(k.index(type.getScaleOffset()), k.div(offset, k.index(type.getBlock())));
}

/// Where the code of element `offset` lies.
Value codeColumn(KernelBuilder &k, EntriesType type, Value offset) {
  return type.getFormat() == QuantFormat::e2m1 ? k.div(offset, k.index(2)) : offset;
}

/// 2^(byte - 127). No block has the scale 2^-127.
Value powerOfTwo(KernelBuilder &k, Value byte) {
  Value bits = arith::ShLIOp::create(k.builder, k.loc, byte, k.i32(23));
  return arith::BitcastOp::create(k.builder, k.loc, k.builder.getF32Type(), bits);
}

Value loadScale(KernelBuilder &k, EntriesType type, Value entries, Value slot, Value entry, Value offset) {
  Value byte = k.loadScalar(entries, {slot, entry, scaleColumn(k, type, offset)});
  return powerOfTwo(k, arith::ExtUIOp::create(k.builder, k.loc, k.builder.getI32Type(), byte));
}

/// The even and the odd ones of `width` elements, decoded from a nibble each.
std::pair<Value, Value> loadNibbles(KernelBuilder &k, Value entries, ArrayRef<Value> place, int64_t width) {
  // Rows of a tile can be taken apart in memory only; this one never leaves registers.
  Value both = k.scratch({2, width / 2});
  Value pairs = tile::WidenOp::create(k.builder, k.loc, k.f32Tile({2, width / 2}),
                                      k.load(entries, place, {1, width / 2}), tile::Format::e2m1);
  k.store(pairs, both, {k.index(0), k.index(0)});
  return {k.load(both, {k.index(0), k.index(0)}, {width / 2}),
          k.load(both, {k.index(1), k.index(0)}, {width / 2})};
}

} // namespace

void writeRecord(KernelBuilder &k, EntriesType type, Value input, Value entries, Value slot, Value entry) {
  RecordBuilder record(k, type.getFormat());
  auto narrow = [&](Value tile) -> Value {
    Type bytes = k.tileType(cast<RankedTensorType>(tile.getType()).getShape(), k.builder.getI8Type());
    return arith::TruncIOp::create(k.builder, k.loc, bytes, tile);
  };
  k.forTiles(type.getPacked(), type.getBlock(), [&](Value offset, int64_t width) {
    auto [scale, codes] = record.encode(k.loadF32(input, {k.row, offset}, {width}), width);
    if (type.getFormat() == QuantFormat::e2m1) {
      auto half = k.tileType({width / 2}, k.builder.getI32Type());
      auto split = tile::DeinterleaveOp::create(k.builder, k.loc, half, half, codes);
      codes = record.orBits(split.getEven(), record.shiftLeft(split.getOdd(), 4));
    }
    k.store(narrow(codes), entries, {slot, entry, codeColumn(k, type, offset)});
    Value byte = arith::TruncIOp::create(k.builder, k.loc, k.builder.getI8Type(), scale);
    k.storeScalar(byte, entries, {slot, entry, scaleColumn(k, type, offset)});
  });
  if (type.getPacked() < type.getWidth())
    k.copy(input, {k.row, k.index(type.getPacked())}, viewPlain(k, type, entries),
           {slot, entry, plainColumn(k, type)}, type.getWidth() - type.getPacked());
}

std::pair<Value, Value> splitCodes(KernelBuilder &k, Value x, int64_t width) {
  auto [byte, scaled] = RecordBuilder(k, QuantFormat::e2m1).scale(x, width);
  Value whole = arith::FPToSIOp::create(k.builder, k.loc, k.tileType({width}, k.builder.getI32Type()),
                                        k.addf(scaled, scaled));
  return {whole, powerOfTwo(k, byte)};
}

void widenKey(KernelBuilder &k, const KeySource &keys, Value slot, Value row, Value to, Value place,
              bool parted) {
  auto type = dyn_cast<EntriesType>(keys.type);
  if (!type || !type.isPacked()) {
    int64_t width = type ? type.getWidth() : cast<RingType>(keys.type).getWidth();
    return k.copy(keys.memory, {slot, row, k.index(0)}, to, {place, k.index(0)}, width);
  }
  k.forTiles(type.getPacked(), type.getBlock(), [&](Value offset, int64_t width) {
    Value scale = loadScale(k, type, keys.memory, slot, row, offset);
    SmallVector<Value> codes = {slot, row, codeColumn(k, type, offset)};
    auto scaled = [&](Value tile, int64_t lanes) { return k.mulf(tile, k.splat(scale, {lanes})); };
    if (type.getFormat() == QuantFormat::e4m3) {
      Value wide = tile::WidenOp::create(k.builder, k.loc, k.f32Tile({width}),
                                         k.load(keys.memory, codes, {width}), tile::Format::e4m3);
      return k.store(scaled(wide, width), to, {place, offset});
    }
    auto [even, odd] = loadNibbles(k, keys.memory, codes, width);
    if (parted) {
      k.store(scaled(even, width / 2), to, {place, offset});
      return k.store(scaled(odd, width / 2), to, {place, k.add(offset, k.index(width / 2))});
    }
    Value whole = tile::InterleaveOp::create(k.builder, k.loc, k.f32Tile({width}), even, odd);
    k.store(scaled(whole, width), to, {place, offset});
  });
  if (type.getPacked() < type.getWidth())
    k.copy(viewPlain(k, type, keys.memory), {slot, row, plainColumn(k, type)}, to,
           {place, k.index(type.getPacked())}, type.getWidth() - type.getPacked());
}

void forParted(KernelBuilder &k, Type keys, int64_t size, function_ref<Value(Value, int64_t)> load,
               function_ref<void(Value, Value, int64_t)> store) {
  auto type = dyn_cast<EntriesType>(keys);
  bool nibbles = type && type.isPacked() && type.getFormat() == QuantFormat::e2m1;
  int64_t packed = nibbles ? type.getPacked() : 0;
  if (packed > 0)
    k.forTiles(packed, type.getBlock(), [&](Value offset, int64_t width) {
      auto half = k.f32Tile({width / 2});
      auto split = tile::DeinterleaveOp::create(k.builder, k.loc, half, half, load(offset, width));
      store(split.getEven(), offset, width / 2);
      store(split.getOdd(), k.add(offset, k.index(width / 2)), width / 2);
    });
  k.forTiles(size - packed, 16, [&](Value offset, int64_t width) {
    Value place = k.add(offset, k.index(packed));
    store(load(place, width), place, width);
  });
}

} // namespace mlir::v4
