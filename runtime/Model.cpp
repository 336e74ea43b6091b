#include "runtime/Session.h"

namespace v4rt {

Status Model::open(const char *path, v4_verify_weights verify) { return file.open(path, verify); }

Status Model::kernels(const cpu::KernelLibrary *&library) {
  std::lock_guard<std::mutex> lock(mutex);
  if (!loaded) {
    auto fresh = std::make_unique<cpu::KernelLibrary>();
    V4_TRY(fresh->load(file));
    loaded = std::move(fresh);
  }
  library = loaded.get();
  return {};
}

Status Model::weightCopies(v4_weights_place place, const WeightCopies *&copies) {
  copies = nullptr;
  if (place == V4_WEIGHTS_MAPPED)
    return {};
  std::lock_guard<std::mutex> lock(mutex);
  std::unique_ptr<WeightCopies> &made = place == V4_WEIGHTS_COPIED ? copied : perNode;
  if (!made) {
    auto fresh = std::make_unique<WeightCopies>();
    V4_TRY(fresh->make(file.weights(), place));
    made = std::move(fresh);
  }
  copies = made.get();
  return {};
}

Status Model::onGpu(const cuda::LoadedModel *&loaded) {
  std::lock_guard<std::mutex> lock(mutex);
  if (!gpu) {
    auto fresh = std::make_unique<cuda::LoadedModel>();
    V4_TRY(fresh->load(file));
    gpu = std::move(fresh);
  }
  loaded = gpu.get();
  return {};
}

} // namespace v4rt
