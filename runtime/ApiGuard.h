// What the functions of the C API share.
#pragma once

#include "runtime/Session.h"

#include <cstdio>
#include <new>

struct v4_model {
  std::shared_ptr<v4rt::Model> implementation; // sessions share it
};

namespace v4rt::api {

inline v4_status report(const Status &status, v4_error *error) {
  if (error)
    snprintf(error->text, sizeof(error->text), "%s", status.text().c_str());
  return status.code();
}

/// Nothing may be thrown through C.
template <typename Function> v4_status guarded(v4_error *error, Function function) {
  try {
    return report(function(), error);
  } catch (const std::bad_alloc &) {
    return report(fail(V4_OUT_OF_MEMORY, "out of memory"), error);
  } catch (const std::exception &exception) {
    return report(fail(V4_OUT_OF_MEMORY, "%s", exception.what()), error);
  }
}

inline Status missing(const char *what) { return fail(V4_INVALID_ARGUMENT, "%s is null", what); }

} // namespace v4rt::api
