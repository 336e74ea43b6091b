#include "codegen/Host/Linker.h"

#include "llvm/ADT/ScopeExit.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/Object/ELFObjectFile.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Program.h"
#include "llvm/Support/raw_ostream.h"

namespace mlir::v4 {

using llvm::createStringError;
using llvm::Error;
using llvm::Expected;

static Expected<std::string> findLinker() {
  if (llvm::sys::fs::can_execute(V4C_LLD_PATH))
    return std::string(V4C_LLD_PATH);
  for (const char *name : {"ld.lld-22", "ld.lld"})
    if (auto found = llvm::sys::findProgramByName(name))
      return *found;
  return createStringError("no linker: neither " V4C_LLD_PATH
                           " nor ld.lld-22 nor ld.lld on the PATH can be run (Debian's package is lld-22)");
}

static Error writeFile(StringRef path, ArrayRef<char> bytes) {
  std::error_code error;
  llvm::raw_fd_ostream file(path, error);
  if (!error) {
    file.write(bytes.data(), bytes.size());
    file.close();
    error = file.error();
    file.clear_error();
  }
  return error ? createStringError(error, "cannot write %s: %s", path.str().c_str(), error.message().c_str())
               : Error::success();
}

static std::string readText(StringRef path) {
  auto buffer = llvm::MemoryBuffer::getFile(path);
  return buffer ? (*buffer)->getBuffer().trim().str() : std::string();
}

static Expected<std::unique_ptr<llvm::object::ObjectFile>> openElf(ArrayRef<char> elf) {
  return llvm::object::ObjectFile::createELFObjectFile(
      llvm::MemoryBufferRef(StringRef(elf.data(), elf.size()), "kernels"));
}

static Error checkUndefined(ArrayRef<char> elf) {
  auto object = openElf(elf);
  if (!object)
    return object.takeError();
  for (auto symbol : cast<llvm::object::ELFObjectFileBase>(**object).getDynamicSymbolIterators()) {
    Expected<uint32_t> flags = symbol.getFlags();
    Expected<StringRef> name = symbol.getName();
    if (!flags || !name)
      return llvm::joinErrors(flags.takeError(), name.takeError());
    if (!(*flags & llvm::object::SymbolRef::SF_Undefined) || name->empty())
      continue;
    if (!llvm::is_contained({"memcpy", "memmove", "memset"}, *name))
      return createStringError("kernels call '%s', which the runtime does not offer", name->str().c_str());
  }
  return Error::success();
}

Expected<SmallVector<char>> linkSharedObject(ArrayRef<SmallVector<char, 0>> objects,
                                             ArrayRef<SymbolAlias> aliases) {
  Expected<std::string> linker = findLinker();
  if (!linker)
    return linker.takeError();
  SmallString<128> folder;
  if (std::error_code error = llvm::sys::fs::createUniqueDirectory("v4c-link", folder))
    return createStringError(error, "cannot make a temporary folder: %s", error.message().c_str());
  llvm::scope_exit cleanUp([&] { llvm::sys::fs::remove_directories(folder); });
  auto inside = [&](const llvm::Twine &name) { return (folder + "/" + name).str(); };

  std::string list;
  for (auto [i, object] : llvm::enumerate(objects)) {
    std::string path = inside(llvm::Twine(i) + ".o");
    if (Error error = writeFile(path, object))
      return std::move(error);
    list += "\"" + path + "\"\n";
  }
  for (const SymbolAlias &alias : aliases)
    list += "\"--defsym=" + alias.name + "=" + alias.target + "\"\n";
  if (Error error = writeFile(inside("objects"), ArrayRef(list.data(), list.size())))
    return std::move(error);

  std::string output = inside("kernels.so"), log = inside("log"), response = "@" + inside("objects");
  StringRef arguments[] = {*linker,
                           "-shared",
                           "--build-id=none",
                           "--hash-style=gnu",
                           "--strip-all",
                           "-z",
                           "now",
                           "-z",
                           "relro",
                           "-z",
                           "noexecstack",
                           "-z",
                           "text",
                           "--no-rosegment",
                           "--threads=1",
                           "-o",
                           output,
                           response};
  std::optional<StringRef> redirects[] = {StringRef(""), StringRef(log), StringRef(log)};
  std::string message;
  int status = llvm::sys::ExecuteAndWait(*linker, arguments, std::nullopt, redirects, 0, 0, &message);
  if (status != 0)
    return createStringError("%s failed with status %d: %s%s", linker->c_str(), status, message.c_str(),
                             readText(log).c_str());
  auto linked = llvm::MemoryBuffer::getFile(output);
  if (!linked)
    return createStringError(linked.getError(), "%s wrote no output", linker->c_str());
  SmallVector<char> elf((*linked)->getBufferStart(), (*linked)->getBufferEnd());
  if (Error error = checkUndefined(elf))
    return std::move(error);
  return elf;
}

} // namespace mlir::v4
