// Facts about the processors that kernels are compiled for.
#pragma once

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"

namespace mlir::v4 {

// One kind of x86-64 processor. Every kernel is compiled once for each variant; the runtime takes the first
// variant whose features the machine has.
struct HostVariant {
  llvm::StringRef name;                     // suffix of symbols, "x86_64_v4"
  llvm::StringRef cpu;                      // LLVM's -mcpu
  llvm::StringRef attributes;               // LLVM's -mattr beyond the cpu's own
  llvm::ArrayRef<llvm::StringRef> features; // what the machine must have, as in /proc/cpuinfo
  unsigned vectorBits;
  bool sumsBytes = false; // AVX-512 VNNI: four products of bytes, or two of 16 bits, added to 32 at once
  bool dotsBf16 = false;  // AVX-512 BF16: two products of bf16 numbers added to f32, one after the other
  bool simulates = false; // a GPU: kernels have tiles for one, and check their accesses

  // Not empty: the variant is taken only where the machine has these, too, unless somebody names it.
  llvm::ArrayRef<llvm::StringRef> prefers = {};
  // Not empty: another variant, whose code kernels have that need nothing that this one has beyond it.
  llvm::StringRef base = "";
};

// All variants, the most demanding first.
llvm::ArrayRef<HostVariant> hostVariants();

// Kernels for the simulated device, "sim".
const HostVariant &simulatorVariant();

// The variant called `name`; null if there is none.
const HostVariant *findHostVariant(llvm::StringRef name);

} // namespace mlir::v4
