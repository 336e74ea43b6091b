#include "runtime/Status.h"

#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <cstring>

namespace v4rt {

Status fail(v4_status code, const char *format, ...) {
  char text[sizeof(v4_error::text)];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(text, sizeof(text), format, arguments);
  va_end(arguments);
  return Status(code, text);
}

Status ioError(const char *verb, const std::string &path) {
  int code = errno;
  return fail(code == ENOMEM ? V4_OUT_OF_MEMORY : V4_IO_ERROR, "cannot %s %s: %s", verb, path.c_str(),
              strerror(code));
}

std::string printable(const char *text, size_t bytes) {
  constexpr size_t kLongest = 80;
  std::string out;
  for (size_t i = 0; i < bytes && i < kLongest; ++i) {
    unsigned char c = text[i];
    out.push_back(c >= 0x20 && c != 0x7f ? text[i] : '?');
  }
  return bytes > kLongest ? out + "..." : out;
}

} // namespace v4rt
