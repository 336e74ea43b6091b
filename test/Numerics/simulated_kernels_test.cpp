// Kernels of the simulated device: tiles of any size, ops that CPU kernels do not have, and accesses that
// reach beyond their memory. host_kernels_test.cpp holds what they share with CPU kernels.
#include "test/Numerics/HostKernelTest.h"

#include <cmath>
#include <cstring>
#include <random>

using namespace v4test;

namespace {

std::vector<uint8_t> randomBytes(size_t count, uint32_t seed, int least, int most) {
  std::mt19937 engine(seed);
  std::uniform_int_distribution<int> uniform(least, most);
  std::vector<uint8_t> values(count);
  for (uint8_t &value : values)
    value = uint8_t(uniform(engine));
  return values;
}

template <typename T> bool sameBits(const std::vector<T> &got, const std::vector<T> &wanted) {
  return got.size() == wanted.size() && std::memcmp(got.data(), wanted.data(), got.size() * sizeof(T)) == 0;
}

float e2m1(int code) {
  static const float values[8] = {0, 0.5, 1, 1.5, 2, 3, 4, 6};
  return code & 8 ? -values[code & 7] : values[code & 7];
}

float e4m3(int code) {
  int exponent = code >> 3 & 15, fraction = code & 7;
  float value =
      exponent == 0 ? std::ldexp(float(fraction), -9) : std::ldexp(1 + fraction / 8.0f, exponent - 7);
  return code & 0x80 ? -value : value;
}

} // namespace

TEST(SimulatedKernels, TilesLargerThanRegisters) {
  const char *text = R"(
tile.kernel @large(%a: memref<?x128xf32>, %b: memref<?x256xf32>, %out: memref<?x64xf32>) {
  %c0 = arith.constant 0 : index
  %at = tile.load %a[%c0, %c0] : memref<?x128xf32> -> tensor<64x128xf32>
  %bt = tile.load %b[%c0, %c0] : memref<?x256xf32> -> tensor<128x256xf32>
  %zero = arith.constant dense<0.0> : tensor<64x256xf32>
  %0 = tile.dot %at, %bt, %zero : tensor<64x128xf32>, tensor<128x256xf32> -> tensor<64x256xf32>
  %1 = math.absf %0 : tensor<64x256xf32>
  %2 = tile.reduce max %1 : tensor<64x256xf32> -> tensor<64xf32>
  %3 = tile.broadcast %2 along 1 : tensor<64xf32> -> tensor<64x256xf32>
  %4 = arith.divf %0, %3 : tensor<64x256xf32>
  %5 = tile.transpose %4 : tensor<64x256xf32> -> tensor<256x64xf32>
  tile.store %5, %out[%c0, %c0] : tensor<256x64xf32>, memref<?x64xf32>
  tile.return
})";
  std::vector<float> a = randomFloats(64 * 128, 1), b = randomFloats(128 * 256, 2), wanted(256 * 64);
  for (int m = 0; m < 64; ++m) {
    std::vector<float> row(256);
    float most = 0;
    for (int n = 0; n < 256; ++n) {
      for (int k = 0; k < 128; ++k)
        row[n] = std::fma(a[m * 128 + k], b[k * 256 + n], row[n]);
      most = std::max(most, std::fabs(row[n]));
    }
    for (int n = 0; n < 256; ++n)
      wanted[n * 64 + m] = row[n] / most;
  }
  forSimulator(text, [&](const LoadedKernels &kernels) {
    std::vector<float> out(256 * 64);
    EXPECT_EQ(kernels
                  .runChecked("large", {a.data(), b.data(), out.data()},
                              {64 * 128 * 4, 128 * 256 * 4, 256 * 64 * 4})
                  .count,
              0);
    EXPECT_TRUE(sameBits(out, wanted));
  });
}

TEST(SimulatedKernels, ScaledDot) {
  for (bool nibbles : {true, false}) {
    SCOPED_TRACE(nibbles);
    std::string width = nibbles ? "48" : "96", format = nibbles ? "e2m1" : "e4m3";
    std::string text = "tile.kernel @product(%w: memref<?x" + width +
                       "xi8>, %s: memref<?x3xi8>, %x: memref<?x24xf32>, %out: memref<?x24xf32>) {\n"
                       "%c0 = arith.constant 0 : index\n"
                       "%wt = tile.load %w[%c0, %c0] : memref<?x" +
                       width + "xi8> -> tensor<16x" + width +
                       "xi8>\n"
                       "%st = tile.load %s[%c0, %c0] : memref<?x3xi8> -> tensor<16x3xi8>\n"
                       "%xt = tile.load %x[%c0, %c0] : memref<?x24xf32> -> tensor<96x24xf32>\n"
                       "%acc = tile.load %out[%c0, %c0] : memref<?x24xf32> -> tensor<16x24xf32>\n"
                       "%0 = tile.scaled_dot %wt, %st, %xt, %acc as " +
                       format + " : tensor<16x" + width +
                       "xi8>, tensor<16x3xi8>, tensor<96x24xf32> -> tensor<16x24xf32>\n"
                       "tile.store %0, %out[%c0, %c0] : tensor<16x24xf32>, memref<?x24xf32>\n"
                       "tile.return\n}\n";
    std::vector<uint8_t> w = randomBytes(size_t(16) * (nibbles ? 48 : 96), 3, 0, nibbles ? 255 : 126);
    std::vector<uint8_t> s = randomBytes(16 * 3, 4, 110, 140);
    std::vector<float> x = randomFloats(96 * 24, 5), start = randomFloats(16 * 24, 6), wanted = start;
    for (int m = 0; m < 16; ++m)
      for (int n = 0; n < 24; ++n)
        for (int k = 0; k < 96; ++k) {
          float value = nibbles ? e2m1(w[m * 48 + k / 2] >> (k % 2 * 4) & 15) : e4m3(w[m * 96 + k]);
          value = std::ldexp(value, s[m * 3 + k / 32] - 127);
          wanted[m * 24 + n] = std::fma(value, x[k * 24 + n], wanted[m * 24 + n]);
        }
    forSimulator(text, [&](const LoadedKernels &kernels) {
      std::vector<float> out = start;
      kernels.run("product", {w.data(), s.data(), x.data(), out.data()});
      EXPECT_TRUE(sameBits(out, wanted));
    });
  }
}

TEST(SimulatedKernels, ViewsShowTheSameMemory) {
  const char *text = R"(
tile.kernel @third_head(%m: memref<?x64xf32>, %out: memref<?x16xf32>) {
  %row = tile.program_id 0
  %c0 = arith.constant 0 : index
  %c2 = arith.constant 2 : index
  %heads = tile.view %m : memref<?x64xf32> -> memref<?x4x16xf32>
  %0 = tile.load %heads[%row, %c2, %c0] : memref<?x4x16xf32> -> tensor<16xf32>
  tile.store %0, %out[%row, %c0] : tensor<16xf32>, memref<?x16xf32>
  tile.return
})";
  std::vector<float> m = randomFloats(5 * 64, 7);
  forSimulator(text, [&](const LoadedKernels &kernels) {
    std::vector<float> out(5 * 16);
    std::vector<void *> buffers = {m.data(), out.data()};
    EXPECT_EQ(kernels.runChecked("third_head", buffers, {5 * 64 * 4, 5 * 16 * 4}, {5, 1, 1}).count, 0);
    for (int i = 0; i < 5 * 16; ++i)
      EXPECT_EQ(out[i], m[i / 16 * 64 + 32 + i % 16]);
    // The view ends where the memory does.
    v4rt::KernelFault fault =
        kernels.runChecked("third_head", buffers, {5 * 64 * 4 - 68, 5 * 16 * 4}, {5, 1, 1});
    EXPECT_EQ(fault.count, 1);
    EXPECT_EQ(fault.program, 4);
    EXPECT_EQ(fault.argument, 0);
  });
}

TEST(SimulatedKernels, ScratchIsTheProgramsOwn) {
  const char *text = R"(
tile.kernel @keep(%m: memref<?x16xf32>) {
  %row = tile.program_id 0
  %c0 = arith.constant 0 : index
  %own = tile.scratch : memref<16xf32>
  %0 = tile.load %m[%row, %c0] : memref<?x16xf32> -> tensor<16xf32>
  tile.store %0, %own[%c0] : tensor<16xf32>, memref<16xf32>
  %1 = tile.load %own[%c0] : memref<16xf32> -> tensor<16xf32>
  %2 = arith.addf %0, %1 : tensor<16xf32>
  tile.store %2, %m[%row, %c0] : tensor<16xf32>, memref<?x16xf32>
  tile.return
}
tile.kernel @beyond(%m: memref<?x16xf32>) {
  %c1 = arith.constant 1 : index
  %own = tile.scratch : memref<16xf32>
  %0 = tile.load %own[%c1] : memref<16xf32> -> tensor<16xf32>
  tile.store %0, %m[%c1, %c1] : tensor<16xf32>, memref<?x16xf32>
  tile.return
})";
  forSimulator(text, [&](const LoadedKernels &kernels) {
    std::vector<float> m = randomFloats(7 * 16, 8), twice = m;
    for (float &value : twice)
      value += value;
    EXPECT_EQ(kernels.runChecked("keep", {m.data()}, {7 * 64}, {7, 1, 1}).count, 0);
    EXPECT_TRUE(sameBits(m, twice));
    v4rt::KernelFault fault = kernels.runChecked("beyond", {m.data()}, {7 * 64});
    EXPECT_EQ(fault.count, 2);
    EXPECT_EQ(fault.argument, -1);
    EXPECT_EQ(fault.offset, 4);
    EXPECT_TRUE(sameBits(m, twice));
  });
}

namespace {
struct Access {
  const char *name;
  const char *body;     // reads or writes %m: memref<?x8x16xf32> at [%i, %j, %k]
  int64_t last[3];      // the last place that is inside a memory of 4 rows
  int64_t beyond[8][3]; // places that are not; ends with the last place again
};
} // namespace

class SimulatedAccess : public testing::TestWithParam<Access> {};

// Offsets come from memory, as they may in a model.
static std::string accessKernel(const std::string &body) {
  return "tile.kernel @access(%m: memref<?x8x16xf32>, %at: memref<?xi32>, %out: memref<?x4xf32>) {\n"
         "%c0 = arith.constant 0 : index\n%c1 = arith.constant 1 : index\n%c2 = arith.constant 2 : index\n"
         "%i0 = tile.load_scalar %at[%c0] : memref<?xi32> -> i32\n"
         "%j0 = tile.load_scalar %at[%c1] : memref<?xi32> -> i32\n"
         "%k0 = tile.load_scalar %at[%c2] : memref<?xi32> -> i32\n"
         "%i = arith.index_cast %i0 : i32 to index\n%j = arith.index_cast %j0 : i32 to index\n"
         "%k = arith.index_cast %k0 : i32 to index\n" +
         body + "tile.return\n}\n";
}

TEST_P(SimulatedAccess, IsInsideItsMemory) {
  const Access &access = GetParam();
  forSimulator(accessKernel(access.body), [&](const LoadedKernels &kernels) {
    const std::vector<float> before = randomFloats(4 * 8 * 16, 9);
    std::vector<float> m = before, out(2 * 4, 77);
    auto run = [&](const int64_t *place) {
      int32_t at[3] = {int32_t(place[0]), int32_t(place[1]), int32_t(place[2])};
      return kernels.runChecked("access", {m.data(), at, out.data()},
                                {int64_t(m.size() * 4), sizeof(at), int64_t(out.size() * 4)});
    };
    EXPECT_EQ(run(access.last).count, 0);
    m = before;
    for (const int64_t *place : access.beyond) {
      if (std::memcmp(place, access.last, sizeof(access.last)) == 0)
        break;
      SCOPED_TRACE(testing::Message() << place[0] << ", " << place[1] << ", " << place[2]);
      v4rt::KernelFault fault = run(place);
      EXPECT_EQ(fault.count, 1);
      EXPECT_EQ(fault.argument, 0);
      EXPECT_EQ(fault.program, 0);
      EXPECT_TRUE(sameBits(m, before));
    }
  });
}

INSTANTIATE_TEST_SUITE_P(
    , SimulatedAccess,
    testing::Values(
        Access{
            "load",
            "%0 = tile.load %m[%i, %j, %k] : memref<?x8x16xf32> -> tensor<2x4xf32>\n"
            "tile.store %0, %out[%c0, %c0] : tensor<2x4xf32>, memref<?x4xf32>\n",
            {3, 6, 12},
            {{4, 0, 0}, {3, 7, 12}, {3, 6, 13}, {0, 7, 0}, {-1, 0, 0}, {0, -1, 8}, {0, 0, -4}, {3, 6, 12}}},
        Access{"masked_load",
               "%0 = tile.load %m[%i, %j, %k] masked : memref<?x8x16xf32> -> tensor<2x4xf32>\n"
               "tile.store %0, %out[%c0, %c0] : tensor<2x4xf32>, memref<?x4xf32>\n",
               {3, 6, 14},
               {{4, 0, 0}, {3, 7, 12}, {-1, 0, 0}, {0, -1, 8}, {0, 0, -4}, {3, 6, 14}}},
        Access{
            "store",
            "%0 = arith.constant dense<1.0> : tensor<2x4xf32>\n"
            "tile.store %0, %m[%i, %j, %k] : tensor<2x4xf32>, memref<?x8x16xf32>\n",
            {3, 6, 12},
            {{4, 0, 0}, {3, 7, 12}, {3, 6, 13}, {0, 7, 0}, {-1, 0, 0}, {0, -1, 8}, {0, 0, -4}, {3, 6, 12}}},
        Access{"load_scalar",
               "%0 = tile.load_scalar %m[%i, %j, %k] : memref<?x8x16xf32> -> f32\n"
               "tile.store_scalar %0, %out[%c0, %c0] : f32, memref<?x4xf32>\n",
               {3, 7, 15},
               {{4, 0, 0}, {0, 8, 0}, {0, 0, 16}, {-1, 7, 15}, {0, -1, 15}, {0, 0, -1}, {3, 7, 15}}},
        Access{"store_scalar",
               "%0 = arith.constant 1.0 : f32\n"
               "tile.store_scalar %0, %m[%i, %j, %k] : f32, memref<?x8x16xf32>\n",
               {3, 7, 15},
               {{4, 0, 0}, {0, 8, 0}, {0, 0, 16}, {-1, 7, 15}, {0, -1, 15}, {0, 0, -1}, {3, 7, 15}}}),
    [](const auto &info) { return std::string(info.param.name); });

TEST(SimulatedKernels, GatherOfARowThatIsNotThere) {
  const char *text = R"(
tile.kernel @gather(%m: memref<?x8x16xf32>, %rows: memref<?xi32>, %out: memref<?x16xf32>) {
  %c0 = arith.constant 0 : index
  %c3 = arith.constant 3 : index
  %0 = tile.load %rows[%c0] : memref<?xi32> -> tensor<4xi32>
  %1 = tile.gather %m[%c3] rows %0 from %c0 : memref<?x8x16xf32>, tensor<4xi32> -> tensor<4x16xf32>
  tile.store %1, %out[%c0, %c0] : tensor<4x16xf32>, memref<?x16xf32>
  tile.return
})";
  std::vector<float> m = randomFloats(4 * 8 * 16, 10);
  forSimulator(text, [&](const LoadedKernels &kernels) {
    std::vector<int32_t> rows = {7, -1, 8, 0};
    std::vector<float> out(4 * 16, 77);
    v4rt::KernelFault fault =
        kernels.runChecked("gather", {m.data(), rows.data(), out.data()}, {4 * 8 * 64, 16, 4 * 64});
    EXPECT_EQ(fault.count, 1);
    EXPECT_EQ(fault.argument, 0);
    EXPECT_EQ(fault.offset, (3 * 8 + 8) * 64);
    for (int i = 0; i < 64; ++i)
      EXPECT_EQ(out[i], i < 16 ? m[(3 * 8 + 7) * 16 + i] : i < 48 ? 0 : m[3 * 8 * 16 + i - 48]);
  });
}
