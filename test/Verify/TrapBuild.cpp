#include "test/Verify/TrapBuild.h"

#include "codegen/Artifact/BuildManifest.h"
#include "codegen/Host/HostCodegen.h"
#include "codegen/Import/NumericsOptions.h"
#include "dialects/V4/Reference/Executor.h"
#include "passes/Passes.h"
#include "passes/Pipelines.h"
#include "runtime/checkpoint/Checkpoint.h"
#include "runtime/pack/PackArtifact.h"
#include "test/Support/Scratch.h"

#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/Pass/PassManager.h"
#include <gtest/gtest.h>

#include <map>

namespace v4test {

using namespace mlir;
using v4rt::checkpoint::Checkpoint;

namespace {

constexpr int64_t kContext = 512, kStepTokens = 128;

std::string fail(const std::string &sentence) {
  ADD_FAILURE() << sentence;
  return "";
}

OwningOpRef<ModuleOp> import(MLIRContext &context, const Checkpoint &checkpoint, const std::string &profile,
                             const Change &change, std::string &error) {
  v4::ModelConfig config;
  v4::Inventory inventory;
  FailureOr<v4::NumericsAttr> numerics = v4::parseNumerics(context, profile, {}, error);
  // The inventory of what the checkpoint has; what a wrong config does not want of it stays out.
  if (failed(numerics) || !v4::parseConfig(checkpoint.config(), config, error) ||
      !v4::takeInventory(config, checkpoint, inventory, error))
    return {};
  if (change.config)
    change.config(config);
  v4::ImportOptions options;
  options.maxContext = kContext;
  options.maxStepTokens = kStepTokens;
  return v4::buildModule(context, config, inventory, checkpoint.config(), options, *numerics);
}

bool runPhases(ModuleOp module, const Change &change) {
  for (const v4::Phase &phase : v4::getPhases()) {
    PassManager manager(module.getContext());
    v4::buildPhase(manager, phase);
    if (failed(manager.run(module)))
      return false;
    if (phase.name == "import" && change.step)
      change.step(module.lookupSymbol<func::FuncOp>("step"));
    if (phase.name == "tile" && change.kernels)
      change.kernels(module);
    if (phase.name == "plan")
      break;
  }
  return true;
}

/// What there is before the manifest is changed and the weights are packed.
struct Compiled {
  v4rt::format::ManifestT manifest;
  SmallVector<char> elf;
};

bool compile(const Checkpoint &checkpoint, const std::string &numerics, const Change &change,
             Compiled &compiled, std::string &error) {
  DialectRegistry registry;
  registry.insert<arith::ArithDialect, func::FuncDialect, math::MathDialect, memref::MemRefDialect,
                  scf::SCFDialect, v4::V4Dialect, tile::TileDialect, rt::RtDialect>();
  v4::registerHostDialects(registry);
  MLIRContext context(registry);
  context.loadAllAvailableDialects();
  OwningOpRef<ModuleOp> module = import(context, checkpoint, numerics, change, error);
  if (!module)
    return false;
  error = "the model does not compile";
  if (!runPhases(*module, change))
    return false;
  const v4::HostVariant *variant = v4::findHostVariant("x86_64_v3");
  FailureOr<v4::HostKernels> kernels = v4::compileKernels(*module, *variant);
  if (failed(kernels) || failed(v4::buildManifest(*module, *variant, compiled.manifest)))
    return false;
  compiled.elf = std::move(kernels->elf);
  return true;
}

} // namespace

std::string buildArtifact(const std::string &fixture, const std::string &numerics, const std::string &name,
                          const Change &change) {
  static std::map<std::string, Compiled> honest; // by fixture and numerics: changes of the manifest share one
  std::string error;
  auto checkpoint = Checkpoint::open(data(fixture), Checkpoint::Weights::required, error);
  if (!checkpoint)
    return fail(error);
  bool isHonest = !change.config && !change.step && !change.kernels;
  Compiled own;
  Compiled &compiled = isHonest ? honest[fixture + numerics] : own;
  if (compiled.elf.empty() && !compile(*checkpoint, numerics, change, compiled, error))
    return fail(name + ": " + error);
  v4rt::format::ManifestT manifest = compiled.manifest;
  if (change.manifest)
    change.manifest(manifest);
  std::string path = scratchFolder("trap-" + name) + "/model.v4";
  v4rt::Code code;
  code.kernels = {reinterpret_cast<const uint8_t *>(compiled.elf.data()), compiled.elf.size()};
  v4rt::Status status = v4rt::writeArtifact(path, manifest, code, checkpoint.get(), {});
  return status.ok() ? path : fail(status.text());
}

Operation *findOp(func::FuncOp step, StringRef name) {
  for (Operation &op : step.front())
    if (op.getNumResults() && !isa<v4::StateOp>(op) && v4::reference::observedName(op, 0) == name)
      return &op;
  ADD_FAILURE() << "there is no " << name.str();
  return nullptr;
}

void changeKernel(ModuleOp module, StringRef value, llvm::function_ref<void(tile::KernelOp)> change) {
  SymbolTable symbols(module);
  bool found = false;
  module.walk([&](rt::LaunchOp launch) {
    bool has = llvm::any_of(launch.getNames().getAsRange<StringAttr>(),
                            [&](StringAttr name) { return name.getValue() == value; });
    if (!has)
      return;
    found = true;
    auto kernel = symbols.lookup<tile::KernelOp>(launch.getKernel());
    auto own = cast<tile::KernelOp>(kernel->clone());
    own.setSymName((kernel.getSymName() + "_trap").str());
    launch.setKernel(symbols.insert(own, std::next(Block::iterator(kernel))));
    change(own);
  });
  EXPECT_TRUE(found) << "no kernel leaves " << value.str();
}

} // namespace v4test
