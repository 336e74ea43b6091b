// Times, memory and dependencies that are promised.
#include "test/Golden/Model.h"
#include "test/Support/Scratch.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <sstream>

namespace v4test {

// The runtime is shipped alone: no LLVM, no Python, nothing that a machine may lack.
TEST(Limits, RuntimeLinksNoCompiler) {
  Finished finished = run({"/usr/bin/ldd", binary("v4run")});
  ASSERT_EQ(finished.exitCode, 0) << finished.err;
  std::istringstream lines(finished.out);
  const char *const allowed[] = {"linux-vdso.so", "ld-linux-x86-64.so", "libc.so",      "libm.so",
                                 "libdl.so",      "libpthread.so",      "libstdc++.so", "libgcc_s.so"};
  size_t libraries = 0;
  for (std::string line; std::getline(lines, line); ++libraries)
    EXPECT_TRUE(std::any_of(std::begin(allowed), std::end(allowed), [&](const char *name) {
      return line.find(name) != std::string::npos;
    })) << line;
  EXPECT_GT(libraries, 3u);
}

// Process start, opening and checking the artifact, one token.
TEST(Limits, ColdStart) {
  std::string artifact = compiled("micro-f32");
  ASSERT_FALSE(artifact.empty());
  std::string folder = scratchFolder("cold-start");
  writeFile(folder + "/tokens.json", "[5]");
  double best = 1e9;
  for (int i = 0; i < 10; ++i) {
    Finished finished = run({binary("v4run"), "eval", artifact, "--tokens", folder + "/tokens.json",
                             "--logits", folder + "/logits.safetensors"});
    ASSERT_EQ(finished.exitCode, 0) << finished.err;
    best = std::min(best, finished.seconds);
  }
  printf("cold start to the first logits: %.1f ms\n", best * 1e3);
  EXPECT_LT(best, 0.050);
}

// A folder with nothing but config.json.
TEST(Limits, FullSizeModels) {
  for (const char *model : {"deepseek-v4-flash", "deepseek-v4-pro"}) {
    std::string output = scratchFolder(model) + "/model.v4";
    Finished finished =
        run({binary("v4c"), data(std::string("configs/") + model), "-o", output, "--no-weights"});
    ASSERT_EQ(finished.exitCode, 0) << finished.err;
    printf("%s: %.1f s, %ld MB\n", model, finished.seconds, finished.peakKilobytes / 1024);
    EXPECT_LT(finished.seconds, 60);
    EXPECT_LT(finished.peakKilobytes, 2 * 1024 * 1024);
    EXPECT_TRUE(exists(output));
  }
}

// The same input gives the same file.
TEST(Limits, ArtifactsAreReproducible) {
  std::string first = compiled("micro-odd");
  ASSERT_FALSE(first.empty());
  std::string second = scratchFolder("again") + "/model.v4";
  Finished finished = run({binary("v4c"), data("micro-odd"), "-o", second, "--numerics", "hf"});
  ASSERT_EQ(finished.exitCode, 0) << finished.err;
  EXPECT_TRUE(readFile(first) == readFile(second));
}

// `v4run inspect --json`: a decode step takes at most 16 dispatches a layer.
TEST(Limits, DispatchesOfALayer) {
  std::string artifact = compiled("micro-f32");
  ASSERT_FALSE(artifact.empty());
  Finished finished = run({binary("v4run"), "inspect", artifact, "--json"});
  ASSERT_EQ(finished.exitCode, 0) << finished.err;
  nlohmann::json report = nlohmann::json::parse(finished.out, nullptr, /*allow_exceptions=*/false);
  ASSERT_TRUE(report.is_object()) << finished.out;
  int most = report.at("decode_dispatches_per_layer");
  EXPECT_GT(most, 0);
  EXPECT_LE(most, 16);
}

} // namespace v4test
