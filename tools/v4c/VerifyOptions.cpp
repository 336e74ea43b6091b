#include "tools/v4c/VerifyOptions.h"

#include "runtime/cpu/ThreadPool.h"

#include <boost/program_options.hpp>

#include <sstream>

namespace v4c {

namespace po = boost::program_options;

static po::options_description visibleOptions(VerifyOptions &o) {
  po::options_description visible("Options", /*line_length=*/100, /*min_description_length=*/60);
  visible.add_options() //
      ("against", po::value(&o.checkpoint)->value_name("CHECKPOINT"),
       "the folder that the artifact was compiled from") //
      ("tokens", po::value(&o.tokens)->value_name("FILE"),
       "JSON array of token ids (default: 166 that mean nothing)") //
      ("threads", po::value(&o.threads)->value_name("N"),
       "threads that run the artifact (default: one a processor)") //
      ("device", po::value(&o.device)->value_name("NAME"),
       "cpu, cuda or sim (default: the artifact's)")                                              //
      ("json", po::bool_switch(&o.json), "print JSON with every value instead of a line a layer") //
      ("help", "print this");
  return visible;
}

static std::string check(const VerifyOptions &options) {
  if (options.artifact.empty())
    return "give the artifact to verify";
  if (options.checkpoint.empty())
    return "give the checkpoint with --against";
  if (options.threads < 0 || options.threads > v4rt::cpu::ThreadPool::kMostThreads)
    return "--threads is " + std::to_string(options.threads) + ", wanted 0 to 1024";
  return "";
}

Parsed parseVerifyOptions(int argc, char **argv, VerifyOptions &options, std::string &error) {
  po::options_description all = visibleOptions(options);
  all.add_options()("artifact", po::value(&options.artifact));
  po::positional_options_description positional;
  positional.add("artifact", 1);
  po::variables_map values;
  try {
    int style = po::command_line_style::unix_style & ~po::command_line_style::allow_guessing;
    po::store(
        po::command_line_parser(argc - 1, argv + 1).options(all).positional(positional).style(style).run(),
        values);
    po::notify(values);
  } catch (const po::error &problem) {
    error = problem.what();
    return Parsed::wrong;
  }
  if (values.count("help"))
    return Parsed::help;
  error = check(options);
  return error.empty() ? Parsed::run : Parsed::wrong;
}

std::string verifyHelpText() {
  VerifyOptions options;
  std::ostringstream out;
  out << "v4c verify OUT.v4 --against CHECKPOINT [options]\n"
         "Runs an artifact beside a double-precision reference of its checkpoint, and says layer by layer "
         "which\nop is farthest from it, and the first one that is farther than its bound.\n\n"
      << visibleOptions(options)
      << "\nExit status: 0 it holds, 1 it differs, 2 bad command line or nothing to compare.\n";
  return out.str();
}

} // namespace v4c
