#include "runtime/sampling/StopStrings.h"

#include <algorithm>

namespace v4rt {

static bool endsWith(std::string_view text, std::string_view end) {
  return text.size() >= end.size() && text.substr(text.size() - end.size()) == end;
}

bool StopStrings::push(std::string_view text, std::string &out) {
  for (char byte : text) {
    held += byte;
    size_t longest = 0;
    for (const std::string &string : strings)
      if (endsWith(held, string))
        longest = std::max(longest, string.size());
    if (longest > 0) {
      out.append(held, 0, held.size() - longest);
      held.clear();
      return true;
    }
    // The longest end that some string begins with has to wait.
    size_t kept = 0;
    for (const std::string &string : strings) {
      size_t most = std::min(string.size() - 1, held.size());
      while (most > kept && !endsWith(held, std::string_view(string).substr(0, most)))
        --most;
      kept = std::max(kept, most);
    }
    out.append(held, 0, held.size() - kept);
    held.erase(0, held.size() - kept);
  }
  return false;
}

void StopStrings::finish(std::string &out) {
  out += held;
  held.clear();
}

} // namespace v4rt
