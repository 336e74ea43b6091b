#include "runtime/text/PyJson.h"

#include "runtime/Status.h"

#include <charconv>
#include <cmath>
#include <limits>

namespace v4rt::text {
namespace {

constexpr size_t kDeepest = 500;
constexpr size_t kMostDigits = 4300; // of an integer, Python's own limit
constexpr uint64_t kLongInteger = 1; // subtype of a binary value that holds an integer's digits
constexpr std::string_view kReplacement = "\xef\xbf\xbd";

constexpr double kInfinity = std::numeric_limits<double>::infinity();

bool isDigit(char c) { return c >= '0' && c <= '9'; }

void appendUtf8(std::string &out, uint32_t c) {
  if (c < 0x80) {
    out.push_back(static_cast<char>(c));
    return;
  }
  int more = c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;
  static constexpr unsigned char kLead[] = {0, 0xc0, 0xe0, 0xf0};
  out.push_back(static_cast<char>(kLead[more] | (c >> (6 * more))));
  while (more--)
    out.push_back(static_cast<char>(0x80 | ((c >> (6 * more)) & 0x3f)));
}

class Reader {
public:
  explicit Reader(std::string_view text) : text_(text) {}

  bool document(Json &value) {
    space();
    if (!this->value(value, 0))
      return false;
    space();
    return at_ == text_.size() || fail("unexpected text behind the value");
  }

  std::string error;

private:
  bool fail(const char *what) {
    if (error.empty())
      error = std::string(what) + " at byte " + std::to_string(at_);
    return false;
  }

  void space() {
    while (at_ < text_.size() && std::string_view(" \t\n\r").find(text_[at_]) != std::string_view::npos)
      ++at_;
  }

  bool take(std::string_view word) {
    if (text_.substr(at_, word.size()) != word)
      return false;
    at_ += word.size();
    return true;
  }

  bool value(Json &out, size_t depth) {
    if (depth > kDeepest)
      return fail("more than 500 levels of nesting");
    if (take("{"))
      return object(out, depth);
    if (take("["))
      return array(out, depth);
    if (take("\"")) {
      std::string text;
      if (!string(text))
        return false;
      out = std::move(text);
      return true;
    }
    if (take("null"))
      out = nullptr;
    else if (take("true"))
      out = true;
    else if (take("false"))
      out = false;
    else if (take("NaN"))
      out = std::numeric_limits<double>::quiet_NaN();
    else if (take("Infinity"))
      out = kInfinity;
    else if (take("-Infinity"))
      out = -kInfinity;
    else
      return number(out);
    return true;
  }

  bool object(Json &out, size_t depth) {
    out = Json::object();
    space();
    if (take("}"))
      return true;
    while (true) {
      space();
      std::string key;
      if (!take("\""))
        return fail("expected a key in quotes");
      if (!string(key))
        return false;
      space();
      if (!take(":"))
        return fail("expected ':'");
      space();
      Json member;
      if (!value(member, depth + 1))
        return false;
      out[key] = std::move(member);
      space();
      if (take("}"))
        return true;
      if (!take(","))
        return fail("expected ',' or '}'");
    }
  }

  bool array(Json &out, size_t depth) {
    out = Json::array();
    space();
    if (take("]"))
      return true;
    while (true) {
      space();
      Json element;
      if (!value(element, depth + 1))
        return false;
      out.push_back(std::move(element));
      space();
      if (take("]"))
        return true;
      if (!take(","))
        return fail("expected ',' or ']'");
    }
  }

  bool string(std::string &out) {
    while (at_ < text_.size()) {
      char c = text_[at_];
      if (c == '"') {
        ++at_;
        return true;
      }
      if (static_cast<unsigned char>(c) < ' ')
        return fail("control character in a string");
      if (c == '\\') {
        if (!escape(out))
          return false;
        continue;
      }
      out.push_back(c);
      ++at_;
    }
    return fail("string without an end");
  }

  bool escape(std::string &out) {
    static constexpr std::string_view kNames = "\"\\/bfnrt", kMeanings = "\"\\/\b\f\n\r\t";
    char name = at_ + 1 < text_.size() ? text_[at_ + 1] : '\0';
    if (size_t i = kNames.find(name); i != std::string_view::npos) {
      out.push_back(kMeanings[i]);
      at_ += 2;
      return true;
    }
    uint32_t unit = 0, low = 0;
    if (!codeUnit(unit))
      return fail("unknown escape");
    if (unit >= 0xd800 && unit < 0xdc00) {
      size_t before = at_;
      if (codeUnit(low) && low >= 0xdc00 && low < 0xe000) {
        appendUtf8(out, 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00));
        return true;
      }
      at_ = before;
    }
    if (unit >= 0xd800 && unit < 0xe000)
      out += kReplacement;
    else
      appendUtf8(out, unit);
    return true;
  }

  /// \uXXXX.
  bool codeUnit(uint32_t &unit) {
    if (text_.substr(at_, 2) != "\\u" || text_.size() - at_ < 6)
      return false;
    const char *first = text_.data() + at_ + 2;
    auto parsed = std::from_chars(first, first + 4, unit, 16);
    if (parsed.ec != std::errc() || parsed.ptr != first + 4)
      return false;
    at_ += 6;
    return true;
  }

  size_t digits() {
    size_t first = at_;
    while (at_ < text_.size() && isDigit(text_[at_]))
      ++at_;
    return at_ - first;
  }

  bool number(Json &out) {
    size_t first = at_;
    bool negative = take("-");
    size_t whole = take("0") ? 1 : digits();
    if (!whole) {
      at_ = first;
      return fail("expected a value");
    }
    bool zero = text_[first + negative] == '0', isFloat = false, shrinks = zero;
    // A point or an exponent without digits is text behind the number.
    if (size_t before = at_; take(".")) {
      isFloat = digits() > 0;
      at_ = isFloat ? at_ : before;
    }
    if (size_t before = at_; take("e") || take("E")) {
      bool down = take("-");
      if (!down)
        take("+");
      if (digits())
        isFloat = true, shrinks = down;
      else
        at_ = before;
    }
    std::string_view digits = text_.substr(first, at_ - first);
    const char *begin = digits.data(), *end = begin + digits.size();
    if (!isFloat) {
      if (int64_t integer; std::from_chars(begin, end, integer).ec == std::errc()) {
        out = integer;
        return true;
      }
      if (whole > kMostDigits)
        return fail("integer of more than 4300 digits");
      out = Json::binary({digits.begin(), digits.end()}, kLongInteger);
      return true;
    }
    double real = 0;
    if (std::from_chars(begin, end, real).ec == std::errc::result_out_of_range)
      real = std::copysign(shrinks ? 0.0 : kInfinity, negative ? -1.0 : 1.0);
    out = real;
    return true;
  }

  std::string_view text_;
  size_t at_ = 0;
};

void dumpString(std::string &out, std::string_view text) {
  static constexpr std::string_view kMeanings = "\"\\\b\f\n\r\t", kNames = "\"\\bfnrt";
  static constexpr char kHex[] = "0123456789abcdef";
  out.push_back('"');
  for (char c : text) {
    if (size_t i = kMeanings.find(c); i != std::string_view::npos) {
      out.push_back('\\');
      out.push_back(kNames[i]);
    } else if (static_cast<unsigned char>(c) < ' ') {
      out += "\\u00";
      out.push_back(kHex[c >> 4]);
      out.push_back(kHex[c & 15]);
    } else {
      out.push_back(c);
    }
  }
  out.push_back('"');
}

// float.__repr__: the shortest digits that read back, with an exponent below 1e-4 and from 1e16 on.
void dumpReal(std::string &out, double value) {
  if (std::isnan(value)) {
    out += "NaN";
    return;
  }
  if (std::signbit(value))
    out.push_back('-');
  if (std::isinf(value)) {
    out += "Infinity";
    return;
  }
  char text[40];
  char *end = std::to_chars(text, text + sizeof text, std::fabs(value), std::chars_format::scientific).ptr;
  std::string_view shortest(text, static_cast<size_t>(end - text));
  size_t e = shortest.find('e');
  int exponent = std::stoi(std::string(shortest.substr(e + 1)));
  if (exponent < -4 || exponent >= 16) {
    out += shortest; // to_chars has the same form: two digits of exponent at least
    return;
  }
  std::string digits(1, shortest[0]);
  if (e > 2)
    digits += shortest.substr(2, e - 2);
  if (exponent < 0) {
    out += "0." + std::string(static_cast<size_t>(-exponent - 1), '0') + digits;
    return;
  }
  size_t whole = static_cast<size_t>(exponent) + 1;
  if (digits.size() <= whole)
    digits.resize(whole + 1, '0');
  out += digits.substr(0, whole) + "." + digits.substr(whole);
}

void dump(std::string &out, const Json &value) {
  const char *separator = "";
  switch (value.type()) {
  case Json::value_t::object:
    out.push_back('{');
    for (const auto &[key, member] : value.items()) {
      out += separator;
      dumpString(out, key);
      out += ": ";
      dump(out, member);
      separator = ", ";
    }
    out.push_back('}');
    return;
  case Json::value_t::array:
    out.push_back('[');
    for (const Json &element : value) {
      out += separator;
      dump(out, element);
      separator = ", ";
    }
    out.push_back(']');
    return;
  case Json::value_t::string:
    return dumpString(out, value.get_ref<const std::string &>());
  case Json::value_t::binary:
    out.append(value.get_binary().begin(), value.get_binary().end());
    return;
  case Json::value_t::number_float:
    return dumpReal(out, value.get<double>());
  default:
    out += value.dump();
  }
}

} // namespace

bool parseJson(std::string_view text, Json &value, std::string &error) {
  if (!isUtf8(text)) {
    error = "its text is not UTF-8";
    return false;
  }
  Reader reader(text);
  bool ok = reader.document(value);
  error = std::move(reader.error);
  return ok;
}

std::string dumpJson(const Json &value) {
  std::string out;
  dump(out, value);
  return out;
}

bool isTruthy(const Json &value) {
  switch (value.type()) {
  case Json::value_t::null:
    return false;
  case Json::value_t::boolean:
    return value.get<bool>();
  case Json::value_t::number_integer:
  case Json::value_t::number_unsigned:
  case Json::value_t::number_float:
    return value.get<double>() != 0;
  case Json::value_t::string:
    return !value.get_ref<const std::string &>().empty();
  case Json::value_t::object:
  case Json::value_t::array:
    return !value.empty();
  default:
    return true;
  }
}

std::string shown(const Json &value) {
  std::string text = value.is_binary() ? dumpJson(value) : value.dump(-1, ' ', true);
  return printable(text.data(), text.size());
}

bool isUtf8(std::string_view text) {
  for (size_t i = 0; i < text.size();) {
    auto byte = [&](size_t k) { return static_cast<unsigned char>(text[i + k]); };
    unsigned char lead = byte(0);
    size_t more = lead < 0x80 ? 0 : lead < 0xc2 ? 4 : lead < 0xe0 ? 1 : lead < 0xf0 ? 2 : lead < 0xf5 ? 3 : 4;
    if (more == 4 || text.size() - i <= more)
      return false;
    for (size_t k = 1; k <= more; ++k)
      if ((byte(k) & 0xc0) != 0x80)
        return false;
    // Overlong forms, surrogates, and what lies beyond U+10FFFF.
    if ((lead == 0xe0 && byte(1) < 0xa0) || (lead == 0xed && byte(1) > 0x9f) ||
        (lead == 0xf0 && byte(1) < 0x90) || (lead == 0xf4 && byte(1) > 0x8f))
      return false;
    i += more + 1;
  }
  return true;
}

} // namespace v4rt::text
