// A session: sequences, the memory that steps compute in, and the threads that compute them.
#pragma once

#include "runtime/Device.h"
#include "runtime/States.h"
#include "runtime/cpu/KernelLibrary.h"
#include "runtime/cpu/ThreadPool.h"

#include <cstdlib>
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

private:
  Artifact file;
  std::mutex mutex;
  std::unique_ptr<cpu::KernelLibrary> loaded;
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
  Status readState(const char *name, int32_t slot, uint64_t firstRow, uint64_t rows, float *out) const;

  uint32_t slots() const { return lengths.size(); }
  uint32_t length(uint32_t slot) const { return lengths[slot]; }
  unsigned threads() const { return pool.threads(); }
  const char *variant() const { return library->variant(); }
  const float *logits() const { return logitRows.data(); }
  size_t logitCount() const { return logitsHeld; }

  void observe(v4_observer function, void *user) {
    observer = function;
    observerUser = user;
  }

private:
  /// A dispatch with its addresses.
  struct Launch {
    const format::Dispatch *dispatch;
    KernelFn kernel;
    std::vector<void *> buffers;
    std::vector<int64_t> bytes; // of each buffer; simulated device only
  };
  struct Program {
    uint32_t maxTokens;
    std::vector<Launch> launches;
  };
  /// Values of the extents in a part of a step.
  struct Extents {
    uint64_t tokens, logitRows, positions;
    uint64_t of(format::Extent extent) const;
  };

  const format::Manifest &manifest() const { return model->artifact().manifest(); }
  uint8_t *buffer(uint32_t index) const { return arena.data() + manifest().buffers()->Get(index)->offset(); }
  void prepare(const format::Program &source);
  Status checkSlot(int32_t slot) const;
  Status checkStep(const v4_token *tokens, size_t count, size_t &wanted);
  Status runPart(const v4_token *tokens, size_t count);
  Extents fillInputs(const v4_token *tokens, size_t count);
  Status runLaunch(const Launch &launch, const Extents &extents);
  // SimulatedLaunch.cpp
  Status reserveWorkspace();
  int64_t bytesOf(const format::Binding &binding) const;
  Status runSimulated(const Launch &launch, KernelArgs &args, int64_t programs);
  void offer(const format::Dispatch &dispatch, const Extents &extents) const;

  std::shared_ptr<Model> model;
  const cpu::KernelLibrary *library = nullptr;
  Device device = Device::cpu;
  Memory arena, workspace;
  States states;
  std::vector<uint32_t> lengths, nextLengths; // of the slots; nextLengths: scratch of checkStep
  std::vector<Program> programs;
  LogitRows logitRows;
  size_t logitsHeld = 0;
  v4_observer observer = nullptr;
  void *observerUser = nullptr;
  cpu::ThreadPool pool;
};

} // namespace v4rt
