// How many tokens a second a device could decode at most, one sequence at a time.
//
// The rate is that of the slower of two streams: the bytes that a token reads, over the bandwidth, and its
// operations, over the rates of the units for them. FP4 is multiplied by the units for FP8. Nothing else is
// counted: no launches, no exchange between devices, no bandwidth that is not reached.
#pragma once

#include <string>
#include <vector>

namespace mlir::v4 {

struct Device {
  std::string name;
  double bandwidth = 0; // bytes a second
  double bf16 = 0;      // operations a second; 0: not asked for
  double fp8 = 0;
  double memory = 0; // bytes; 0: not known
};

/// "h100,h200,cpu:31GBps,500GFLOPs": a rate after a comma belongs to the processor before it. On failure
/// `error` is a sentence.
bool parseDevices(const std::string &text, std::vector<Device> &devices, std::string &error);

struct Work {
  double bytes = 0;
  double wide = 0;   // operations in BF16 or wider
  double narrow = 0; // in FP8 or FP4
};

struct Bound {
  double tokensPerSecond = 0;
  bool byBandwidth = true;
};

Bound boundOf(const Device &device, const Work &work);

} // namespace mlir::v4
