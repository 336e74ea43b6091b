// Artifacts for a GPU on the simulated device.
#include "runtime/Device.h"
#include "test/Runtime/ToySession.h"

#include <cstdlib>
#include <pthread.h>

using namespace v4test;

namespace {

class Device : public testing::Test {
protected:
  void SetUp() override { unsetenv("V4_DEVICE"); }
  void TearDown() override { unsetenv("V4_DEVICE"); }

  static v4_session_options on(const char *device, uint32_t threads = 1) {
    v4_session_options options = {};
    options.device = device;
    options.threads = threads;
    return options;
  }

  static void expectRefusal(const v4::Model &model, const char *device, v4_status status, const char *text) {
    v4::Error error = failureOf([&] { v4::Session session(model, on(device)); });
    EXPECT_EQ(error.status, status) << error.what();
    EXPECT_STREQ(error.what(), text);
  }
};

} // namespace

TEST_F(Device, SimulatedGivesTheSameLogits) {
  v4::Model model(toyArtifact("device-sim", gpuToyManifest()));
  std::vector<int> tokens = toyTokens(kMaxContext);
  for (uint32_t threads : {1, 3})
    for (int chunk : {1, 5, kMaxContext}) {
      v4::Session session(model, on("sim", threads));
      EXPECT_EQ(run(session, 0, tokens, chunk), expectedRows(tokens)) << threads << ", " << chunk;
      v4_session_info_t info;
      v4::call(v4_session_info, static_cast<const v4_session *>(session.get()), &info);
      EXPECT_STREQ(info.variant, "sim");
      EXPECT_EQ(info.threads, threads);
    }
}

TEST_F(Device, SnapshotsGoFromOneDeviceSessionToAnother) {
  v4::Model model(toyArtifact("device-snapshot", gpuToyManifest()));
  std::vector<int> tokens = toyTokens(30);
  std::string file = scratchFolder("device-snapshots") + "/state";
  v4::Session first(model, on("sim")), second(model, on("sim"));
  run(first, 0, {tokens.begin(), tokens.begin() + 17}, 6);
  first.snapshot(0, file);
  second.restore(0, file);
  std::vector<std::vector<float>> rows, wanted = expectedRows(tokens);
  feed(second, 0, tokens, 17, 30, rows);
  EXPECT_EQ(rows, std::vector<std::vector<float>>(wanted.begin() + 17, wanted.end()));
}

TEST_F(Device, ObserversSeeWhatKernelsLeft) {
  v4::Model model(toyArtifact("device-observer", gpuToyManifest()));
  v4::Session session(model, on("sim"));
  std::vector<float> ages;
  auto see = [](void *user, const char *name, v4_type, int32_t rank, const int64_t *shape, const void *data) {
    auto values = static_cast<const float *>(data);
    if (std::string(name) == "ages" && rank == 1)
      static_cast<std::vector<float> *>(user)->assign(values, values + shape[0]);
  };
  v4::call(v4_session_set_observer, session.get(), +see, &ages);
  run(session, 0, toyTokens(5), 5);
  EXPECT_EQ(ages, (std::vector<float>{0, 1, 2, 3, 4})); // which went through the workspace
}

TEST_F(Device, EnvironmentChoosesForGpuArtifacts) {
  v4::Model gpu(toyArtifact("device-env-gpu", gpuToyManifest())), cpu(toyArtifact("device-env-cpu"));
  setenv("V4_DEVICE", "sim", 1);
  std::vector<int> tokens = toyTokens(7);
  v4::Session onGpu(gpu), onCpu(cpu);
  EXPECT_EQ(run(onGpu, 0, tokens, 3), expectedRows(tokens));
  EXPECT_EQ(run(onCpu, 0, tokens, 3), expectedRows(tokens));
  setenv("V4_DEVICE", "tpu", 1);
  expectRefusal(gpu, nullptr, V4_INVALID_ARGUMENT, "there is no device 'tpu', wanted cpu, cuda or sim");
}

TEST_F(Device, NotForThisArtifact) {
  v4::Model gpu(toyArtifact("device-for-gpu", gpuToyManifest())), cpu(toyArtifact("device-for-cpu"));
  expectRefusal(gpu, "cpu", V4_UNSUPPORTED,
                "the artifact is for sm_90a, which the devices cuda and sim run, not cpu");
  for (const char *device : {"sim", "cuda"})
    expectRefusal(cpu, device, V4_UNSUPPORTED,
                  ("the artifact is for cpu, which the device cpu runs, not " + std::string(device) +
                   ": compile it for a GPU")
                      .c_str());
  expectRefusal(cpu, "gpu\n", V4_INVALID_ARGUMENT, "there is no device 'gpu?', wanted cpu, cuda or sim");
  v4::Session session(cpu, on("cpu"));
}

TEST_F(Device, CodeOutsideItsSection) {
  ManifestSpec manifest = gpuToyManifest();
  manifest.deviceKernels[2].cubinBytes = 1;
  std::string path = toyArtifact("device-code", manifest);
  v4::Error error = failureOf([&] { v4::Model model(path); });
  EXPECT_EQ(error.status, V4_BAD_ARTIFACT);
  EXPECT_NE(std::string(error.what())
                .find("the code of device kernel compress is outside a device section of 0 bytes"),
            std::string::npos)
      << error.what();
}

TEST_F(Device, StackIsTooSmall) {
  v4::Model model(toyArtifact("device-stack", gpuToyManifest()));
  v4::Session session(model, on("sim"));
  pthread_attr_t small;
  pthread_attr_init(&small);
  pthread_attr_setstacksize(&small, size_t(1) << 20);
  std::string text;
  auto step = [&] { text = failureOf([&] { run(session, 0, toyTokens(1), 1); }).what(); };
  auto start = [](void *body) -> void * {
    (*static_cast<decltype(step) *>(body))();
    return nullptr;
  };
  pthread_t thread;
  ASSERT_EQ(pthread_create(&thread, &small, +start, &step), 0);
  pthread_join(thread, nullptr);
  pthread_attr_destroy(&small);
  EXPECT_EQ(text,
            "kernels of the simulated device may take 7340032 bytes of stack, this process's threads have "
            "1048576: raise the limit (ulimit -s)");
}

TEST_F(Device, AnAccessBeyondItsMemoryEndsTheSession) {
  ManifestSpec manifest = gpuToyManifest();
  // Rows of x go to a buffer that has room for one.
  format::Binding &x = manifest.programs[1].dispatches[0].bindings[2];
  x = format::Binding(manifest.logitRows, format::Space::buffer);
  v4::Model model(toyArtifact("device-fault", manifest));
  v4::Session session(model, on("sim"));
  std::vector<std::vector<float>> rows;
  std::vector<int> tokens = toyTokens(7);
  feed(session, 0, tokens, 0, 1, rows); // the other program
  v4::Error error = failureOf([&] { feed(session, 0, tokens, 1, 7, rows); });
  EXPECT_EQ(error.status, V4_BAD_ARTIFACT);
  std::string sentence =
      "kernel embed (label) reaches beyond argument 2: program 0 at byte 16, 5 accesses in all";
  EXPECT_EQ(error.what(), sentence);
  EXPECT_EQ(session.length(0), 1);
  error = failureOf([&] { feed(session, 0, tokens, 1, 2, rows); });
  EXPECT_EQ(error.what(), "the session cannot go on after a step that failed: " + sentence);
}
