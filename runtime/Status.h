// The outcome of a call inside the runtime: a status and, on failure, one sentence for a person.
#pragma once

#include "runtime/include/v4.h"

#include <string>

namespace v4rt {

class [[nodiscard]] Status {
public:
  Status() = default;
  Status(v4_status code, std::string text) : code_(code), text_(std::move(text)) {}

  bool ok() const { return code_ == V4_OK; }
  v4_status code() const { return code_; }
  const std::string &text() const { return text_; }

private:
  v4_status code_ = V4_OK;
  std::string text_;
};

/// A failure with a printf-style text.
[[gnu::format(printf, 2, 3)]] Status fail(v4_status code, const char *format, ...);

/// "cannot <verb> <path>: <strerror of errno>".
Status ioError(const char *verb, const std::string &path);

/// `text` of an untrusted file, shortened and with control bytes replaced, for use in a message.
std::string printable(const char *text, size_t bytes);

} // namespace v4rt

/// Returns from a function that returns Status when `expression` failed.
#define V4_TRY(expression)                                                                                   \
  do {                                                                                                       \
    if (::v4rt::Status v4TryStatus = (expression); !v4TryStatus.ok())                                        \
      return v4TryStatus;                                                                                    \
  } while (false)
