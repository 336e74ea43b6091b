#include "codegen/Tune/TuneSpace.h"

namespace mlir::v4 {

static std::vector<TuneAxis> getHostAxes(KernelFamily family) {
  using Row = ScheduleRow;
  switch (family) {
  case KernelFamily::row:
    return {{"lanes", &Row::lanes, {16, 32, 64, 128, 256}}};
  case KernelFamily::product:
    return {{"depth", &Row::depth, {4, 8, 16, 32}}, {"outputs", &Row::outputs, {32, 64, 128}}};
  case KernelFamily::attention:
    return {{"keys", &Row::keys, {8, 16, 32, 64}}, {"lanes", &Row::lanes, {32, 64, 128}}};
  case KernelFamily::index:
    return {{"keys", &Row::keys, {8, 16, 32, 64}}};
  }
  llvm_unreachable("closed enum");
}

static std::vector<TuneAxis> getGpuAxes(KernelFamily family) {
  using Row = ScheduleRow;
  TuneAxis warps = {"warps", &Row::warps, {2, 4, 8}};
  TuneAxis stages = {"stages", &Row::stages, {1, 2, 3, 4, 5}};
  switch (family) {
  case KernelFamily::row:
    return {{"lanes", &Row::lanes, {256, 512, 1024, 2048}}, warps};
  case KernelFamily::product:
    return {{"outputs", &Row::outputs, {32, 64, 128}}, {"depth", &Row::depth, {64, 128, 256}}, stages, warps};
  case KernelFamily::attention:
    return {{"keys", &Row::keys, {16, 32, 64}}, stages, warps};
  case KernelFamily::index:
    return {{"keys", &Row::keys, {32, 64, 128}}, stages, warps};
  }
  llvm_unreachable("closed enum");
}

std::vector<TuneAxis> getTuneAxes(KernelFamily family, const TargetFacts &target) {
  return target.isGpu() ? getGpuAxes(family) : getHostAxes(family);
}

} // namespace mlir::v4
