// What every refusal looks like.
#pragma once

#include <string>
#include <vector>

namespace v4test {

/// Runs a command that must fail: with an exit status of its own (no signal), with one line on its error
/// stream that begins with the tool's name and has each of `words`, and without leaving anything in
/// `outputFolder`.
void expectRefused(const std::vector<std::string> &command, const std::vector<std::string> &words,
                   const std::string &outputFolder, const std::vector<std::string> &environment = {});

} // namespace v4test
