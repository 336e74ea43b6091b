// Launches on this machine's processors.
#pragma once

#include "runtime/Device.h"
#include "runtime/Memory.h"
#include "runtime/WeightCopies.h"
#include "runtime/cpu/KernelLibrary.h"
#include "runtime/cpu/ThreadPool.h"

#include <map>
#include <memory>

namespace v4rt {

class HostDevice : public Device {
public:
  /// `library` and `copies` must outlive this object. `threads` 0: one a processor. `copies` null: weights
  /// are where the artifact is.
  Status start(const cpu::KernelLibrary &library, unsigned threads, bool pinned = false,
               const WeightCopies *copies = nullptr);

  Status allocate(uint64_t bytes, const char *what, uint8_t *&address) override;
  Status placeWeights(Bytes weights, const uint8_t *&address) override;
  Status prepare(const std::vector<Program> &programs) override;
  Status write(uint8_t *to, const void *from, uint64_t bytes) override;
  Status read(const uint8_t *from, uint64_t bytes, const uint8_t *&host) override;
  Status copy(uint8_t *to, const uint8_t *from, uint64_t bytes) override;
  Status clear(uint8_t *address, uint64_t bytes) override;
  void expectMuch(uint8_t *address, uint64_t bytes) override { Memory::preferHuge(address, bytes); }
  Status run(const Program &program, const Extents &extents, const AfterLaunch &after) override;
  unsigned threads() const override { return pool.threads(); }
  const char *variant() const override { return library->variant(); }

protected:
  virtual Status launch(const Launch &launch, KernelArgs &args, int64_t programs);

  const cpu::KernelLibrary *library = nullptr;
  cpu::ThreadPool pool;

private:
  void lookAhead(const Program &program);

  std::vector<std::unique_ptr<Memory>> memories;
  const WeightCopies *copies = nullptr;
  Bytes mapped; // weights
  // With several copies: a launch's buffers for each node.
  std::map<const Launch *, std::vector<std::vector<void *>>> buffersOfNode;
  std::vector<KernelArgs> argsOfNode; // scratch of launch
  // With one: the matrices of a launch, and those of the first launch with some after it.
  std::map<const Launch *, cpu::Ahead> matrices;
  std::map<const Launch *, const cpu::Ahead *> ahead;
};

/// A stand-in for a GPU, with a GPU's workspace: a launch that reaches beyond its memory is an error.
class SimulatedDevice final : public HostDevice {
public:
  explicit SimulatedDevice(const format::Manifest &manifest) : manifest(manifest) {}

  Status prepare(const std::vector<Program> &programs) override;
  Status run(const Program &program, const Extents &extents, const AfterLaunch &after) override;

private:
  Status launch(const Launch &launch, KernelArgs &args, int64_t programs) override;

  const format::Manifest &manifest;
  uint8_t *workspace = nullptr;
};

} // namespace v4rt
