#include "runtime/cpu/KernelLibrary.h"
#include "test/Runtime/ExpectFailure.h"
#include "test/Runtime/ToyArtifact.h"
#include "test/Support/Scratch.h"

#include <cstdlib>
#include <gtest/gtest.h>

using namespace v4test;
using v4rt::Artifact;
using v4rt::Status;
using v4rt::cpu::Features;
using v4rt::cpu::KernelLibrary;

namespace {

class KernelLibraryTest : public testing::Test {
protected:
  void TearDown() override { unsetenv("V4_CPU_VARIANT"); }

  Status load(const ManifestSpec &manifest, const std::string &kernels = toyKernels()) {
    std::string path = scratchFolder("kernels") + "/toy.v4";
    EXPECT_TRUE(writeArtifact(path, manifest, kernels).ok());
    if (Status opened = artifact.open(path, V4_VERIFY_AUTO); !opened.ok())
      return opened;
    return library.load(artifact);
  }

  Artifact artifact;
  KernelLibrary library;
};

} // namespace

TEST(Features, AreTheWordsOfTheLine) {
  Features features = Features::parse(" fpu  avx512f avx2\n");
  EXPECT_TRUE(features.has("avx2"));
  EXPECT_TRUE(features.has("avx512f"));
  EXPECT_FALSE(features.has("avx"));
  EXPECT_FALSE(features.has(""));
}

// Whatever this processor is: the probe looks at no more than what it says is there.
TEST(Features, OfBf16DotsNeedThem) {
  Features features;
  ASSERT_TRUE(Features::detect(features).ok());
  EXPECT_TRUE(features.has("avx512_bf16") || !features.has("v4_bf16_in_order"));
  EXPECT_TRUE(features.has("avx512_bf16") || !features.has("v4_bf16_fast"));
}

TEST_F(KernelLibraryTest, TakesTheFirstVariantThatRunsHere) {
  ASSERT_TRUE(load(toyManifest()).ok());
  EXPECT_STREQ(library.variant(), "plain");
  EXPECT_NE(library.kernel(0), nullptr);
}

TEST_F(KernelLibraryTest, ForAnotherCpu) {
  ManifestSpec manifest = toyManifest();
  manifest.variants.resize(1);
  expectFailure(
      load(manifest), V4_UNSUPPORTED,
      "the artifact is for another CPU: this one lacks what its kernels need (future wants avx9000)");
}

TEST_F(KernelLibraryTest, EnvironmentNamesTheVariant) {
  setenv("V4_CPU_VARIANT", "doubled", 1);
  ASSERT_TRUE(load(toyManifest()).ok());
  EXPECT_STREQ(library.variant(), "doubled");
}

TEST_F(KernelLibraryTest, PrefersAnotherProcessor) {
  ManifestSpec manifest = toyManifest();
  manifest.variants[1].prefers = {"sse2", "avx9000"};
  ASSERT_TRUE(load(manifest).ok());
  EXPECT_STREQ(library.variant(), "doubled");
}

TEST_F(KernelLibraryTest, EnvironmentNamesAVariantThatPrefersAnotherProcessor) {
  setenv("V4_CPU_VARIANT", "plain", 1);
  ManifestSpec manifest = toyManifest();
  manifest.variants[1].prefers = {"avx9000"};
  ASSERT_TRUE(load(manifest).ok());
  EXPECT_STREQ(library.variant(), "plain");
}

TEST_F(KernelLibraryTest, EnvironmentNamesAVariantThatIsNotThere) {
  setenv("V4_CPU_VARIANT", "turbo", 1);
  expectFailure(load(toyManifest()), V4_UNSUPPORTED,
                "V4_CPU_VARIANT asks for variant turbo, the artifact has future, plain, doubled");
}

TEST_F(KernelLibraryTest, EnvironmentCannotForceWhatDoesNotRun) {
  setenv("V4_CPU_VARIANT", "future", 1);
  expectFailure(load(toyManifest()), V4_UNSUPPORTED, "future wants avx9000");
}

TEST_F(KernelLibraryTest, OtherTarget) {
  ManifestSpec manifest = toyManifest();
  manifest.target = "sm_90a";
  expectFailure(load(manifest), V4_UNSUPPORTED, "is for target sm_90a, this runtime runs cpu");
}

TEST_F(KernelLibraryTest, OtherMachine) {
  std::string kernels = toyKernels();
  kernels[18] = char(183); // e_machine: AArch64
  expectFailure(load(toyManifest(), kernels), V4_UNSUPPORTED, "its kernels are ELF class 2, machine 183");
}

TEST_F(KernelLibraryTest, NotElf) {
  expectFailure(load(toyManifest(), "MZ"), V4_BAD_ARTIFACT, "the kernels are not an ELF file");
}

TEST_F(KernelLibraryTest, MissingSymbol) {
  ManifestSpec manifest = toyManifest();
  manifest.kernels[3] = "blend";
  expectFailure(load(manifest), V4_BAD_ARTIFACT, "the kernels lack the symbol blend.plain");
}

TEST_F(KernelLibraryTest, LibrariesDoNotMix) {
  ASSERT_TRUE(load(toyManifest()).ok());
  setenv("V4_CPU_VARIANT", "doubled", 1);
  KernelLibrary again;
  ASSERT_TRUE(again.load(artifact).ok());
  EXPECT_NE(library.kernel(0), again.kernel(0));
}
