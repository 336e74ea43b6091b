// Kernels compiled for every variant against plain C++, bit by bit.
#include "test/Numerics/HostKernelTest.h"

#include <cmath>
#include <cstring>
#include <random>

using namespace v4test;

namespace {

template <typename T> T fromBits(uint32_t bits) {
  T value;
  std::memcpy(&value, &bits, sizeof value);
  return value;
}

uint32_t bitsOf(float value) {
  uint32_t bits;
  std::memcpy(&bits, &value, sizeof bits);
  return bits;
}

void expectSameBits(const std::vector<float> &got, const std::vector<float> &wanted) {
  ASSERT_EQ(got.size(), wanted.size());
  for (size_t i = 0; i < got.size(); ++i)
    ASSERT_EQ(bitsOf(got[i]), bitsOf(wanted[i])) << "element " << i << ": " << got[i] << " for " << wanted[i];
}

} // namespace

TEST(HostKernels, ProgramIdsAndRows) {
  const char *text = R"(
tile.kernel @ids(%out: memref<?x3x5xi32>, %rows: memref<?xi32>) {
  %x = tile.program_id 0
  %y = tile.program_id 1
  %z = tile.program_id 2
  %ten = arith.constant 10 : index
  %0 = arith.muli %z, %ten : index
  %1 = arith.addi %0, %y : index
  %2 = arith.muli %1, %ten : index
  %3 = arith.addi %2, %x : index
  %4 = arith.index_cast %3 : index to i32
  tile.store_scalar %4, %out[%z, %y, %x] : i32, memref<?x3x5xi32>
  %n = tile.num_rows
  %5 = arith.index_cast %n : index to i32
  tile.store_scalar %5, %rows[%z] : i32, memref<?xi32>
  tile.return
})";
  forEachVariant(text, [](const LoadedKernels &kernels) {
    std::vector<int32_t> out(2 * 3 * 5, -1), rows(2);
    kernels.run("ids", {out.data(), rows.data()}, {5, 3, 2}, 17);
    for (int i = 0; i < 30; ++i)
      EXPECT_EQ(out[i], i / 15 * 100 + i / 5 % 3 * 10 + i % 5);
    EXPECT_EQ(rows, (std::vector<int32_t>{17, 17}));
  });
}

TEST(HostKernels, DotIsOneAscendingChain) {
  const char *text = R"(
tile.kernel @dot(%a: memref<?x64xf32>, %b: memref<?x64x32xf32>, %out: memref<?x32xf32>) {
  %x = tile.program_id 0
  %c0 = arith.constant 0 : index
  %c16 = arith.constant 16 : index
  %c64 = arith.constant 64 : index
  %column = arith.muli %x, %c16 : index
  %zero = arith.constant dense<0.0> : tensor<8x16xf32>
  %sum = scf.for %k = %c0 to %c64 step %c16 iter_args(%acc = %zero) -> tensor<8x16xf32> {
    %at = tile.load %a[%c0, %k] : memref<?x64xf32> -> tensor<8x16xf32>
    %bt = tile.load %b[%c0, %k, %column] : memref<?x64x32xf32> -> tensor<16x16xf32>
    %next = tile.dot %at, %bt, %acc : tensor<8x16xf32>, tensor<16x16xf32> -> tensor<8x16xf32>
    scf.yield %next : tensor<8x16xf32>
  }
  tile.store %sum, %out[%c0, %column] : tensor<8x16xf32>, memref<?x32xf32>
  tile.return
}
// The left tile is computed, not read.
tile.kernel @scaled(%a: memref<?x64xf32>, %b: memref<?x64x32xf32>, %out: memref<?x32xf32>) {
  %c0 = arith.constant 0 : index
  %two = arith.constant dense<2.0> : tensor<1x64xf32>
  %zero = arith.constant dense<0.0> : tensor<1x32xf32>
  %at = tile.load %a[%c0, %c0] : memref<?x64xf32> -> tensor<1x64xf32>
  %scaled = arith.mulf %at, %two : tensor<1x64xf32>
  %bt = tile.load %b[%c0, %c0, %c0] : memref<?x64x32xf32> -> tensor<64x32xf32>
  %sum = tile.dot %scaled, %bt, %zero : tensor<1x64xf32>, tensor<64x32xf32> -> tensor<1x32xf32>
  tile.store %sum, %out[%c0, %c0] : tensor<1x32xf32>, memref<?x32xf32>
  tile.return
})";
  std::vector<float> a = randomFloats(8 * 64, 1), b = randomFloats(64 * 32, 2), wanted(8 * 32);
  for (int m = 0; m < 8; ++m)
    for (int n = 0; n < 32; ++n)
      for (int k = 0; k < 64; ++k)
        wanted[m * 32 + n] = std::fma(a[m * 64 + k], b[k * 32 + n], wanted[m * 32 + n]);
  forEachVariant(text, [&](const LoadedKernels &kernels) {
    std::vector<float> out(8 * 32), scaled(32);
    kernels.run("dot", {a.data(), b.data(), out.data()}, {2, 1, 1});
    expectSameBits(out, wanted);
    kernels.run("scaled", {a.data(), b.data(), scaled.data()});
    for (int n = 0; n < 32; ++n)
      EXPECT_EQ(scaled[n], 2 * wanted[n]);
  });
}

static float reduceInHalves(std::vector<float> values, bool max) {
  while (values.size() > 1) {
    size_t half = values.size() / 2;
    std::vector<float> next;
    for (size_t i = 0; i < half; ++i)
      next.push_back(max ? std::max(values[i], values[half + i]) : values[i] + values[half + i]);
    if (values.size() % 2)
      next.push_back(values.back());
    values = next;
  }
  return values[0];
}

TEST(HostKernels, ReduceHalves) {
  for (int n : {1, 2, 5, 16, 24, 37, 256}) {
    SCOPED_TRACE(n);
    std::string tile = std::to_string(n) + "xf32", memory = "memref<?x" + tile + ">";
    std::string text = "tile.kernel @sum(%in: " + memory +
                       ", %out: memref<?x3xf32>) {\n"
                       "%c0 = arith.constant 0 : index\n%c1 = arith.constant 1 : index\n"
                       "%rows = tile.load %in[%c0, %c0] : " +
                       memory + " -> tensor<3x" + tile +
                       ">\n"
                       "%sums = tile.reduce add %rows : tensor<3x" +
                       tile +
                       "> -> tensor<3xf32>\n"
                       "tile.store %sums, %out[%c0, %c0] : tensor<3xf32>, memref<?x3xf32>\n"
                       "%row = tile.load %in[%c1, %c0] : " +
                       memory + " -> tensor<" + tile +
                       ">\n"
                       "%max = tile.reduce max %row : tensor<" +
                       tile +
                       "> -> f32\n"
                       "tile.store_scalar %max, %out[%c1, %c1] : f32, memref<?x3xf32>\n"
                       "tile.return\n}\n";
    std::vector<float> in = randomFloats(3 * n, n);
    forEachVariant(text, [&](const LoadedKernels &kernels) {
      std::vector<float> out(6);
      kernels.run("sum", {in.data(), out.data()});
      for (int row = 0; row < 3; ++row)
        EXPECT_EQ(out[row], reduceInHalves({&in[row * n], &in[row * n] + n}, false));
      EXPECT_EQ(out[4], reduceInHalves({&in[n], &in[n] + n}, true));
    });
  }
}

TEST(HostKernels, GatherReadsRowsOrZeros) {
  const char *text = R"(
tile.kernel @gather(%in: memref<?x6x20xf32>, %bytes: memref<?x20xi8>, %numbers: memref<?xi32>,
                    %out: memref<?x16xf32>, %narrow: memref<?x16xi8>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c4 = arith.constant 4 : index
  %rows = tile.load %numbers[%c0] : memref<?xi32> -> tensor<4xi32>
  %tile = tile.gather %in[%c1] rows %rows from %c4 : memref<?x6x20xf32>, tensor<4xi32> -> tensor<4x16xf32>
  tile.store %tile, %out[%c0, %c0] : tensor<4x16xf32>, memref<?x16xf32>
  %low = tile.gather %bytes[] rows %rows from %c0 : memref<?x20xi8>, tensor<4xi32> -> tensor<4x16xi8>
  tile.store %low, %narrow[%c0, %c0] : tensor<4x16xi8>, memref<?x16xi8>
  tile.return
})";
  std::vector<float> in = randomFloats(2 * 6 * 20, 3);
  std::vector<int8_t> bytes(6 * 20);
  for (size_t i = 0; i < bytes.size(); ++i)
    bytes[i] = int8_t(i + 1);
  std::vector<int32_t> rows{5, -1, 0, -2147483647};
  forEachVariant(text, [&](const LoadedKernels &kernels) {
    std::vector<float> out(4 * 16, 9.0f);
    std::vector<int8_t> narrow(4 * 16, 9);
    kernels.run("gather", {in.data(), bytes.data(), rows.data(), out.data(), narrow.data()});
    for (int i = 0; i < 4; ++i)
      for (int j = 0; j < 16; ++j) {
        EXPECT_EQ(out[i * 16 + j], rows[i] < 0 ? 0.0f : in[(6 + rows[i]) * 20 + 4 + j]);
        EXPECT_EQ(narrow[i * 16 + j], rows[i] < 0 ? 0 : bytes[rows[i] * 20 + j]);
      }
  });
}

TEST(HostKernels, MaskedAccessesStopAtTheLastColumn) {
  for (std::string type : {"f32", "bf16", "i8"}) {
    SCOPED_TRACE(type);
    std::string memory = "memref<?x21x" + type + ">", wide = "memref<?x32x" + type + ">";
    std::string text =
        "tile.kernel @copy(%in: " + memory + ", %out: " + memory + ", %wide: " + wide +
        ") {\n"
        "%p = tile.program_id 0\n%c0 = arith.constant 0 : index\n%c16 = arith.constant 16 : index\n"
        "%column = arith.muli %p, %c16 : index\n"
        "%tile = tile.load %in[%c0, %column] masked : " +
        memory + " -> tensor<2x16x" + type +
        ">\n"
        "tile.store %tile, %out[%c0, %column] masked : tensor<2x16x" +
        type + ">, " + memory +
        "\n"
        "tile.store %tile, %wide[%c0, %column] : tensor<2x16x" +
        type + ">, " + wide +
        "\n"
        "tile.return\n}\n";
    size_t bytes = type == "f32" ? 4 : type == "bf16" ? 2 : 1;
    forEachVariant(text, [&](const LoadedKernels &kernels) {
      std::vector<uint8_t> in(2 * 21 * bytes), out(3 * 21 * bytes, 0xee), wide(2 * 32 * bytes, 0xee);
      for (size_t i = 0; i < in.size(); ++i)
        in[i] = uint8_t(i * 7 + 1);
      kernels.run("copy", {in.data(), out.data(), wide.data()}, {2, 1, 1});
      EXPECT_TRUE(std::equal(in.begin(), in.end(), out.begin()));
      for (size_t i = in.size(); i < out.size(); ++i)
        ASSERT_EQ(out[i], 0xee) << i;
      for (size_t i = 0; i < wide.size(); ++i) {
        size_t row = i / (32 * bytes), at = i % (32 * bytes);
        ASSERT_EQ(wide[i], at < 21 * bytes ? in[row * 21 * bytes + at] : 0) << i;
      }
    });
  }
}

static float decodeMiniFloat(int code, int exponentBits, int mantissaBits) {
  int bias = (1 << (exponentBits - 1)) - 1;
  int mantissa = code & ((1 << mantissaBits) - 1),
      exponent = code >> mantissaBits & ((1 << exponentBits) - 1);
  double magnitude = exponent == 0
                         ? std::ldexp(mantissa, 1 - bias - mantissaBits)
                         : std::ldexp((1 << mantissaBits) + mantissa, exponent - bias - mantissaBits);
  return float(code >> (exponentBits + mantissaBits) & 1 ? -magnitude : magnitude);
}

TEST(HostKernels, WidenEveryCode) {
  const char *text = R"(
tile.kernel @widen(%in: memref<?x16xi8>, %e4m3: memref<?x16xf32>, %e8m0: memref<?x16xf32>, %e2m1: memref<?x16xf32>) {
  %row = tile.program_id 0
  %c0 = arith.constant 0 : index
  %c2 = arith.constant 2 : index
  %bytes = tile.load %in[%row, %c0] : memref<?x16xi8> -> tensor<1x16xi8>
  %0 = tile.widen %bytes as e4m3 : tensor<1x16xi8> -> tensor<1x16xf32>
  tile.store %0, %e4m3[%row, %c0] : tensor<1x16xf32>, memref<?x16xf32>
  %1 = tile.widen %bytes as e8m0 : tensor<1x16xi8> -> tensor<1x16xf32>
  tile.store %1, %e8m0[%row, %c0] : tensor<1x16xf32>, memref<?x16xf32>
  %2 = tile.widen %bytes as e2m1 : tensor<1x16xi8> -> tensor<2x16xf32>
  %twice = arith.muli %row, %c2 : index
  tile.store %2, %e2m1[%twice, %c0] : tensor<2x16xf32>, memref<?x16xf32>
  tile.return
})";
  std::vector<uint8_t> codes(256);
  for (int i = 0; i < 256; ++i)
    codes[i] = uint8_t(i);
  forEachVariant(text, [&](const LoadedKernels &kernels) {
    std::vector<float> e4m3(256), e8m0(256), e2m1(512);
    kernels.run("widen", {codes.data(), e4m3.data(), e8m0.data(), e2m1.data()}, {16, 1, 1});
    for (int i = 0; i < 256; ++i) {
      SCOPED_TRACE(i);
      if ((i & 0x7f) == 0x7f)
        EXPECT_TRUE(std::isnan(e4m3[i]));
      else
        EXPECT_EQ(bitsOf(e4m3[i]), bitsOf(decodeMiniFloat(i, 4, 3)));
      if (i == 255)
        EXPECT_TRUE(std::isnan(e8m0[i]));
      else
        EXPECT_EQ(e8m0[i], std::ldexp(1.0f, i - 127));
      int row = i / 16, column = i % 16;
      EXPECT_EQ(bitsOf(e2m1[2 * row * 16 + column]), bitsOf(decodeMiniFloat(i & 15, 2, 1)));
      EXPECT_EQ(bitsOf(e2m1[(2 * row + 1) * 16 + column]), bitsOf(decodeMiniFloat(i >> 4, 2, 1)));
    }
  });
}

TEST(HostKernels, DoublesAndConversions) {
  const char *text = R"(
tile.kernel @doubles(%in: memref<?x8xf32>, %int: memref<?x8xi32>, %out: memref<?x8xf32>, %wide: memref<?x8xf64>,
                     %half: memref<?x8xbf16>, %back: memref<?x8xf32>) {
  %row = tile.program_id 0
  %c0 = arith.constant 0 : index
  %x = tile.load %in[%row, %c0] : memref<?x8xf32> -> tensor<8xf32>
  %i = tile.load %int[%row, %c0] : memref<?x8xi32> -> tensor<8xi32>
  %third = arith.constant dense<0.33333333333333331> : tensor<8xf64>
  %xd = arith.extf %x : tensor<8xf32> to tensor<8xf64>
  %id = arith.sitofp %i : tensor<8xi32> to tensor<8xf64>
  %product = arith.mulf %xd, %third : tensor<8xf64>
  %sum = arith.addf %product, %id : tensor<8xf64>
  tile.store %sum, %wide[%row, %c0] : tensor<8xf64>, memref<?x8xf64>
  %whole = arith.fptosi %sum : tensor<8xf64> to tensor<8xi32>
  %wholed = arith.sitofp %whole : tensor<8xi32> to tensor<8xf64>
  %fraction = arith.subf %sum, %wholed : tensor<8xf64>
  %narrow = arith.truncf %fraction : tensor<8xf64> to tensor<8xf32>
  tile.store %narrow, %out[%row, %c0] : tensor<8xf32>, memref<?x8xf32>
  %h = arith.truncf %x : tensor<8xf32> to tensor<8xbf16>
  tile.store %h, %half[%row, %c0] : tensor<8xbf16>, memref<?x8xbf16>
  %again = tile.load %half[%row, %c0] : memref<?x8xbf16> -> tensor<8xbf16>
  %b = arith.extf %again : tensor<8xbf16> to tensor<8xf32>
  tile.store %b, %back[%row, %c0] : tensor<8xf32>, memref<?x8xf32>
  tile.return
})";
  std::vector<float> in = randomFloats(16, 5);
  in[3] = fromBits<float>(0x3f808000); // a tie: to even, down
  in[4] = fromBits<float>(0x3f818000); // a tie: to even, up
  in[5] = fromBits<float>(0x7fffffff); // NaN
  in[6] = fromBits<float>(0x7f7fffff); // rounds to infinity
  std::vector<int32_t> ints(16);
  for (int i = 0; i < 16; ++i)
    ints[i] = 1000003 * (i - 8);
  forEachVariant(text, [&](const LoadedKernels &kernels) {
    std::vector<float> out(16), back(16);
    std::vector<double> wide(16);
    std::vector<uint16_t> half(16);
    kernels.run("doubles", {in.data(), ints.data(), out.data(), wide.data(), half.data(), back.data()},
                {2, 1, 1});
    for (int i = 0; i < 16; ++i) {
      SCOPED_TRACE(i);
      if (i != 5 && i != 6) {
        double sum = double(in[i]) * 0.33333333333333331 + ints[i];
        EXPECT_EQ(wide[i], sum);
        EXPECT_EQ(out[i], float(sum - int32_t(sum)));
      }
      uint32_t bits = bitsOf(in[i]);
      uint16_t rounded = i == 5 ? 0x7fff : uint16_t((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
      EXPECT_EQ(half[i], rounded);
      EXPECT_EQ(bitsOf(back[i]), uint32_t(rounded) << 16);
    }
  });
}

TEST(HostKernels, ControlFlowCarriesTiles) {
  const char *text = R"(
tile.kernel @flow(%in: memref<?x16xf32>, %counts: memref<?xi32>, %out: memref<?x16xf32>) {
  %row = tile.program_id 0
  %c0 = arith.constant 0 : index
  %one = arith.constant dense<1.0> : tensor<2x16xf32>
  %c0i = arith.constant 0 : i32
  %c1i = arith.constant 1 : i32
  %count = tile.load_scalar %counts[%row] : memref<?xi32> -> i32
  %x = tile.load %in[%row, %c0] : memref<?x16xf32> -> tensor<16xf32>
  %start = tile.broadcast %x along 0 : tensor<16xf32> -> tensor<2x16xf32>
  // Doubles and adds one `count` times.
  %done:2 = scf.while (%i = %c0i, %t = %start) : (i32, tensor<2x16xf32>) -> (i32, tensor<2x16xf32>) {
    %more = arith.cmpi slt, %i, %count : i32
    scf.condition(%more) %i, %t : i32, tensor<2x16xf32>
  } do {
  ^bb0(%i: i32, %t: tensor<2x16xf32>):
    %twice = arith.addf %t, %t : tensor<2x16xf32>
    %next = arith.addf %twice, %one : tensor<2x16xf32>
    %j = arith.addi %i, %c1i : i32
    scf.yield %j, %next : i32, tensor<2x16xf32>
  }
  %even = arith.andi %count, %c1i : i32
  %isEven = arith.cmpi eq, %even, %c0i : i32
  %chosen = scf.if %isEven -> tensor<2x16xf32> {
    scf.yield %done#1 : tensor<2x16xf32>
  } else {
    %negative = arith.negf %done#1 : tensor<2x16xf32>
    scf.yield %negative : tensor<2x16xf32>
  }
  // Lane i of the two equal rows is added to i; lanes from 12 on become -1.
  %sum = tile.iota : tensor<16xi32>
  %numbers = arith.sitofp %sum : tensor<16xi32> to tensor<16xf32>
  %both = tile.broadcast %numbers along 0 : tensor<16xf32> -> tensor<2x16xf32>
  %added = arith.addf %chosen, %both : tensor<2x16xf32>
  %limit = arith.constant 12 : i32
  %limits = tile.splat %limit : i32 -> tensor<16xi32>
  %inside = arith.cmpi slt, %sum, %limits : tensor<16xi32>
  %insideBoth = tile.broadcast %inside along 0 : tensor<16xi1> -> tensor<2x16xi1>
  %pair = arith.constant dense<[-1.0, -2.0]> : tensor<2xf32>
  %outside = tile.broadcast %pair along 1 : tensor<2xf32> -> tensor<2x16xf32>
  %result = arith.select %insideBoth, %added, %outside : tensor<2x16xi1>, tensor<2x16xf32>
  %c2 = arith.constant 2 : index
  %at = arith.muli %row, %c2 : index
  tile.store %result, %out[%at, %c0] : tensor<2x16xf32>, memref<?x16xf32>
  tile.return
})";
  std::vector<float> in = randomFloats(4 * 16, 6);
  std::vector<int32_t> counts{0, 3, 2, 7};
  forEachVariant(text, [&](const LoadedKernels &kernels) {
    std::vector<float> out(8 * 16);
    kernels.run("flow", {in.data(), counts.data(), out.data()}, {4, 1, 1});
    for (int i = 0; i < 128; ++i) {
      int program = i / 32, lane = i % 16;
      float wanted = in[program * 16 + lane];
      for (int n = 0; n < counts[program]; ++n)
        wanted = (wanted + wanted) + 1.0f;
      wanted = (counts[program] % 2 ? -wanted : wanted) + float(lane);
      ASSERT_EQ(out[i], lane < 12 ? wanted : i / 16 % 2 ? -2.0f : -1.0f) << i;
    }
  });
}

TEST(HostKernels, InterleaveAndBack) {
  const char *text = R"(
tile.kernel @swap(%in: memref<?x14xf32>, %out: memref<?x14xf32>) {
  %row = tile.program_id 0
  %c0 = arith.constant 0 : index
  %x = tile.load %in[%row, %c0] : memref<?x14xf32> -> tensor<14xf32>
  %even, %odd = tile.deinterleave %x : tensor<14xf32> -> tensor<7xf32>
  %least = arith.minnumf %even, %odd : tensor<7xf32>
  %most = arith.maxnumf %even, %odd : tensor<7xf32>
  %y = tile.interleave %least, %most : tensor<7xf32> -> tensor<14xf32>
  tile.store %y, %out[%row, %c0] : tensor<14xf32>, memref<?x14xf32>
  tile.return
})";
  std::vector<float> in = randomFloats(3 * 14, 8), wanted = in;
  for (size_t i = 0; i < wanted.size(); i += 2)
    if (wanted[i] > wanted[i + 1])
      std::swap(wanted[i], wanted[i + 1]);
  forEachVariant(text, [&](const LoadedKernels &kernels) {
    std::vector<float> out(3 * 14);
    kernels.run("swap", {in.data(), out.data()}, {3, 1, 1});
    expectSameBits(out, wanted);
  });
}

TEST(HostKernels, TransposesSquares) {
  for (int n : {1, 2, 8, 16, 32}) {
    std::string size = std::to_string(n) + "x" + std::to_string(n) + "xf32";
    std::string text = "tile.kernel @turn(%in: memref<" + size + ">, %out: memref<" + size + ">) {\n" +
                       "%c0 = arith.constant 0 : index\n%0 = tile.load %in[%c0, %c0] : memref<" + size +
                       "> -> tensor<" + size + ">\n%1 = tile.transpose %0 : tensor<" + size + "> -> tensor<" +
                       size + ">\ntile.store %1, %out[%c0, %c0] : tensor<" + size + ">, memref<" + size +
                       ">\ntile.return\n}\n";
    std::vector<float> in = randomFloats(n * n, n), wanted(n * n);
    for (int i = 0; i < n; ++i)
      for (int j = 0; j < n; ++j)
        wanted[j * n + i] = in[i * n + j];
    forEachVariant(text, [&](const LoadedKernels &kernels) {
      std::vector<float> out(n * n);
      kernels.run("turn", {in.data(), out.data()});
      EXPECT_EQ(out, wanted) << n << " of " << kernels.name();
    });
  }
}

TEST(HostKernels, RefusesWhatCannotRun) {
  Compiled power = compile(R"(
tile.kernel @power(%m: memref<?x8xf32>) {
  %c0 = arith.constant 0 : index
  %x = tile.load %m[%c0, %c0] : memref<?x8xf32> -> tensor<8xf32>
  %y = math.powf %x, %x : tensor<8xf32>
  tile.store %y, %m[%c0, %c0] : tensor<8xf32>, memref<?x8xf32>
  tile.return
})");
  EXPECT_TRUE(mlir::failed(power.kernels));
  EXPECT_NE(power.diagnostics.find("has no expansion"), std::string::npos) << power.diagnostics;

  Compiled nothing = compile("module {}");
  EXPECT_TRUE(mlir::failed(nothing.kernels));
  EXPECT_NE(nothing.diagnostics.find("has no tile.kernel to compile"), std::string::npos)
      << nothing.diagnostics;

  Compiled remainder = compile(R"(
tile.kernel @remainder(%m: memref<?xf32>) {
  %c0 = arith.constant 0 : index
  %x = tile.load_scalar %m[%c0] : memref<?xf32> -> f32
  %y = arith.remf %x, %x : f32
  tile.store_scalar %y, %m[%c0] : f32, memref<?xf32>
  tile.return
})");
  EXPECT_TRUE(mlir::failed(remainder.kernels));
  EXPECT_NE(remainder.diagnostics.find("kernels call 'fmodf'"), std::string::npos) << remainder.diagnostics;
}

TEST(HostKernels, SameBytesForAnyNumberOfThreads) {
  std::string text;
  for (int i = 0; i < 6; ++i)
    text += "tile.kernel @k" + std::to_string(i) + "(%m: memref<?xf32>) {\n%c = arith.constant " +
            std::to_string(i) +
            " : index\n%x = tile.load_scalar %m[%c] : memref<?xf32> -> f32\n%y = math.exp %x : f32\n"
            "tile.store_scalar %y, %m[%c] : f32, memref<?xf32>\ntile.return\n}\n";
  Compiled one = compile(text, 1), two = compile(text, 2);
  ASSERT_TRUE(mlir::succeeded(one.kernels)) << one.diagnostics;
  ASSERT_TRUE(mlir::succeeded(two.kernels)) << two.diagnostics;
  EXPECT_TRUE(one.kernels->elf == two.kernels->elf);
  ASSERT_EQ(one.kernels->kernels.size(), 6u);
  EXPECT_EQ(one.kernels->kernels[5].name, "k5");
  EXPECT_EQ(one.kernels->kernels[5].code.size(), mlir::v4::hostVariants().size());
  EXPECT_GT(one.kernels->kernels[5].code[0].bytes, 0u);
  // Its scalar exponential has multiply-adds, none of them packed.
  const auto &instructions = one.kernels->kernels[5].code[0].instructions;
  ASSERT_FALSE(instructions.empty());
  EXPECT_EQ(instructions.back().first, "scalar");
  EXPECT_GT(instructions.back().second, 10u);
}
