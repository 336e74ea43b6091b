// How a command of v4run ends early: one sentence for a person.
#pragma once

#include <stdexcept>
#include <string>

namespace v4run {

/// Something about the input or the machine: exit status 1.
struct Failure : std::runtime_error {
  using runtime_error::runtime_error;
};

/// Something about the command line: exit status 2.
struct UsageError : std::runtime_error {
  using runtime_error::runtime_error;
};

} // namespace v4run
