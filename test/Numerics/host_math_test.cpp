// Functions that kernels compute with arithmetic, against the C library in double precision.
#include "test/Numerics/HostKernelTest.h"

#include <cmath>
#include <cstring>
#include <limits>
#include <random>

using namespace v4test;

namespace {

struct MathCase {
  const char *name;
  double (*wanted)(double);
  double worst; // ulp
};

double reciprocalRoot(double x) { return 1 / std::sqrt(x); }

class HostMath : public testing::TestWithParam<MathCase> {};

// All magnitudes, the neighbourhoods of what expansions switch at, and the special values.
std::vector<float> inputs() {
  std::vector<float> values{0.0f,   -0.0f,  1.0f,    -1.0f,   88.0f,    88.7228f, 88.7229f, 89.5f,  104.5f,
                            -87.3f, -87.4f, -103.9f, -104.1f, -1000.0f, 1000.0f,  0.625f,   -0.625f};
  for (float special : {std::numeric_limits<float>::infinity(), std::numeric_limits<float>::max(),
                        std::numeric_limits<float>::min(), std::numeric_limits<float>::denorm_min(),
                        std::numeric_limits<float>::quiet_NaN()}) {
    values.push_back(special);
    values.push_back(-special);
  }
  std::mt19937 engine(7);
  std::uniform_real_distribution<float> narrow(-2.0f, 2.0f), wide(-110.0f, 110.0f);
  while (values.size() < 3 * 65536) {
    uint32_t bits = engine();
    float any;
    std::memcpy(&any, &bits, sizeof any);
    values.insert(values.end(), {any, narrow(engine), wide(engine)});
  }
  values.resize(values.size() / 16 * 16);
  return values;
}

} // namespace

TEST_P(HostMath, WithinUlps) {
  std::string name = GetParam().name;
  std::string text = "tile.kernel @tiles(%in: memref<?x16xf32>, %out: memref<?x16xf32>) {\n"
                     "%p = tile.program_id 0\n%c0 = arith.constant 0 : index\n"
                     "%x = tile.load %in[%p, %c0] : memref<?x16xf32> -> tensor<16xf32>\n"
                     "%y = math." +
                     name +
                     " %x : tensor<16xf32>\n"
                     "tile.store %y, %out[%p, %c0] : tensor<16xf32>, memref<?x16xf32>\n"
                     "tile.return\n}\n"
                     "tile.kernel @scalars(%in: memref<?xf32>, %out: memref<?xf32>) {\n"
                     "%p = tile.program_id 0\n"
                     "%x = tile.load_scalar %in[%p] : memref<?xf32> -> f32\n"
                     "%y = math." +
                     name +
                     " %x : f32\n"
                     "tile.store_scalar %y, %out[%p] : f32, memref<?xf32>\n"
                     "tile.return\n}\n";
  std::vector<float> in = inputs(), first;
  forEachVariant(text, [&](const LoadedKernels &kernels) {
    std::vector<float> out(in.size()), scalars(in.size());
    kernels.run("tiles", {in.data(), out.data()}, {int64_t(in.size() / 16), 1, 1});
    kernels.run("scalars", {in.data(), scalars.data()}, {int64_t(in.size()), 1, 1});
    EXPECT_EQ(std::memcmp(out.data(), scalars.data(), out.size() * sizeof(float)), 0)
        << "scalars differ from tiles";
    if (first.empty())
      first = out;
    EXPECT_EQ(std::memcmp(out.data(), first.data(), out.size() * sizeof(float)), 0) << "variants differ";
    double worst = 0, at = 0;
    for (size_t i = 0; i < in.size(); ++i) {
      double error = ulps(out[i], GetParam().wanted(in[i]));
      if (error > worst) {
        worst = error;
        at = in[i];
      }
    }
    EXPECT_LE(worst, GetParam().worst) << "at " << at;
    RecordProperty("worst_ulp", std::to_string(worst));
  });
}

INSTANTIATE_TEST_SUITE_P(, HostMath,
                         testing::Values(MathCase{"exp", std::exp, 2}, MathCase{"log", std::log, 2},
                                         MathCase{"log1p", std::log1p, 2}, MathCase{"tanh", std::tanh, 2},
                                         MathCase{"sqrt", std::sqrt, 0.5},
                                         MathCase{"rsqrt", reciprocalRoot, 1.5}),
                         [](const auto &info) { return std::string(info.param.name); });
