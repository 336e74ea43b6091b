#include "tools/v4c/Driver.h"

#include "codegen/Artifact/BuildDeviceCode.h"
#include "codegen/Artifact/BuildManifest.h"
#include "codegen/Host/HostCodegen.h"
#include "codegen/Import/ImportModel.h"
#include "dialects/Rt/IR/RtDialect.h"
#include "dialects/Tile/IR/TileDialect.h"
#include "dialects/V4/IR/V4Dialect.h"
#include "passes/Pipelines.h"
#include "passes/Schedule/ScheduleTable.h"
#include "runtime/AtomicFile.h"
#include "runtime/checkpoint/Checkpoint.h"
#include "runtime/pack/PackArtifact.h"
#include "runtime/pack/PackTokenizer.h"
#include "tools/Signals.h"
#include "tools/v4c/Errors.h"
#include "tools/v4c/Progress.h"
#include "tools/v4c/TuneCommand.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/OwningOpRef.h"
#include "mlir/Parser/Parser.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/ThreadPool.h"

#include <filesystem>

namespace v4c {

namespace fs = std::filesystem;
using namespace mlir;
using v4::Phase;
using v4rt::checkpoint::Checkpoint;

namespace {

class Driver {
public:
  explicit Driver(const Options &options, Tuning *tuning = nullptr)
      : options(options), tuning(tuning), progress(options.quiet) {}

  /// False: `errors` says why.
  bool run() {
    last = v4::findPhase(options.compileTo);
    target = v4::findTarget(options.target);
    pool.emplace(llvm::hardware_concurrency(options.threads));
    DialectRegistry registry;
    registry.insert<arith::ArithDialect, func::FuncDialect, math::MathDialect, memref::MemRefDialect,
                    scf::SCFDialect, v4::V4Dialect, tile::TileDialect, rt::RtDialect>();
    v4::registerHostDialects(registry);
    v4::registerGpuDialects(registry);
    context.emplace(registry, MLIRContext::Threading::DISABLED);
    context->setThreadPool(*pool);
    context->printOpOnDiagnostic(false);
    errors.printsRemarks = options.remarks;
    errors.listenTo(*context);
    bool done = takeSchedules() && checkOutput() && readInput() && runPasses() && finish();
    progress.stop();
    return done;
  }

  Errors errors;
  int signal = 0; // that stopped the packing

private:
  bool fail(const std::string &sentence) { return errors.add(sentence); }
  bool isLast(StringRef name) const { return last->name == name; }

  bool takeSchedules() {
    std::vector<v4::ScheduleRow> rows;
    std::string error;
    if (!options.schedules.empty() && !readSchedules(options.schedules, rows, error))
      return fail(error);
    if (tuning)
      rows.insert(rows.begin(), tuning->schedules.begin(), tuning->schedules.end());
    if (!rows.empty())
      v4::useSchedules(*context, std::move(rows));
    return true;
  }

  void noteKernels() {
    for (auto func : module->getOps<func::FuncOp>()) {
      std::vector<KernelClass> &kernels = tuning->kernels[func.getSymName().str()];
      func.walk([&](v4::KernelOp kernel) {
        v4::ScheduleAttr chosen = *kernel.getSchedule();
        KernelClass &own = kernels.emplace_back(v4::getFamily(kernel), kernel.getRowTile().value_or(1));
        tuning->defaults[own] = {
            {target->name},    v4::getName(own.first).str(), own.second,        chosen.getLanes(),
            chosen.getKeys(),  chosen.getOutputs(),          chosen.getDepth(), chosen.getWarps(),
            chosen.getStages()};
      });
    }
  }

  /// What would fail only after everything was compiled.
  bool checkOutput() {
    std::error_code code;
    fs::path folder = fs::path(options.output).parent_path();
    if (folder.empty())
      folder = ".";
    if (!fs::is_directory(folder, code))
      return fail("there is no folder '" + folder.string() + "' to write into");
    // Renaming onto a device would replace it.
    if (fs::exists(options.output, code) && !fs::is_regular_file(options.output, code))
      return fail("'" + options.output + "' is no file that can be replaced");
    for (const std::string &input : {options.input, options.tokenizer})
      if (!input.empty() && fs::equivalent(options.output, input, code))
        return fail("the output would overwrite the input, '" + input + "'");
    if (!options.kernelOverride.empty() && !fs::is_directory(options.kernelOverride, code))
      return fail("there is no folder '" + options.kernelOverride + "' to take kernels from");
    for (const std::string &dump : {options.dumpPhases, options.dumpKernels})
      if (!dump.empty() && !fs::is_directory(dump, code) && !fs::create_directories(dump, code))
        return fail("cannot make the folder '" + dump + "': " + code.message());
    return true;
  }

  bool checkOutputAgainst(const Checkpoint &checkpoint) {
    std::error_code code;
    bool own = fs::equivalent(options.output, fs::path(checkpoint.folder()) / "config.json", code);
    for (const v4rt::checkpoint::File &file : checkpoint.files())
      own |= fs::equivalent(options.output, file.path(), code);
    // Index, tokenizer and generation config are not opened here.
    fs::path output(options.output);
    fs::path folder = output.parent_path().empty() ? fs::path(".") : output.parent_path();
    if (fs::exists(output, code) && fs::equivalent(folder, checkpoint.folder(), code))
      own |= output.extension() == ".json" || output.extension() == ".safetensors";
    return !own || fail("the output would overwrite '" + options.output + "', a file of the checkpoint");
  }

  bool readInput() {
    std::error_code code;
    if (fs::path(options.input).extension() == ".mlir" && !fs::is_directory(options.input, code))
      return readModule();
    if (!options.compileFrom.empty())
      return fail("--compile-from is for modules, '" + options.input + "' is none");
    progress.begin("reading the checkpoint");
    std::string error;
    auto weights = options.noWeights ? Checkpoint::Weights::optional : Checkpoint::Weights::required;
    checkpoint = Checkpoint::open(options.input, weights, error);
    if (!checkpoint)
      return fail(error);
    if (!checkOutputAgainst(*checkpoint))
      return false;

    v4::ImportOptions import;
    import.maxContext = options.maxContext;
    import.maxStepTokens = options.maxStepTokens;
    import.numerics = options.numerics;
    import.numericsOptions = options.numericsOptions;
    import.matrixUnits = target->isGpu();
    std::vector<std::string> notes;
    auto imported = v4::importModel(*context, *checkpoint, import, error, &notes);
    if (failed(imported))
      return fail(error);
    module = std::move(*imported);
    if (!options.quiet)
      for (const std::string &note : notes)
        fprintf(stderr, "v4c: note: %s\n", note.c_str());
    if (target->isGpu())
      (*module)->setAttr("v4.target", StringAttr::get(&*context, target->name));
    current = v4::findPhase("import");
    return verify(*current);
  }

  bool readModule() {
    std::string name = fs::path(options.input).filename().string();
    current = options.compileFrom.empty() ? v4::findDumpedPhase(name) : v4::findPhase(options.compileFrom);
    if (!current)
      return fail("the name of '" + options.input +
                  "' does not say which phase it is from, wanted one like " +
                  v4::getDumpName(*v4::findPhase("fuse")));
    if (v4::getNumber(*current) > v4::getNumber(*last))
      return fail("'" + options.input + "' is past the phase '" + last->name.str() + "'");
    if (isLast("pack") && !options.noWeights)
      return fail("a module has no weights: compile it with --no-weights");
    module = parseSourceFile<ModuleOp>(options.input, &*context);
    return module && verify(*current);
  }

  /// The check that follows `phase`, and its dump.
  bool verify(const Phase &phase) {
    Phase checkOnly = phase;
    checkOnly.build = nullptr;
    return runPhase(checkOnly) && dump(phase);
  }

  bool runPhase(const Phase &phase) {
    PassManager manager(&*context);
    v4::buildPhase(manager, phase);
    return succeeded(manager.run(*module));
  }

  bool runPasses() {
    for (const Phase &phase : v4::getPhases()) {
      if (v4::getNumber(phase) <= v4::getNumber(*current) || v4::getNumber(phase) > v4::getNumber(*last) ||
          !phase.build)
        continue;
      progress.begin(phase.name.str());
      if (!runPhase(phase) || !dump(phase))
        return false;
      if (tuning && phase.name == "layout")
        noteKernels();
    }
    return true;
  }

  std::string print() {
    std::string text;
    llvm::raw_string_ostream stream(text);
    // Locations are the names of values.
    module->print(stream, OpPrintingFlags().enableDebugInfo(true, /*prettyForm=*/false));
    stream << '\n';
    return text;
  }

  bool write(const std::string &path, StringRef bytes) {
    v4rt::AtomicFile file;
    v4rt::Status status = file.create(path);
    if (status.ok())
      status = file.writeAt(0, bytes.data(), bytes.size());
    if (status.ok())
      status = file.commit();
    return status.ok() || fail(status.text());
  }

  bool dump(const Phase &phase) {
    return options.dumpPhases.empty() || write(options.dumpPhases + "/" + v4::getDumpName(phase), print());
  }

  bool finish() {
    if (v4::getNumber(*last) <= v4::getNumber(*v4::findPhase("plan")))
      return write(options.output, print());

    progress.begin("compiling kernels");
    v4::HostOptions host;
    host.threads = options.threads;
    host.dumpDir = options.dumpKernels;
    host.progress = [this](size_t done, size_t total, StringRef) { progress.update(done, total); };
    ArrayRef<v4::HostVariant> variants = target->isGpu() ? v4::simulatorVariant() : v4::hostVariants();
    FailureOr<v4::HostKernels> kernels = v4::compileKernels(*module, variants, host);
    if (failed(kernels))
      return false;
    if (isLast("codegen"))
      return write(options.output, StringRef(kernels->elf.data(), kernels->elf.size()));

    v4rt::format::ManifestT manifest;
    if (failed(v4::buildManifest(*module, variants, manifest)))
      return false;
    v4::describeHostCode(*kernels, manifest);
    std::string device;
    if (target->isGpu() && !compileDeviceCode(manifest, device))
      return false;
    return writeOutput(manifest, StringRef(kernels->elf.data(), kernels->elf.size()), device);
  }

  bool compileDeviceCode(v4rt::format::ManifestT &manifest, std::string &bytes) {
    v4::DeviceSection section;
    if (options.simulatedOnly) {
      section = v4::describeDeviceKernels(*module, target->name);
    } else {
      progress.begin("compiling kernels for " + target->name);
      v4::GpuOptions gpu;
      gpu.target = *v4::findGpuTarget(target->name);
      gpu.threads = options.threads;
      gpu.dumpDir = options.dumpKernels;
      gpu.overrideDir = options.kernelOverride;
      gpu.progress = [this](size_t done, size_t total, StringRef) { progress.update(done, total); };
      FailureOr<v4::GpuKernels> kernels = v4::compileGpuKernels(*module, gpu);
      if (failed(kernels))
        return false;
      section = v4::buildDeviceSection(*kernels, target->name);
      if (!options.quiet)
        progress.note(v4::summarize(*kernels, target->name));
    }
    manifest.device = std::move(section.code);
    bytes = std::move(section.bytes);
    return true;
  }

  bool writeOutput(v4rt::format::ManifestT &manifest, StringRef kernels, StringRef device) {
    progress.begin(options.noWeights ? "writing" : "packing weights", /*inBytes=*/true);
    v4tools::CaughtSignals signals;
    v4rt::PackReport report;
    v4rt::PackOptions pack;
    pack.threads = options.threads;
    pack.weightsBeside = options.weightsBeside;
    pack.restart = options.restart;
    pack.interrupt = &v4tools::CaughtSignals::number();
    pack.report = &report;
    pack.tokenizer = options.tokenizer;
    if (pack.tokenizer.empty() && checkpoint)
      pack.tokenizer = v4rt::tokenizerOf(checkpoint->folder());
    pack.progress = [this](uint64_t done, uint64_t total) { progress.update(done, total); };
    if (!options.quiet)
      pack.note = [this](const std::string &sentence) { progress.note(sentence); };
    auto start = std::chrono::steady_clock::now();
    v4rt::Code code = {asBytes(kernels), asBytes(device)};
    v4rt::Status status = v4rt::writeArtifact(options.output, manifest, code,
                                              options.noWeights ? nullptr : checkpoint.get(), pack);
    if (report.interrupted) {
      signal = v4tools::CaughtSignals::number();
      return fail(status.text() + "; the same command goes on from there");
    }
    if (!status.ok())
      return fail(status.text());
    std::chrono::duration<double> taken = std::chrono::steady_clock::now() - start;
    if (!options.quiet && !options.noWeights)
      progress.note(packedText(report, taken.count()));
    return true;
  }

  static v4rt::Bytes asBytes(StringRef text) {
    return text.empty() ? v4rt::Bytes() : v4rt::Bytes{text.bytes_begin(), text.size()};
  }

  static std::string packedText(const v4rt::PackReport &report, double seconds) {
    double bytes = report.bytes - report.resumedBytes;
    return "packed " + v4tools::bytesText(bytes) + " in " + v4tools::durationText(seconds) + ", " +
           v4tools::bytesText(bytes / std::max(seconds, 1e-9)) + "/s; at most " +
           v4tools::bytesText(v4tools::peakResidentBytes()) + " of memory";
  }

  const Options &options;
  Tuning *tuning;
  Progress progress;
  std::optional<llvm::DefaultThreadPool> pool; // outlives the context
  std::optional<MLIRContext> context;
  std::unique_ptr<Checkpoint> checkpoint;
  OwningOpRef<ModuleOp> module;
  const Phase *current = nullptr; // that `module` is in
  const Phase *last = nullptr;    // to run
  const v4::TargetFacts *target = nullptr;
};

} // namespace

bool readSchedules(const std::string &path, std::vector<v4::ScheduleRow> &rows, std::string &error) {
  auto file = llvm::MemoryBuffer::getFile(path, /*IsText=*/false, /*RequiresNullTerminator=*/false);
  if (!file) {
    error = "cannot read '" + path + "': " + file.getError().message();
    return false;
  }
  if (v4::parseSchedules((*file)->getBuffer(), rows, error))
    return true;
  error = "the table '" + path + "' " + error;
  return false;
}

bool compile(const Options &options, Tuning &tuning, std::string &error) {
  Driver driver(options, &tuning);
  if (driver.run())
    return true;
  error = driver.errors.sentence();
  return false;
}

int compile(const Options &options) {
  for (const std::string &name : {options.compileTo, options.compileFrom})
    if (!name.empty() && !v4::findPhase(name)) {
      fprintf(stderr, "v4c: error: there is no phase '%s'\n", name.c_str());
      return 2;
    }
  if (!v4::findTarget(options.target)) {
    fprintf(stderr, "v4c: error: there is no target '%s', only %s\n", options.target.c_str(),
            llvm::join(v4::getTargetNames(), ", ").c_str());
    return 2;
  }
  if (options.tune)
    return runTune(options);
  Driver driver(options);
  if (driver.run())
    return 0;
  fprintf(stderr, "v4c: error: %s\n", driver.errors.sentence().c_str());
  return driver.signal ? 128 + driver.signal : 1;
}

} // namespace v4c
