#include "passes/Pipelines.h"

#include "passes/Passes.h"
#include "passes/Verify/Rules.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Pass/PassRegistry.h"
#include "mlir/Transforms/Passes.h"
#include "llvm/Support/raw_ostream.h"

namespace mlir::v4 {

static void buildSpecialise(OpPassManager &manager) { manager.addPass(createSpecialiseSteps()); }

static void buildFuse(OpPassManager &manager) {
  manager.addNestedPass<func::FuncOp>(createSplitExperts());
  manager.addNestedPass<func::FuncOp>(createProjectStreams());
  manager.addPass(createPackEntries());
  manager.addNestedPass<func::FuncOp>(createNarrowQuantised());
  manager.addNestedPass<func::FuncOp>(createUseDigits());
  manager.addNestedPass<func::FuncOp>(createUseCodes());
  manager.addNestedPass<func::FuncOp>(createFuseKernels());
  manager.addNestedPass<func::FuncOp>(createFoldRowKernels());
}

static void buildLayout(OpPassManager &manager) {
  manager.addPass(createChooseWeightLayouts());
  manager.addPass(createSelectSchedule());
}

static void buildTile(OpPassManager &manager) { manager.addPass(createConvertV4ToTile()); }

static void buildPlan(OpPassManager &manager) {
  manager.addPass(createBuildProgram());
  manager.addPass(createPlanMemory());
}

static constexpr Phase kPhases[] = {
    {"import", "config.json and safetensors headers become one function, @step, of `v4` ops", nullptr},
    {"specialise", "@step becomes @decode, for steps of a few tokens, and @prefill", buildSpecialise},
    {"fuse", "ops are grouped into kernels", buildFuse},
    {"layout", "every weight gets the order in which it is packed, every kernel its tile sizes", buildLayout},
    {"tile", "each kernel becomes a `tile.kernel`, equal ones once, and an `rt.launch`", buildTile},
    {"plan", "launches become programs of dispatches on buffers at fixed places", buildPlan},
    {"codegen", "kernels become machine code in one shared object", nullptr},
    {"pack", "weights are packed; manifest, kernels and weights become the artifact", nullptr},
};

ArrayRef<Phase> getPhases() { return kPhases; }

const Phase *findPhase(StringRef name) {
  const Phase *phase = llvm::find_if(kPhases, [&](const Phase &other) { return other.name == name; });
  return phase == std::end(kPhases) ? nullptr : phase;
}

unsigned getNumber(const Phase &phase) { return &phase - kPhases + 1; }

void buildPhase(OpPassManager &manager, const Phase &phase) {
  if (phase.build)
    phase.build(manager);
  VerifyPhaseOptions options;
  options.phase = phase.name.str();
  manager.addPass(createVerifyPhase(options));
}

std::string getDumpName(const Phase &phase) {
  return ("model." + Twine(getNumber(phase)) + "." + phase.name + ".mlir").str();
}

const Phase *findDumpedPhase(StringRef fileName) {
  const Phase *phase =
      llvm::find_if(kPhases, [&](const Phase &other) { return getDumpName(other) == fileName; });
  return phase == std::end(kPhases) ? nullptr : phase;
}

void registerPhasePipelines() {
  for (const Phase &phase : kPhases)
    PassPipelineRegistration<>(("v4-phase-" + phase.name).str(), phase.summary,
                               [&phase](OpPassManager &manager) { buildPhase(manager, phase); });
}

/// "`v4-split-experts`, `v4-fuse-kernels`"
static std::string listPasses(const Phase &phase) {
  if (!phase.build)
    return "";
  OpPassManager manager(ModuleOp::getOperationName());
  phase.build(manager);
  std::string list;
  auto add = [&](Pass &pass) { list += (list.empty() ? "`" : ", `") + pass.getArgument().str() + "`"; };
  for (Pass &pass : manager.getPasses()) {
    // Passes of functions sit in an adaptor, which prints as a pipeline.
    if (!pass.getArgument().empty()) {
      add(pass);
      continue;
    }
    std::string pipeline;
    llvm::raw_string_ostream stream(pipeline);
    pass.printAsTextualPipeline(stream);
    StringRef inner = StringRef(pipeline).split('(').second;
    SmallVector<StringRef> names;
    inner.rtrim(')').split(names, ',');
    for (StringRef name : names)
      list += (list.empty() ? "`" : ", `") + name.split('{').first.str() + "`";
  }
  return list;
}

std::string writePhasesPage() {
  std::string page;
  llvm::raw_string_ostream out(page);
  out << "# Phases\n\n"
         "<!-- Written by `v4c --print-phases-page` from the table in passes/Pipelines.cpp; a test compares. "
         "-->\n\n"
         "A checkpoint becomes an artifact in these steps. `v4c --compile-to PHASE` stops after one and "
         "writes what there is, "
         "`--dump-phases DIR`\nwrites the module after each, and `v4c` compiles such a file on. In `v4-opt` "
         "each phase is the "
         "pipeline `v4-phase-<name>`;\nsingle passes run under the names in the last column.\n\n"
         "| | phase | what happens | dumped as | passes |\n"
         "| --- | --- | --- | --- | --- |\n";
  for (const Phase &phase : kPhases) {
    bool dumped = getNumber(phase) <= getNumber(*findPhase("plan"));
    out << "| " << getNumber(phase) << " | " << phase.name << " | " << phase.summary << " | ";
    if (dumped)
      out << "`" << getDumpName(phase) << "`";
    out << " | " << listPasses(phase) << " |\n";
  }
  out << "\nAfter each phase `verify-phase` checks what holds from there on:\n\n"
         "| from | rule |\n"
         "| --- | --- |\n";
  for (const Rule &rule : getRules())
    out << "| " << rule.phase << " | " << rule.text << " |\n";
  return page;
}

} // namespace mlir::v4
