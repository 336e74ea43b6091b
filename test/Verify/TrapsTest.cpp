// Every known trap of the architecture, planted in a build of its own, is found where it is; honest builds
// hold.
#include "test/Verify/Traps.h"
#include "codegen/Verify/Verify.h"
#include "runtime/checkpoint/Checkpoint.h"
#include "test/Support/Process.h"
#include "test/Support/Scratch.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace v4test {

using namespace mlir;
using v4rt::checkpoint::Checkpoint;

namespace {

/// The command's exit status, and what it says as JSON.
std::pair<int, nlohmann::json> verifyByCommand(const std::string &artifact, const std::string &fixture) {
  Finished finished = run({binary("v4run"), "verify", artifact, "--against", data(fixture), "--json"});
  return {finished.exitCode, nlohmann::json::parse(finished.out, nullptr, /*allow_exceptions=*/false)};
}

const nlohmann::json *valueOf(const nlohmann::json &report, const std::string &name) {
  for (const nlohmann::json &value : report.at("values"))
    if (value.at("name") == name)
      return &value;
  return nullptr;
}

std::string identifierOf(const testing::TestParamInfo<Trap> &info) { return info.param.name; }

class Planted : public testing::TestWithParam<Trap> {};

TEST_P(Planted, IsFoundWhereItIs) {
  const Trap &trap = GetParam();
  std::string artifact = buildArtifact(trap.fixture, trap.numerics, trap.name, trap.change);
  ASSERT_FALSE(artifact.empty());
  auto [status, report] = verifyByCommand(artifact, trap.fixture);
  EXPECT_EQ(status, 1);
  ASSERT_TRUE(report.is_object());
  EXPECT_FALSE(report.at("holds").get<bool>());
  EXPECT_EQ(report.value("first", ""), trap.value);
  for (const std::string &name : {trap.value, trap.also}) {
    if (name.empty())
      continue;
    const nlohmann::json *value = valueOf(report, name);
    ASSERT_TRUE(value) << name;
    EXPECT_FALSE(value->at("holds").get<bool>()) << name;
    if (name == trap.value) {
      EXPECT_EQ(value->at("op"), trap.op);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Traps, Planted, testing::ValuesIn(traps()), identifierOf);

/// (7) The sequence is served with padding before it: its tokens stand behind others, which they see.
class LeftPadded : public v4::ArtifactRun {
public:
  explicit LeftPadded(const std::string &path) {
    llvm::Error error = start(path, {});
    EXPECT_FALSE(static_cast<bool>(error)) << llvm::toString(std::move(error));
  }

  llvm::Error step(llvm::ArrayRef<int32_t> tokens, size_t logitRows, v4::SeenValues &seen) override {
    if (!padded) {
      padded = true;
      if (llvm::Error error = ArtifactRun::step(std::vector<int32_t>(5, 0), 0, seen))
        return error;
    }
    return ArtifactRun::step(tokens, logitRows, seen);
  }

private:
  bool padded = false;
};

TEST(Served, LeftPaddingIsFound) {
  std::string artifact = buildArtifact("micro-odd", "hf", "07_left_padding", {}), error;
  ASSERT_FALSE(artifact.empty());
  auto checkpoint = Checkpoint::open(data("micro-odd"), Checkpoint::Weights::required, error);
  ASSERT_TRUE(checkpoint) << error;
  LeftPadded run(artifact);
  auto report = v4::verify(run, *checkpoint, {});
  ASSERT_TRUE(static_cast<bool>(report)) << llvm::toString(report.takeError());
  ASSERT_TRUE(report->first());
  // The tables of rotations are the first that knows of positions.
  EXPECT_EQ(report->first()->name, "rope.compress.cos");
  auto window = llvm::find_if(
      report->findings, [](const v4::Finding &finding) { return finding.name == "layers.0.attn.core_out"; });
  ASSERT_NE(window, report->findings.end());
  EXPECT_FALSE(window->holds());
}

class Honest : public testing::TestWithParam<std::pair<const char *, const char *>> {};

TEST_P(Honest, Holds) {
  auto [fixture, numerics] = GetParam();
  std::string artifact = buildArtifact(fixture, numerics, std::string(fixture) + "-" + numerics, {});
  ASSERT_FALSE(artifact.empty());
  auto [status, report] = verifyByCommand(artifact, fixture);
  EXPECT_EQ(status, 0);
  ASSERT_TRUE(report.is_object());
  EXPECT_TRUE(report.at("holds").get<bool>()) << report.value("first", "");
  for (const nlohmann::json &value : report.at("values"))
    EXPECT_TRUE(value.at("seen").get<bool>()) << value.at("name");
}

INSTANTIATE_TEST_SUITE_P(Builds, Honest,
                         testing::Values(std::pair("micro-fp8fp4", "reference"),
                                         std::pair("micro-fp8fp4", "hf"), std::pair("micro-odd", "hf"),
                                         std::pair("tiny-chat-fp8fp4", "reference")),
                         [](const auto &info) {
                           std::string name = std::string(info.param.first) + "_" + info.param.second;
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

} // namespace
} // namespace v4test
