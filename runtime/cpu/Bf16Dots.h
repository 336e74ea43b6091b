// What this processor's BF16 dots (AVX-512 BF16) are like. Nobody's list of processors says so: AMD's have
// them at twice the rate of multiply-adds of f32, some of Intel's at half of it.
#pragma once

namespace v4rt::cpu {

struct Bf16Dots {
  bool inOrder = false; // the bits of two multiply-adds, of the upper halves and then of the lower ones
  bool fast = false;    // worth using instead of multiply-adds of f32

  /// Tries them once in a process, in some tens of microseconds. They must be there.
  static const Bf16Dots &ofThisProcessor();
};

} // namespace v4rt::cpu
