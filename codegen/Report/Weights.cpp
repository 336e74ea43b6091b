#include "codegen/Report/Weights.h"

namespace mlir::v4 {

using llvm::StringRef;

namespace {

double bytesOf(ElementFormat format) {
  switch (format) {
  case ElementFormat::f32:
    return 4;
  case ElementFormat::bf16:
    return 2;
  case ElementFormat::f8e4m3:
    return 1;
  case ElementFormat::f4e2m1:
    return 0.5;
  case ElementFormat::i64:
    return 8;
  }
  llvm_unreachable("closed enum");
}

double countElements(const WeightEntry &entry) {
  double count = 1;
  for (int64_t size : entry.shape)
    count *= size;
  return count;
}

double scaleBytes(const WeightEntry &entry) {
  const WeightFormat &format = entry.format;
  if (format.scale == ScaleFormat::none)
    return 0;
  auto blocks = [](int64_t size, int64_t block) { return double((size + block - 1) / block); };
  size_t rank = entry.shape.size();
  double scales =
      blocks(entry.shape[rank - 2], format.blockRows) * blocks(entry.shape[rank - 1], format.blockCols);
  if (rank == 3)
    scales *= entry.shape[0];
  return scales * (format.scale == ScaleFormat::f32 ? 4 : 1);
}

bool isTable(StringRef name) { return name.starts_with("embed.") || name.ends_with("tid2eid"); }

} // namespace

WeightCosts countWeights(const ModelConfig &config, const Inventory &inventory) {
  WeightCosts costs;
  for (const auto &named : inventory.weights) {
    StringRef name = named.getKey();
    const WeightEntry &entry = named.getValue();
    double elements = countElements(entry);
    double bytes = elements * bytesOf(entry.format.element) + scaleBytes(entry);
    costs.stored += bytes;
    double share = 1;
    if (isTable(name))
      share = 1.0 / entry.shape[0];
    else if (name.contains("{e}"))
      share = double(config.expertsPerToken) / config.experts;
    costs.read += bytes * share;
    bool narrow = true;
    if (entry.format.element == ElementFormat::f8e4m3)
      costs.readF8 += bytes * share;
    else if (entry.format.element == ElementFormat::f4e2m1)
      costs.readF4 += bytes * share;
    else
      costs.readWide += bytes * share, narrow = false;
    // Positions of compressors are matrices that nothing is multiplied with.
    if (entry.shape.size() > 1 && !isTable(name) && !name.ends_with("ape"))
      (narrow ? costs.narrowOperations : costs.wideOperations) += 2 * elements * share;
  }
  return costs;
}

} // namespace mlir::v4
