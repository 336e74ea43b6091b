// Cuts text into words, which BPE never merges across. Patterns are applied in sequence: each cuts every
// piece left by the one before it into matches and what lies between them ("isolated").
#pragma once

#include "runtime/Status.h"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace v4rt::text {

/// Rewrites a pattern in the syntax of Hugging Face's regex engine (Oniguruma) to PCRE2's. Constructs that
/// the two read differently are refused.
Status translateRegex(std::string_view pattern, std::string &translated);

class Pretokenizer {
public:
  static constexpr size_t kMostPatterns = 16;

  /// Receives the words, in order.
  struct Sink {
    virtual void word(std::string_view word) = 0;

  protected:
    ~Sink() = default;
  };

  /// What matching needs besides the patterns: one for each thread.
  class Matcher {
  public:
    explicit Matcher(const Pretokenizer &patterns);
    ~Matcher();
    Matcher(const Matcher &) = delete;
    Matcher &operator=(const Matcher &) = delete;

  private:
    friend class Pretokenizer;
    struct State;
    std::unique_ptr<State> state;
  };

  Pretokenizer();
  ~Pretokenizer();
  Pretokenizer(Pretokenizer &&) noexcept;
  Pretokenizer &operator=(Pretokenizer &&) noexcept;

  enum class Kind { regex, literal };
  /// Adds a pattern; fails if it is no valid one, or could match nothing.
  Status add(std::string_view pattern, Kind kind);

  /// The patterns as they were added.
  std::vector<std::pair<std::string, Kind>> sources() const;

  /// Cuts `text`, which is well-formed UTF-8.
  Status split(std::string_view text, Matcher &matcher, Sink &sink) const;

private:
  struct Pattern;
  /// The part of a text, and what the regular expressions get to see of it.
  struct Piece {
    std::string_view text, subject;

    Piece part(size_t begin, size_t end) const {
      return {text.substr(begin, end - begin), subject.substr(begin, end - begin)};
    }
  };
  Status split(size_t stage, const Piece &piece, Matcher &matcher, Sink &sink) const;

  std::vector<std::unique_ptr<Pattern>> patterns;
};

} // namespace v4rt::text
