// Oniguruma's patterns for PCRE2. What means the same in both passes through; \s is spelled out, as PCRE2's
// also has U+180E; the rest is refused rather than guessed at.
#include "runtime/text/Pretokenizer.h"
#include "runtime/text/StandIns.h"
#include "runtime/text/Utf8.h"

#include <algorithm>
#include <cstring>
#include <optional>

namespace v4rt::text {

// White_Space of Unicode.
static constexpr const char *kSpaces =
    "\\t-\\r \\x{85}\\x{a0}\\x{1680}\\x{2000}-\\x{200a}\\x{2028}\\x{2029}\\x{202f}"
    "\\x{205f}\\x{3000}";

// General categories alone: of scripts and other properties, the two engines know different versions.
static constexpr std::string_view kCategories[] = {"L",  "Lu", "Ll", "Lt", "Lm", "Lo", "M",  "Mn", "Mc",
                                                   "Me", "N",  "Nd", "Nl", "No", "P",  "Pc", "Pd", "Ps",
                                                   "Pe", "Pi", "Pf", "Po", "S",  "Sm", "Sc", "Sk", "So",
                                                   "Z",  "Zs", "Zl", "Zp", "C",  "Cc", "Cf", "Co", "Cn"};

namespace {

class Translation {
public:
  Translation(std::string_view pattern, std::string &out) : pattern(pattern), out(out) {}

  Status run() {
    for (at = 0; at < pattern.size();) {
      char c = pattern[at];
      if (c == '\\') {
        V4_TRY(escape());
      } else if (inClass) {
        V4_TRY(classCharacter(c));
      } else {
        V4_TRY(plainCharacter(c));
      }
    }
    return inClass ? refuse("a class without its ]") : Status();
  }

private:
  Status refuse(const std::string &what) const {
    return fail(V4_UNSUPPORTED, "split pattern '%s' has %s, which is not supported",
                printable(pattern.data(), pattern.size()).c_str(), what.c_str());
  }

  bool follows(const char *text, size_t behind) const {
    return pattern.substr(at + behind).substr(0, strlen(text)) == text;
  }

  static bool isOneOf(char c, std::string_view set) { return set.find(c) != set.npos; }

  Status escape() {
    if (at + 1 == pattern.size())
      return refuse("a \\ at its end");
    char c = pattern[at + 1];
    if (isOneOf(c, "pPsSd")) {
      if (isRange)
        return refuse("a range that ends in a set");
      rangeFrom.reset();
    }
    if (c == 'p' || c == 'P')
      return property();
    if (c == 's' || c == 'S') {
      if (inClass && c == 'S')
        return refuse("\\S inside a class");
      out += inClass ? kSpaces : (c == 's' ? "[" : "[^") + std::string(kSpaces) + "]";
    } else if (isOneOf(c, "rntfvd") || (c > ' ' && c < 0x7f && !isalnum(static_cast<unsigned char>(c)))) {
      if (inClass && c != 'd')
        V4_TRY(member(static_cast<unsigned char>(c), false));
      // PCRE2's \v is a set of characters.
      out += c == 'v' ? "\\x0b" : std::string{'\\', c};
    } else {
      return refuse(c > ' ' && c < 0x7f ? std::string("\\") + c : "a \\ before a character that needs none");
    }
    at += 2;
    return Status();
  }

  // \p{L}, \P{L}, \p{^L}
  Status property() {
    size_t end = pattern.find('}', at);
    std::string_view name;
    if (follows("{", 2) && end != pattern.npos)
      name = pattern.substr(at + 3, end - at - 3);
    if (!name.empty() && name[0] == '^')
      name.remove_prefix(1);
    if (std::find(std::begin(kCategories), std::end(kCategories), name) == std::end(kCategories))
      return refuse("a property that is no general category");
    out += pattern.substr(at, end + 1 - at);
    at = end + 1;
    return Status();
  }

  Status classCharacter(char c) {
    if (c == '[')
      return refuse("a class inside a class");
    if (c == '&' && follows("&", 1))
      return refuse("&& inside a class");
    if (c != ']')
      return copy();
    inClass = isRange = false;
    rangeFrom.reset();
    out += pattern[at++];
    return Status();
  }

  Status plainCharacter(char c) {
    if (c == '.' || c == '^' || c == '$')
      return refuse(std::string(1, c));
    if (c == '(' && follows("?", 1) && !follows("?:", 1) && !follows("?!", 1) && !follows("?=", 1))
      return refuse("a group of the kind " + std::string(pattern.substr(at, 3)));
    if (c == '{' && follows(",", 1))
      return refuse("a {,");
    if (c == '(' && follows("*", 1))
      return refuse("a verb (*");
    if (c == '}' && (follows("+", 1) || follows("?", 1)))
      return refuse(std::string(pattern.substr(at, 2)));
    if (c == '[') {
      inClass = true;
      std::string_view opening = follows("^", 1) ? "[^" : "[";
      if (follows("]", opening.size()))
        return refuse("a class that begins with ]");
      out += opening;
      at += opening.size();
      return Status();
    }
    return copy();
  }

  // A character that stands for itself, or in a class for one end of a range.
  Status copy() {
    size_t length = utf8Sequence(pattern.substr(at));
    if (!length)
      return refuse("bytes that are not UTF-8");
    uint32_t code = utf8Code(pattern.substr(at, length));
    V4_TRY(inClass ? member(code, code == '-' && !follows("]", 1)) : agree(code, code));
    out += pattern.substr(at, length);
    at += length;
    return Status();
  }

  Status member(uint32_t code, bool mayBeDash) {
    if (mayBeDash && rangeFrom && !isRange) {
      isRange = true;
      return Status();
    }
    uint32_t first = isRange ? *rangeFrom : code;
    rangeFrom.reset();
    if (!isRange)
      rangeFrom = code;
    isRange = false;
    return agree(first, code);
  }

  Status agree(uint32_t first, uint32_t last) const {
    return standInsAgree(first, last)
               ? Status()
               : refuse("a character that is newer than Unicode 14, or a range that ends among such,");
  }

  std::string_view pattern;
  std::string &out;
  size_t at = 0;
  bool inClass = false;
  // In a class: the character before, if a range may begin with it; and whether the dash was there too.
  std::optional<uint32_t> rangeFrom;
  bool isRange = false;
};

} // namespace

Status translateRegex(std::string_view pattern, std::string &translated) {
  translated.clear();
  return Translation(pattern, translated).run();
}

} // namespace v4rt::text
