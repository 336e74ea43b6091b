// How a command of v4run ends early: one sentence for a person.
#pragma once

#include "runtime/Status.h"

#include <stdexcept>
#include <string>

namespace v4run {

/// Something about the input or the machine: exit status 1.
struct Failure : std::runtime_error {
  using runtime_error::runtime_error;
};

inline void check(const v4rt::Status &status) {
  if (!status.ok())
    throw Failure(status.text());
}

/// Something about the command line: exit status 2.
struct UsageError : std::runtime_error {
  using runtime_error::runtime_error;
};

/// A signal stopped work that can be gone on with: exit status 128 + its number, as a shell has it.
struct Interrupted : std::runtime_error {
  Interrupted(int number, const std::string &text) : runtime_error(text), number(number) {}
  int number;
};

} // namespace v4run
