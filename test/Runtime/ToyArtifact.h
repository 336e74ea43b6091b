// Hand-made artifacts: a manifest as plain data, which a test bends before it is written.
#pragma once

#include "runtime/Status.h"
#include "runtime/format/artifact_generated.h"
#include "test/Runtime/ToyModel.h"

#include <string>
#include <vector>

namespace v4test {

namespace format = v4rt::format;

struct BufferSpec {
  std::string name;
  format::ElementType type;
  std::vector<uint64_t> rowShape;
  format::Extent extent;
  uint64_t offset, bytes;
};

struct StateSpec {
  std::string name;
  format::StateKind kind;
  format::ElementType type;
  uint64_t rows, rowElements;
  uint32_t ratio;
};

struct WeightSpec {
  std::string name;
  std::vector<std::string> sources;
  format::ElementType type;
  std::vector<uint64_t> shape;
  format::Layout layout;
  uint32_t panel;
  uint64_t offset, bytes;
};

struct VariantSpec {
  std::string name;
  std::vector<std::string> features, prefers = {};
};

struct DeviceKernelSpec {
  std::string entry;
  uint64_t scratchBytes = 0;
  uint32_t warps = 4, sharedBytes = 0;
  uint64_t cubinOffset = 0, cubinBytes = 0, ptxOffset = 0, ptxBytes = 0;
};

struct DispatchSpec {
  uint32_t kernel;
  std::vector<format::GridDim> grid;
  format::Extent rows;
  std::vector<format::Binding> bindings;
  std::vector<uint32_t> observed;
  int32_t layer = -1;
};

struct ProgramSpec {
  std::string name;
  uint32_t maxTokens;
  std::vector<DispatchSpec> dispatches;
};

struct ManifestSpec {
  std::string target = "cpu";
  uint32_t vocab = kVocab, maxContext = kMaxContext, maxStep = kMaxStep, layers = 1;
  int32_t bos = 0, eos = 1;
  uint64_t arenaBytes, weightsBytes;
  bool packed = true;
  std::string tokenizer; // bytes of its section; empty: none
  std::vector<BufferSpec> buffers;
  std::vector<StateSpec> states;
  std::vector<WeightSpec> weights;
  std::vector<std::string> kernels;
  std::vector<VariantSpec> variants;
  std::vector<ProgramSpec> programs;
  uint32_t tokens, slots, positions, logitRows, logits;
  std::string architecture; // of a GPU; empty: the artifact is for a CPU
  std::vector<DeviceKernelSpec> deviceKernels;
  std::string deviceCode; // bytes of its section; empty: none

  /// As a FlatBuffer.
  std::string build() const;
};

/// The toy model. Its first variant wants a feature that no CPU has.
ManifestSpec toyManifest();

/// The same model for a GPU, with kernels for the simulated device alone.
ManifestSpec gpuToyManifest();

/// embed.weight [kVocab][kWidth]
std::vector<float> toyWeights();

/// The bytes of the toy kernels' shared object.
std::string toyKernels();

/// Writes an artifact of a manifest, the toy kernels and the toy weights (none if the manifest says so).
v4rt::Status writeArtifact(const std::string &path, const ManifestSpec &manifest,
                           const std::string &kernels = toyKernels());

/// Logits after the last token, in the order of summation of the kernels.
std::vector<float> expectedLogits(const std::vector<int> &tokens);

} // namespace v4test
