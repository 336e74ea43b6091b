// Checked access to the fields of a JSON object. The first failure is kept; calls after it do nothing.
#pragma once

#include "llvm/ADT/Twine.h"
#include "llvm/Support/JSON.h"

#include <cstdint>
#include <string>

namespace mlir::v4 {

/// A JSON value for a message: short values as they are, long ones by kind.
std::string describeJson(const llvm::json::Value &value);

class JsonFields {
public:
  /// `prefix` stands before field names in messages ("rope_scaling.").
  JsonFields(const llvm::json::Object &object, std::string prefix, std::string &error)
      : object(object), prefix(std::move(prefix)), error(error) {}

  /// The field, or null where it is missing or null.
  const llvm::json::Value *find(llvm::StringRef name) const;
  /// The same, but failing if there is none.
  const llvm::json::Value *need(llvm::StringRef name);

  /// Whole numbers within [least, most].
  int64_t integer(llvm::StringRef name, int64_t least, int64_t most = INT32_MAX);
  int64_t integerOr(llvm::StringRef name, int64_t otherwise, int64_t least, int64_t most = INT32_MAX);
  /// Numbers of at least `least`, or above it with `open`.
  double number(llvm::StringRef name, double least, bool open);
  double numberOr(llvm::StringRef name, double otherwise, double least, bool open);
  std::string string(llvm::StringRef name);
  const llvm::json::Array *array(llvm::StringRef name);

  /// Fails if the field is there and is not this.
  void mustBe(llvm::StringRef name, const llvm::json::Value &wanted, llvm::StringRef why);

  /// The whole number in `value`, the place of which is called `name`.
  int64_t checkInteger(const llvm::Twine &name, const llvm::json::Value &value, int64_t least, int64_t most);

  bool ok() const { return error.empty(); }
  void fail(const llvm::Twine &message);
  std::string quoted(const llvm::Twine &name) const { return ("'" + prefix + name + "'").str(); }

private:
  const llvm::json::Object &object;
  std::string prefix;
  std::string &error;
};

} // namespace mlir::v4
