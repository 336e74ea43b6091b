// Products in registers and with packed words, for every variant against plain C++, bit by bit.
#include "test/Numerics/HostKernelTest.h"

#include <cmath>
#include <cstring>
#include <limits>
#include <random>

using namespace v4test;

namespace {

struct RowsCase {
  int rows, columns, depth, outputs; // x is [rows, columns], w [depth, outputs]
  int column, count;
  bool turned, scaled;
  int side = 0; // outputs of w that lie side by side; 0: all
};

/// Copies the arguments into scratch memory, multiplies, and copies the sums back.
std::string rowsKernel(const RowsCase &c) {
  auto shape = [](int a, int b) { return std::to_string(a) + "x" + std::to_string(b) + "xf32"; };
  std::string x = c.turned ? shape(c.columns, c.rows) : shape(c.rows, c.columns);
  std::string wide = shape(c.depth, c.side ? c.side : c.outputs);
  std::string w = c.side ? std::to_string(c.outputs / c.side) + "x" + wide : wide;
  std::string acc = shape(c.rows, c.outputs), s = std::to_string(c.outputs) + "xf32";
  auto copy = [](const std::string &from, const std::string &to, const std::string &memory,
                 const std::string &tile, const std::string &at, int number = 0) {
    std::string name = to + "_value" + std::to_string(number);
    return name + " = tile.load " + from + at + " : memref<" + memory + "> -> tensor<" + tile + ">\n" +
           "tile.store " + name + ", " + to + at + " : tensor<" + tile + ">, memref<" + memory + ">\n";
  };
  std::string text = "tile.kernel @rows(%x: memref<" + x + ">, %w: memref<" + w + ">, %s: memref<" + s +
                     ">, %acc: memref<" + acc + ">) {\n%c0 = arith.constant 0 : index\n";
  text += "%column = arith.constant " + std::to_string(c.column) + " : index\n";
  text += "%n = tile.num_rows\n";
  for (auto [name, type] : {std::pair{"x", x}, {"w", w}, {"acc", acc}, {"s", s}}) {
    std::string from = std::string("%") + name, own = std::string("%own_") + name;
    text += own + " = tile.scratch : memref<" + type + ">\n";
    if (name[0] != 'w' || !c.side)
      text += copy(from, own, type, type, name[0] == 's' ? "[%c0]" : "[%c0, %c0]");
    for (int i = 0; name[0] == 'w' && c.side && i < c.outputs / c.side; ++i) {
      std::string n = "%block" + std::to_string(i);
      text += n + " = arith.constant " + std::to_string(i) + " : index\n";
      text += copy(from, own, type, wide, "[" + n + ", %c0, %c0]", i);
    }
  }
  text += std::string("tile.dot_rows %own_x[%column]") + (c.turned ? " turned" : "") +
          ", %own_w, %own_acc count %n" + (c.scaled ? " scaled %own_s : memref<" + s + ">" : "") +
          " : memref<" + x + ">, memref<" + w + ">, memref<" + acc + ">\n";
  text += copy("%own_acc", "%acc", acc, acc, "[%c0, %c0]");
  return text + "tile.return\n}\n";
}

void checkRows(const RowsCase &c) {
  SCOPED_TRACE(rowsKernel(c));
  std::vector<float> x = randomFloats(c.rows * c.columns, 1), w = randomFloats(c.depth * c.outputs, 2),
                     s = randomFloats(c.outputs, 3), acc = randomFloats(c.rows * c.outputs, 4), wanted = acc;
  for (int i = 0; i < c.count; ++i)
    for (int n = 0; n < c.outputs; ++n) {
      float &place = wanted[i * c.outputs + n];
      float sum = c.scaled ? 0.0f : place;
      for (int k = 0; k < c.depth; ++k) {
        int input = c.column + k, side = c.side ? c.side : c.outputs;
        float weight = w[(n / side * c.depth + k) * side + n % side];
        sum = std::fma(c.turned ? x[input * c.rows + i] : x[i * c.columns + input], weight, sum);
      }
      place = c.scaled ? std::fma(sum, s[n], place) : sum;
    }
  forEachVariant(rowsKernel(c), [&](const LoadedKernels &kernels) {
    SCOPED_TRACE(kernels.name());
    std::vector<float> got = acc;
    kernels.run("rows", {x.data(), w.data(), s.data(), got.data()}, {1, 1, 1}, c.count);
    ASSERT_EQ(got, wanted);
  });
}

} // namespace

TEST(ProductKernels, RowsTimesATile) {
  checkRows({16, 8, 8, 64, 0, 16, false, false});
  checkRows({16, 32, 7, 64, 5, 13, false, true});
  checkRows({7, 4, 3, 40, 1, 7, true, false});
  checkRows({6, 9, 9, 5, 0, 6, true, true});
  checkRows({4, 8, 8, 16, 0, 0, false, false});
  checkRows({3, 8, 1, 100, 7, 3, false, true});
  checkRows({11, 8, 8, 64, 0, 11, false, true, 16});
  checkRows({9, 9, 5, 48, 3, 8, true, false, 16});
  checkRows({9, 9, 5, 64, 3, 9, false, false, 32});
  for (int count : {1, 4, 7, 8, 15, 16, 24, 31}) // of one vector of outputs
    checkRows({31, 24, 18, 16, 5, count, false, false});
  checkRows({29, 8, 8, 11, 0, 29, true, true});
  checkRows({10, 8, 8, 128, 0, 10, false, false});
}

namespace {

struct WordFormat {
  std::string name, type;
  int bits, numbers; // of a number; in a word
};

/// What a code of `format` means.
float decode(const WordFormat &format, uint32_t code) {
  if (format.name == "bf16") {
    uint32_t bits = code << 16;
    float value;
    std::memcpy(&value, &bits, sizeof value);
    return value;
  }
  int mantissaBits = format.name == "e4m3" ? 3 : 1, bias = format.name == "e4m3" ? 7 : 1;
  int sign = code >> (format.bits - 1), exponent = (code & ((1 << (format.bits - 1)) - 1)) >> mantissaBits,
      mantissa = code & ((1 << mantissaBits) - 1), ones = 1 << mantissaBits;
  double size = exponent == 0 ? std::ldexp(mantissa, 1 - bias - mantissaBits)
                              : std::ldexp(ones + mantissa, exponent - bias - mantissaBits);
  return float(sign ? -size : size);
}

const WordFormat kWordFormats[] = {{"e4m3", "i32", 8, 4}, {"e2m1", "i32", 4, 8}, {"bf16", "i32", 16, 2}};

/// A code that is a finite number.
uint32_t randomCode(const WordFormat &format, std::mt19937 &engine) {
  uint32_t code = engine() & ((1u << format.bits) - 1);
  if (format.name == "e4m3" && (code & 0x7f) == 0x7f)
    code ^= 1;
  if (format.name == "bf16" && (code & 0x7f80) == 0x7f80)
    code ^= 0x4000;
  return code;
}

/// Puts a code where words [.., outputs] have number (k, n), and returns what `tile.widen` makes of it.
float putCode(const WordFormat &format, uint32_t code, int k, int n, int outputs,
              std::vector<uint8_t> &words) {
  uint64_t bit = (uint64_t(k / format.numbers) * outputs + n) * format.bits * format.numbers +
                 uint64_t(k % format.numbers) * format.bits;
  words[bit / 8] |= uint8_t(code << (bit % 8));
  if (format.bits == 16)
    words[bit / 8 + 1] = uint8_t(code >> 8);
  return decode(format, code) * (format.name == "e4m3" ? 0x1p-116f : 1.0f);
}

} // namespace

namespace {

struct RowsOfWordsCase {
  int rows, columns, column, depth, outputs, count;
  bool scaled;
  int panels = 1; // that the words lie in
};

std::string rowsOfWordsKernel(const RowsOfWordsCase &c, const WordFormat &format) {
  auto memory = [](int a, int b, const std::string &type) {
    return std::to_string(a) + "x" + std::to_string(b) + "x" + type;
  };
  std::string x = memory(c.rows, c.columns, "f32"),
              w = (c.panels == 1 ? "" : std::to_string(c.panels) + "x") +
                  memory(c.depth / format.numbers, c.outputs / c.panels, format.type),
              acc = memory(c.rows, c.outputs, "f32"), s = std::to_string(c.outputs) + "xf32";
  auto copy = [](const std::string &from, const std::string &to, const std::string &shape,
                 const std::string &at) {
    return to + "_value = tile.load " + from + at + " : memref<" + shape + "> -> tensor<" + shape +
           ">\ntile.store " + to + "_value, " + to + at + " : tensor<" + shape + ">, memref<" + shape + ">\n";
  };
  std::string text = "tile.kernel @rows(%x: memref<" + x + ">, %w: memref<" + w + ">, %s: memref<" + s +
                     ">, %acc: memref<" + acc +
                     ">) {\n%c0 = arith.constant 0 : index\n%column = arith.constant " +
                     std::to_string(c.column) + " : index\n%n = tile.num_rows\n";
  for (auto [name, shape] : {std::pair{"x", x}, {"acc", acc}, {"s", s}}) {
    std::string own = std::string("%own_") + name;
    text += own + " = tile.scratch : memref<" + shape + ">\n";
    text += copy(std::string("%") + name, own, shape, name[0] == 's' ? "[%c0]" : "[%c0, %c0]");
  }
  text += std::string("tile.dot_rows_words %own_x[%column], %w[") + (c.panels == 1 ? "" : "%c0, ") +
          "%c0, %c0], %own_acc count %n" + (c.scaled ? " scaled %own_s : memref<" + s + ">" : "") +
          " depth " + std::to_string(c.depth) + " as " + format.name + " : memref<" + x + ">, memref<" + w +
          ">, memref<" + acc + ">\n";
  return text + copy("%own_acc", "%acc", acc, "[%c0, %c0]") + "tile.return\n}\n";
}

/// Numbers like those of quantised rows, zeros among them: a few bits times a power of two.
std::vector<float> quantisedFloats(size_t count, uint32_t seed) {
  std::mt19937 engine(seed);
  std::vector<float> values(count);
  for (float &value : values) {
    float size = engine() % 8 == 0 ? 0.0f : std::ldexp(float(8 + engine() % 8), int(engine() % 40) + 20);
    value = engine() % 2 ? -size : size;
  }
  return values;
}

void checkRowsOfWords(const RowsOfWordsCase &c, const WordFormat &format, std::vector<float> x = {}) {
  std::string text = rowsOfWordsKernel(c, format);
  SCOPED_TRACE(text);
  std::mt19937 engine(c.outputs + c.count);
  if (x.empty())
    x = randomFloats(c.rows * c.columns, 1);
  std::vector<float> s = randomFloats(c.outputs, 3), acc = randomFloats(c.rows * c.outputs, 4), wanted = acc,
                     decoded(c.depth * c.outputs);
  std::vector<uint8_t> words(c.depth * c.outputs * format.bits / 8);
  for (int k = 0; k < c.depth; ++k)
    for (int n = 0; n < c.outputs; ++n)
      decoded[k * c.outputs + n] = putCode(format, randomCode(format, engine), k, n, c.outputs, words);
  for (int i = 0; i < c.count; ++i)
    for (int n = 0; n < c.outputs; ++n) {
      float &place = wanted[i * c.outputs + n], sum = c.scaled ? 0.0f : place;
      for (int k = 0; k < c.depth; ++k)
        sum = std::fma(x[i * c.columns + c.column + k], decoded[k * c.outputs + n], sum);
      place = c.scaled ? std::fma(sum, s[n], place) : sum;
    }
  words = inPanels(words, c.depth / format.numbers, c.outputs, c.panels, format.bits * format.numbers / 8);
  forEachVariant(text, [&](const LoadedKernels &kernels) {
    SCOPED_TRACE(kernels.name());
    std::vector<float> got = acc;
    kernels.run("rows", {x.data(), words.data(), s.data(), got.data()}, {1, 1, 1}, c.count);
    ASSERT_EQ(got, wanted);
  });
}

} // namespace

// Few rows, which are multiplied as words are decoded, and many.
TEST(ProductKernels, RowsTimesWords) {
  for (const WordFormat &format : kWordFormats) {
    checkRowsOfWords({16, 16, 0, 16, 64, 16, true}, format);
    checkRowsOfWords({15, 48, 8, 24, 40, 15, false}, format);
    checkRowsOfWords({3, 8, 0, 8, 7, 3, true}, format);
    checkRowsOfWords({40, 32, 0, 32, 64, 37, true}, format);
    checkRowsOfWords({17, 40, 16, 24, 88, 17, false}, format);
    checkRowsOfWords({20, 8, 0, 8, 7, 20, false}, format);
    checkRowsOfWords({4, 8, 0, 8, 16, 0, true}, format);
    checkRowsOfWords({5, 16, 0, 16, 20, 5, true}, format);
    checkRowsOfWords({8, 8, 0, 8, 60, 8, false}, format);
    checkRowsOfWords({8, 128, 0, 128, 64, 8, true}, format);
  }
}

// Quantised rows, which processors with BF16 dots multiply in pairs.
TEST(ProductKernels, QuantisedRowsTimesWords) {
  for (const RowsOfWordsCase &c : {RowsOfWordsCase{26, 32, 0, 32, 64, 23, true},
                                   {9, 32, 0, 32, 16, 9, true},
                                   {11, 96, 32, 64, 48, 11, true},
                                   {13, 32, 0, 32, 112, 13, true},
                                   {13, 64, 0, 64, 64, 13, true, 2},
                                   {10, 128, 0, 128, 64, 10, true, 4},
                                   {12, 48, 0, 32, 40, 12, true},
                                   {10, 32, 0, 32, 64, 10, false}})
    checkRowsOfWords(c, kWordFormats[0], quantisedFloats(c.rows * c.columns, 6));
}

// One number that pairs of bf16 cannot hold, or whose products BF16 dots would take for zeros, wherever it
// is.
TEST(ProductKernels, RowsWithOneNumberThatIsNotForPairs) {
  RowsOfWordsCase c = {12, 64, 0, 64, 32, 12, true};
  std::vector<float> x = quantisedFloats(c.rows * c.columns, 7);
  for (float odd : {0x1.01p70f, 0x1.fffffep30f, 0x1p5f, -0x1.8p5f, 0x1p-140f, 0x1p6f, 0x1.fep127f})
    for (size_t place : {size_t(0), size_t(31), size_t(5 * 64 + 32), x.size() - 1}) {
      std::vector<float> own = x;
      own[place] = odd;
      checkRowsOfWords(c, kWordFormats[0], own);
    }
}

TEST(ProductKernels, RowsTimesPanelsAbreast) {
  for (const WordFormat &format : kWordFormats)
    for (int panels : {2, 4}) {
      checkRowsOfWords({16, 16, 0, 16, 64, 5, true, panels}, format);
      checkRowsOfWords({40, 32, 0, 32, 64, 37, false, panels}, format);
      checkRowsOfWords({17, 128, 0, 128, 64, 1, true, panels}, format);
    }
}

// All codes in all places of a word, at widths of whole registers and others.
TEST(ProductKernels, WordsAreDecodedWhereTheyAreMultiplied) {
  for (const WordFormat &format : kWordFormats)
    for (auto shape : {std::pair{64, 1}, {16, 1}, {48, 1}, {40, 1}, {7, 1}, {64, 4}, {64, 2}}) {
      const int outputs = shape.first, panels = shape.second;
      int wordRows = 6, depth = wordRows * format.numbers, rows = 2;
      auto dims = [](int a, int b) { return std::to_string(a) + "x" + std::to_string(b) + "x"; };
      std::string x = dims(rows, depth) + "f32", w = dims(wordRows, outputs) + format.type,
                  packed = std::to_string(panels) + "x" + dims(wordRows, outputs / panels) + format.type,
                  acc = dims(rows, outputs) + "f32", wide = dims(depth, outputs) + "f32";
      std::string text =
          "tile.kernel @words(%x: memref<" + x + ">, %w: memref<" + packed + ">, %out: memref<" + acc +
          ">, %wide: memref<" + wide + ">) {\n%c0 = arith.constant 0 : index\n" +
          "%a = tile.load %x[%c0, %c0] : memref<" + x + "> -> tensor<" + x + ">\n" +
          "%b = tile.load_panels %w[%c0, %c0, %c0] : memref<" + packed + "> -> tensor<" + w + ">\n" +
          "%zero = arith.constant dense<0.0> : tensor<" + acc + ">\n" +
          "%0 = tile.dot_words %a, %b, %zero as " + format.name + " : tensor<" + x + ">, tensor<" + w +
          "> -> tensor<" + acc + ">\n" + "tile.store %0, %out[%c0, %c0] : tensor<" + acc + ">, memref<" +
          acc + ">\n" + "%1 = tile.widen %b as " + format.name + " : tensor<" + w + "> -> tensor<" + wide +
          ">\n" + "tile.store %1, %wide[%c0, %c0] : tensor<" + wide + ">, memref<" + wide +
          ">\ntile.return\n}\n";
      SCOPED_TRACE(text);
      std::mt19937 engine(outputs);
      std::vector<float> a = randomFloats(rows * depth, 5), decoded(depth * outputs), wanted(rows * outputs);
      std::vector<uint8_t> words(wordRows * outputs * format.bits * format.numbers / 8);
      for (int k = 0; k < depth; ++k)
        for (int n = 0; n < outputs; ++n) {
          decoded[k * outputs + n] = putCode(format, randomCode(format, engine), k, n, outputs, words);
        }
      words = inPanels(words, wordRows, outputs, panels, format.bits * format.numbers / 8);
      for (int m = 0; m < rows; ++m)
        for (int n = 0; n < outputs; ++n)
          for (int k = 0; k < depth; ++k)
            wanted[m * outputs + n] =
                std::fma(a[m * depth + k], decoded[k * outputs + n], wanted[m * outputs + n]);
      forEachVariant(text, [&](const LoadedKernels &kernels) {
        SCOPED_TRACE(kernels.name());
        std::vector<float> out(rows * outputs), all(depth * outputs);
        kernels.run("words", {a.data(), words.data(), out.data(), all.data()});
        ASSERT_EQ(all, decoded);
        ASSERT_EQ(out, wanted);
      });
    }
}
