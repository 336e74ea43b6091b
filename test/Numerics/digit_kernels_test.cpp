// Exact products of quantised blocks, for every variant against plain C++, bit by bit.
#include "test/Numerics/HostKernelTest.h"

#include <cmath>
#include <cstring>
#include <limits>
#include <random>

using namespace v4test;

namespace {

/// What the codes of e2m1 stand for.
const double kNumbers[16] = {0, 0.5, 1, 1.5, 2, 3, 4, 6, -0.0, -0.5, -1, -1.5, -2, -3, -4, -6};

/// Rows of numbers that E4M3 and a scale hold: of any size, of one size (two digits are enough), or none at
/// all.
std::vector<float> quantisedRows(int rows, int inputs, std::mt19937 &engine) {
  std::vector<float> numbers;
  for (int i = 0; i < rows; ++i)
    for (int block = 0; block < inputs / 32; ++block) {
      int kind = engine() % 4, scale = int(engine() % 40) - 20;
      for (int k = 0; k < 32; ++k) {
        int exponent = kind == 0 ? int(engine() % 15) - 6 : kind == 1 ? int(engine() % 8) + 1 : 8;
        float number = std::ldexp(float(8 + engine() % 7), exponent - 3 + scale); // 448 at most
        if (kind == 3 || engine() % 8 == 0)
          number = 0;
        numbers.push_back(engine() % 2 ? number : -number);
      }
    }
  return numbers;
}

struct DigitsCase {
  int rows, count, blocks, outputs;
  bool gathered = false; // the rows are others of x
  int panels = 1;        // that the words lie in
  int least = -1;        // fewer rows are multiplied, too, down to so many; -1: not

  std::string text() const {
    auto memory = [](std::initializer_list<int> shape, const char *type) {
      std::string text = "memref<";
      for (int size : shape)
        text += std::to_string(size) + "x";
      return text + type + ">";
    };
    std::string row = std::to_string(outputs) + "xf32", x = memory({rows, 32 * blocks}, "f32"),
                w = panels == 1 ? memory({4 * blocks, outputs}, "i32")
                                : memory({panels, 4 * blocks, outputs / panels}, "i32"),
                s = memory({blocks, outputs}, "f32"), acc = memory({rows, outputs}, "f32"),
                digits = memory({blocks, rows, 32}, "f32");
    std::string all = std::to_string(rows) + "x" + row;
    std::string numbers = memory({rows, 1}, "i32");
    return "tile.kernel @digits(%x: " + x + ", %w: " + w + ", %s: " + s + ", %acc: " + acc +
           ", %rows: " + numbers + R"() {
      %c0 = arith.constant 0 : index
      %c1 = arith.constant 1 : index
      %c4 = arith.constant 4 : index
      %c32 = arith.constant 32 : index
      %n = tile.num_rows
      %all = arith.constant )" +
           std::to_string(rows) + R"( : index
      %blocks = arith.constant )" +
           std::to_string(blocks) + R"( : index
      %digits = tile.scratch : )" +
           digits + R"(
      %sums = tile.scratch : )" +
           acc + R"(
      %scales = tile.scratch : memref<)" +
           row + R"(>
      %begin = tile.load %acc[%c0, %c0] : )" +
           acc + " -> tensor<" + all + R"(>
      tile.store %begin, %sums[%c0, %c0] : tensor<)" +
           all + ">, " + acc + R"(
      scf.for %block = %c0 to %blocks step %c1 {
        %column = arith.muli %block, %c32 : index
        scf.for %i = %c0 to %all step %c1 {
          %numbers = tile.load %x[%i, %column] : )" +
           x + R"( -> tensor<32xf32>
          tile.split_digits %numbers, %digits[%block, %i, %c0] : tensor<32xf32>, )" +
           digits + R"(
        }
        %scale = tile.load %s[%block, %c0] : )" +
           s + " -> tensor<" + row + R"(>
        tile.store %scale, %scales[%c0] : tensor<)" +
           row + ">, memref<" + row + R"(>
        %word = arith.muli %block, %c4 : index
        tile.dot_digits %digits[%block, %c0, %c0], %w[)" +
           (panels == 1 ? "" : "%c0, ") + "%word, %c0]" +
           (!gathered     ? ""
            : panels == 1 ? " then [%c0, %c0]"
                          : " then [%c0, %c0, %c0]") +
           ", %sums count %n scaled %scales" + (gathered ? " rows %rows" : "") + " : " + digits + ", " + w +
           ", " + acc + ", memref<" + row + ">" + (gathered ? ", " + numbers : "") + R"(
      }
      %end = tile.load %sums[%c0, %c0] : )" +
           acc + " -> tensor<" + all + R"(>
      tile.store %end, %acc[%c0, %c0] : tensor<)" +
           all + ">, " + acc + R"(
      tile.return
    })";
  }
};

void checkDigits(const DigitsCase &c, bool finite) {
  SCOPED_TRACE(c.text());
  std::mt19937 engine(c.rows * 1000 + c.outputs);
  int inputs = 32 * c.blocks;
  std::vector<float> x = quantisedRows(c.rows, inputs, engine), scales,
                     acc = randomFloats(c.rows * c.outputs, 4);
  for (int i = 0; i < c.blocks * c.outputs; ++i)
    scales.push_back(std::ldexp(1.0f, int(engine() % 30) - 15));
  std::vector<uint32_t> words(4 * c.blocks * c.outputs);
  for (uint32_t &word : words)
    word = engine();
  // The largest sums there are, of either sign.
  for (int i = 0; i < std::min(c.rows, 2); ++i)
    for (int k = 0; k < 32; ++k)
      x[i * inputs + k] = i ? -448 : 448;
  for (int row = 0; row < 4 * c.blocks; ++row) {
    words[row * c.outputs] = 0x77777777;
    words[row * c.outputs + 1] = 0xffffffff;
  }
  if (!finite) {
    x[5] = std::numeric_limits<float>::infinity();
    x[inputs + 7] = std::numeric_limits<float>::quiet_NaN();
  }
  std::vector<int32_t> rows(c.rows);
  for (int i = 0; i < c.rows; ++i)
    rows[i] = c.gathered ? int(engine() % c.rows) : i;
  std::vector<uint32_t> packed = inPanels(words, 4 * c.blocks, c.outputs, c.panels);
  std::vector<float> products = acc;
  for (int i = 0; i < c.count; ++i)
    for (int n = 0; n < c.outputs; ++n)
      for (int block = 0; block < c.blocks; ++block) {
        double sum = 0; // exact
        for (int k = 0; k < 32; ++k) {
          uint32_t word = words[(4 * block + k / 8) * c.outputs + n];
          sum += double(x[rows[i] * inputs + 32 * block + k]) * kNumbers[word >> 4 * (k % 8) & 15];
        }
        float &place = products[i * c.outputs + n];
        place = std::fma(float(sum), scales[block * c.outputs + n], place);
      }
  forEachVariant(c.text(), [&](const LoadedKernels &kernels) {
    for (int count = c.least < 0 ? c.count : c.least; count <= c.count; ++count) {
      SCOPED_TRACE(kernels.name() + ", rows " + std::to_string(count));
      std::vector<float> wanted = acc, got = acc;
      std::copy_n(products.begin(), count * c.outputs, wanted.begin());
      kernels.run("digits", {x.data(), packed.data(), scales.data(), got.data(), rows.data()}, {1, 1, 1},
                  count);
      for (size_t i = 0; i < got.size(); ++i)
        if (std::isfinite(wanted[i]))
          ASSERT_EQ(got[i], wanted[i]) << "element " << i;
        else
          ASSERT_FALSE(std::isfinite(got[i])) << "element " << i;
    }
  });
}

} // namespace

TEST(DigitKernels, BlocksInDigitsAreSummedExactly) {
  checkDigits({1, 1, 3, 64}, true);
  checkDigits({2, 2, 1, 8}, true);
  checkDigits({5, 5, 2, 24}, true);
  checkDigits({16, 13, 9, 64}, true);
  checkDigits({40, 40, 4, 16}, true);
  checkDigits({3, 0, 1, 16}, true);
  checkDigits({3, 3, 2, 40}, false);
}

TEST(DigitKernels, AFewRowsShareAWord) {
  checkDigits({9, 9, 20, 64, /*gathered=*/true, /*panels=*/4, /*least=*/2}, true);
  checkDigits({7, 6, 12, 40}, true);
  checkDigits({8, 8, 2, 24}, false);
  checkDigits({3, 2, 12, 40}, true);
  checkDigits({3, 3, 12, 24, /*gathered=*/true}, true);
  checkDigits({4, 2, 2, 16}, false);
}

TEST(DigitKernels, RowsOfABlockMayLieAnywhere) {
  checkDigits({1, 1, 2, 64, /*gathered=*/true}, true);
  checkDigits({9, 1, 2, 64, /*gathered=*/true}, true);
  checkDigits({21, 19, 3, 24, /*gathered=*/true}, true);
}

TEST(DigitKernels, PanelsAreReadAbreast) {
  checkDigits({1, 1, 20, 64, /*gathered=*/false, /*panels=*/4}, true);
  checkDigits({1, 1, 2, 32, /*gathered=*/false, /*panels=*/2}, true);
  checkDigits({13, 11, 3, 64, /*gathered=*/true, /*panels=*/4}, true);
}

namespace {

struct CodesCase {
  int rows, first, count, blocks, outputs, gap; // gap: bytes between codes and scales

  int scaleOffset() const { return 16 * blocks + gap; }
  int rowBytes() const { return scaleOffset() + blocks + 3; }

  std::string text() const {
    auto shape = [](int a, int b, const char *type) {
      return "memref<" + std::to_string(a) + "x" + std::to_string(b) + "x" + type + ">";
    };
    std::string x = "memref<?x" + std::to_string(rows) + "x" + std::to_string(rowBytes()) + "xi8>",
                columns = "memref<" + std::to_string(blocks) + "x8x" + std::to_string(4 * outputs) + "xi8>",
                scales = shape(blocks, outputs, "f32"), acc = shape(rows, outputs, "f32"),
                tile = "tensor<" + std::to_string(rows) + "x" + std::to_string(outputs) + "xf32>";
    return "tile.kernel @codes(%x: " + x + ", %w: " + columns + ", %s: " + scales + ", %out: " + acc + R"() {
      %c0 = arith.constant 0 : index
      %c1 = arith.constant 1 : index
      %first = arith.constant )" +
           std::to_string(first) + R"( : index
      %n = tile.num_rows
      %acc = tile.scratch : )" +
           acc + R"(
      %begin = tile.load %out[%c0, %c0] : )" +
           acc + " -> " + tile + R"(
      tile.store %begin, %acc[%c0, %c0] : )" +
           tile + ", " + acc + R"(
      tile.dot_codes %x[%c1, %first, %c0] scale_offset )" +
           std::to_string(scaleOffset()) + R"(, %w scaled %s, %acc count %n
        : )" +
           x + ", " + columns + ", " + scales + ", " + acc + R"(
      %end = tile.load %acc[%c0, %c0] : )" +
           acc + " -> " + tile + R"(
      tile.store %end, %out[%c0, %c0] : )" +
           tile + ", " + acc + R"(
      tile.return
    })";
  }
};

void checkCodes(const CodesCase &c) {
  SCOPED_TRACE(c.text());
  std::mt19937 engine(c.rows * 1000 + c.outputs);
  std::vector<uint8_t> x(size_t(2) * c.rows * c.rowBytes());
  for (uint8_t &byte : x)
    byte = uint8_t(engine());
  uint8_t *slot = x.data() + size_t(c.rows) * c.rowBytes();
  auto row = [&](int i) { return slot + size_t(c.first + i) * c.rowBytes(); };
  for (int i = 0; i < c.rows - c.first; ++i)
    for (int b = 0; b < c.blocks; ++b)
      row(i)[c.scaleOffset() + b] = engine() % 9 == 0 ? 0 : uint8_t(107 + engine() % 40);
  std::vector<int8_t> columns(size_t(c.blocks) * 32 * c.outputs);
  for (int8_t &number : columns)
    number = int8_t(int(engine() % 25) - 12);
  std::vector<float> scales, out = randomFloats(c.rows * c.outputs, 4);
  for (int i = 0; i < c.blocks * c.outputs; ++i)
    scales.push_back(std::ldexp(1.0f, int(engine() % 30) - 15));
  // The largest sums there are, of either sign.
  auto column = [&](int b, int k, int n) -> int8_t & {
    int group = (k % 2) * 4 + k / 8;
    return columns[(size_t(b * 8 + group) * c.outputs + n) * 4 + k % 8 / 2];
  };
  for (int k = 0; k < 32; ++k) {
    column(0, k, 0) = 12;
    column(0, k, 1) = -12;
  }
  if (c.count > 0)
    memset(row(0), 0x77, 16);
  if (c.count > 1)
    memset(row(1), 0xff, 16);
  std::vector<float> wanted = out;
  for (int i = 0; i < c.count; ++i)
    for (int n = 0; n < c.outputs; ++n) {
      float chain = 0;
      for (int b = 0; b < c.blocks; ++b) {
        double sum = 0; // exact
        for (int k = 0; k < 32; ++k) {
          int code = row(i)[16 * b + k / 2] >> (k % 2 * 4) & 15;
          sum += 2 * kNumbers[code] * column(b, k, n);
        }
        int byte = row(i)[c.scaleOffset() + b];
        float scale = byte == 0 ? 0 : std::ldexp(1.0f, byte - 127);
        chain = std::fma(float(sum), scale * scales[b * c.outputs + n], chain);
      }
      wanted[i * c.outputs + n] = chain;
    }
  forEachVariant(c.text(), [&](const LoadedKernels &kernels) {
    SCOPED_TRACE(kernels.name());
    std::vector<float> got = out;
    kernels.run("codes", {x.data(), columns.data(), scales.data(), got.data()}, {1, 1, 1}, c.count);
    ASSERT_EQ(got, wanted);
  });
}

} // namespace

TEST(DigitKernels, PackedCodesAreSummedExactly) {
  checkCodes({1, 0, 1, 1, 8, 0});
  checkCodes({6, 1, 5, 4, 64, 0});
  checkCodes({3, 0, 3, 2, 24, 7});
  checkCodes({4, 2, 2, 3, 136, 1});
  checkCodes({2, 0, 0, 1, 16, 0});
}
