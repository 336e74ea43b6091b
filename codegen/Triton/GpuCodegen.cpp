#include "codegen/Triton/GpuCodegen.h"

#include "codegen/TileToTriton/Passes.h"
#include "codegen/Triton/KernelCache.h"
#include "codegen/Triton/KernelOverride.h"
#include "codegen/Triton/TritonWorker.h"
#include "dialects/Tile/IR/TileDialect.h"
#include "dialects/Triton/IR/TritonDialect.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/OwningOpRef.h"
#include "mlir/Pass/PassManager.h"
#include "llvm/ADT/ScopeExit.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/ThreadPool.h"

#include <atomic>
#include <mutex>
#include <thread>

namespace mlir::v4 {

void registerGpuDialects(DialectRegistry &registry) {
  registry.insert<arith::ArithDialect, gpu::GPUDialect, math::MathDialect, scf::SCFDialect, tile::TileDialect,
                  tt::TritonDialect>();
}

namespace {

// One kernel on its way; tasks share nothing else.
struct Task {
  OwningOpRef<ModuleOp> module;
  std::string name;
  Location loc;
  unsigned warps, stages;
  int64_t scratchBytes;
  std::string ttir, key;
  std::optional<GpuKernel> kernel;
  LogicalResult result = failure();

  LogicalResult fail(llvm::Error error) {
    return emitError(loc) << "kernel '" << name << "': " << llvm::toString(std::move(error));
  }
};

// What all threads share.
struct Run {
  const GpuOptions &options;
  KernelCache cache;
  std::mutex mutex;
  size_t done = 0, total = 0;

  void finish(const Task &task) {
    std::lock_guard<std::mutex> lock(mutex);
    ++done;
    if (options.progress)
      options.progress(done, total, task.name);
  }
};

} // namespace

static llvm::Error readFile(const llvm::Twine &path, std::string &text) {
  auto file = llvm::MemoryBuffer::getFile(path, /*IsText=*/false, /*RequiresNullTerminator=*/false);
  if (!file)
    return llvm::createStringError(file.getError(), "cannot read " + path + ": " + file.getError().message());
  text = (*file)->getBuffer().str();
  return llvm::Error::success();
}

static llvm::Error writeFile(const llvm::Twine &path, StringRef text) {
  std::error_code error;
  llvm::raw_fd_ostream file(path.str(), error);
  if (!error) {
    file << text;
    file.close();
    error = file.error();
    file.clear_error();
  }
  if (error)
    return llvm::createStringError(error, "cannot write " + path + ": " + error.message());
  return llvm::Error::success();
}

static unsigned option(tile::KernelOp kernel, StringRef name, unsigned otherwise) {
  auto attribute = kernel->getAttrOfType<IntegerAttr>(name);
  return attribute ? unsigned(attribute.getInt()) : otherwise;
}

static std::vector<Task> splitKernels(ModuleOp module) {
  std::vector<Task> tasks;
  for (auto kernel : module.getOps<tile::KernelOp>()) {
    OwningOpRef<ModuleOp> alone = ModuleOp::create(kernel.getLoc());
    alone->push_back(kernel->clone());
    tasks.push_back({std::move(alone),
                     kernel.getSymName().str(),
                     kernel.getLoc(),
                     option(kernel, "tile.num_warps", 4),
                     option(kernel, "tile.num_stages", 3),
                     scratchBytes(kernel),
                     {},
                     {},
                     {}});
  }
  return tasks;
}

// Lowers the kernel to text, and takes it from the override folder or the cache if it is there.
static LogicalResult prepare(Task &task, Run &run) {
  const GpuOptions &options = run.options;
  std::string tile;
  if (!options.dumpDir.empty())
    llvm::raw_string_ostream(tile) << *task.module;
  PassManager passes(task.module->getContext());
  buildTileToTriton(passes, options.target.capability);
  if (failed(passes.run(*task.module)))
    return emitError(task.loc) << "kernel '" << task.name << "' has no translation to Triton IR";
  llvm::raw_string_ostream(task.ttir) << *task.module;
  task.module = nullptr;
  task.key = KernelCache::key(task.ttir, options.target, task.warps, task.stages);
  if (!options.dumpDir.empty()) {
    std::string stem = options.dumpDir + "/" + task.name;
    if (llvm::Error error = writeFile(stem + ".tile.mlir", tile))
      return task.fail(std::move(error));
    if (llvm::Error error = writeFile(stem + ".ttir", task.ttir))
      return task.fail(std::move(error));
  }
  if (!options.overrideDir.empty()) {
    llvm::Expected<std::optional<GpuKernel>> found =
        readOverride(options.overrideDir, task.name, options.target);
    if (!found)
      return task.fail(found.takeError());
    task.kernel = std::move(*found);
  }
  if (!task.kernel)
    task.kernel = run.cache.read(task.key);
  return success();
}

static bool isOverride(const Task &task) {
  return task.kernel && task.kernel->source == GpuKernel::Source::override;
}

static bool needsWorker(const Task &task, const GpuOptions &options) {
  return !task.kernel || isOverride(task) || !options.dumpDir.empty();
}

static unsigned figure(const llvm::json::Object &answer, StringRef name) {
  return answer.getInteger(name).value_or(0);
}

static llvm::Error compile(Task &task, Run &run, TritonWorker &worker, const std::string &stem) {
  const GpuTarget &target = run.options.target;
  if (llvm::Error error = writeFile(stem + ".ttir", task.ttir))
    return error;
  llvm::Expected<llvm::json::Object> answer =
      worker.ask(llvm::json::Object{{"do", "compile"},
                                    {"ttir", stem + ".ttir"},
                                    {"capability", target.capability},
                                    {"warps", task.warps},
                                    {"stages", task.stages},
                                    {"shared_limit", target.sharedBytes},
                                    {"out", stem}});
  if (!answer)
    return answer.takeError();
  GpuKernel kernel;
  kernel.entry = answer->getString("name").value_or("").str();
  kernel.warps = figure(*answer, "warps");
  kernel.stages = figure(*answer, "stages");
  kernel.sharedBytes = figure(*answer, "shared");
  kernel.registers = figure(*answer, "registers");
  kernel.spillBytes = figure(*answer, "spills");
  if (kernel.sharedBytes > target.sharedBytes)
    return llvm::createStringError("takes " + llvm::Twine(kernel.sharedBytes) +
                                   " bytes of shared memory, but " + target.name + " has " +
                                   llvm::Twine(target.sharedBytes));
  for (auto [suffix, text] : {std::pair(".ptx", &kernel.ptx), std::pair(".cubin", &kernel.cubin),
                              std::pair(".json", &kernel.metadata)})
    if (llvm::Error error = readFile(stem + suffix, *text))
      return error;
  task.kernel = std::move(kernel);
  return llvm::Error::success();
}

// The figures of an override, and its cubin if it came as PTX alone.
static llvm::Error examine(GpuKernel &kernel, Run &run, TritonWorker &worker, const std::string &stem) {
  if (llvm::Error error = writeFile(stem + (kernel.cubin.empty() ? ".ptx" : ".cubin"),
                                    kernel.cubin.empty() ? kernel.ptx : kernel.cubin))
    return error;
  llvm::json::Object request{{"do", "resources"}, {"cubin", stem + ".cubin"}};
  if (kernel.cubin.empty())
    request = llvm::json::Object{{"do", "assemble"},
                                 {"ptx", stem + ".ptx"},
                                 {"capability", run.options.target.capability},
                                 {"out", stem}};
  llvm::Expected<llvm::json::Object> answer = worker.ask(std::move(request));
  if (!answer)
    return answer.takeError();
  kernel.registers = figure(*answer, "registers");
  kernel.spillBytes = figure(*answer, "spills");
  return readFile(stem + ".cubin", kernel.cubin);
}

static llvm::Error dump(const Task &task, Run &run, TritonWorker &worker) {
  const GpuKernel &kernel = *task.kernel;
  std::string stem = run.options.dumpDir + "/" + task.name;
  for (auto [suffix, text] : {std::pair(".ptx", &kernel.ptx), std::pair(".cubin", &kernel.cubin),
                              std::pair(".json", &kernel.metadata)})
    if (llvm::Error error = writeFile(stem + suffix, *text))
      return error;
  return worker
      .ask(llvm::json::Object{{"do", "disassemble"}, {"cubin", stem + ".cubin"}, {"out", stem + ".sass"}})
      .takeError();
}

static llvm::Error finishWithWorker(Task &task, Run &run, TritonWorker &worker, const std::string &folder) {
  std::string stem = folder + "/" + task.name;
  if (isOverride(task)) {
    if (llvm::Error error = examine(*task.kernel, run, worker, stem))
      return error;
  } else if (!task.kernel) {
    if (llvm::Error error = compile(task, run, worker, stem))
      return error;
  }
  if (!run.options.dumpDir.empty())
    return dump(task, run, worker);
  return llvm::Error::success();
}

// 87 of a line ".version 8.7"; 0 if there is none.
static unsigned ptxVersion(StringRef ptx) {
  size_t at = ptx.find(".version ");
  if (at == StringRef::npos)
    return 0;
  auto [major, rest] = ptx.drop_front(at + StringRef(".version ").size()).split('.');
  unsigned number = 0, minor = 0;
  if (major.getAsInteger(10, number) || rest.consumeInteger(10, minor))
    return 0;
  return number * 10 + minor;
}

static void complete(Task &task, Run &run) {
  GpuKernel &kernel = *task.kernel;
  kernel.name = task.name;
  kernel.scratchBytes = task.scratchBytes;
  kernel.ptxVersion = ptxVersion(kernel.ptx);
  if (kernel.source == GpuKernel::Source::compiled)
    run.cache.write(task.key, kernel);
  task.result = success();
  run.finish(task);
}

// One thread's share of the tasks that need Triton, in a worker that is started anew when it was lost.
static void work(ArrayRef<Task *> tasks, std::atomic<size_t> &next, Run &run, const std::string &python,
                 const std::string &folder) {
  TritonWorker worker;
  for (size_t i; (i = next++) < tasks.size();) {
    Task &task = *tasks[i];
    if (!worker.isRunning())
      if (llvm::Error error = worker.start(python, folder)) {
        emitError(task.loc) << llvm::toString(std::move(error));
        next = tasks.size();
        return;
      }
    if (llvm::Error error = finishWithWorker(task, run, worker, folder))
      (void)task.fail(std::move(error));
    else
      complete(task, run);
  }
}

static LogicalResult compileWithTriton(ArrayRef<Task *> tasks, Run &run, unsigned threads, ModuleOp module) {
  llvm::Expected<std::string> python = findTritonPython(run.options.python);
  if (!python)
    return emitError(UnknownLoc::get(module.getContext())) << llvm::toString(python.takeError());
  SmallString<128> folder;
  if (std::error_code error = llvm::sys::fs::createUniqueDirectory("v4c-triton", folder))
    return module.emitError("cannot make a temporary folder: ") << error.message();
  llvm::scope_exit remove([&] { llvm::sys::fs::remove_directories(folder); });
  std::atomic<size_t> next = 0;
  std::vector<std::thread> workers;
  for (unsigned i = 0; i < std::min<size_t>(threads, tasks.size()); ++i)
    workers.emplace_back(
        [&, mine = (folder + "/" + llvm::Twine(i)).str()] { work(tasks, next, run, *python, mine); });
  for (std::thread &worker : workers)
    worker.join();
  return success(llvm::all_of(tasks, [](Task *task) { return succeeded(task->result); }));
}

FailureOr<GpuKernels> compileGpuKernels(ModuleOp module, const GpuOptions &options) {
  MLIRContext *context = module.getContext();
  DialectRegistry registry;
  registerGpuDialects(registry);
  context->appendDialectRegistry(registry);
  context->loadAllAvailableDialects();
  if (!options.dumpDir.empty())
    if (std::error_code error = llvm::sys::fs::create_directories(options.dumpDir))
      return module.emitError("cannot make the folder ") << options.dumpDir << ": " << error.message();

  std::vector<Task> tasks = splitKernels(module);
  if (tasks.empty())
    return module.emitError("has no tile.kernel to compile");
  if (!options.overrideDir.empty()) {
    llvm::StringSet<> names;
    for (const Task &task : tasks)
      names.insert(task.name);
    if (llvm::Error error = checkOverrides(options.overrideDir, names))
      return emitError(UnknownLoc::get(context)) << llvm::toString(std::move(error));
  }
  unsigned threads = llvm::hardware_concurrency(options.threads).compute_thread_count();
  Run run{options,
          KernelCache(options.cacheDir.empty() ? ContentCache::folderOf("kernels") : options.cacheDir),
          {}};
  run.total = tasks.size();

  auto prepareOne = [&](Task &task) { task.result = prepare(task, run); };
  if (context->isMultithreadingEnabled() && threads > 1) {
    llvm::DefaultThreadPool pool(llvm::hardware_concurrency(options.threads));
    for (Task &task : tasks)
      pool.async([&] { prepareOne(task); });
    pool.wait();
  } else {
    llvm::for_each(tasks, prepareOne);
  }
  SmallVector<Task *> left;
  for (Task &task : tasks) {
    if (failed(task.result))
      return failure();
    if (needsWorker(task, options)) {
      task.result = failure();
      left.push_back(&task);
    } else {
      complete(task, run);
    }
  }
  if (!left.empty() && failed(compileWithTriton(left, run, threads, module)))
    return failure();
  run.cache.prune();

  GpuKernels kernels;
  for (Task &task : tasks)
    kernels.kernels.push_back(std::move(*task.kernel));
  return kernels;
}

} // namespace mlir::v4
