// v4c CHECKPOINT -o OUT.v4, v4c CHECKPOINT --tune, v4c report CONFIG_OR_CHECKPOINT,
// v4c verify OUT.v4 --against CHECKPOINT
#include "passes/Pipelines.h"
#include "tools/v4c/Driver.h"
#include "tools/v4c/ReportCommand.h"
#include "tools/v4c/TuneMeasure.h"
#include "tools/v4c/VerifyCommand.h"

#include <cstdio>
#include <cstring>

int main(int argc, char **argv) {
  if (argc > 1 && !strcmp(argv[1], "report"))
    return v4c::runReport(argc, argv);
  if (argc > 1 && !strcmp(argv[1], "verify"))
    return v4c::runVerify(argc, argv);
  if (argc > 1 && !strcmp(argv[1], v4c::kMeasureCommand))
    return v4c::runMeasure(argc, argv);
  v4c::Options options;
  std::string error;
  switch (v4c::parseOptions(argc, argv, options, error)) {
  case v4c::Parsed::help:
    fputs(v4c::helpText().c_str(), stdout);
    return 0;
  case v4c::Parsed::version:
    puts("v4c " V4C_VERSION);
    return 0;
  case v4c::Parsed::wrong:
    fprintf(stderr, "v4c: error: %s\n", error.c_str());
    return 2;
  case v4c::Parsed::run:
    break;
  }
  if (options.printPhasesPage) {
    fputs(mlir::v4::writePhasesPage().c_str(), stdout);
    return 0;
  }
  return v4c::compile(options);
}
