// Runs a program and keeps what it said.
#pragma once

#include <string>
#include <vector>

namespace v4test {

struct Finished {
  int exitCode = -1; // 128 + signal if it was killed by one
  std::string out;
  std::string err;
  double seconds = 0;
  long peakKilobytes = 0;
};

/// Runs `command`, found as a path, with `environment` ("NAME=value") added to this process's own.
Finished run(const std::vector<std::string> &command, const std::vector<std::string> &environment = {});

} // namespace v4test
