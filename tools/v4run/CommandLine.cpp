#include "tools/v4run/CommandLine.h"

#include "runtime/cpu/ThreadPool.h"
#include "tools/v4run/Failure.h"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <sstream>

namespace v4run {

namespace po = boost::program_options;

CommandLine::CommandLine(std::string usageText, std::string summaryText)
    : usage(std::move(usageText)), summary(std::move(summaryText)), visible("Options", 100, 50) {}

CommandLine &CommandLine::flag(const char *name, const char *help) {
  visible.add_options()(name, help);
  return *this;
}

CommandLine &CommandLine::value(const char *name, const char *placeholder, const char *help) {
  visible.add_options()(name, po::value<std::string>()->value_name(placeholder), help);
  return *this;
}

CommandLine &CommandLine::values(const char *name, const char *placeholder, const char *help) {
  visible.add_options()(name, po::value<std::vector<std::string>>()->value_name(placeholder), help);
  return *this;
}

CommandLine &CommandLine::positional(const char *name) {
  hidden.add_options()(name, po::value<std::string>());
  places.add(name, 1);
  placeNames.push_back(name);
  return *this;
}

CommandLine &CommandLine::optional(const char *name) {
  hidden.add_options()(name, po::value<std::string>());
  places.add(name, 1);
  return *this;
}

bool CommandLine::parse(const std::vector<std::string> &arguments) {
  visible.add_options()("help,h", "this text");
  po::options_description all;
  all.add(visible).add(hidden);
  try {
    // Guessing would let a later option change what a script means.
    int style = po::command_line_style::unix_style & ~po::command_line_style::allow_guessing;
    po::store(po::command_line_parser(arguments).options(all).positional(places).style(style).run(), given);
  } catch (const po::error &error) {
    throw UsageError(error.what());
  }
  if (has("help")) {
    std::ostringstream text;
    text << "Usage: v4run " << usage << "\n\n" << summary << "\n\n" << visible;
    fputs(text.str().c_str(), stdout);
    return false;
  }
  for (const std::string &name : placeNames)
    if (!has(name.c_str()))
      throw UsageError("no " + name + " was given, wanted: v4run " + usage);
  return true;
}

std::string CommandLine::text(const char *name) const {
  return has(name) ? given[name].as<std::string>() : std::string();
}

std::vector<std::string> CommandLine::list(const char *name) const {
  return has(name) ? given[name].as<std::vector<std::string>>() : std::vector<std::string>();
}

std::string CommandLine::required(const char *name) const {
  std::string value = text(name);
  if (value.empty())
    throw UsageError(std::string("option --") + name + " is missing, wanted: v4run " + usage);
  return value;
}

static std::string bounds(const std::string &least, const std::string &most) {
  return most.empty() ? "of at least " + least : "from " + least + " to " + most;
}

int64_t CommandLine::integer(const char *name, int64_t absent, int64_t least, int64_t most) const {
  if (!has(name))
    return absent;
  std::string value = text(name);
  int64_t result = 0;
  const char *end = value.data() + value.size();
  auto parsed = std::from_chars(value.data(), end, result);
  if (value.empty() || parsed.ec != std::errc() || parsed.ptr != end || result < least || result > most)
    throw UsageError(std::string("option --") + name + " is '" + value.substr(0, 40) +
                     "', wanted an integer " +
                     bounds(std::to_string(least), most == INT64_MAX ? "" : std::to_string(most)));
  return result;
}

static std::string shortest(double number) {
  char text[32];
  snprintf(text, sizeof text, "%g", number);
  return text;
}

double CommandLine::number(const char *name, double absent, double least, double most) const {
  if (!has(name))
    return absent;
  std::string value = text(name);
  char *end = nullptr;
  double result = strtod(value.c_str(), &end);
  if (value.empty() || *end || !std::isfinite(result) || result < least || result > most)
    throw UsageError(std::string("option --") + name + " is '" + value.substr(0, 40) + "', wanted a number " +
                     bounds(shortest(least), shortest(most)));
  return result;
}

std::vector<uint64_t> CommandLine::counts(const char *name, uint64_t least, uint64_t most) const {
  std::vector<uint64_t> numbers;
  std::string value = text(name);
  for (size_t at = 0; at <= value.size();) {
    size_t end = std::min(value.find(',', at), value.size());
    std::string part = value.substr(at, end - at);
    char *rest = nullptr;
    double number = part.empty() ? -1 : strtod(part.c_str(), &rest);
    if (rest && (*rest == 'k' || *rest == 'M'))
      number *= *rest++ == 'k' ? 1024 : 1048576;
    if (!rest || *rest || !(number >= double(least)) || number > double(most))
      throw UsageError(std::string("option --") + name + " has '" + part.substr(0, 40) +
                       "', wanted numbers from " + std::to_string(least) + " to " + std::to_string(most) +
                       " like 512,4k,1M");
    numbers.push_back(uint64_t(number));
    at = end + 1;
  }
  return numbers;
}

uint32_t CommandLine::threads() const {
  return static_cast<uint32_t>(integer("threads", 0, 1, v4rt::cpu::ThreadPool::kMostThreads));
}

CommandLine &CommandLine::addPlacement() {
  return flag("pin", "each thread but the first stays on one processor")
      .value("weights", "PLACE",
             "mapped (default: as the system has the file in memory), copied (into huge pages),\n"
             "per-node (a copy on each NUMA node; pins threads)");
}

void CommandLine::placement(v4_session_options &options) const {
  options.pin_threads = has("pin");
  std::string place = has("weights") ? text("weights") : "mapped";
  if (place == "mapped")
    options.weights = V4_WEIGHTS_MAPPED;
  else if (place == "copied")
    options.weights = V4_WEIGHTS_COPIED;
  else if (place == "per-node")
    options.weights = V4_WEIGHTS_PER_NODE;
  else
    throw UsageError("option --weights is '" + place.substr(0, 40) + "', wanted mapped, copied or per-node");
}

const char *CommandLine::device() const {
  return has("device") ? given["device"].as<std::string>().c_str() : nullptr;
}

} // namespace v4run
