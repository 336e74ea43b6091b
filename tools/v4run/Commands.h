// The subcommands. Each takes the arguments behind its name, and throws Failure, UsageError or v4::Error.
#pragma once

#include <string>
#include <vector>

namespace v4run {

using Arguments = std::vector<std::string>;

void benchCommand(const Arguments &arguments);
void chatCommand(const Arguments &arguments);
void encodeCommand(const Arguments &arguments);
void evalCommand(const Arguments &arguments);
void generateCommand(const Arguments &arguments);
void inspectCommand(const Arguments &arguments);
void packCommand(const Arguments &arguments);
void parseCommand(const Arguments &arguments);
void profileCommand(const Arguments &arguments);
void tokenizeCommand(const Arguments &arguments);
void verifyCommand(const Arguments &arguments);

} // namespace v4run
