// The command line of v4c.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace v4c {

struct Options {
  std::string input; // checkpoint folder, or a module that --dump-phases wrote
  std::string output;
  std::string target = "cpu";
  std::string numerics = "reference";
  std::vector<std::string> numericsOptions;
  int64_t maxContext = 0; // 0: the importer's choice
  int64_t maxStepTokens = 128;
  std::string compileTo = "pack";
  std::string compileFrom; // modules only; empty: the file's name tells
  std::string dumpPhases;
  std::string dumpKernels;
  std::string kernelOverride; // GPUs only: a folder with kernels to take instead of ours
  std::string schedules;      // a table to ask before the built-in one
  bool tune = false;          // make such a table, `output`
  int64_t tuneBudget = 0;     // seconds; 0: as long as it takes
  int64_t tuneContext = 4096; // tokens before a step that is timed
  int64_t threads = 0;        // 0: one a core
  std::string tokenizer;      // empty: that of the checkpoint, if it has one
  bool noWeights = false;
  bool weightsBeside = false;
  bool restart = false;
  bool simulatedOnly = false; // GPUs only
  bool remarks = false;
  bool quiet = false;
  bool printPhasesPage = false;
};

enum class Parsed { run, help, version, wrong };

/// `error` is a sentence where the result is `wrong`.
Parsed parseOptions(int argc, char **argv, Options &options, std::string &error);

/// What --help prints; fits a screen.
std::string helpText();

} // namespace v4c
