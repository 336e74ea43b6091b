#include "tools/v4run/StepCost.h"

#include <algorithm>

namespace v4run {

namespace format = v4rt::format;

double StepCost::seconds(double bytesPerSecond, double flopPerSecond) const {
  return std::max(bytes / bytesPerSecond, flops / flopPerSecond);
}

StepCost launchCost(const format::Manifest &manifest, const format::Dispatch &d, double sequences,
                    double tokens, double context) {
  double whole = 0;
  for (const format::Binding *binding : *d.bindings())
    if (binding->space() == format::Space::weight)
      whole += double(manifest.weights()->Get(binding->index())->bytes());
  double rows = d.rows() == format::Extent::logit_rows ? sequences : sequences * tokens;
  double one = double(d.bytes_read());
  double thousands = (context + tokens / 2) / 1024;
  StepCost cost;
  cost.bytes = std::min(std::max(whole, one), one * (whole > 1.5 * one ? rows : 1)) +
               rows * double(d.values_read() + d.values_written()) +
               sequences * (double(d.state_read()) + thousands * double(d.state_read_per_1024()));
  cost.flops = rows * (double(d.flops()) + thousands * double(d.flops_per_1024()));
  return cost;
}

const format::Program &programFor(const format::Manifest &manifest, uint64_t tokens) {
  for (const format::Program *program : *manifest.programs())
    if (program->max_tokens() >= tokens)
      return *program;
  return *manifest.programs()->Get(manifest.programs()->size() - 1);
}

StepCost stepCost(const format::Manifest &manifest, double sequences, double tokens, double context) {
  StepCost total;
  for (const format::Dispatch *d :
       *programFor(manifest, static_cast<uint64_t>(sequences * tokens)).dispatches()) {
    StepCost cost = launchCost(manifest, *d, sequences, tokens, context);
    total.bytes += cost.bytes;
    total.flops += cost.flops;
  }
  return total;
}

} // namespace v4run
