// Runs artifacts: needs neither LLVM nor the compiler.
#include "runtime/include/v4.hpp"
#include "tools/v4run/Commands.h"
#include "tools/v4run/Failure.h"

#include <cerrno>
#include <cstdio>
#include <cstring>

namespace v4run {

struct Command {
  const char *name;
  const char *summary;
  void (*run)(const Arguments &arguments);
};

static constexpr Command kCommands[] = {
    {"bench", "tokens a second, beside what the machine allows", benchCommand},
    {"chat", "a conversation in the terminal", chatCommand},
    {"encode", "the prompt of a conversation, as text and token ids", encodeCommand},
    {"eval", "logits of given tokens, and values in between, as safetensors", evalCommand},
    {"generate", "text or tokens that follow a prompt", generateCommand},
    {"inspect", "what an artifact holds", inspectCommand},
    {"pack", "put the weights of a checkpoint into an artifact made without", packCommand},
    {"parse", "reasoning, content and tool calls of a completion", parseCommand},
    {"profile", "what each kernel takes of a run", profileCommand},
    {"tokenize", "text to token ids, and back", tokenizeCommand},
    {"verify", "an artifact beside a reference, op by op", verifyCommand},
};

static void printHelp() {
  printf("Usage: v4run COMMAND ARGUMENT...\n\nRuns the artifacts (.v4) that v4c makes.\n\n");
  for (const Command &command : kCommands)
    printf("  %-10s %s\n", command.name, command.summary);
  printf(
      "\n  v4run COMMAND --help   options of a command\n"
      "  v4run --version        version of the runtime\n\n"
      "Exit status: 0; 1 after a failure, 2 if the command line is wrong; one sentence then says why.\n"
      "V4_CPU_VARIANT names the kernels to use instead of the best ones for this processor, V4_DEVICE the\n"
      "device of artifacts for GPUs: cuda or sim.\n");
}

static void run(const Arguments &arguments) {
  if (arguments.empty())
    throw UsageError("no command was given, wanted bench, chat, encode, eval, generate, inspect, pack, "
                     "parse, profile, tokenize or verify "
                     "(see v4run --help)");
  const std::string &name = arguments[0];
  if (name == "--help" || name == "-h" || name == "help")
    return printHelp();
  if (name == "--version") {
    printf("v4run %s\n", v4_version());
    return;
  }
  for (const Command &command : kCommands)
    if (name == command.name)
      return command.run({arguments.begin() + 1, arguments.end()});
  throw UsageError(
      "unknown command '" + name.substr(0, 80) +
      "', wanted bench, chat, encode, eval, generate, inspect, pack, parse, profile, tokenize or verify "
      "(see v4run --help)");
}

// Whatever an exception brought along, one line.
static int report(std::string text, int exitCode) {
  for (char &c : text)
    if (static_cast<unsigned char>(c) < ' ' || c == 0x7f)
      c = '?';
  fprintf(stderr, "v4run: error: %s\n", text.c_str());
  return exitCode;
}

static int guarded(const Arguments &arguments) {
  try {
    run(arguments);
    if (fflush(stdout) != 0 || ferror(stdout))
      throw Failure(std::string("cannot write the standard output: ") + strerror(errno));
    return 0;
  } catch (const UsageError &error) {
    return report(error.what(), 2);
  } catch (const Interrupted &stop) {
    return report(stop.what(), 128 + stop.number);
  } catch (const std::bad_alloc &) {
    return report("out of memory", 1);
  } catch (const std::exception &error) {
    return report(error.what(), 1);
  }
}

} // namespace v4run

int main(int count, char **words) { return v4run::guarded({words + (count > 0), words + count}); }
