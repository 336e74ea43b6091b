#include "test/Numerics/RandomRunner.h"

#include "dialects/Rt/IR/RtDialect.h"
#include "runtime/cpu/CpuFeatures.h"
#include "runtime/format/KernelAbi.h"

#include "llvm/ADT/bit.h"
#include "llvm/Support/MathExtras.h"
#include "llvm/Support/raw_ostream.h"
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <dlfcn.h>
#include <sys/mman.h>
#include <unistd.h>

namespace v4test {

using namespace mlir;
using namespace mlir::v4;
using reference::Tensor;

namespace {

constexpr size_t kPage = 4096, kAlignment = 64;
/// Rows that a buffer has room for are a multiple of this, as in the memory plan.
constexpr int64_t kRowGranule = 8;
constexpr uint8_t kCanary = 0xa5;

int64_t width(Type type) {
  int64_t elements = 1;
  for (int64_t extent : cast<RankedTensorType>(type).getShape().drop_front())
    elements *= extent;
  return elements;
}

Type elementOf(Type type) { return cast<RankedTensorType>(type).getElementType(); }

size_t bytesOf(Type element) { return element.getIntOrFloatBitWidth() / 8; }

size_t bufferBytes(Type type, int64_t rows) {
  return llvm::alignTo(rows, kRowGranule) * width(type) * bytesOf(elementOf(type));
}

/// An i32, f32 or bf16 in memory.
double readElement(const uint8_t *at, Type element) {
  uint32_t bits = 0;
  std::memcpy(&bits, at, bytesOf(element));
  if (element.isInteger(32))
    return static_cast<int32_t>(bits);
  return llvm::bit_cast<float>(element.isBF16() ? bits << 16 : bits);
}

void writeElement(uint8_t *at, Type element, double value) {
  uint32_t bits = element.isInteger(32) ? static_cast<uint32_t>(static_cast<int32_t>(value))
                                        : llvm::bit_cast<uint32_t>(static_cast<float>(value));
  if (element.isBF16())
    bits >>= 16; // of values that are exact in BF16
  std::memcpy(at, &bits, bytesOf(element));
}

Tensor readBuffer(const GuardedMemory &memory, Type type, int64_t rows) {
  Tensor tensor({rows, width(type)});
  Type element = elementOf(type);
  for (int64_t i = 0; i < tensor.size(); ++i)
    tensor.data[i] = readElement(memory.data() + i * bytesOf(element), element);
  return tensor;
}

void writeBuffer(const GuardedMemory &memory, Type type, const Tensor &tensor) {
  Type element = elementOf(type);
  for (int64_t i = 0; i < tensor.size(); ++i)
    writeElement(memory.data() + i * bytesOf(element), element, tensor.data[i]);
}

std::unique_ptr<GuardedMemory> holding(const std::vector<uint8_t> &bytes) {
  auto memory = std::make_unique<GuardedMemory>(bytes.size());
  std::copy(bytes.begin(), bytes.end(), memory->data());
  return memory;
}

} // namespace

std::vector<HostVariant> runnableVariants() {
  v4rt::cpu::Features features;
  EXPECT_TRUE(v4rt::cpu::Features::detect(features).ok());
  std::vector<HostVariant> result;
  for (const HostVariant &variant : hostVariants())
    if (llvm::all_of(variant.features, [&](StringRef feature) { return features.has(feature); }))
      result.push_back(variant);
  return result;
}

GuardedMemory::GuardedMemory(size_t bytes) : bytes(bytes) {
  size_t used = llvm::alignTo(bytes, kAlignment);
  mapped = llvm::alignTo(used, kPage) + kPage;
  base = static_cast<uint8_t *>(
      mmap(nullptr, mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
  if (base == MAP_FAILED || mprotect(base + mapped - kPage, kPage, PROT_NONE) != 0)
    std::abort();
  begin = base + mapped - kPage - used;
  std::memset(begin, 0xff, bytes);
  std::memset(begin + bytes, kCanary, used - bytes);
}

GuardedMemory::~GuardedMemory() { munmap(base, mapped); }

bool GuardedMemory::isWhole() const {
  return std::all_of(begin + bytes, begin + llvm::alignTo(bytes, kAlignment),
                     [](uint8_t byte) { return byte == kCanary; });
}

std::unique_ptr<KernelLibrary> KernelLibrary::compile(ModuleOp module, const HostVariant &variant) {
  FailureOr<HostKernels> compiled = compileKernels(module, variant);
  if (failed(compiled)) {
    ADD_FAILURE() << "the kernels do not compile";
    return nullptr;
  }
  std::unique_ptr<KernelLibrary> result(new KernelLibrary(variant.name.str(), compiled->kernels.size()));
  result->file = memfd_create("kernels", MFD_CLOEXEC);
  if (write(result->file, compiled->elf.data(), compiled->elf.size()) ==
      static_cast<ssize_t>(compiled->elf.size()))
    result->library =
        dlopen(("/proc/self/fd/" + std::to_string(result->file)).c_str(), RTLD_NOW | RTLD_LOCAL);
  if (result->library)
    return result;
  ADD_FAILURE() << "the kernels do not load: " << dlerror();
  return nullptr;
}

KernelLibrary::~KernelLibrary() {
  if (library)
    dlclose(library);
  close(file);
}

void *KernelLibrary::find(StringRef kernel) const {
  return dlsym(library, (kernel + "." + variant).str().c_str());
}

StepRunner::State &StepRunner::state(StateOp op) {
  auto [it, isNew] = states.try_emplace(op.getName().str());
  if (isNew) {
    State &state = it->second;
    auto describe = [&](auto type) {
      state = {type.getRows(), type.getWidth(), type.getElementType(), nullptr};
    };
    if (auto ring = dyn_cast<RingType>(op.getType()))
      describe(ring);
    else
      describe(cast<EntriesType>(op.getType()));
    state.memory = std::make_unique<GuardedMemory>(slots * state.rows * state.width * bytesOf(state.element));
  }
  return it->second;
}

StepRunner::Packed &StepRunner::weight(WeightOp op) {
  std::string key;
  llvm::raw_string_ostream(key) << op.getName() << " " << *op.getLayout();
  auto [it, isNew] = packed.try_emplace(key);
  if (isNew) {
    const StoredWeight &stored = weights.get(op.getName(), op.getType());
    it->second.elements = holding(packElements(stored, *op.getLayout()));
    if (op.getType().isScaled())
      it->second.scales = holding(packScales(stored, *op.getLayout()));
  }
  return it->second;
}

Tensor StepRunner::stateRows(const std::string &name, int64_t slot, int64_t count) const {
  const State &state = states.at(name);
  Tensor tensor({count, state.width});
  const uint8_t *first = state.memory->data() + slot * state.rows * state.width * bytesOf(state.element);
  for (int64_t i = 0; i < tensor.size(); ++i)
    tensor.data[i] = readElement(first + i * bytesOf(state.element), state.element);
  return tensor;
}

/// The buffers of one run.
class StepRunner::Frame {
public:
  Frame(StepRunner &runner, const std::vector<Tensor> &arguments) : runner(runner) {
    extents[static_cast<int>(rt::Extent::one)] = 1;
    extents[static_cast<int>(rt::Extent::tokens)] = arguments[0].rows();
    extents[static_cast<int>(rt::Extent::logit_rows)] = arguments[3].rows();
    double last = *std::max_element(arguments[2].data.begin(), arguments[2].data.end());
    extents[static_cast<int>(rt::Extent::positions)] = static_cast<int64_t>(last) + 1;
  }

  void bind(Value value, const Tensor &tensor) {
    GuardedMemory &memory = make(value, tensor.rows());
    writeBuffer(memory, value.getType(), tensor);
  }

  GuardedMemory &make(Value value, int64_t rows) {
    rowsOf[value] = rows;
    auto &memory = buffers[value];
    memory = std::make_unique<GuardedMemory>(bufferBytes(value.getType(), rows));
    return *memory;
  }

  Tensor read(Value value) const {
    return readBuffer(*buffers.at(value), value.getType(), rowsOf.lookup(value));
  }

  std::string launch(rt::LaunchOp op) {
    std::vector<void *> bindings;
    for (Value operand : op.getOperands()) {
      if (auto weight = operand.getDefiningOp<WeightOp>()) {
        Packed &packed = runner.weight(weight);
        bindings.push_back(packed.elements->data());
        if (packed.scales)
          bindings.push_back(packed.scales->data());
      } else if (auto state = operand.getDefiningOp<StateOp>()) {
        bindings.push_back(runner.state(state).memory->data());
      } else {
        bindings.push_back(buffers.at(operand)->data());
      }
    }
    int64_t rows = extents[static_cast<int>(op.getRows())];
    for (Value result : op.getResults())
      bindings.push_back(make(result, rows).data());
    v4rt::KernelArgs args{bindings.data(), rows, {1, 1, 1}};
    for (auto [i, attr] : llvm::enumerate(op.getGrid())) {
      auto dim = cast<rt::DimAttr>(attr);
      args.grid[i] = dim.getScale() * static_cast<int64_t>(llvm::divideCeil(
                                          extents[static_cast<int>(dim.getExtent())], dim.getDivisor()));
    }
    auto function = reinterpret_cast<v4rt::KernelFn>(runner.kernels.find(op.getKernel()));
    if (!function)
      return "there is no kernel " + op.getKernel().str();
    // Programs are independent: the last ones first.
    int64_t programs = args.grid[0] * args.grid[1] * args.grid[2];
    function(&args, programs / 3, programs);
    function(&args, 0, programs / 3);
    return checkEnds(op);
  }

private:
  std::string checkEnds(rt::LaunchOp op) const {
    for (Value value : llvm::concat<Value>(op.getOperands(), op.getResults()))
      if (auto it = buffers.find(value); it != buffers.end() && !it->second->isWhole())
        return op.getKernel().str() + " wrote behind the end of a buffer";
    for (const auto &[name, state] : runner.states)
      if (!state.memory->isWhole())
        return op.getKernel().str() + " wrote behind the end of state " + name;
    return "";
  }

  StepRunner &runner;
  int64_t extents[4];
  std::map<Value, std::unique_ptr<GuardedMemory>, bool (*)(Value, Value)> buffers{
      [](Value a, Value b) { return a.getAsOpaquePointer() < b.getAsOpaquePointer(); }};
  DenseMap<Value, int64_t> rowsOf;
};

std::string StepRunner::run(func::FuncOp function, const std::vector<Tensor> &arguments, StepValues &values) {
  values = {};
  Frame frame(*this, arguments);
  for (auto [argument, tensor] : llvm::zip_equal(function.getArguments(), arguments))
    frame.bind(argument, tensor);
  for (Operation &op : function.front().without_terminator()) {
    if (isa<WeightOp, StateOp>(op))
      continue;
    auto launch = dyn_cast<rt::LaunchOp>(op);
    if (!launch)
      return "cannot run " + op.getName().getStringRef().str();
    if (std::string error = frame.launch(launch); !error.empty())
      return error;
    for (auto [result, name] : llvm::zip_equal(launch.getResults(), launch.getNames()))
      if (StringRef text = cast<StringAttr>(name).getValue(); !text.empty())
        values.observed[text.str()] = frame.read(result);
  }
  for (Value value : function.front().getTerminator()->getOperands())
    values.results.push_back(frame.read(value));
  return "";
}

} // namespace v4test
