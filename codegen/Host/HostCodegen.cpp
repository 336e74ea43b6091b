#include "codegen/Host/HostCodegen.h"

#include "codegen/Host/Linker.h"
#include "codegen/Host/ObjectEmitter.h"
#include "codegen/TileToLoops/Passes.h"
#include "codegen/TileToVector/Passes.h"
#include "dialects/Tile/IR/TileDialect.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/ControlFlow/IR/ControlFlow.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/UB/IR/UBOps.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/OwningOpRef.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Target/LLVMIR/Dialect/Builtin/BuiltinToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/LLVMIR/LLVMToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Export.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/ThreadPool.h"

#include <mutex>

namespace mlir::v4 {

void registerHostDialects(DialectRegistry &registry) {
  registry
      .insert<arith::ArithDialect, cf::ControlFlowDialect, func::FuncDialect, LLVM::LLVMDialect,
              math::MathDialect, scf::SCFDialect, tile::TileDialect, ub::UBDialect, vector::VectorDialect>();
  registerBuiltinDialectTranslation(registry);
  registerLLVMDialectTranslation(registry);
}

namespace {

// One kernel on its way through the pipeline; tasks share nothing else.
struct KernelTask {
  OwningOpRef<ModuleOp> module;
  std::string name;
  Location loc;
  SmallVector<SmallVector<char, 0>> objects; // of each variant that has its own code
  SmallVector<KernelCode> code;              // of each variant
  std::vector<SymbolAlias> aliases;          // of those that have not
  LogicalResult result = failure();
};

} // namespace

static LogicalResult writeDump(Location loc, const HostOptions &options, const llvm::Twine &name,
                               StringRef text) {
  std::string path = (options.dumpDir + "/" + name).str();
  std::error_code error;
  llvm::raw_fd_ostream file(path, error);
  if (!error) {
    file << text;
    file.close();
    error = file.error();
    file.clear_error();
  }
  if (error)
    return emitError(loc) << "cannot write " << path << ": " << error.message();
  return success();
}

/// The kernel in LLVM's own IR. The conversion knows the variant's vectors and instructions, so each has its
/// own.
static std::unique_ptr<llvm::Module> toLLVM(ModuleOp kernel, StringRef name, const HostVariant &variant,
                                            llvm::LLVMContext &context) {
  OwningOpRef<ModuleOp> copy = kernel.clone();
  PassManager passes(kernel.getContext());
  passes.enableVerifier(false);
  if (variant.simulates)
    buildTileToLoopsToLLVM(passes);
  else
    buildTileToLLVM(passes, {variant.vectorBits, variant.sumsBytes, variant.dotsBf16});
  if (failed(passes.run(*copy)))
    return nullptr;
  std::unique_ptr<llvm::Module> module = translateModuleToLLVMIR(*copy, context, name);
  if (!module)
    emitError(kernel.getLoc()) << "kernel '" << name << "' has no translation to LLVM IR";
  return module;
}

static LogicalResult compileVariant(KernelTask &task, const HostVariant &variant, const HostOptions &options,
                                    const ContentCache &objects, KernelCode &code) {
  bool dump = !options.dumpDir.empty();
  llvm::LLVMContext context;
  std::unique_ptr<llvm::Module> module = toLLVM(*task.module, task.name, variant, context);
  if (!module)
    return failure();
  auto fail = [&](llvm::Error error) {
    return emitError(task.loc) << "kernel '" << task.name << "' for " << variant.name << ": "
                               << llvm::toString(std::move(error));
  };
  llvm::Expected<CompiledKernel> compiled = emitObject(*module, variant, dump, objects);
  if (!compiled)
    return fail(compiled.takeError());
  llvm::Expected<KernelCode> described = describeCode(compiled->object);
  if (!described)
    return fail(described.takeError());
  code = std::move(*described);
  task.objects.push_back(std::move(compiled->object));
  std::string stem = task.name + "." + variant.name.str();
  if (dump && (failed(writeDump(task.loc, options, stem + ".ll", compiled->ir)) ||
               failed(writeDump(task.loc, options, stem + ".s", compiled->assembly))))
    return failure();
  return success();
}

/// The variant whose code the kernel has in `variant`, too; null: it has its own.
static const HostVariant *findBase(ModuleOp kernel, const HostVariant &variant,
                                   ArrayRef<HostVariant> variants) {
  const HostVariant *base =
      llvm::find_if(variants, [&](const HostVariant &other) { return other.name == variant.base; });
  return base == variants.end() || usesBf16Dots(kernel) ? nullptr : base;
}

static LogicalResult compileKernel(KernelTask &task, ArrayRef<HostVariant> variants,
                                   const HostOptions &options, const ContentCache &objects) {
  if (!options.dumpDir.empty()) {
    std::string text;
    llvm::raw_string_ostream(text) << *task.module;
    if (failed(writeDump(task.loc, options, task.name + ".tile.mlir", text)))
      return failure();
  }
  task.code.resize(variants.size());
  SmallVector<std::pair<size_t, size_t>> shared; // variants with the code of others
  for (size_t i = 0; i < variants.size(); ++i) {
    const HostVariant *base = findBase(*task.module, variants[i], variants);
    if (!base) {
      if (failed(compileVariant(task, variants[i], options, objects, task.code[i])))
        return failure();
      continue;
    }
    shared.push_back({i, base - variants.begin()});
    auto symbol = [&](const HostVariant &variant) { return task.name + "." + variant.name.str(); };
    task.aliases.push_back({symbol(variants[i]), symbol(*base)});
  }
  for (auto [variant, base] : shared)
    task.code[variant] = task.code[base];
  task.module = nullptr;
  return success();
}

static SmallVector<KernelTask> splitKernels(ModuleOp module) {
  SmallVector<KernelTask> tasks;
  for (auto kernel : module.getOps<tile::KernelOp>()) {
    OwningOpRef<ModuleOp> alone = ModuleOp::create(kernel.getLoc());
    alone->push_back(kernel->clone());
    tasks.push_back({std::move(alone), kernel.getSymName().str(), kernel.getLoc(), {}, {}, {}});
  }
  return tasks;
}

static void compileAll(MutableArrayRef<KernelTask> tasks, ArrayRef<HostVariant> variants,
                       const HostOptions &options, bool parallel) {
  ContentCache objects(ContentCache::folderOf("objects"));
  std::mutex mutex;
  size_t done = 0;
  auto compile = [&](KernelTask &task) {
    task.result = compileKernel(task, variants, options, objects);
    std::lock_guard<std::mutex> lock(mutex);
    ++done;
    if (options.progress)
      options.progress(done, tasks.size(), task.name);
  };
  if (!parallel) {
    for (KernelTask &task : tasks)
      compile(task);
  } else {
    llvm::DefaultThreadPool pool(llvm::hardware_concurrency(options.threads));
    for (KernelTask &task : tasks)
      pool.async([&compile, &task] { compile(task); });
    pool.wait();
  }
  objects.prune();
}

FailureOr<HostKernels> compileKernels(ModuleOp module, ArrayRef<HostVariant> variants,
                                      const HostOptions &options) {
  MLIRContext *context = module.getContext();
  DialectRegistry registry;
  registerHostDialects(registry);
  context->appendDialectRegistry(registry);
  context->loadAllAvailableDialects();
  if (!options.dumpDir.empty())
    if (std::error_code error = llvm::sys::fs::create_directories(options.dumpDir))
      return module.emitError("cannot make the folder ") << options.dumpDir << ": " << error.message();

  SmallVector<KernelTask> tasks = splitKernels(module);
  if (tasks.empty())
    return module.emitError("has no tile.kernel to compile");
  compileAll(tasks, variants, options, context->isMultithreadingEnabled() && options.threads != 1);

  HostKernels kernels;
  SmallVector<SmallVector<char, 0>> objects;
  SmallVector<SymbolAlias> aliases;
  for (KernelTask &task : tasks) {
    if (failed(task.result))
      return failure();
    objects.append(std::make_move_iterator(task.objects.begin()),
                   std::make_move_iterator(task.objects.end()));
    llvm::append_range(aliases, task.aliases);
    kernels.kernels.push_back({task.name, std::move(task.code)});
  }
  llvm::Expected<SmallVector<char>> elf = linkSharedObject(objects, aliases);
  if (!elf)
    return module.emitError("cannot link the kernels: ") << llvm::toString(elf.takeError());
  kernels.elf = std::move(*elf);
  return kernels;
}

} // namespace mlir::v4
