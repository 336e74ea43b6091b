// Artifacts for a GPU on the device cuda, by way of a driver that has none (FakeDriver.cpp).
#include "runtime/cuda/LoadedModel.h"
#include "test/Runtime/ToySession.h"

#include <cstdlib>
#include <cstring>
#include <dlfcn.h>
#include <elf.h>

using namespace v4test;

namespace {

class CudaDevice : public testing::Test {
protected:
  void SetUp() override {
    forgetSettings();
    setenv("V4_LIBCUDA", V4_TEST_LIBCUDA, 1);
    library = dlopen(V4_TEST_LIBCUDA, RTLD_NOW | RTLD_LOCAL);
    ASSERT_TRUE(library) << dlerror();
    reinterpret_cast<void (*)()>(dlsym(library, "v4_fake_forget"))();
  }

  void TearDown() override {
    EXPECT_EQ(reinterpret_cast<long (*)()>(dlsym(library, "v4_fake_live"))(), 0);
    dlclose(library);
    forgetSettings();
    unsetenv("V4_LIBCUDA");
  }

  static void forgetSettings() {
    for (const char *name : {"V4_FAKE_CAPABILITY", "V4_FAKE_VERSION", "V4_FAKE_DEVICES", "V4_FAKE_MEMORY",
                             "V4_FAKE_FAIL", "V4_CUDA_PTX", "V4_DEVICE"})
      unsetenv(name);
  }

  long calls(const char *name) const {
    return reinterpret_cast<long (*)(const char *)>(dlsym(library, "v4_fake_calls"))(name);
  }

  /// The toy model with code that the fake driver takes.
  static ManifestSpec manifest(const char *architecture = "sm_90a") {
    ManifestSpec m = gpuToyManifest();
    m.target = m.architecture = architecture;
    const int arguments[] = {3, 4, 4, 5, 1, 4};
    m.deviceKernels[0].sharedBytes = 100 << 10; // wants cuFuncSetAttribute
    m.deviceKernels[1].warps = 8;
    for (size_t i = 0; i < m.deviceKernels.size(); ++i) {
      DeviceKernelSpec &kernel = m.deviceKernels[i];
      std::string text = "FAKE " + kernel.entry + " " + std::to_string(arguments[i]) + " " +
                         std::to_string(kernel.warps) + " " + std::to_string(kernel.sharedBytes) + "\n";
      Elf64_Ehdr header = {};
      memcpy(header.e_ident, ELFMAG, SELFMAG);
      header.e_ident[EI_CLASS] = ELFCLASS64;
      header.e_machine = 190;
      kernel.cubinOffset = m.deviceCode.size();
      m.deviceCode.append(reinterpret_cast<char *>(&header), sizeof(header)) += text;
      kernel.cubinBytes = m.deviceCode.size() - kernel.cubinOffset;
      kernel.ptxOffset = m.deviceCode.size();
      m.deviceCode += text;
      kernel.ptxBytes = text.size();
    }
    return m;
  }

  static v4_session_options options(uint32_t sequences = 1) {
    v4_session_options o = {};
    o.device = "cuda";
    o.max_sequences = sequences;
    return o;
  }

  static v4::Error refusal(const ManifestSpec &spec = manifest()) {
    v4::Model model(toyArtifact("cuda-refused", spec));
    return failureOf([&] { v4::Session session(model, options()); });
  }

  static void expectRefusal(const ManifestSpec &spec, v4_status status, const char *text) {
    v4::Error error = refusal(spec);
    EXPECT_EQ(error.status, status);
    EXPECT_STREQ(error.what(), text);
  }

  void *library = nullptr;
};

} // namespace

TEST_F(CudaDevice, GivesTheLogitsOfTheSimulatedDevice) {
  v4::Model model(toyArtifact("cuda-logits", manifest()));
  std::vector<int> tokens = toyTokens(kMaxContext);
  for (int chunk : {1, 5, kMaxContext}) {
    v4::Session session(model, options());
    EXPECT_EQ(run(session, 0, tokens, chunk), expectedRows(tokens)) << chunk;
    v4_session_info_t info;
    v4::call(v4_session_info, static_cast<const v4_session *>(session.get()), &info);
    EXPECT_STREQ(info.variant, "sm_90a");
  }
  EXPECT_EQ(calls("cubin"), 6); // once for all sessions
  EXPECT_EQ(calls("ptx"), 0);
  EXPECT_EQ(calls("cuFuncSetAttribute"), 1);
}

TEST_F(CudaDevice, ReplaysStepsThatComeAgain) {
  v4::Model model(toyArtifact("cuda-graphs", manifest()));
  v4::Session session(model, options(3));
  for (int slot = 0; slot < 3; ++slot) {
    std::vector<int> tokens = toyTokens(20, slot);
    EXPECT_EQ(run(session, slot, tokens, 1), expectedRows(tokens)) << slot;
    EXPECT_EQ(calls("cuGraphLaunch"), 20 * slot);
    // The first sequence launches 6 kernels a step, the second records as many, the third replays.
    EXPECT_EQ(calls("cuLaunchKernel"), 6 * 20 * std::min(slot + 1, 2));
  }
}

TEST_F(CudaDevice, KeepsABoundedNumberOfGraphs) {
  v4::Model model(toyArtifact("cuda-many-graphs", manifest()));
  v4::Session session(model, options(4));
  for (int slot = 0; slot < 4; ++slot) {
    std::vector<int> tokens = toyTokens(kMaxContext, slot); // 40 keys, 32 graphs
    EXPECT_EQ(run(session, slot, tokens, 1), expectedRows(tokens)) << slot;
  }
  EXPECT_EQ(calls("cuGraphInstantiateWithFlags"), calls("cuGraphDestroy"));
  EXPECT_EQ(calls("cuGraphInstantiateWithFlags") - calls("cuGraphExecDestroy"), 32);
}

TEST_F(CudaDevice, SnapshotsGoToTheSimulatedDeviceAndBack) {
  v4::Model model(toyArtifact("cuda-snapshot", manifest()));
  std::vector<int> tokens = toyTokens(30);
  std::string file = scratchFolder("cuda-snapshots") + "/state";
  v4_session_options simulated = options();
  simulated.device = "sim";
  v4::Session gpu(model, options()), sim(model, simulated), again(model, options());
  run(gpu, 0, {tokens.begin(), tokens.begin() + 11}, 4);
  gpu.snapshot(0, file);
  sim.restore(0, file);
  std::vector<std::vector<float>> rows, wanted = expectedRows(tokens);
  for (int at = 11; at < 17; at += 3)
    feed(sim, 0, tokens, at, at + 3, rows);
  sim.snapshot(0, file);
  again.restore(0, file);
  for (int at = 17; at < 30; ++at)
    feed(again, 0, tokens, at, at + 1, rows);
  EXPECT_EQ(rows, std::vector<std::vector<float>>(wanted.begin() + 11, wanted.end()));
  again.reset(0);
  EXPECT_EQ(run(again, 0, tokens, 6), wanted);
}

TEST_F(CudaDevice, CopiesOfSlotsStayOnTheDevice) {
  v4::Model model(toyArtifact("cuda-copy", manifest()));
  std::vector<int> tokens = toyTokens(30);
  v4_session_options two = options();
  two.max_sequences = 2;
  v4::Session session(model, two);
  run(session, 0, {tokens.begin(), tokens.begin() + 11}, 4);
  int read = calls("cuMemcpyDtoHAsync_v2");
  session.copy(0, 1);
  EXPECT_EQ(calls("cuMemcpyDtoHAsync_v2"), read);
  EXPECT_GT(calls("cuMemcpyDtoDAsync_v2"), 0);
  std::vector<std::vector<float>> rows, wanted = expectedRows(tokens);
  feed(session, 1, tokens, 11, 30, rows);
  EXPECT_EQ(rows, std::vector<std::vector<float>>(wanted.begin() + 11, wanted.end()));
}

TEST_F(CudaDevice, ObserversSeeWhatKernelsLeft) {
  v4::Model model(toyArtifact("cuda-observer", manifest()));
  v4::Session session(model, options());
  std::vector<float> ages;
  auto see = [](void *user, const char *name, v4_type, int32_t rank, const int64_t *shape, const void *data) {
    auto values = static_cast<const float *>(data);
    if (std::string(name) == "ages" && rank == 1)
      static_cast<std::vector<float> *>(user)->assign(values, values + shape[0]);
  };
  v4::call(v4_session_set_observer, session.get(), +see, &ages);
  run(session, 0, toyTokens(5), 5);
  EXPECT_EQ(ages, (std::vector<float>{0, 1, 2, 3, 4}));
}

TEST_F(CudaDevice, NoDriver) {
  setenv("V4_LIBCUDA", "libcuda-that-is-not-there.so", 1);
  v4::Error error = refusal();
  EXPECT_EQ(error.status, V4_UNSUPPORTED);
  EXPECT_EQ(std::string(error.what()).find("no NVIDIA driver: libcuda-that-is-not-there.so was not found ("),
            0u)
      << error.what();
}

TEST_F(CudaDevice, NoGpu) {
  setenv("V4_FAKE_DEVICES", "0", 1);
  expectRefusal(manifest(), V4_UNSUPPORTED, "the NVIDIA driver finds no GPU");
}

TEST_F(CudaDevice, OldDriver) {
  setenv("V4_FAKE_VERSION", "11040", 1);
  expectRefusal(manifest(), V4_UNSUPPORTED,
                "the NVIDIA driver is too old: it supports CUDA 11.4, wanted 12.0 or later");
  setenv("V4_FAKE_VERSION", "12040", 1); // runs cubins of CUDA 12.8, but does not read its PTX
  setenv("V4_CUDA_PTX", "1", 1);
  expectRefusal(
      manifest("sm_80"), V4_UNSUPPORTED,
      "the NVIDIA driver is too old: it supports CUDA 12.4, the artifact's kernels (sm_80, PTX ISA 8.7) "
      "need 12.8");
  v4::Model model(toyArtifact("cuda-old", manifest()));
  v4::Session session(model, options());
}

TEST_F(CudaDevice, AnotherArchitecture) {
  setenv("V4_FAKE_CAPABILITY", "80", 1);
  setenv("V4_CUDA_PTX", "1", 1); // of no use to sm_90a
  expectRefusal(
      manifest(), V4_UNSUPPORTED,
      "the artifact's kernels are for sm_90a, but the GPU (Fake GPU) is sm_80: compile the artifact with "
      "--target sm_80");
  setenv("V4_FAKE_CAPABILITY", "100", 1);
  expectRefusal(
      manifest(), V4_UNSUPPORTED,
      "the artifact's kernels are for sm_90a, but the GPU (Fake GPU) is sm_100: compile the artifact "
      "with --target sm_100a");
  expectRefusal(manifest("gfx942"), V4_UNSUPPORTED,
                "the artifact is for gfx942, which is not an architecture of NVIDIA GPUs");
}

TEST_F(CudaDevice, PtxWhenAskedFor) {
  expectRefusal(
      manifest("sm_80"), V4_UNSUPPORTED,
      "the artifact's kernels are for sm_80, but the GPU (Fake GPU) is sm_90: compile the artifact with "
      "--target sm_90a, or set V4_CUDA_PTX=1 to have the driver compile its PTX");
  setenv("V4_CUDA_PTX", "1", 1);
  v4::Model model(toyArtifact("cuda-ptx", manifest("sm_80")));
  v4::Session session(model, options());
  EXPECT_EQ(run(session, 0, toyTokens(9), 2), expectedRows(toyTokens(9)));
  EXPECT_EQ(calls("cubin"), 0);
  EXPECT_EQ(calls("ptx"), 6);
  v4_session_info_t info;
  v4::call(v4_session_info, static_cast<const v4_session *>(session.get()), &info);
  EXPECT_STREQ(info.variant, "sm_80 by way of PTX");
}

TEST_F(CudaDevice, NoCode) {
  expectRefusal(gpuToyManifest(), V4_UNSUPPORTED,
                "the artifact has no code for the GPU, only for the device sim");
}

TEST_F(CudaDevice, NoMemory) {
  setenv("V4_FAKE_MEMORY", "1048576", 1);
  v4::Model model(toyArtifact("cuda-memory", manifest()));
  v4::Error error = failureOf([&] { v4::Session session(model, options(3000)); });
  EXPECT_EQ(error.status, V4_OUT_OF_MEMORY);
  EXPECT_STREQ(error.what(),
               "the GPU has no memory for the states of the sequences: 1.1 MiB were wanted, 1.0 of "
               "its 1.0 MiB are free");
}

TEST_F(CudaDevice, EveryFailureIsASentenceAndLeaksNothing) {
  std::string path = toyArtifact("cuda-failures", manifest());
  for (const char *function :
       {"cuInit",          "cuDeviceGetCount",        "cuDevicePrimaryCtxRetain",    "cuCtxSetCurrent",
        "cuMemAlloc_v2",   "cuMemHostAlloc",          "cuMemcpyHtoDAsync_v2",        "cuMemcpyDtoHAsync_v2",
        "cuMemsetD8Async", "cuStreamCreate",          "cuStreamSynchronize",         "cuEventCreate",
        "cuEventRecord",   "cuModuleLoadDataEx",      "cuModuleGetFunction",         "cuFuncSetAttribute",
        "cuLaunchKernel",  "cuStreamBeginCapture_v2", "cuGraphInstantiateWithFlags", "cuGraphLaunch"}) {
    v4::Model model(path);
    setenv("V4_FAKE_FAIL", function, 1);
    v4::Error error = failureOf([&] {
      v4::Session session(model, options(2));
      for (int slot = 0; slot < 2; ++slot)
        run(session, slot, toyTokens(3), 1);
    });
    unsetenv("V4_FAKE_FAIL");
    EXPECT_NE(error.status, V4_OK) << function;
    EXPECT_NE(std::string(error.what()).find("cannot "), std::string::npos)
        << function << ": " << error.what();
    EXPECT_NE(std::string(error.what()).find("unknown error (CUDA_ERROR_UNKNOWN, 999)"), std::string::npos)
        << function << ": " << error.what();
  }
}

TEST_F(CudaDevice, DamagedCubins) {
  auto check = [](const Elf64_Ehdr &header, const char *text) {
    v4rt::Status status =
        v4rt::cuda::checkCubin({reinterpret_cast<const uint8_t *>(&header), sizeof(header)}, "k");
    EXPECT_NE(status.text().find(text), std::string::npos) << status.text();
  };
  Elf64_Ehdr header = {};
  check(header, "the cubin of kernel k, 64 bytes, is not an ELF file");
  memcpy(header.e_ident, ELFMAG, SELFMAG);
  check(header, "is not code for an NVIDIA GPU");
  header.e_ident[EI_CLASS] = ELFCLASS64;
  header.e_machine = 190;
  check(header, "");
  header.e_shoff = 32;
  header.e_shnum = 1;
  check(header, "has tables that reach beyond its end");
  header.e_shentsize = sizeof(Elf64_Shdr);
  check(header, "has tables that reach beyond its end");
  header.e_shoff = UINT64_MAX;
  check(header, "has tables that reach beyond its end");
  ManifestSpec damaged = manifest();
  damaged.deviceCode[damaged.deviceKernels[3].cubinOffset] = 'x';
  EXPECT_NE(std::string(refusal(damaged).what()).find("the cubin of kernel mix, "), std::string::npos);
}
