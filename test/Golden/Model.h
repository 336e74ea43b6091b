// A fixture, compiled by v4c and run by v4run.
#pragma once

#include "test/Support/Process.h"
#include "test/Support/TensorFile.h"

#include <gtest/gtest.h>
#include <string>
#include <vector>

namespace v4test {

/// The artifact of a fixture, compiled once per test binary and set of options; with `hf` numerics, which
/// most goldens are for, if the options name none. Empty, and a failure of the test, if v4c fails.
std::string compiled(const std::string &fixture, const std::vector<std::string> &options = {});

/// A fixture and the numerics that it is compiled with.
struct Profile {
  const char *fixture, *numerics;

  std::string artifact(std::vector<std::string> options = {}) const {
    options.insert(options.end(), {"--numerics", numerics});
    return compiled(fixture, options);
  }
  std::string name() const { return std::string(fixture) + "_" + numerics; }
};

/// How `v4run eval` is called; zero or empty: the option is not given.
struct Eval {
  int chunk = 0;
  int decode = 0;
  int threads = 0;
  bool activations = false;
  std::string variant = "";   // V4_CPU_VARIANT, or the target of an artifact for the simulated device
  std::string saveState = ""; // path of a snapshot
};

/// Runs `v4run eval` and returns the path of the file it wrote, empty after a failure.
std::string evalToFile(const std::string &artifact, const std::string &tokensText, const Eval &how = {});

/// The same, read.
TensorFile eval(const std::string &artifact, const std::vector<int> &tokens, const Eval &how = {});

/// A file under goldens/ of a fixture.
TensorFile goldens(const std::string &fixture, const std::string &file);

/// The kernel variants that this machine can run.
std::vector<std::string> variants();

/// The same, and the targets that the simulated device is tested with.
std::vector<std::string> variantsAndTargets();

/// What v4c is called with for one of those.
std::vector<std::string> targetOptions(const std::string &variantOrTarget);

/// What v4run's environment says for one of those.
std::vector<std::string> environmentOf(const std::string &variantOrTarget);

/// "micro_f32", for names of tests.
std::string identifier(std::string name);

} // namespace v4test
