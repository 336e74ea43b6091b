#include "dialects/V4/Reference/Output.h"

#include "runtime/checkpoint/SafetensorsWriter.h"

namespace mlir::v4::reference {

void Output::add(const SequenceResult &result, const Executor &executor, int64_t slot,
                 const std::string &suffix) {
  for (const auto &[name, tensor] : result.observed)
    tensors_[name.str() + suffix] = tensor;
  for (const auto &[name, state] : executor.states())
    if (state.kind() == State::Kind::entries)
      tensors_[name + suffix] = state.written(slot);
  tensors_["logits" + suffix] = result.logits;
}

bool Output::write(const std::string &path, std::string &error) const {
  std::vector<v4rt::checkpoint::TensorToWrite> list;
  for (const auto &[name, tensor] : tensors_)
    list.push_back({name, v4rt::checkpoint::DType::f64, tensor.shape, tensor.data.data()});
  return v4rt::checkpoint::writeSafetensors(path, list, {}, error);
}

} // namespace mlir::v4::reference
