#include "codegen/Verify/Run.h"
#include "runtime/StateRows.h"

#include <cstring>

namespace mlir::v4 {

static llvm::Error toError(const v4rt::Status &status) {
  return status.ok() ? llvm::Error::success() : llvm::createStringError(status.text());
}

static double widen(v4_type type, const char *data, int64_t index) {
  switch (type) {
  case V4_F32: {
    float value;
    memcpy(&value, data + 4 * index, 4);
    return static_cast<double>(value);
  }
  case V4_I32: {
    int32_t value;
    memcpy(&value, data + 4 * index, 4);
    return value;
  }
  default: {
    uint16_t half;
    memcpy(&half, data + 2 * index, 2);
    uint32_t bits = uint32_t(half) << 16;
    float value;
    memcpy(&value, &bits, 4);
    return static_cast<double>(value);
  }
  }
}

/// A v4_observer. Numbers of other types than these are weights', and no op has such a result.
static void collect(void *user, const char *name, v4_type type, int32_t rank, const int64_t *shape,
                    const void *data) {
  if (type != V4_F32 && type != V4_BF16 && type != V4_I32)
    return;
  reference::Tensor tensor(std::vector<int64_t>(shape, shape + rank));
  for (int64_t i = 0; i < tensor.size(); ++i)
    tensor.data[i] = widen(type, static_cast<const char *>(data), i);
  (*static_cast<SeenValues *>(user))[name] = std::move(tensor);
}

llvm::Expected<std::unique_ptr<ArtifactRun>> ArtifactRun::open(const std::string &path,
                                                               const RunOptions &options) {
  std::unique_ptr<ArtifactRun> run(new ArtifactRun);
  if (llvm::Error error = run->start(path, options))
    return std::move(error);
  return run;
}

llvm::Error ArtifactRun::start(const std::string &path, const RunOptions &options) {
  model = std::make_shared<v4rt::Model>();
  if (v4rt::Status status = model->open(path.c_str(), V4_VERIFY_AUTO); !status.ok())
    return toError(status);
  v4_session_options how = {};
  how.max_sequences = 2; // the second is the fork
  how.threads = options.threads;
  how.device = options.device.empty() ? nullptr : options.device.c_str();
  return toError(session.create(model, how));
}

const v4rt::format::State *ArtifactRun::findState(StringRef name) const {
  for (const v4rt::format::State *state : *manifest().states())
    if (state->name()->string_view() == std::string_view(name))
      return state;
  return nullptr;
}

llvm::Error ArtifactRun::step(llvm::ArrayRef<int32_t> tokens, size_t logitRows, SeenValues &seen) {
  std::vector<v4_token> rows;
  auto position = static_cast<int32_t>(session.length(slot));
  for (size_t i = 0; i < tokens.size(); ++i)
    rows.push_back({slot, position + static_cast<int32_t>(i), tokens[i], i + logitRows >= tokens.size()});
  seen.clear();
  session.observe(collect, &seen);
  v4rt::Status status = session.step(rows.data(), rows.size());
  session.observe(nullptr, nullptr);
  return toError(status);
}

llvm::Error ArtifactRun::fork() {
  int32_t other = 1 - slot;
  if (v4rt::Status status = session.copy(slot, other); !status.ok())
    return toError(status);
  slot = other;
  return llvm::Error::success();
}

llvm::Expected<std::vector<float>> ArtifactRun::stateRow(const v4rt::format::State &state,
                                                         int64_t row) const {
  std::vector<float> values(v4rt::rowValues(state));
  if (v4rt::Status status = session.readState(state.name()->c_str(), slot, row, 1, values.data());
      !status.ok())
    return llvm::createStringError(status.text());
  return values;
}

} // namespace mlir::v4
