#include "dialects/V4/Reference/Executor.h"

#include "dialects/V4/Reference/Quantise.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "llvm/Support/FormatVariadic.h"

namespace mlir::v4::reference {
namespace {

/// Gives the tensor the type's shape; only the number of rows and extents that the type leaves open are its
/// own.
llvm::Error conform(Tensor &tensor, RankedTensorType type) {
  std::vector<int64_t> shape = type.getShape().vec();
  int64_t known = 1, open = -1;
  for (size_t i = 0; i < shape.size(); ++i) {
    if (ShapedType::isDynamic(shape[i]) && tensor.shape.size() == shape.size())
      shape[i] = tensor.shape[i];
    if (ShapedType::isDynamic(shape[i]))
      open = static_cast<int64_t>(i);
    else
      known *= shape[i];
  }
  if (open >= 0) {
    shape[open] = known ? tensor.size() / known : 0;
    known *= shape[open];
  }
  if (known != tensor.size())
    return llvm::createStringError(
        llvm::formatv("computed {0} values for a result of type {1}", tensor.size(), type));
  tensor.shape = std::move(shape);
  return llvm::Error::success();
}

StringRef nameOf(Operation &op) {
  NameLoc name = op.getLoc()->findInstanceOf<NameLoc>();
  return name ? name.getName().getValue() : StringRef();
}

} // namespace

StringRef observedName(Operation &op, unsigned index) {
  StringRef name = nameOf(op);
  auto compute = dyn_cast<ComputeOpInterface>(op);
  StringRef suffix = compute ? compute.getResultSuffix(index) : StringRef();
  if (name.empty() || suffix.empty())
    return name;
  return StringAttr::get(op.getContext(), name + "." + suffix).getValue();
}

llvm::Expected<std::vector<Tensor>> Executor::run(func::FuncOp function, std::vector<Tensor> arguments) {
  failedOp_ = function;
  observed_.clear();
  if (function.isExternal())
    return llvm::createStringError(llvm::formatv("@{0} has no body", function.getName()));
  if (arguments.size() != function.getNumArguments())
    return llvm::createStringError(llvm::formatv("@{0} takes {1} arguments, not {2}", function.getName(),
                                                 function.getNumArguments(), arguments.size()));
  Frame frame;
  frame.angles = angles_;
  for (auto [argument, value] : llvm::zip_equal(function.getArguments(), arguments)) {
    auto type = dyn_cast<RankedTensorType>(argument.getType());
    if (!type)
      return llvm::createStringError(llvm::formatv("argument {0} is no tensor", argument.getArgNumber()));
    if (llvm::Error error = conform(value, type))
      return error;
    frame.tensors[argument] = std::make_shared<const Tensor>(std::move(value));
  }
  if (llvm::Error error = execute(function.front(), frame))
    return error;
  failedOp_ = nullptr;
  std::vector<Tensor> results;
  for (Value value : function.front().getTerminator()->getOperands())
    results.push_back(frame.tensor(value));
  return results;
}

llvm::Error Executor::execute(Block &block, Frame &frame) {
  for (Operation &op : block) {
    if (llvm::Error error = execute(op, frame)) {
      // A kernel's op is a better place than the kernel.
      if (failedOp_ == op.getParentOp())
        failedOp_ = &op;
      return error;
    }
  }
  return llvm::Error::success();
}

llvm::Error Executor::execute(Operation &op, Frame &frame) {
  if (isa<func::ReturnOp, YieldOp>(op))
    return llvm::Error::success();
  if (auto weight = dyn_cast<WeightOp>(op)) {
    llvm::Expected<SharedTensor> tensor = loadWeight(weight);
    if (!tensor)
      return tensor.takeError();
    frame.tensors[weight.getResult()] = std::move(*tensor);
    return llvm::Error::success();
  }
  if (auto state = dyn_cast<StateOp>(op)) {
    llvm::Expected<State *> found = findState(state);
    if (!found)
      return found.takeError();
    frame.states[state.getResult()] = *found;
    return llvm::Error::success();
  }
  if (auto constant = dyn_cast<arith::ConstantOp>(op)) {
    auto elements = dyn_cast<ElementsAttr>(constant.getValue());
    if (!elements)
      return llvm::createStringError("constants are tensors");
    llvm::Expected<Tensor> tensor = tensorOf(elements);
    if (!tensor)
      return tensor.takeError();
    frame.tensors[constant.getResult()] = std::make_shared<const Tensor>(std::move(*tensor));
    return llvm::Error::success();
  }
  if (auto kernel = dyn_cast<KernelOp>(op)) {
    failedOp_ = kernel;
    if (llvm::Error error = execute(kernel.getBody().front(), frame))
      return error;
    failedOp_ = op.getParentOp();
    OperandRange yielded = kernel.getBody().front().getTerminator()->getOperands();
    for (auto [result, value] : llvm::zip_equal(kernel.getResults(), yielded)) {
      SharedTensor tensor = frame.tensors.at(value); // a new key may move the map's values
      frame.tensors[result] = std::move(tensor);
    }
    return llvm::Error::success();
  }
  llvm::Expected<SmallVector<Tensor>> results = evaluate(&op, frame);
  if (!results)
    return results.takeError();
  return record(op, std::move(*results), frame);
}

llvm::Error Executor::record(Operation &op, SmallVector<Tensor> results, Frame &frame) {
  for (auto [result, tensor] : llvm::zip_equal(op.getResults(), results)) {
    auto type = cast<RankedTensorType>(result.getType());
    if (llvm::Error error = conform(tensor, type))
      return error;
    if (type.getElementType().isBF16())
      llvm::transform(tensor.data, tensor.data.begin(), roundToBF16);
    if (StringRef name = observedName(op, result.getResultNumber()); !name.empty()) {
      if (teacher_)
        teacher_(name, tensor);
      observed_[name] = tensor;
    }
    frame.tensors[result] = std::make_shared<const Tensor>(std::move(tensor));
  }
  return llvm::Error::success();
}

llvm::Expected<SharedTensor> Executor::loadWeight(WeightOp op) {
  StringRef name = op.getName();
  auto share = [&](llvm::Expected<Tensor> tensor) -> llvm::Expected<SharedTensor> {
    if (!tensor)
      return tensor.takeError();
    if (ArrayRef<int64_t>(tensor->shape) != op.getType().getShape())
      return llvm::createStringError(
          llvm::formatv("weight '{0}' has not the shape of {1}", name, op.getType()));
    return std::make_shared<const Tensor>(std::move(*tensor));
  };
  if (std::optional<ElementsAttr> value = op.getValue())
    return share(tensorOf(*value));
  if (auto found = loaded_.find(name); found != loaded_.end())
    return found->second;
  if (!weights_)
    return llvm::createStringError(
        llvm::formatv("weight '{0}' has no value, and there is no checkpoint", name));
  llvm::Expected<SharedTensor> tensor = share(weights_->load(name, op.getType()));
  if (tensor)
    loaded_[name.str()] = *tensor;
  return tensor;
}

llvm::Expected<State *> Executor::findState(StateOp op) {
  State wanted;
  if (auto ring = dyn_cast<RingType>(op.getType()))
    wanted = State(State::Kind::ring, ring.getRows(), ring.getWidth(), ring.getElementType().isBF16());
  else if (auto entries = cast<EntriesType>(op.getType()))
    wanted =
        State(State::Kind::entries, entries.getRows(), entries.getWidth(), entries.getElementType().isBF16());
  State &found = states_.try_emplace(op.getName().str(), wanted).first->second;
  if (found.kind() != wanted.kind() || found.rows() != wanted.rows() || found.width() != wanted.width())
    return llvm::createStringError(
        llvm::formatv("state '{0}' had {1} rows of {2} elements before, now {3} of {4}", op.getName(),
                      found.rows(), found.width(), wanted.rows(), wanted.width()));
  return &found;
}

const State *Executor::state(StringRef name) const {
  auto found = states_.find(name);
  return found == states_.end() ? nullptr : &found->second;
}

void Executor::clearSlot(int64_t slot) {
  for (auto &[name, state] : states_)
    state.clear(slot);
}

} // namespace mlir::v4::reference
