// Lines from a person at a terminal, with a history; or from a file or pipe.
#pragma once

#include <string>
#include <vector>

namespace v4run {

/// Writes all of it to the standard output, whatever signals come. Throws Failure.
void writeOutput(const std::string &text);

class History {
public:
  /// `path`: of --history; empty: v4run/history in the folder of XDG_STATE_HOME. A file that cannot be read
  /// or written means no more than that nothing is remembered; `note` then says why.
  void open(const std::string &path, std::string &note);
  /// Not twice in a row.
  void add(const std::string &line);
  const std::vector<std::string> &lines() const { return entries; }

private:
  std::string path; // empty: kept in memory alone
  std::vector<std::string> entries;
};

enum class LineResult { line, interrupt, end };

/// Edits a line on the terminal, the standard input and output.
LineResult editLine(const std::string &prompt, const History &history, std::string &line);

/// The next line of the standard input; without its end.
LineResult readLine(std::string &line);

} // namespace v4run
