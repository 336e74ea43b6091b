// Ends a text where one of several strings appears, though the text comes in pieces cut anywhere.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace v4rt {

class StopStrings {
public:
  /// None of them is empty.
  explicit StopStrings(std::vector<std::string> strings) : strings(std::move(strings)) {}

  /// Appends to `out` what of the text cannot be the beginning of a stop string. True if one is complete: the
  /// first to end, of those the longest. The text before it is in `out`, and nothing of it or behind it.
  bool push(std::string_view text, std::string &out);

  /// The text has ended: appends what was held back.
  void finish(std::string &out);

private:
  std::vector<std::string> strings;
  std::string held;
};

} // namespace v4rt
