// Values of the numerics profiles (specification, section 11) and rotary frequencies (section 4.2).
#include "dialects/V4/IR/V4Dialect.h"

#include <cmath>

namespace mlir::v4 {
namespace {

struct Option {
  StringLiteral name;
  StringLiteral reference;
  StringLiteral hf;
};

constexpr Option kOptions[] = {
    {"act_quant", "fp8_128", "none"},
    {"kv_quant", "fp8_64", "none"},
    {"indexer", "hadamard_fp4", "bf16"},
    {"index_score", "bf16", "f32"},
    {"wo_a", "bf16", "bf16"},
    {"compressor", "f32", "f32"},
    {"router", "f32", "f32"},
    {"expert_weight", "pre_w2", "pre_w2"},
    {"q_norm", "bf16", "f32"},
    {"softmax", "unnormalised", "unnormalised"},
    {"activations", "bf16", "f32"},
};

const Option *findOption(StringRef name) {
  for (const Option &option : kOptions)
    if (option.name == name)
      return &option;
  return nullptr;
}

} // namespace

NumericsAttr getHfNumerics(MLIRContext *context) { return NumericsAttr::get(context, Profile::hf, DictionaryAttr()); }

LogicalResult NumericsAttr::verify(function_ref<InFlightDiagnostic()> emitError, Profile profile,
                                   DictionaryAttr overrides) {
  if (!overrides)
    return success();
  for (NamedAttribute entry : overrides) {
    if (!findOption(entry.getName()))
      return emitError() << "there is no numerics option '" << entry.getName().getValue() << "'";
    if (!isa<StringAttr>(entry.getValue()))
      return emitError() << "numerics option '" << entry.getName().getValue() << "' needs a string, not "
                         << entry.getValue();
  }
  return success();
}

StringRef NumericsAttr::getOption(StringRef name) const {
  if (getOverrides())
    if (auto value = getOverrides().getAs<StringAttr>(name))
      return value.getValue();
  const Option *option = findOption(name);
  assert(option && "numerics option that the table does not have");
  return getProfile() == Profile::hf ? option->hf : option->reference;
}

SmallVector<float> RopeAttr::getFrequencies() const {
  double theta = getTheta().getValueAsDouble(), factor = getFactor().getValueAsDouble();
  auto corner = [&](FloatAttr turns) {
    return getDims() * std::log(getOriginalContext() / (turns.getValueAsDouble() * 2 * M_PI)) / (2 * std::log(theta));
  };
  bool yarn = factor > 1;
  float low = 0, high = 0;
  if (yarn) {
    low = std::max(std::floor(corner(getBetaFast())), 0.0);
    high = std::min(std::ceil(corner(getBetaSlow())), static_cast<double>(getDims() - 1));
    if (low == high)
      high += 0.001f;
  }
  SmallVector<float> frequencies;
  for (int64_t i = 0; i < getDims() / 2; ++i) {
    // The power is rounded to float32 before the float32 reciprocal.
    float power = static_cast<float>(std::pow(theta, 2.0 * i / getDims()));
    float frequency = 1.0f / power;
    if (yarn) {
      float ramp = std::min(std::max((i - low) / (high - low), 0.0f), 1.0f);
      float slowed = frequency / static_cast<float>(factor) * ramp, kept = frequency * (1.0f - ramp);
      frequency = slowed + kept;
    }
    frequencies.push_back(frequency);
  }
  return frequencies;
}

} // namespace mlir::v4
