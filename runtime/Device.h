// What a session computes on: where its memory is, and how the launches of a step run.
#pragma once

#include "runtime/Status.h"
#include "runtime/format/artifact_generated.h"

#include <functional>
#include <vector>

namespace v4rt {

struct Bytes;

enum class DeviceKind {
  cpu,
  sim, // a GPU artifact's command list, memory plan and kernels, run on the CPU with every access checked
  cuda,
};

/// The device called `wanted`; if null or empty, what V4_DEVICE says of artifacts for GPUs, or else what the
/// artifact is for. An error names what the artifact is for and what was asked of it.
Status chooseDevice(const format::Manifest &manifest, const char *wanted, DeviceKind &kind);

/// Values of the extents in a part of a step.
struct Extents {
  uint64_t tokens, logitRows, positions;
  uint64_t of(format::Extent extent) const;
};

/// A dispatch with its arguments.
struct Launch {
  const format::Dispatch *dispatch;
  std::vector<void *> buffers; // on the device
  std::vector<int64_t> bytes;  // of each
  std::vector<size_t> inOrder; // which are matrices whose panels its programs take one after the other
};

struct Program {
  uint32_t maxTokens;
  std::vector<Launch> launches;
};

/// How large a launch is in one part of a step.
struct LaunchSize {
  int64_t rows;     // value of the dispatch's row extent
  int64_t grid[3];  // programs along each dimension
  int64_t programs; // 0: nothing to do
  static LaunchSize of(const format::Dispatch &dispatch, const Extents &extents);
};

/// Bytes of scratch memory that the programs of the largest launch need together. The artifact is for a GPU.
Status workspaceBytes(const format::Manifest &manifest, uint64_t &bytes);

/// Used by one thread at a time. Addresses are the device's: only the device may look behind them. A failure
/// of `run` ends the session: what it has written is not known.
class Device {
public:
  using AfterLaunch = std::function<Status(const format::Dispatch &dispatch)>;

  virtual ~Device() = default;

  /// Memory of zeros that lives as long as the device; `what` is for messages.
  virtual Status allocate(uint64_t bytes, const char *what, uint8_t *&address) = 0;
  /// Where launches find the weights. Read-only.
  virtual Status placeWeights(Bytes weights, const uint8_t *&address) = 0;
  /// The programs that will be run, with their addresses, which stay. Called once.
  virtual Status prepare(const std::vector<Program> &programs) = 0;

  virtual Status write(uint8_t *to, const void *from, uint64_t bytes) = 0;
  /// Makes bytes visible here, until the next call.
  virtual Status read(const uint8_t *from, uint64_t bytes, const uint8_t *&host) = 0;
  /// Copies on the device.
  virtual Status copy(uint8_t *to, const uint8_t *from, uint64_t bytes) = 0;
  /// Makes memory zero, and gives back what can be.
  virtual Status clear(uint8_t *address, uint64_t bytes) = 0;

  /// The range is in use, or soon will be: a hint that it may be taken in large pieces.
  virtual void expectMuch(uint8_t *, uint64_t) {}

  /// Runs the launches in order, each when all before it are done. What they wrote is there for `read`. Calls
  /// `after`, if there is one, after every launch that had something to do; it may call `read`.
  virtual Status run(const Program &program, const Extents &extents, const AfterLaunch &after) = 0;

  /// Threads of this process that compute.
  virtual unsigned threads() const = 0;
  /// The kernels in use, "x86_64_v4". Lives as long as the device.
  virtual const char *variant() const = 0;
};

} // namespace v4rt
