// Oniguruma's patterns for PCRE2. What means the same in both passes through; \s is spelled out, as PCRE2's
// also has U+180E; the rest is refused rather than guessed at.
#include "runtime/text/Pretokenizer.h"

#include <cstring>

namespace v4rt::text {

// White_Space of Unicode.
static constexpr const char *kSpaces =
    "\\t-\\r \\x{85}\\x{a0}\\x{1680}\\x{2000}-\\x{200a}\\x{2028}\\x{2029}\\x{202f}"
    "\\x{205f}\\x{3000}";

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

  Status escape() {
    if (at + 1 == pattern.size())
      return refuse("a \\ at its end");
    char c = pattern[at + 1];
    if (c == 's' || c == 'S') {
      if (inClass && c == 'S')
        return refuse("\\S inside a class");
      out += inClass ? kSpaces : (c == 's' ? "[" : "[^") + std::string(kSpaces) + "]";
    } else if (strchr("pPrntfvd", c) || (c > ' ' && c < 0x7f && !isalnum(static_cast<unsigned char>(c)))) {
      // PCRE2's \v is a set of characters.
      out += c == 'v' ? "\\x0b" : std::string{'\\', c};
    } else {
      return refuse(c > ' ' && c < 0x7f ? std::string("\\") + c : "a \\ before a character that needs none");
    }
    at += 2;
    return Status();
  }

  Status classCharacter(char c) {
    if (c == '[')
      return refuse("a class inside a class");
    if (c == '&' && follows("&", 1))
      return refuse("&& inside a class");
    if (c == ']')
      inClass = false;
    return copy();
  }

  Status plainCharacter(char c) {
    if (c == '.' || c == '^' || c == '$')
      return refuse(std::string(1, c));
    if (c == '(' && follows("?", 1) && !follows("?:", 1) && !follows("?!", 1) && !follows("?=", 1) &&
        !follows("?i:", 1))
      return refuse("a group of the kind " + std::string(pattern.substr(at, 3)));
    if (c == '(' && follows("*", 1))
      return refuse("a verb (*");
    if (c == '}' && (follows("+", 1) || follows("?", 1)))
      return refuse(std::string(pattern.substr(at, 2)));
    if (c == '[') {
      inClass = true;
      if (follows("^", 1)) {
        out += '[';
        ++at;
      }
      if (follows("]", 1))
        return refuse("a class that begins with ]");
    }
    return copy();
  }

  Status copy() {
    out += pattern[at++];
    return Status();
  }

  std::string_view pattern;
  std::string &out;
  size_t at = 0;
  bool inClass = false;
};

} // namespace

Status translateRegex(std::string_view pattern, std::string &translated) {
  translated.clear();
  return Translation(pattern, translated).run();
}

} // namespace v4rt::text
