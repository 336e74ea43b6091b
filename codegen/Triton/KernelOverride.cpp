#include "codegen/Triton/KernelOverride.h"

#include "llvm/Support/FileSystem.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"

namespace mlir::v4 {

static llvm::Error readFile(const std::string &path, std::string &text) {
  auto file = llvm::MemoryBuffer::getFile(path, /*IsText=*/false, /*RequiresNullTerminator=*/false);
  if (!file)
    return llvm::createStringError(file.getError(), "cannot read " + path + ": " + file.getError().message());
  text = (*file)->getBuffer().str();
  return llvm::Error::success();
}

static llvm::Error readMetadata(const std::string &path, const GpuTarget &target, GpuKernel &kernel) {
  if (llvm::Error error = readFile(path, kernel.metadata))
    return error;
  llvm::Expected<llvm::json::Value> parsed = llvm::json::parse(kernel.metadata);
  if (!parsed)
    return llvm::createStringError(path + " is not JSON: " + llvm::toString(parsed.takeError()));
  llvm::json::Object *object = parsed->getAsObject();
  if (!object)
    return llvm::createStringError(path + " holds no JSON object");
  auto entry = object->getString("name");
  auto warps = object->getInteger("num_warps");
  auto shared = object->getInteger("shared");
  if (!entry || entry->empty() || !warps || *warps < 1 || *warps > 32 || !shared || *shared < 0)
    return llvm::createStringError(path +
                                   " lacks a name, num_warps from 1 to 32, or shared, a number of bytes");
  if (uint64_t(*shared) > target.sharedBytes)
    return llvm::createStringError(path + " asks for " + llvm::Twine(*shared) +
                                   " bytes of shared memory, but " + target.name + " has " +
                                   llvm::Twine(target.sharedBytes));
  for (StringRef scratch : {"global_scratch_size", "profile_scratch_size"})
    if (object->getInteger(scratch).value_or(0) != 0)
      return llvm::createStringError(path + " asks for global scratch memory (" + scratch +
                                     "), which kernels do not get");
  if (object->getInteger("num_ctas").value_or(1) != 1)
    return llvm::createStringError(path + " is of a kernel for clusters (num_ctas), which are not launched");
  kernel.entry = entry->str();
  kernel.warps = *warps;
  kernel.stages = object->getInteger("num_stages").value_or(0);
  kernel.sharedBytes = *shared;
  return llvm::Error::success();
}

llvm::Expected<std::optional<GpuKernel>> readOverride(StringRef folder, StringRef name,
                                                      const GpuTarget &target) {
  std::string stem = (folder + "/" + name).str();
  bool hasCubin = llvm::sys::fs::exists(stem + ".cubin"), hasPtx = llvm::sys::fs::exists(stem + ".ptx");
  if (!hasCubin && !hasPtx)
    return std::nullopt;
  GpuKernel kernel;
  kernel.name = name.str();
  kernel.source = GpuKernel::Source::override;
  if (llvm::Error error = readMetadata(stem + ".json", target, kernel))
    return error;
  if (hasPtx)
    if (llvm::Error error = readFile(stem + ".ptx", kernel.ptx))
      return error;
  if (hasCubin) {
    if (llvm::Error error = readFile(stem + ".cubin", kernel.cubin))
      return error;
    if (!StringRef(kernel.cubin)
             .starts_with("\x7f"
                          "ELF"))
      return llvm::createStringError(stem + ".cubin is not an ELF file");
  }
  return kernel;
}

llvm::Error checkOverrides(StringRef folder, const llvm::StringSet<> &names) {
  std::error_code error;
  for (llvm::sys::fs::directory_iterator it(folder, error), end; it != end && !error; it.increment(error)) {
    StringRef file = llvm::sys::path::filename(it->path()), name = llvm::sys::path::stem(file);
    if ((file.ends_with(".cubin") || file.ends_with(".ptx")) && !names.contains(name))
      return llvm::createStringError("the override folder has '" + file + "', but the model has no kernel '" +
                                     name + "'; v4run inspect lists those it has");
  }
  return error ? llvm::createStringError(error, "cannot read the override folder '%s'", folder.str().c_str())
               : llvm::Error::success();
}

} // namespace mlir::v4
