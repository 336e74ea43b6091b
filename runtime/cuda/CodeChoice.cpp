// Which of an artifact's code a GPU can run.
#include "runtime/cuda/LoadedModel.h"

#include <cinttypes>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <elf.h>

namespace v4rt::cuda {

/// The first CUDA whose driver reads this PTX: 12080 for PTX ISA 8.7.
static int cudaOfPtx(uint32_t ptxVersion) {
  static constexpr struct {
    uint32_t ptx;
    int cuda;
  } firsts[] = {{80, 12000}, {81, 12010}, {82, 12020}, {83, 12030}, {84, 12040},
                {85, 12050}, {86, 12070}, {87, 12080}, {88, 12090}};
  for (const auto &first : firsts)
    if (ptxVersion <= first.ptx)
      return first.cuda;
  return ptxVersion < 90 ? 12090 : 13000 + int(ptxVersion - 90) * 10;
}

static std::string targetOf(int capability) {
  return "sm_" + std::to_string(capability) + (capability == 90 || capability / 10 == 10 ? "a" : "");
}

Status chooseCode(const std::string &architecture, uint32_t ptxVersion, bool hasPtx, const Gpu &gpu,
                  int driverVersion, CodeKind &kind) {
  int wanted = 0, used = 0;
  std::string printed = printable(architecture.data(), architecture.size());
  if (sscanf(architecture.c_str(), "sm_%3d%n", &wanted, &used) != 1 || wanted < 10)
    return fail(V4_UNSUPPORTED, "the artifact is for %s, which is not an architecture of NVIDIA GPUs",
                printed.c_str());
  bool anyMinor = used == int(architecture.size()); // no suffix: not bound to one GPU
  bool sameGeneration = wanted / 10 == gpu.capability() / 10;
  bool runsCubin = anyMinor ? sameGeneration && wanted <= gpu.capability() : wanted == gpu.capability();

  kind = runsCubin ? CodeKind::cubin : CodeKind::ptx;
  if (!runsCubin) {
    bool couldCompile = anyMinor && hasPtx && wanted <= gpu.capability();
    const char *allowed = getenv("V4_CUDA_PTX");
    if (!couldCompile || !allowed || strcmp(allowed, "1") != 0)
      return fail(V4_UNSUPPORTED,
                  "the artifact's kernels are for %s, but the GPU (%s) is %s: compile the artifact with "
                  "--target %s%s",
                  printed.c_str(), gpu.name().c_str(), ("sm_" + std::to_string(gpu.capability())).c_str(),
                  targetOf(gpu.capability()).c_str(),
                  couldCompile ? ", or set V4_CUDA_PTX=1 to have the driver compile its PTX" : "");
  }
  // A driver runs cubins of all CUDA versions of its major version and before, but only PTX it knows.
  int needed = cudaOfPtx(ptxVersion);
  if (runsCubin)
    needed = needed / 1000 * 1000;
  if (driverVersion < needed)
    return fail(V4_UNSUPPORTED,
                "the NVIDIA driver is too old: it supports CUDA %d.%d, the artifact's kernels (%s, PTX ISA "
                "%u.%u) need %d.%d",
                driverVersion / 1000, driverVersion % 1000 / 10, printed.c_str(), ptxVersion / 10,
                ptxVersion % 10, needed / 1000, needed % 1000 / 10);
  return {};
}

Status checkCubin(Bytes cubin, const char *kernel) {
  constexpr uint16_t kMachineCuda = 190;
  auto bad = [&](const char *what) {
    return fail(V4_BAD_ARTIFACT, "the cubin of kernel %s, %" PRIu64 " bytes, %s", kernel, cubin.size, what);
  };
  Elf64_Ehdr header;
  if (cubin.size < sizeof(header) || memcmp(cubin.data, ELFMAG, SELFMAG) != 0)
    return bad("is not an ELF file");
  memcpy(&header, cubin.data, sizeof(header));
  if (header.e_ident[EI_CLASS] != ELFCLASS64 || header.e_machine != kMachineCuda)
    return bad("is not code for an NVIDIA GPU");
  auto inside = [&](uint64_t offset, uint64_t bytes) {
    return offset <= cubin.size && bytes <= cubin.size - offset;
  };
  if ((header.e_shnum && header.e_shentsize != sizeof(Elf64_Shdr)) ||
      (header.e_phnum && header.e_phentsize != sizeof(Elf64_Phdr)) ||
      !inside(header.e_shoff, uint64_t(header.e_shnum) * sizeof(Elf64_Shdr)) ||
      !inside(header.e_phoff, uint64_t(header.e_phnum) * sizeof(Elf64_Phdr)))
    return bad("has tables that reach beyond its end");
  for (unsigned i = 0; i < header.e_shnum; ++i) {
    Elf64_Shdr section;
    memcpy(&section, cubin.data + header.e_shoff + i * sizeof(section), sizeof(section));
    if (section.sh_type != SHT_NOBITS && !inside(section.sh_offset, section.sh_size))
      return bad("has a section that reaches beyond its end");
  }
  for (unsigned i = 0; i < header.e_phnum; ++i) {
    Elf64_Phdr segment;
    memcpy(&segment, cubin.data + header.e_phoff + i * sizeof(segment), sizeof(segment));
    if (!inside(segment.p_offset, segment.p_filesz))
      return bad("has a segment that reaches beyond its end");
  }
  return {};
}

} // namespace v4rt::cuda
