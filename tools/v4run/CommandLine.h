// The options of a subcommand: what it takes, and numbers checked against their bounds.
#pragma once

#include "runtime/include/v4.h"

#include <boost/program_options.hpp>
#include <cstdint>
#include <string>
#include <vector>

namespace v4run {

/// All values are read as text: numbers are checked here, with messages that say what was wanted.
class CommandLine {
public:
  /// `usage` follows "Usage: v4run "; its first word is the command.
  CommandLine(std::string usage, std::string summary);

  CommandLine &flag(const char *name, const char *help);
  /// `name` may have a short form: "output,o".
  CommandLine &value(const char *name, const char *placeholder, const char *help);
  /// The same, but it may be given several times.
  CommandLine &values(const char *name, const char *placeholder, const char *help);
  /// An argument without a name; all of them are required.
  CommandLine &positional(const char *name);
  /// One that need not be there; the last.
  CommandLine &optional(const char *name);

  /// False if the help was asked for, and printed.
  bool parse(const std::vector<std::string> &arguments);

  bool has(const char *name) const { return given.count(name) != 0; }
  /// Empty if absent.
  std::string text(const char *name) const;
  /// Of an option that may be repeated.
  std::vector<std::string> list(const char *name) const;
  std::string required(const char *name) const;
  int64_t integer(const char *name, int64_t absent, int64_t least, int64_t most) const;
  double number(const char *name, double absent, double least, double most) const;
  /// "512,4k,1M": numbers from `least` to `most`, k being 2^10 and M 2^20.
  std::vector<uint64_t> counts(const char *name, uint64_t least, uint64_t most) const;
  /// --threads N, 0 if absent: one a processor.
  uint32_t threads() const;

  /// --pin and --weights, which addPlacement adds, for a session's options.
  CommandLine &addPlacement();
  void placement(v4_session_options &options) const;

  /// --device NAME, null if absent. Lives as long as this object.
  const char *device() const;

private:
  std::string usage, summary;
  boost::program_options::options_description visible, hidden;
  boost::program_options::positional_options_description places;
  std::vector<std::string> placeNames;
  boost::program_options::variables_map given;
};

} // namespace v4run
