#include "tools/v4c/ReportOptions.h"

#include <boost/program_options.hpp>

#include <algorithm>
#include <charconv>
#include <sstream>

namespace v4c {

namespace po = boost::program_options;

namespace {

constexpr int64_t kMostContext = int64_t(1) << 30;
constexpr size_t kMostContexts = 8; // columns of a table
constexpr int64_t kMostTokens = 4096;

struct Texts {
  std::string contexts = "4k,128k,1M";
  std::string devices = "h100,h200";
  std::string against = "v3.2";
};

po::options_description visibleOptions(ReportOptions &o, Texts &texts) {
  po::options_description visible("Options", /*line_length=*/100, /*min_description_length=*/60);
  visible.add_options() //
      ("context", po::value(&texts.contexts)->value_name("LIST"),
       "contexts of the tables, as 4k,128k,1M (default)") //
      ("target", po::value(&texts.devices)->value_name("LIST"),
       "devices of the roofline: h100, h200 (default: both), cpu:NGBps, cpu:NGBps,MGFLOPs, none") //
      ("against", po::value(&texts.against)->value_name("MODEL"),
       "what to compare with: v3.2 (default) or none") //
      ("sample-tokens", po::value(&o.sampleTokens)->value_name("N"),
       "tokens to run through a checkpoint for its stability (default: 32); 0: none")(
          "output,o", po::value(&o.output)->value_name("FILE"), "also write a page with charts, HTML")(
          "json", po::bool_switch(&o.json), "print JSON instead of text") //
      ("help", "print this");
  return visible;
}

/// "128k": the number of tokens, or 0.
int64_t parseContext(const std::string &text) {
  int64_t value = 0;
  const char *end = text.data() + text.size();
  auto [rest, code] = std::from_chars(text.data(), end, value);
  if (code != std::errc() || value <= 0 || value > kMostContext)
    return 0;
  std::string unit(rest, end);
  int64_t factor = unit == "k" ? 1 << 10 : unit == "M" ? 1 << 20 : unit.empty() ? 1 : 0;
  return factor && value <= kMostContext / factor ? value * factor : 0;
}

std::string parseContexts(const std::string &text, std::vector<double> &contexts) {
  std::stringstream list(text + ",");
  for (std::string item; std::getline(list, item, ',');) {
    int64_t context = parseContext(item);
    if (!context)
      return "--context has '" + item + "', wanted a number of tokens from 1 to 1024M, as 4k or 1M";
    contexts.push_back(context);
  }
  if (contexts.size() > kMostContexts)
    return "--context has " + std::to_string(contexts.size()) + " contexts, wanted 8 at most";
  std::sort(contexts.begin(), contexts.end());
  contexts.erase(std::unique(contexts.begin(), contexts.end()), contexts.end());
  return "";
}

std::string check(const Texts &texts, ReportOptions &options) {
  std::string error = parseContexts(texts.contexts, options.contexts);
  if (!error.empty())
    return error;
  if (texts.devices != "none" && !mlir::v4::parseDevices(texts.devices, options.devices, error))
    return error;
  if (texts.against != "v3.2" && texts.against != "none")
    return "--against is '" + texts.against + "', wanted v3.2 or none";
  if (options.sampleTokens < 0 || options.sampleTokens > kMostTokens)
    return "--sample-tokens is " + std::to_string(options.sampleTokens) + ", wanted 0 to 4096";
  options.against = texts.against == "v3.2";
  return options.input.empty() ? "give a config.json, or the folder of a checkpoint" : "";
}

} // namespace

Parsed parseReportOptions(int argc, char **argv, ReportOptions &options, std::string &error) {
  Texts texts;
  po::options_description all = visibleOptions(options, texts);
  all.add_options()("input", po::value(&options.input));
  po::positional_options_description positional;
  positional.add("input", 1);
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
  error = check(texts, options);
  return error.empty() ? Parsed::run : Parsed::wrong;
}

std::string reportHelpText() {
  ReportOptions options;
  Texts texts;
  std::ostringstream out;
  out << "v4c report CONFIG_OR_CHECKPOINT [options]\n"
         "What a model of a configuration costs: parameters, operations and cached bytes a token, and how "
         "fast\nit can decode at most; from config.json alone.\n\n"
      << visibleOptions(options, texts) << "\nExit status: 0 done, 1 bad input, 2 bad command line.\n";
  return out.str();
}

} // namespace v4c
