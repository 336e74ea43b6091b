// The command line of `v4c report`.
#pragma once

#include "codegen/Report/Roofline.h"
#include "tools/v4c/Options.h"

namespace v4c {

struct ReportOptions {
  std::string input;  // config.json, or a folder with one
  std::string output; // the page; empty: none
  std::vector<double> contexts;
  std::vector<mlir::v4::Device> devices;
  int64_t sampleTokens = 32; // 0: the checkpoint is not run
  bool against = true;       // DeepSeek-V3.2
  bool json = false;
};

/// `argv[1]` is "report". `error` is a sentence where the result is `wrong`.
Parsed parseReportOptions(int argc, char **argv, ReportOptions &options, std::string &error);

std::string reportHelpText();

} // namespace v4c
