// A session: sequences, and the memory that steps compute in on a device.
#pragma once

#include "runtime/States.h"
#include "runtime/WeightCopies.h"
#include "runtime/cpu/KernelLibrary.h"
#include "runtime/cuda/LoadedModel.h"

#include <cstdlib>
#include <functional>
#include <memory>
#include <mutex>

namespace v4rt {

/// An open artifact. The kernels are linked when the first session wants them, so that an artifact for
/// another processor can be opened and looked at.
class Model {
public:
  Status open(const char *path, v4_verify_weights verify);
  const Artifact &artifact() const { return file; }
  Status kernels(const cpu::KernelLibrary *&library);
  /// Copies of the weights, for all sessions that want them so; null for V4_WEIGHTS_MAPPED.
  Status weightCopies(v4_weights_place place, const WeightCopies *&copies);
  /// On the GPU, with its weights. They stay there as long as this object.
  Status onGpu(const cuda::LoadedModel *&loaded);

private:
  Artifact file;
  std::mutex mutex;
  std::unique_ptr<cpu::KernelLibrary> loaded;
  std::unique_ptr<WeightCopies> copied, perNode;
  std::unique_ptr<cuda::LoadedModel> gpu;
};

/// Rows of logits. Grows; what it holds is not kept when it does.
class LogitRows {
public:
  ~LogitRows() { free(values); }
  bool reserve(size_t count);
  float *data() const { return values; }

private:
  float *values = nullptr;
  size_t capacity = 0;
};

class Session {
public:
  Status create(std::shared_ptr<Model> model, const v4_session_options &options);

  Status step(const v4_token *tokens, size_t count);
  Status reset(int32_t slot);
  Status snapshot(int32_t slot, const char *path) const; // Snapshot.cpp
  Status restore(int32_t slot, const char *path);        // Snapshot.cpp
  Status copy(int32_t from, int32_t to);
  Status readState(const char *name, int32_t slot, uint64_t firstRow, uint64_t rows, float *out) const;

  /// For timing: empties a slot and gives it the state of a sequence of `length` tokens, made of numbers that
  /// mean nothing.
  Status synthesise(int32_t slot, uint32_t length); // SyntheticState.cpp
  /// For timing: `function` is called when a launch is done; null: none.
  void afterLaunches(std::function<void(const format::Dispatch &)> function) {
    launchDone = std::move(function);
  }

  uint32_t slots() const { return lengths.size(); }
  uint32_t length(uint32_t slot) const { return lengths[slot]; }
  unsigned threads() const { return device->threads(); }
  const char *variant() const { return device->variant(); }
  const float *logits() const { return logitRows.data(); }
  size_t logitCount() const { return logitsHeld; }

  void observe(v4_observer function, void *user) {
    observer = function;
    observerUser = user;
  }

private:
  const format::Manifest &manifest() const { return model->artifact().manifest(); }
  uint8_t *buffer(uint32_t index) const { return arena + manifest().buffers()->Get(index)->offset(); }
  Status openDevice(const v4_session_options &options);
  Status checkSlot(int32_t slot) const;
  Status checkStep(const v4_token *tokens, size_t count, size_t &wanted);
  Status runPart(const v4_token *tokens, size_t count);
  Status fillInputs(const v4_token *tokens, size_t count, Extents &extents);
  Status offer(const format::Dispatch &dispatch, const Extents &extents) const;

  std::shared_ptr<Model> model;
  std::unique_ptr<Device> device;
  uint8_t *arena = nullptr; // on the device
  States states;
  std::vector<uint32_t> lengths, nextLengths; // of the slots; nextLengths: scratch of checkStep
  std::vector<int32_t> inputs;                // scratch of fillInputs
  std::vector<Program> programs;
  LogitRows logitRows;
  size_t logitsHeld = 0;
  Status lost; // why the device cannot go on
  std::function<void(const format::Dispatch &)> launchDone;
  v4_observer observer = nullptr;
  void *observerUser = nullptr;
};

} // namespace v4rt
