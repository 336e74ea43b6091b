#include "codegen/Host/Instructions.h"

#include "llvm/MC/MCAsmInfo.h"
#include "llvm/MC/MCContext.h"
#include "llvm/MC/MCDisassembler/MCDisassembler.h"
#include "llvm/MC/MCInst.h"
#include "llvm/MC/MCInstPrinter.h"
#include "llvm/MC/MCInstrInfo.h"
#include "llvm/MC/MCRegisterInfo.h"
#include "llvm/MC/MCSubtargetInfo.h"
#include "llvm/MC/MCTargetOptions.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Object/ELFObjectFile.h"
#include "llvm/Support/TargetSelect.h"

#include <map>
#include <mutex>

namespace mlir::v4 {

using llvm::createStringError;
using llvm::Expected;

namespace {

enum class Width { zmm, ymm, xmm, scalar };

class Decoder {
public:
  static Expected<std::unique_ptr<Decoder>> create() {
    static std::once_flag once;
    std::call_once(once, [] {
      LLVMInitializeX86TargetInfo();
      LLVMInitializeX86TargetMC();
      LLVMInitializeX86Disassembler();
    });
    std::string message;
    auto decoder = std::unique_ptr<Decoder>(new Decoder());
    const llvm::Target *target = llvm::TargetRegistry::lookupTarget(decoder->triple, message);
    if (!target)
      return createStringError("this LLVM has no x86-64 backend: %s", message.c_str());
    decoder->registers.reset(target->createMCRegInfo(decoder->triple));
    decoder->assembler.reset(target->createMCAsmInfo(*decoder->registers, decoder->triple, decoder->options));
    // It reads what any of the variants may have.
    decoder->subtarget.reset(target->createMCSubtargetInfo(decoder->triple, "x86-64-v4", ""));
    decoder->opcodes.reset(target->createMCInstrInfo());
    decoder->context = std::make_unique<llvm::MCContext>(decoder->triple, decoder->assembler.get(),
                                                         decoder->registers.get(), decoder->subtarget.get());
    decoder->disassembler.reset(target->createMCDisassembler(*decoder->subtarget, *decoder->context));
    decoder->printer.reset(target->createMCInstPrinter(decoder->triple, 0, *decoder->assembler,
                                                       *decoder->opcodes, *decoder->registers));
    if (!decoder->disassembler || !decoder->printer)
      return createStringError("this LLVM has no x86-64 disassembler");
    return decoder;
  }

  void add(ArrayRef<uint8_t> code) {
    bytes += code.size();
    for (uint64_t at = 0, size = 0; at < code.size(); at += std::max<uint64_t>(size, 1)) {
      llvm::MCInst instruction;
      if (disassembler->getInstruction(instruction, size, code.drop_front(at), at, llvm::nulls()) !=
          llvm::MCDisassembler::Success)
        continue;
      auto [name, width] = classify(instruction);
      ++counts[{name == "other", name, width}];
    }
  }

  KernelCode describe() const {
    KernelCode result;
    result.bytes = bytes;
    static constexpr const char *kWidths[] = {"zmm", "ymm", "xmm", "scalar"};
    for (const auto &[key, count] : counts) {
      const auto &[isOther, name, width] = key;
      std::string kind =
          width == Width::scalar && isOther ? "scalar" : name + " " + kWidths[static_cast<int>(width)];
      result.instructions.emplace_back(kind, count);
    }
    return result;
  }

private:
  Decoder() = default;

  std::pair<std::string, Width> classify(const llvm::MCInst &instruction) {
    StringRef name = StringRef(printer->getMnemonic(instruction).first).trim();
    bool isScalar = name.ends_with("ss") || name.ends_with("sd");
    Width width = isScalar ? Width::scalar : widest(instruction);
    if (name.starts_with("vpdp") || name.starts_with("vdp"))
      return {name.str(), width};
    bool isMultiplyAdd = name.starts_with("vfmadd") || name.starts_with("vfmsub") ||
                         name.starts_with("vfnmadd") || name.starts_with("vfnmsub");
    return {isMultiplyAdd && !isScalar ? "vfmadd" : "other", width};
  }

  Width widest(const llvm::MCInst &instruction) const {
    Width width = Width::scalar;
    for (const llvm::MCOperand &operand : instruction) {
      if (!operand.isReg() || !operand.getReg())
        continue;
      StringRef name = registers->getName(operand.getReg());
      Width own = name.starts_with("ZMM")   ? Width::zmm
                  : name.starts_with("YMM") ? Width::ymm
                  : name.starts_with("XMM") ? Width::xmm
                                            : Width::scalar;
      width = std::min(width, own);
    }
    return width;
  }

  uint64_t bytes = 0;
  std::map<std::tuple<bool, std::string, Width>, uint32_t> counts;
  llvm::Triple triple{"x86_64-unknown-linux-gnu"};
  llvm::MCTargetOptions options;
  std::unique_ptr<llvm::MCRegisterInfo> registers;
  std::unique_ptr<llvm::MCAsmInfo> assembler;
  std::unique_ptr<llvm::MCSubtargetInfo> subtarget;
  std::unique_ptr<llvm::MCInstrInfo> opcodes;
  std::unique_ptr<llvm::MCContext> context;
  std::unique_ptr<llvm::MCDisassembler> disassembler;
  std::unique_ptr<llvm::MCInstPrinter> printer;
};

} // namespace

Expected<KernelCode> describeCode(ArrayRef<char> object) {
  auto elf = llvm::object::ObjectFile::createELFObjectFile(
      llvm::MemoryBufferRef(StringRef(object.data(), object.size()), "kernel"));
  if (!elf)
    return elf.takeError();
  auto decoder = Decoder::create();
  if (!decoder)
    return decoder.takeError();
  for (const llvm::object::SectionRef &section : (*elf)->sections()) {
    if (!section.isText())
      continue;
    Expected<StringRef> code = section.getContents();
    if (!code)
      return code.takeError();
    (*decoder)->add(llvm::arrayRefFromStringRef(*code));
  }
  return (*decoder)->describe();
}

} // namespace mlir::v4
