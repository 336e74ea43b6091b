// The model of the runtime's tests: small enough to be computed by hand, and with every way that a step
// varies in.
//
//   x[t]      = embed[token]                                     4 values
//   ring      takes x; 14 rows, window 8
//   entries   e = sum of x over tokens [4e, 4e+4)
//   y[t]      = sum of the last 8 x, the newest counted 1, the next 1/2, 1/3 ...; plus all entries that are
//   complete logits[r] = scale * embed . y[row r]
//
// ToyKernels.cpp computes it with kernels, expectedLogits plainly.
#pragma once

namespace v4test {

inline constexpr int kVocab = 11;
inline constexpr int kWidth = 4;
inline constexpr int kWindow = 8;
inline constexpr int kRatio = 4;
inline constexpr int kMaxStep = 6;
inline constexpr int kMaxContext = 40;
inline constexpr int kRingRows = kWindow + kMaxStep;
inline constexpr int kEntryRows = kMaxContext / kRatio;
inline constexpr int kVocabPanel = 3;    // logits that one program computes
inline constexpr int kCountScratch = 16; // bytes of workspace that a program takes on a GPU

} // namespace v4test
