// Values of the numerics profiles (specification, section 11) and rotary frequencies (section 4.2).
#include "dialects/V4/IR/V4Dialect.h"

#include <cmath>

namespace mlir::v4 {
namespace {

struct Option {
  StringLiteral name;
  StringLiteral reference;
  StringLiteral hf;
  StringLiteral values; // separated by spaces
};

constexpr Option kOptions[] = {
    {"act_quant", "fp8_128", "none", "fp8_128 none"},
    {"kv_quant", "fp8_64", "none", "fp8_64 none"},
    {"indexer", "hadamard_fp4", "bf16", "hadamard_fp4 fp8 bf16"},
    {"index_score", "bf16", "f32", "bf16 f32"},
    {"wo_a", "bf16", "bf16", "bf16 fp8"},
    {"compressor", "f32", "f32", "f32 bf16"},
    {"router", "f32", "f32", "f32 bf16"},
    {"expert_weight", "pre_w2", "pre_w2", "pre_w2 post_w2"},
    {"q_norm", "bf16", "f32", "bf16 f32"},
    {"rope_table", "f32", "f32", "f32 bf16"},
    {"mhc", "f32", "f32", "f32 bf16"},
    {"activations", "bf16", "f32", "bf16 f32"},
};

const Option *findOption(StringRef name) {
  for (const Option &option : kOptions)
    if (option.name == name)
      return &option;
  return nullptr;
}

} // namespace

NumericsAttr getHfNumerics(MLIRContext *context) {
  return NumericsAttr::get(context, Profile::hf, DictionaryAttr());
}

StringRef getNumericsValues(StringRef name) {
  const Option *option = findOption(name);
  return option ? StringRef(option->values) : StringRef();
}

SmallVector<StringRef> getNumericsOptions() {
  return llvm::map_to_vector(kOptions, [](const Option &option) -> StringRef { return option.name; });
}

LogicalResult NumericsAttr::verify(function_ref<InFlightDiagnostic()> emitError, Profile profile,
                                   DictionaryAttr overrides) {
  if (!overrides)
    return success();
  for (NamedAttribute entry : overrides) {
    StringRef name = entry.getName();
    const Option *option = findOption(name);
    if (!option) // numerics_c1
      return emitError() << "there is no numerics option '" << name << "'";
    auto value = dyn_cast<StringAttr>(entry.getValue());
    if (!value) // numerics_c2
      return emitError() << "numerics option '" << name << "' needs a string, not " << entry.getValue();
    if (!llvm::is_contained(llvm::split(option->values, ' '), value.getValue())) // numerics_c3
      return emitError() << "numerics option '" << name << "' is \"" << value.getValue() << "\", but one of '"
                         << option->values << "' is wanted";
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

unsigned LayoutAttr::getWordBits(Type element) {
  return isa<Float8E4M3FNType, Float4E2M1FNType, BFloat16Type>(element) ? 32 : 0;
}

LogicalResult LayoutAttr::verify(function_ref<InFlightDiagnostic()> emitError, WeightLayout kind,
                                 int64_t panel, int64_t streams) {
  bool grouped = kind != WeightLayout::row_major;
  if (grouped ? panel <= 0 : panel != 0) // layout_c1
    return emitError() << "a layout of kind " << stringifyWeightLayout(kind) << " has a panel "
                       << (grouped ? "above 0" : "of 0") << ", not " << panel;
  if (streams < 1 || (streams > 1 && kind != WeightLayout::panel_words)) // layout_c2
    return emitError() << "a layout of kind " << stringifyWeightLayout(kind) << " has "
                       << (kind == WeightLayout::panel_words ? "at least one stream" : "one stream")
                       << ", not " << streams;
  return success();
}

LogicalResult ScheduleAttr::verify(function_ref<InFlightDiagnostic()> emitError, int64_t lanes, int64_t keys,
                                   int64_t outputs, int64_t depth, int64_t warps, int64_t stages) {
  for (int64_t size : {lanes, keys, outputs, depth, warps, stages})
    if (size <= 0 || (size != stages && !llvm::isPowerOf2_64(size))) // schedule_c1
      return emitError() << "a schedule has sizes that are positive powers of two, not " << size;
  return success();
}

LogicalResult RopeAttr::verify(function_ref<InFlightDiagnostic()> emitError, int64_t dims, FloatAttr theta,
                               FloatAttr factor, FloatAttr betaFast, FloatAttr betaSlow,
                               int64_t originalContext) {
  if (dims <= 0 || dims % 2 != 0) // rope_attr_c1
    return emitError() << "rotates an even, positive number of dimensions, not " << dims;
  if (!(theta.getValueAsDouble() > 1)) // rope_attr_c2
    return emitError() << "the base theta is above 1, not " << theta.getValueAsDouble();
  if (!(factor.getValueAsDouble() >= 1)) // rope_attr_c3
    return emitError() << "the context's factor is at least 1, not " << factor.getValueAsDouble();
  bool yarn = factor.getValueAsDouble() > 1;
  if (yarn && !(betaFast.getValueAsDouble() > 0 && betaSlow.getValueAsDouble() > 0 &&
                originalContext > 0)) // rope_attr_c4
    return emitError() << "YaRN needs a positive beta_fast, beta_slow and original_context, not "
                       << betaFast.getValueAsDouble() << ", " << betaSlow.getValueAsDouble() << " and "
                       << originalContext;
  return success();
}

SmallVector<float> RopeAttr::getFrequencies() const {
  double theta = getTheta().getValueAsDouble(), factor = getFactor().getValueAsDouble();
  auto corner = [&](FloatAttr turns) {
    return getDims() * std::log(getOriginalContext() / (turns.getValueAsDouble() * 2 * M_PI)) /
           (2 * std::log(theta));
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
