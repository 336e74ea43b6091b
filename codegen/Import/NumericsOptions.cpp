#include "codegen/Import/NumericsOptions.h"

#include "mlir/IR/Builders.h"
#include "llvm/ADT/StringExtras.h"

#include <map>

namespace mlir::v4 {

FailureOr<NumericsAttr> parseNumerics(MLIRContext &context, llvm::StringRef profileName,
                                      const std::vector<std::string> &settings, std::string &error) {
  std::optional<Profile> profile = symbolizeProfile(profileName);
  if (!profile) {
    error = "there are no numerics called '" + profileName.str() + "', only reference and hf";
    return failure();
  }
  std::map<std::string, std::string> values;
  for (llvm::StringRef setting : settings) {
    auto [option, value] = setting.split('=');
    llvm::StringRef wanted = getNumericsValues(option);
    if (wanted.empty()) {
      error = "there is no numerics option '" + option.str() + "', only " +
              llvm::join(getNumericsOptions(), ", ");
      return failure();
    }
    if (!llvm::is_contained(llvm::split(wanted, ' '), value)) {
      error = "numerics option '" + option.str() + "' is set to '" + value.str() + "', but one of '" +
              wanted.str() + "' is wanted";
      return failure();
    }
    values[option.str()] = value.str();
  }
  Builder builder(&context);
  auto plain = NumericsAttr::get(&context, *profile, DictionaryAttr());
  SmallVector<NamedAttribute> overrides;
  for (const auto &[option, value] : values)
    if (plain.getOption(option) != value)
      overrides.push_back(builder.getNamedAttr(option, builder.getStringAttr(value)));
  if (overrides.empty())
    return plain;
  return NumericsAttr::get(&context, *profile, builder.getDictionaryAttr(overrides));
}

std::string describeNumerics(NumericsAttr numerics) {
  std::string text = stringifyProfile(numerics.getProfile()).str();
  if (numerics.getOverrides())
    for (NamedAttribute entry : numerics.getOverrides())
      text += ", " + entry.getName().str() + "=" + cast<StringAttr>(entry.getValue()).str();
  return text;
}

} // namespace mlir::v4
