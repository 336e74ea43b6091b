#include "runtime/cpu/KernelLibrary.h"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <dlfcn.h>
#include <elf.h>
#include <sys/mman.h>
#include <unistd.h>

#ifndef MFD_EXEC
#define MFD_EXEC 0x0010U
#endif

namespace v4rt::cpu {

using Names = flatbuffers::Vector<flatbuffers::Offset<flatbuffers::String>>;

static std::string missingOf(const Names *wanted, const Features &features) {
  std::string missing;
  for (uint32_t i = 0; wanted && i < wanted->size(); ++i)
    if (const flatbuffers::String &feature = *wanted->Get(i); !features.has(feature.string_view()))
      missing += (missing.empty() ? "" : " ") + feature.str();
  return missing;
}

Status chooseVariant(const format::Manifest &manifest, const Features &features, const std::string &wanted,
                     const format::Variant *&chosen) {
  std::string names, reasons;
  for (const format::Variant *variant : *manifest.variants()) {
    std::string name = variant->name()->str();
    names += (names.empty() ? "" : ", ") + name;
    if (!wanted.empty() && wanted != name)
      continue;
    std::string missing = missingOf(variant->features(), features);
    if (missing.empty() && wanted.empty())
      missing = missingOf(variant->prefers(), features);
    if (missing.empty()) {
      chosen = variant;
      return {};
    }
    reasons += (reasons.empty() ? "" : "; ") + name + " wants " + missing;
  }
  if (names.empty())
    return fail(V4_UNSUPPORTED, "the artifact has no kernels for a CPU");
  if (reasons.empty())
    return fail(V4_UNSUPPORTED, "V4_CPU_VARIANT asks for variant %s, the artifact has %s",
                printable(wanted.data(), wanted.size()).c_str(), names.c_str());
  return fail(V4_UNSUPPORTED, "the artifact is for another CPU: this one lacks what its kernels need (%s)",
              reasons.c_str());
}

KernelLibrary::~KernelLibrary() {
  if (handle)
    dlclose(handle);
  if (descriptor >= 0)
    close(descriptor);
}

/// Says what is wrong with a file of another machine, which dlopen would only call invalid.
static Status checkElf(Bytes elf) {
  Elf64_Ehdr header;
  if (elf.size < sizeof(header) || memcmp(elf.data, ELFMAG, SELFMAG) != 0)
    return fail(V4_BAD_ARTIFACT, "the kernels are not an ELF file");
  memcpy(&header, elf.data, sizeof(header));
  if (header.e_ident[EI_CLASS] != ELFCLASS64 || header.e_machine != EM_X86_64 || header.e_type != ET_DYN)
    return fail(
        V4_UNSUPPORTED,
        "the artifact is for another CPU: its kernels are ELF class %u, machine %u, type %u, wanted a "
        "shared object for x86-64 (%u, %u, %u)",
        header.e_ident[EI_CLASS], header.e_machine, header.e_type, ELFCLASS64, EM_X86_64, ET_DYN);
  return {};
}

static Status writeAll(int descriptor, Bytes bytes) {
  while (bytes.size > 0) {
    ssize_t written = write(descriptor, bytes.data, bytes.size);
    if (written < 0 && errno == EINTR)
      continue;
    if (written < 0)
      return ioError("copy", "the kernels to memory");
    bytes.data += written;
    bytes.size -= written;
  }
  return {};
}

Status KernelLibrary::link(Bytes elf) {
  // Where memory files default to no-execute, MFD_EXEC is needed; older systems do not know the flag.
  descriptor = memfd_create("v4-kernels", MFD_CLOEXEC | MFD_EXEC);
  if (descriptor < 0 && errno == EINVAL)
    descriptor = memfd_create("v4-kernels", MFD_CLOEXEC);
  if (descriptor < 0)
    return ioError("make", "a memory file for the kernels");
  V4_TRY(writeAll(descriptor, elf));

  // The descriptor stays open as long as the library: the loader knows libraries by name, and would take a
  // second artifact with a reused descriptor number for this one.
  std::string path = "/proc/self/fd/" + std::to_string(descriptor);
  handle = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (!handle)
    return fail(V4_UNSUPPORTED, "the system's loader refuses the kernels: %s", dlerror());
  return {};
}

Status KernelLibrary::load(const ArtifactView &artifact) {
  const format::Manifest &manifest = artifact.manifest();
  if (!manifest.device() && strcmp(manifest.target()->c_str(), "cpu") != 0)
    return fail(V4_UNSUPPORTED, "the artifact is for target %s, this runtime runs cpu",
                printable(manifest.target()->c_str(), manifest.target()->size()).c_str());
  if (!artifact.kernels())
    return fail(V4_UNSUPPORTED, "the artifact has no kernels section");
  V4_TRY(checkElf(artifact.kernels()));

  Features features;
  V4_TRY(Features::detect(features));
  const char *wanted = manifest.device() ? "sim" : getenv("V4_CPU_VARIANT");
  const format::Variant *variant = nullptr;
  V4_TRY(chooseVariant(manifest, features, wanted ? wanted : "", variant));
  variantName = variant->name()->c_str();

  V4_TRY(link(artifact.kernels()));
  for (const format::Kernel *kernel : *manifest.kernels()) {
    std::string symbol = kernel->name()->str() + "." + variantName;
    void *address = dlsym(handle, symbol.c_str());
    if (!address)
      return fail(V4_BAD_ARTIFACT, "the kernels lack the symbol %s", symbol.c_str());
    kernels.push_back(reinterpret_cast<KernelFn>(address));
  }
  return {};
}

} // namespace v4rt::cpu
