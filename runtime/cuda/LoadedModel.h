// An artifact on a GPU: its kernels and its weights, for all sessions of it.
#pragma once

#include "runtime/Artifact.h"
#include "runtime/cuda/Driver.h"

#include <map>
#include <vector>

namespace v4rt::cuda {

/// How kernels for `architecture` ("sm_90a") get onto a GPU, or why they do not.
enum class CodeKind { cubin, ptx };
Status chooseCode(const std::string &architecture, uint32_t ptxVersion, bool hasPtx, const Gpu &gpu,
                  int driverVersion, CodeKind &kind);

/// Whether everything that the headers of a cubin point to is inside it: the driver is not told its size.
Status checkCubin(Bytes cubin, const char *kernel);

class LoadedModel {
public:
  LoadedModel() : gpu(driver) {}
  ~LoadedModel();
  LoadedModel(const LoadedModel &) = delete;
  LoadedModel &operator=(const LoadedModel &) = delete;

  /// `artifact` must outlive this object, and be for a GPU.
  Status load(const ArtifactView &artifact);

  const Driver &api() const { return driver; }
  Status use() const { return gpu.use(); }
  CUfunction function(uint32_t kernel) const { return functions[kernel]; }
  CUdeviceptr weights() const { return weights_; }
  /// "sm_90a", "sm_80 by way of PTX"
  const char *variant() const { return variantName.c_str(); }

private:
  Status loadKernels(const ArtifactView &artifact);
  Status loadModule(const format::DeviceKernel &kernel, Bytes section, CodeKind kind, CUmodule &module);
  Status upload(Bytes weights);

  Driver driver;
  Gpu gpu;
  std::map<uint64_t, CUmodule> modules; // by offset of the code
  std::vector<CUfunction> functions;    // by kernel
  CUdeviceptr weights_ = 0;
  std::string variantName;
};

} // namespace v4rt::cuda
