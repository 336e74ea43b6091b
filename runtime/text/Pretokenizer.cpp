#include "runtime/text/Pretokenizer.h"
#include "runtime/text/StandIns.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include <new>

namespace v4rt::text {

struct Pretokenizer::Pattern {
  pcre2_code *code = nullptr;
  Kind kind = Kind::regex;
  std::string source;

  ~Pattern() { pcre2_code_free(code); }
};

struct Pretokenizer::Matcher::State {
  std::vector<pcre2_match_data *> data; // one a stage: the stages are nested
  pcre2_match_context *context = nullptr;
  pcre2_jit_stack *stack = nullptr;
  std::string subject;

  ~State() {
    for (pcre2_match_data *one : data)
      pcre2_match_data_free(one);
    pcre2_match_context_free(context);
    pcre2_jit_stack_free(stack);
  }
};

Pretokenizer::Matcher::Matcher(const Pretokenizer &pretokenizer) : state(std::make_unique<State>()) {
  for (size_t i = 0; i < pretokenizer.patterns.size(); ++i) {
    state->data.push_back(pcre2_match_data_create(1, nullptr));
    if (!state->data.back())
      throw std::bad_alloc();
  }
  state->context = pcre2_match_context_create(nullptr);
  state->stack = pcre2_jit_stack_create(64 << 10, 16 << 20, nullptr);
  if (!state->context || !state->stack)
    throw std::bad_alloc();
  pcre2_jit_stack_assign(state->context, nullptr, state->stack);
}

Pretokenizer::Matcher::~Matcher() = default;
Pretokenizer::Pretokenizer() = default;
Pretokenizer::~Pretokenizer() = default;
Pretokenizer::Pretokenizer(Pretokenizer &&) noexcept = default;
Pretokenizer &Pretokenizer::operator=(Pretokenizer &&) noexcept = default;

static std::string pcreMessage(int code) {
  unsigned char text[160] = "unknown error";
  pcre2_get_error_message(code, text, sizeof text);
  return reinterpret_cast<char *>(text);
}

Status Pretokenizer::add(std::string_view pattern, Kind kind) {
  std::string translated(pattern), shown = printable(pattern.data(), pattern.size());
  if (patterns.size() == kMostPatterns)
    return fail(V4_UNSUPPORTED, "has more than %zu split patterns", kMostPatterns);
  if (pattern.empty())
    return fail(V4_INVALID_ARGUMENT, "an empty split pattern");
  if (kind == Kind::regex)
    V4_TRY(translateRegex(pattern, translated));
  int error = 0;
  PCRE2_SIZE place = 0;
  uint32_t options = PCRE2_UTF | (kind == Kind::regex ? PCRE2_UCP | PCRE2_NEVER_BACKSLASH_C : PCRE2_LITERAL);
  auto compiled = std::make_unique<Pattern>();
  compiled->kind = kind;
  compiled->source = pattern;
  compiled->code = pcre2_compile(reinterpret_cast<PCRE2_SPTR>(translated.data()), translated.size(), options,
                                 &error, &place, nullptr);
  if (!compiled->code)
    return fail(V4_INVALID_ARGUMENT, "split pattern '%s' is not valid: %s", shown.c_str(),
                pcreMessage(error).c_str());
  uint32_t matchesNothing = 0;
  pcre2_pattern_info(compiled->code, PCRE2_INFO_MATCHEMPTY, &matchesNothing);
  if (matchesNothing)
    return fail(V4_UNSUPPORTED, "split pattern '%s' can match nothing at all", shown.c_str());
  // Where compiling to machine code is not allowed, patterns are interpreted: slower, with the same matches.
  pcre2_jit_compile(compiled->code, PCRE2_JIT_COMPLETE);
  patterns.push_back(std::move(compiled));
  return Status();
}

std::vector<std::pair<std::string, Pretokenizer::Kind>> Pretokenizer::sources() const {
  std::vector<std::pair<std::string, Kind>> all;
  for (const auto &pattern : patterns)
    all.emplace_back(pattern->source, pattern->kind);
  return all;
}

Status Pretokenizer::split(std::string_view text, Matcher &matcher, Sink &sink) const {
  return split(0, {text, withStandIns(text, matcher.state->subject)}, matcher, sink);
}

Status Pretokenizer::split(size_t stage, const Piece &piece, Matcher &matcher, Sink &sink) const {
  if (stage == patterns.size()) {
    sink.word(piece.text);
    return Status();
  }
  const Pattern &pattern = *patterns[stage];
  pcre2_match_data *data = matcher.state->data[stage];
  std::string_view subject = pattern.kind == Kind::regex ? piece.subject : piece.text;
  size_t from = 0;
  while (from < subject.size()) {
    int found = pcre2_match(pattern.code, reinterpret_cast<PCRE2_SPTR>(subject.data()), subject.size(), from,
                            PCRE2_NO_UTF_CHECK, data, matcher.state->context);
    if (found == PCRE2_ERROR_NOMATCH)
      break;
    if (found < 0)
      return fail(V4_UNSUPPORTED, "split pattern %zu of the tokenizer gives up on this text: %s", stage + 1,
                  pcreMessage(found).c_str());
    const PCRE2_SIZE *bounds = pcre2_get_ovector_pointer(data);
    size_t begin = bounds[0], end = bounds[1];
    if (begin > from)
      V4_TRY(split(stage + 1, piece.part(from, begin), matcher, sink));
    V4_TRY(split(stage + 1, piece.part(begin, end), matcher, sink));
    from = end;
  }
  return from < subject.size() ? split(stage + 1, piece.part(from, subject.size()), matcher, sink) : Status();
}

} // namespace v4rt::text
