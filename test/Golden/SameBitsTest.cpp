// Logits depend neither on how a sequence is cut into steps, nor on threads, nor on its neighbours: byte for
// byte.
#include "test/Golden/Compare.h"
#include "test/Golden/Model.h"
#include "test/Support/Scratch.h"

namespace v4test {

static std::vector<int> prompt(const std::string &fixture) {
  if (fixture != "ref-fp8fp4")
    return goldens(fixture, "prefill.safetensors").at("input_ids").integers();
  std::vector<int> ids = goldens(fixture, "far.safetensors").at("tokens").integers();
  std::vector<int> more = goldens(fixture, "decode.safetensors").at("tokens").integers();
  ids.insert(ids.end(), more.begin(), more.end());
  return ids;
}

using Case = std::tuple<Profile, std::string>; // and a kernel variant

class SameBits : public testing::TestWithParam<Case> {
protected:
  Profile profile = std::get<0>(GetParam());
  std::string variant = std::get<1>(GetParam());
  std::string artifact = profile.artifact(targetOptions(variant));
  std::vector<int> ids = prompt(profile.fixture);

  // The file that `eval` writes, byte for byte; never empty in a test that goes on.
  std::string bytes(Eval how) {
    how.variant = variant;
    std::string file = evalToFile(artifact, tokensJson(ids), how);
    return file.empty() ? "" : readFile(file);
  }
};

TEST_P(SameBits, Chunks) {
  std::string whole = bytes({});
  ASSERT_FALSE(whole.empty());
  for (int chunk : {1, 2, 3, 5, 64, 127, 128, 129})
    EXPECT_TRUE(bytes({.chunk = chunk}) == whole) << "chunks of " << chunk;
}

TEST_P(SameBits, SingleSteps) {
  std::string whole = bytes({});
  ASSERT_FALSE(whole.empty());
  for (int steps : {1, 7, 170})
    EXPECT_TRUE(bytes({.chunk = 64, .decode = steps}) == whole) << steps << " single steps";
}

// Everything in between, and all that the sequence remembers at the end.
TEST_P(SameBits, ActivationsAndStates) {
  std::string folder = scratchFolder("states");
  auto snapshot = [&](Eval how) {
    how.activations = true;
    how.saveState = folder + "/state";
    std::string values = bytes(how);
    return std::pair(values, values.empty() ? "" : readFile(how.saveState));
  };
  auto whole = snapshot({});
  ASSERT_FALSE(whole.second.empty());
  EXPECT_TRUE(snapshot({.decode = static_cast<int>(ids.size())}) == whole) << "single steps";
  EXPECT_TRUE(snapshot({.chunk = 29, .decode = 31, .threads = 2}) == whole) << "in pieces";
}

TEST_P(SameBits, Threads) {
  std::string one = bytes({.threads = 1});
  ASSERT_FALSE(one.empty());
  for (int threads : {2, 3}) {
    EXPECT_TRUE(bytes({.threads = threads}) == one) << threads << " threads";
    EXPECT_TRUE(bytes({.chunk = 50, .decode = 20, .threads = threads}) == one)
        << threads << " threads, in pieces";
  }
}

TEST_P(SameBits, Batch) {
  std::vector<std::vector<int>> sequences = {
      ids,
      {ids.rbegin(), ids.rbegin() + 131},
      {ids.begin() + 40, ids.begin() + 41},
      {ids.begin() + 17, ids.begin() + 290},
  };
  for (Eval how : {Eval{}, Eval{.chunk = 7}, Eval{.chunk = 64, .decode = 1, .threads = 2}}) {
    how.variant = variant;
    std::string file = evalToFile(artifact, tokensJson(sequences), how);
    ASSERT_FALSE(file.empty());
    TensorFile together = readTensors(file);
    for (size_t i = 0; i < sequences.size(); ++i) {
      std::string name = "logits." + std::to_string(i);
      ASSERT_TRUE(together.count(name)) << name;
      TensorFile alone = eval(artifact, sequences[i], {.variant = variant});
      ASSERT_TRUE(alone.count("logits"));
      // Doubles of F32 values: equal exactly when the bits are, but for the sign of zero and nan.
      EXPECT_EQ(alone.at("logits").shape, together.at(name).shape) << name;
      EXPECT_TRUE(alone.at("logits").values == together.at(name).values) << name << ", chunk " << how.chunk;
    }
  }
}

static std::string caseName(const testing::TestParamInfo<Case> &info) {
  return identifier(std::get<0>(info.param).name() + "_" + std::get<1>(info.param));
}

INSTANTIATE_TEST_SUITE_P(SimulatedDevice, SameBits,
                         testing::Combine(testing::Values(Profile{"micro-fp8fp4", "hf"},
                                                          Profile{"micro-fp8fp4", "reference"}),
                                          testing::Values("sm_90a")),
                         caseName);

INSTANTIATE_TEST_SUITE_P(
    Fixtures, SameBits,
    testing::Combine(testing::Values(Profile{"micro-f32", "hf"}, Profile{"micro-odd", "hf"},
                                     Profile{"micro-fp8fp4", "hf"}, Profile{"micro-fp8fp4", "reference"},
                                     Profile{"ref-fp8fp4", "reference"}),
                     testing::ValuesIn(variants())),
    caseName);

} // namespace v4test
