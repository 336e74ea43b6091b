#include "runtime/pack/Panels.h"

#include <algorithm>
#include <cstring>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace v4rt {
namespace {

constexpr uint64_t kLine = 64;

#ifdef __SSE2__
template <typename Unit> struct Interleave;
template <> struct Interleave<uint8_t> {
  static __m128i low(__m128i a, __m128i b) { return _mm_unpacklo_epi8(a, b); }
  static __m128i high(__m128i a, __m128i b) { return _mm_unpackhi_epi8(a, b); }
};
template <> struct Interleave<uint16_t> {
  static __m128i low(__m128i a, __m128i b) { return _mm_unpacklo_epi16(a, b); }
  static __m128i high(__m128i a, __m128i b) { return _mm_unpackhi_epi16(a, b); }
};
template <> struct Interleave<uint32_t> {
  static __m128i low(__m128i a, __m128i b) { return _mm_unpacklo_epi32(a, b); }
  static __m128i high(__m128i a, __m128i b) { return _mm_unpackhi_epi32(a, b); }
};
template <> struct Interleave<uint64_t> {
  static __m128i low(__m128i a, __m128i b) { return _mm_unpacklo_epi64(a, b); }
  static __m128i high(__m128i a, __m128i b) { return _mm_unpackhi_epi64(a, b); }
};

// Transposes a square of 16 bytes by 16 bytes' worth of units. Interleaving row i with row i + half,
// log2(side) times, is the transposition.
template <typename Unit> void transposeSquare(const uint8_t *from, uint8_t *to, uint64_t toStride) {
  constexpr int kSide = 16 / sizeof(Unit);
  __m128i a[kSide], b[kSide];
  for (int i = 0; i < kSide; ++i)
    a[i] = _mm_load_si128(reinterpret_cast<const __m128i *>(from + i * kLine));
  for (int round = 1; round < kSide; round *= 2) {
    for (int i = 0; i < kSide / 2; ++i) {
      b[2 * i] = Interleave<Unit>::low(a[i], a[i + kSide / 2]);
      b[2 * i + 1] = Interleave<Unit>::high(a[i], a[i + kSide / 2]);
    }
    std::copy(b, b + kSide, a);
  }
  for (int i = 0; i < kSide; ++i)
    _mm_storeu_si128(reinterpret_cast<__m128i *>(to + i * toStride), a[i]);
}
#else
template <typename Unit> void transposeSquare(const uint8_t *from, uint8_t *to, uint64_t toStride) {
  constexpr int kSide = 16 / sizeof(Unit);
  for (int i = 0; i < kSide; ++i)
    for (int j = 0; j < kSide; ++j)
      std::memcpy(to + i * toStride + j * sizeof(Unit), from + j * kLine + i * sizeof(Unit), sizeof(Unit));
}
#endif

// One panel of which `present` rows exist.
template <typename Unit>
void packPanel(const uint8_t *from, uint64_t present, uint64_t columns, uint32_t panel, uint8_t *to) {
  constexpr uint64_t kSide = 16 / sizeof(Unit);
  constexpr uint64_t kLineUnits = kLine / sizeof(Unit);
  const uint64_t rowBytes = columns * sizeof(Unit), outBytes = uint64_t(panel) * sizeof(Unit);

  // Rows a power of two apart fall into the same few cache sets: a line of each is taken whole, once.
  alignas(64) uint8_t lines[kSide * kLine];
  for (uint64_t column = 0; column < columns; column += kLineUnits) {
    const uint64_t units = std::min(kLineUnits, columns - column);
    for (uint64_t row = 0; row < panel; row += kSide) {
      const uint64_t side = std::min<uint64_t>(kSide, panel - row);
      for (uint64_t i = 0; i < side; ++i) {
        uint8_t *line = lines + i * kLine;
        if (row + i < present)
          std::memcpy(line, from + (row + i) * rowBytes + column * sizeof(Unit), units * sizeof(Unit));
        else
          std::memset(line, 0, kLine);
      }
      uint8_t *out = to + column * outBytes + row * sizeof(Unit);
      uint64_t done = 0;
      if (side == kSide)
        for (; done + kSide <= units; done += kSide)
          transposeSquare<Unit>(lines + done * sizeof(Unit), out + done * outBytes, outBytes);
      for (; done < units; ++done)
        for (uint64_t i = 0; i < side; ++i)
          std::memcpy(out + done * outBytes + i * sizeof(Unit), lines + i * kLine + done * sizeof(Unit),
                      sizeof(Unit));
    }
  }
}

template <typename Unit>
void packAll(const uint8_t *from, uint64_t rows, uint64_t columns, uint32_t panel, uint8_t *to) {
  for (uint64_t row = 0; row < rows; row += panel) {
    packPanel<Unit>(from, std::min<uint64_t>(panel, rows - row), columns, panel, to);
    from += panel * columns * sizeof(Unit);
    to += panel * columns * sizeof(Unit);
  }
}

} // namespace

void packPanels(const void *from, uint64_t rows, uint64_t columns, uint32_t unitBytes, uint32_t panel,
                void *to) {
  const auto *source = static_cast<const uint8_t *>(from);
  auto *target = static_cast<uint8_t *>(to);
  switch (unitBytes) {
  case 1:
    return packAll<uint8_t>(source, rows, columns, panel, target);
  case 2:
    return packAll<uint16_t>(source, rows, columns, panel, target);
  case 4:
    return packAll<uint32_t>(source, rows, columns, panel, target);
  default:
    return packAll<uint64_t>(source, rows, columns, panel, target);
  }
}

} // namespace v4rt
