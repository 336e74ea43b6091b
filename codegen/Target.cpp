#include "codegen/Target.h"

namespace mlir::v4 {

// /proc/cpuinfo calls lzcnt "abm" and SSE3 "pni".
static const llvm::StringRef kV3[] = {"abm", "avx",   "avx2", "bmi1",   "bmi2",   "cx16",   "f16c",
                                      "fma", "movbe", "pni",  "popcnt", "sse4_1", "sse4_2", "ssse3"};
static const llvm::StringRef kV4[] = {
    "abm",  "avx",  "avx2", "avx512bw", "avx512cd", "avx512dq", "avx512f", "avx512vl", "bmi1", "bmi2",
    "cx16", "f16c", "fma",  "movbe",    "pni",      "popcnt",   "sse4_1",  "sse4_2",   "ssse3"};

static const llvm::StringRef kV4Vnni[] = {"abm",      "avx",      "avx2",    "avx512_vnni", "avx512bw",
                                          "avx512cd", "avx512dq", "avx512f", "avx512vl",    "bmi1",
                                          "bmi2",     "cx16",     "f16c",    "fma",         "movbe",
                                          "pni",      "popcnt",   "sse4_1",  "sse4_2",      "ssse3"};

// The last ones are the runtime's own, see runtime/cpu/Bf16Dots.h.
static const llvm::StringRef kV4Bf16[] = {
    "abm",      "avx",      "avx2",    "avx512_bf16",     "avx512_vnni", "avx512bw",
    "avx512cd", "avx512dq", "avx512f", "avx512vl",        "bmi1",        "bmi2",
    "cx16",     "f16c",     "fma",     "movbe",           "pni",         "popcnt",
    "sse4_1",   "sse4_2",   "ssse3",   "v4_bf16_in_order"};
static const llvm::StringRef kFastBf16[] = {"v4_bf16_fast"};

llvm::ArrayRef<HostVariant> hostVariants() {
  static const HostVariant variants[] = {
      {"x86_64_v4_bf16", "x86-64-v4", "+avx512vnni,+avx512bf16", kV4Bf16, 512, /*sumsBytes=*/true,
       /*dotsBf16=*/true, /*simulates=*/false, kFastBf16, "x86_64_v4_vnni"},
      {"x86_64_v4_vnni", "x86-64-v4", "+avx512vnni", kV4Vnni, 512, /*sumsBytes=*/true},
      {"x86_64_v4", "x86-64-v4", "", kV4, 512},
      {"x86_64_v3", "x86-64-v3", "", kV3, 256},
  };
  return variants;
}

const HostVariant &simulatorVariant() {
  static const HostVariant variant = {
      "sim", "x86-64-v3", "", kV3, 256, /*sumsBytes=*/false, /*dotsBf16=*/false, /*simulates=*/true};
  return variant;
}

const HostVariant *findHostVariant(llvm::StringRef name) {
  for (const HostVariant &variant : hostVariants())
    if (variant.name == name)
      return &variant;
  return nullptr;
}

} // namespace mlir::v4
