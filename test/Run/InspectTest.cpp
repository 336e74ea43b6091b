#include "test/Run/ToyRun.h"

#include <nlohmann/json.hpp>

namespace v4test {

namespace {

using nlohmann::json;

class InspectCommand : public ToyRun {};

TEST_F(InspectCommand, Json) {
  Finished finished = v4run({"inspect", artifact, "--json"});
  ASSERT_EQ(finished.exitCode, 0) << finished.err;
  json report = json::parse(finished.out);
  EXPECT_EQ(report["file"]["format"], "1.7");
  EXPECT_EQ(report["weights_file"], nullptr);
  EXPECT_EQ(report["model"]["max_context"], kMaxContext);
  EXPECT_EQ(report["weights_packed"], true);
  EXPECT_EQ(report["decode_dispatches_per_layer"], 3); // remember, compress, mix
  ASSERT_EQ(report["programs"].size(), 2u);
  EXPECT_EQ(report["programs"][0]["dispatches"].size(), 6u);
  EXPECT_EQ(report["programs"][0]["dispatches"][0]["kernel"], "embed");
  EXPECT_EQ(report["kernels"][0]["dispatches"]["prefill"], 1);
  // Ring: 14 rows of 4 values; entries: 40 tokens by 4.
  EXPECT_EQ(report["state_bytes"].back(),
            json({{"context", kMaxContext}, {"bytes", (kRingRows + kEntryRows) * kWidth * 4}}));
  for (const json &buffer : report["buffers"])
    if (buffer["name"] == "x") {
      EXPECT_EQ(buffer["lifetimes"]["decode"], json({0, 1}));
    }
  EXPECT_EQ(report["weights"][0]["sources"], json({"embed.weight"}));
}

TEST_F(InspectCommand, Text) {
  Finished summary = v4run({"inspect", artifact});
  ASSERT_EQ(summary.exitCode, 0) << summary.err;
  EXPECT_NE(summary.out.find("decode       3 dispatches a layer at most\n"), std::string::npos)
      << summary.out;
  EXPECT_LE(std::count(summary.out.begin(), summary.out.end(), '\n'), 24);
  Finished all = v4run({"inspect", artifact, "--all"});
  EXPECT_EQ(all.out.rfind(summary.out, 0), 0u);
  EXPECT_NE(all.out.find("embed.weight"), std::string::npos);
}

// Artifacts before format 1.4 say nothing of schedules and code, as the toy.
TEST_F(InspectCommand, Memory) {
  Finished finished = v4run({"inspect", artifact, "--memory", "--svg", folder + "/toy.svg"});
  ASSERT_EQ(finished.exitCode, 0) << finished.err;
  EXPECT_NE(finished.out.find("memory of decode: "), std::string::npos) << finished.out;
  EXPECT_NE(finished.out.find("  ==....     0-1    x\n"), std::string::npos) << finished.out;
  EXPECT_EQ(readFile(folder + "/toy.svg").rfind("<svg ", 0), 0u);
  Finished given = v4run({"inspect", artifact, "--json", "--context", "8,16"});
  ASSERT_EQ(given.exitCode, 0) << given.err;
  auto report = json::parse(given.out);
  EXPECT_EQ(report["state_bytes"][0], json({{"context", 8}, {"bytes", (8 + 2) * kWidth * 4}}));
  EXPECT_EQ(report["kernels"][0]["code"], json::array());
}

TEST_F(InspectCommand, KernelsForAGpu) {
  ManifestSpec manifest = gpuToyManifest();
  manifest.deviceKernels[1].warps = 8;
  ASSERT_TRUE(writeArtifact(artifact, manifest).ok());
  Finished all = v4run({"inspect", artifact, "--all"});
  ASSERT_EQ(all.exitCode, 0) << all.err;
  EXPECT_NE(all.out.find("device       sm_90a: 6 kernels in 0 B of cubins and PTX\n"), std::string::npos)
      << all.out;
  EXPECT_NE(
      all.out.find("      sm_90a: 8 warps, 32 registers a thread (0 B spilled), 0 B shared and 0 B scratch a "
                   "program, 0 B of cubin, 0 B of PTX\n"),
      std::string::npos)
      << all.out;
  json report = json::parse(v4run({"inspect", artifact, "--json"}).out);
  EXPECT_EQ(report["device"]["architecture"], "sm_90a");
  EXPECT_EQ(report["device"]["kernels"][4]["scratch_bytes"], kCountScratch);
}

TEST_F(InspectCommand, WithoutWeights) {
  ManifestSpec manifest = toyManifest();
  manifest.packed = false;
  ASSERT_TRUE(writeArtifact(artifact, manifest).ok());
  Finished finished = v4run({"inspect", artifact});
  ASSERT_EQ(finished.exitCode, 0) << finished.err;
  EXPECT_NE(finished.out.find("not in the file"), std::string::npos) << finished.out;
}

TEST_F(InspectCommand, Refusals) {
  writeFile(artifact, "nothing of this kind");
  expectRefusal(v4run({"inspect", artifact}), 1, "toy.v4");
  expectRefusal(v4run({"inspect"}), 2, "no artifact");
  expectRefusal(v4run({"frobnicate"}), 2, "frobnicate");
}

} // namespace
} // namespace v4test
