// A session's launches and memory on an NVIDIA GPU.
#pragma once

#include "runtime/Device.h"
#include "runtime/cuda/GraphCache.h"
#include "runtime/cuda/LoadedModel.h"

namespace v4rt::cuda {

class CudaDevice final : public Device {
public:
  /// Both must outlive this object.
  CudaDevice(const LoadedModel &model, const format::Manifest &manifest)
      : model(model), driver(model.api()), manifest(manifest), graphs(driver) {}
  ~CudaDevice() override;

  Status start();

  Status allocate(uint64_t bytes, const char *what, uint8_t *&address) override;
  Status placeWeights(Bytes weights, const uint8_t *&address) override;
  Status prepare(const std::vector<Program> &programs) override;
  Status write(uint8_t *to, const void *from, uint64_t bytes) override;
  Status read(const uint8_t *from, uint64_t bytes, const uint8_t *&host) override;
  Status copy(uint8_t *to, const uint8_t *from, uint64_t bytes) override;
  Status clear(uint8_t *address, uint64_t bytes) override;
  Status run(const Program &program, const Extents &extents, const AfterLaunch &after) override;
  unsigned threads() const override { return 1; }
  const char *variant() const override { return model.variant(); }

private:
  Status synchronize();
  Status launch(const Launch &launch, const LaunchSize &size);
  Status launchAll(const Program &program, const std::vector<LaunchSize> &sizes);

  const LoadedModel &model;
  const Driver &driver;
  const format::Manifest &manifest;
  GraphCache graphs;
  CUstream stream = nullptr;
  std::vector<CUdeviceptr> memories;
  uint8_t *workspace = nullptr;
  // Pinned. Of `outgoing`, the first `sent` bytes may still be on their way.
  uint8_t *outgoing = nullptr, *incoming = nullptr;
  uint64_t sent = 0;
  std::vector<uint8_t> large;    // what `read` gives when it does not fit `incoming`
  std::vector<LaunchSize> sizes; // scratch of run
};

} // namespace v4rt::cuda
