#include "codegen/Host/ObjectEmitter.h"

#include "llvm/Bitcode/BitcodeWriter.h"
#include "llvm/Config/llvm-config.h"
#include "llvm/IR/LegacyPassManager.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Passes/PassBuilder.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/Support/raw_ostream.h"
#include "llvm/Target/TargetMachine.h"
#include "llvm/Transforms/Utils/Cloning.h"

#include <mutex>

namespace mlir::v4 {

using llvm::createStringError;
using llvm::Error;
using llvm::Expected;

static Expected<std::unique_ptr<llvm::TargetMachine>> makeMachine(const HostVariant &variant) {
  static std::once_flag once;
  std::call_once(once, [] {
    LLVMInitializeX86TargetInfo();
    LLVMInitializeX86Target();
    LLVMInitializeX86TargetMC();
    LLVMInitializeX86AsmPrinter();
  });
  llvm::Triple triple("x86_64-unknown-linux-gnu");
  std::string message;
  const llvm::Target *target = llvm::TargetRegistry::lookupTarget(triple, message);
  if (!target)
    return createStringError("this LLVM has no x86-64 backend: %s", message.c_str());
  llvm::TargetOptions options;
  // Bits must not depend on the processor: a multiply-add is fused only where the kernel says so.
  options.AllowFPOpFusion = llvm::FPOpFusion::Strict;
  options.FunctionSections = true;
  return std::unique_ptr<llvm::TargetMachine>(
      target->createTargetMachine(triple, variant.cpu, variant.attributes, options, llvm::Reloc::PIC_,
                                  std::nullopt, llvm::CodeGenOptLevel::Default));
}

static void prepareFunctions(llvm::Module &module, const HostVariant &variant) {
  for (llvm::Function &function : module) {
    if (function.isDeclaration())
      continue;
    function.setName(function.getName() + "." + variant.name);
    function.addFnAttr("target-cpu", variant.cpu);
    if (!variant.attributes.empty())
      function.addFnAttr("target-features", variant.attributes);
    function.addFnAttr("prefer-vector-width", std::to_string(variant.vectorBits));
    function.addFnAttr("no-builtins");
    function.addFnAttr(llvm::Attribute::NoUnwind);
    // What kernels share is a function so that it is compiled once.
    if (function.hasLocalLinkage())
      function.addFnAttr(llvm::Attribute::NoInline);
  }
}

static void optimise(llvm::Module &module, llvm::TargetMachine &machine) {
  // Kernels come as vectors already, unrolled as far as helps: these would cost time and find scalar
  // bookkeeping only.
  llvm::PipelineTuningOptions tuning;
  tuning.LoopVectorization = false;
  tuning.SLPVectorization = false;
  tuning.LoopInterleaving = false;
  tuning.LoopUnrolling = false;
  llvm::PassBuilder builder(&machine, tuning);
  llvm::LoopAnalysisManager loops;
  llvm::FunctionAnalysisManager functions;
  llvm::CGSCCAnalysisManager cgscc;
  llvm::ModuleAnalysisManager modules;
  builder.registerModuleAnalyses(modules);
  builder.registerCGSCCAnalyses(cgscc);
  builder.registerFunctionAnalyses(functions);
  builder.registerLoopAnalyses(loops);
  builder.crossRegisterProxies(loops, functions, cgscc, modules);
  builder.buildPerModuleDefaultPipeline(llvm::OptimizationLevel::O2).run(module, modules);
}

static Error emit(llvm::Module &module, llvm::TargetMachine &machine, llvm::CodeGenFileType type,
                  llvm::SmallVectorImpl<char> &output) {
  llvm::raw_svector_ostream stream(output);
  llvm::legacy::PassManager passes;
  if (machine.addPassesToEmitFile(passes, stream, nullptr, type))
    return createStringError("the x86-64 backend cannot write this kind of file");
  passes.run(module);
  return Error::success();
}

/// Of the module, of the variant, which its functions carry, and of what compiles them: LLVM and this file.
static std::string keyOf(const llvm::Module &module) {
  std::string text = "v4c object\n" LLVM_VERSION_STRING "\n" V4C_EMITTER_DIGEST "\n";
  llvm::raw_string_ostream stream(text);
  llvm::WriteBitcodeToFile(module, stream);
  return ContentCache::digest(text);
}

Expected<CompiledKernel> emitObject(llvm::Module &module, const HostVariant &variant, bool withText,
                                    const ContentCache &objects) {
  auto machine = makeMachine(variant);
  if (!machine)
    return machine.takeError();
  module.setTargetTriple((*machine)->getTargetTriple());
  module.setDataLayout((*machine)->createDataLayout());
  prepareFunctions(module, variant);

  CompiledKernel result;
  std::string key = keyOf(module);
  if (!withText)
    if (std::optional<std::string> object = objects.read(key)) {
      result.object.assign(object->begin(), object->end());
      return result;
    }
  optimise(module, **machine);
  if (withText) {
    llvm::raw_string_ostream(result.ir) << module;
    std::unique_ptr<llvm::Module> copy = llvm::CloneModule(module);
    llvm::SmallVector<char, 0> text;
    if (Error error = emit(*copy, **machine, llvm::CodeGenFileType::AssemblyFile, text))
      return error;
    result.assembly.assign(text.begin(), text.end());
  }
  if (Error error = emit(module, **machine, llvm::CodeGenFileType::ObjectFile, result.object))
    return error;
  objects.write(key, StringRef(result.object.data(), result.object.size()));
  return result;
}

} // namespace mlir::v4
