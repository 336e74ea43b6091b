// What this processor can do, by the names of /proc/cpuinfo and two of our own: "v4_bf16_in_order" and
// "v4_bf16_fast", see Bf16Dots.h.
#pragma once

#include "runtime/Status.h"

#include <set>
#include <string_view>

namespace v4rt::cpu {

class Features {
public:
  /// Of the machine we run on: what the kernel lists has the operating system's support as well.
  static Status detect(Features &features);

  /// `flags` as in a "flags" line, separated by spaces.
  static Features parse(std::string_view flags);

  bool has(std::string_view name) const { return names.count(name) > 0; }

private:
  std::set<std::string, std::less<>> names;
};

} // namespace v4rt::cpu
