// The command line of `v4c verify`.
#pragma once

#include "tools/v4c/Options.h"

namespace v4c {

struct VerifyOptions {
  std::string artifact, checkpoint;
  std::string tokens; // file; empty: drawn
  std::string device; // empty: the artifact's
  int64_t threads = 0;
  bool json = false;
};

/// `argv[1]` is "verify". `error` is a sentence where the result is `wrong`.
Parsed parseVerifyOptions(int argc, char **argv, VerifyOptions &options, std::string &error);

std::string verifyHelpText();

} // namespace v4c
