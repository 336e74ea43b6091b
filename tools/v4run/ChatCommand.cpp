// v4run chat: a conversation in the terminal, or one message a line from a pipe.
#include "tools/v4run/ChatInput.h"
#include "tools/v4run/CommandLine.h"
#include "tools/v4run/Commands.h"
#include "tools/v4run/Conversation.h"
#include "tools/v4run/Failure.h"
#include "tools/v4run/LineEditor.h"
#include "tools/v4run/Progress.h"
#include "tools/v4run/SamplingLine.h"
#include "tools/v4run/Terminal.h"
#include "tools/v4run/TokenizerSource.h"

#include <csignal>
#include <cstring>
#include <optional>
#include <unistd.h>

namespace v4run {

using namespace v4rt::text;

static volatile std::sig_atomic_t interrupts = 0;

static void countInterrupt(int) { interrupts = interrupts + 1; }

namespace {

const char kHelp[] = "/mode [MODE]  show or change how much it thinks: non-think, think-high, think-max\n"
                     "/reset        forget the conversation\n"
                     "/stats        tokens, reuse and speed of the last answer\n"
                     "/help         this\n"
                     "/quit         leave, as Ctrl-D does\n"
                     "Ctrl-C stops an answer. Alt-Enter starts a new line. // begins a message with /.\n";

/// Prints an answer as it comes.
class Printer final : public Conversation::Listener {
public:
  Printer(bool showsReasoning, bool dims) : showsReasoning(showsReasoning), dims(dims) {}

  bool prompt(size_t done, size_t total) override {
    progress->update(done, total);
    return interrupts == 0;
  }

  bool goesOn() override { return interrupts == 0; }

  void event(const CompletionEvent &event) override {
    progress->clear();
    if (event.kind == CompletionEvent::Kind::reasoning) {
      if (showsReasoning)
        reasoning(event.text);
      return;
    }
    endReasoning();
    write(event.kind == CompletionEvent::Kind::toolCall
              ? "\n[call " + event.call.name + " " + event.call.arguments + "]"
              : event.text);
  }

  void begin() { progress.emplace("reading", "tokens"); }

  void end() {
    progress.reset();
    if (isReasoning && dims)
      writeOutput("\x1b[0m");
    isReasoning = false;
    writeOutput("\n");
  }

private:
  void write(const std::string &text) const { writeOutput(isTerminal ? harmless(text) : text); }

  void reasoning(const std::string &text) {
    if (!isReasoning)
      writeOutput(dims ? "\x1b[2m" : "[reasoning]\n");
    isReasoning = true;
    write(text);
  }

  void endReasoning() {
    if (isReasoning)
      writeOutput(dims ? "\x1b[0m\n\n" : "\n[answer]\n");
    isReasoning = false;
  }

  bool showsReasoning, dims, isReasoning = false, isTerminal = isatty(STDOUT_FILENO);
  std::optional<Progress> progress;
};

class Chat {
public:
  Chat(const CommandLine &line, const v4::Model &model)
      : isTerminal(isatty(STDIN_FILENO) && isatty(STDOUT_FILENO)), mode(chatMode(line)), info(model.info()),
        conversation(model, loadTokenizer(model, line.text("artifact")), options(line)),
        printer(isatty(STDOUT_FILENO) || line.has("show-reasoning"), hasColours()) {
    std::string note;
    if (isTerminal)
      history.open(line.text("history"), note);
    if (!note.empty())
      fprintf(stderr, "v4run: note: %s\n", note.c_str());
  }

  void run() {
    struct sigaction action = {};
    action.sa_handler = countInterrupt; // no SA_RESTART: a read from a pipe ends
    sigaction(SIGINT, &action, nullptr);
    if (isTerminal)
      writeOutput("Type a message; /help lists commands.\n");
    for (std::string line; next(line);) {
      if (line.empty())
        continue;
      history.add(line);
      if (line[0] == '/' && line.compare(0, 2, "//") != 0) {
        if (!command(line))
          return;
      } else {
        answer(line[0] == '/' ? line.substr(1) : line);
      }
    }
  }

private:
  static bool hasColours() {
    const char *term = getenv("TERM");
    return isatty(STDOUT_FILENO) && !getenv("NO_COLOR") && term && strcmp(term, "dumb") != 0;
  }

  Conversation::Options options(const CommandLine &line) const {
    Conversation::Options options;
    options.generator.threads = line.threads();
    options.generator.session.device = line.device();
    line.placement(options.generator.session);
    options.generator.endToken = info.eos_token;
    options.generator.promptStep = info.max_step_tokens; // Ctrl-C is looked at in between
    options.sampling = samplingOptions(line, info.vocab_size);
    options.stops = stopStrings(line);
    options.mostTokens = static_cast<size_t>(line.integer("max-tokens", INT32_MAX, 1, INT32_MAX));
    options.system = line.text("system");
    options.chat.mode = mode;
    options.chat.keepReasoning = line.has("keep-reasoning");
    return options;
  }

  /// False at the end of the conversation.
  bool next(std::string &line) {
    for (;;) {
      LineResult result = isTerminal ? editLine("> ", history, line) : readLine(line);
      if (result != LineResult::interrupt)
        return result == LineResult::line;
      if (!line.empty()) {
        wasInterrupted = false;
        continue;
      }
      if (wasInterrupted)
        return false;
      wasInterrupted = true;
      writeOutput("(Ctrl-C again, or Ctrl-D, leaves)\n");
    }
  }

  /// False: leave.
  bool command(const std::string &line) {
    size_t space = line.find(' ');
    std::string name = line.substr(0, space);
    std::string argument = space == line.npos ? "" : line.substr(space + 1);
    if (name == "/quit" || name == "/exit")
      return false;
    if (name == "/help")
      writeOutput(kHelp);
    else if (name == "/stats")
      writeOutput(stats());
    else if (name == "/reset")
      conversation.reset();
    else if (name == "/mode")
      changeMode(argument);
    else
      writeOutput("there is no command " + name.substr(0, 40) + ", /help lists them\n");
    return true;
  }

  void changeMode(const std::string &name) {
    static constexpr const char *kNames[] = {"non-think", "think-high", "think-max"};
    if (name.empty())
      writeOutput(std::string("the mode is ") + kNames[static_cast<int>(mode)] + "\n");
    else if (parseChatMode(name, mode))
      conversation.setMode(mode);
    else
      writeOutput("there is no mode '" + name.substr(0, 40) + "', wanted " + kModes + "\n");
  }

  std::string stats() const {
    const Conversation::Turn &turn = conversation.lastTurn();
    char text[400];
    snprintf(text, sizeof text,
             "prompt       %zu tokens, %zu of them held from before; %.0f tokens/s\n"
             "answer       %zu tokens; %.1f tokens/s\n"
             "conversation %zu messages, %zu tokens generated\n"
             "context      %zu of %u tokens held\n",
             turn.promptTokens, turn.reusedTokens,
             perSecond(turn.promptTokens - turn.reusedTokens, turn.prefill), turn.tokens,
             perSecond(turn.steps, turn.decode), conversation.messageCount(), conversation.generated(),
             conversation.held(), info.max_context);
    return text;
  }

  void answer(const std::string &message) {
    interrupts = 0;
    wasInterrupted = false;
    printer.begin();
    bool began = false;
    try {
      began = conversation.answer(message, printer);
    } catch (const Failure &failure) {
      // A person can do something about it; a script is told by the exit status.
      if (!isTerminal)
        throw;
      printer.end();
      writeOutput(std::string(failure.what()) + "\n");
      return;
    }
    printer.end();
    if (interrupts == 0)
      return note(conversation.lastTurn().end);
    wasInterrupted = true;
    if (isTerminal)
      writeOutput(began ? "(stopped)\n" : "(stopped before the answer; the message is forgotten)\n");
  }

  void note(Generator::End end) const {
    if (isTerminal && end == Generator::End::context)
      writeOutput("(the context is full: /reset starts anew)\n");
    else if (isTerminal && end == Generator::End::length)
      writeOutput("(cut off at --max-tokens)\n");
  }

  bool isTerminal, wasInterrupted = false;
  ChatMode mode;
  v4_model_info_t info;
  Conversation conversation;
  Printer printer;
  History history;
};

} // namespace

void chatCommand(const Arguments &arguments) {
  CommandLine line(
      "chat OUT.v4 [option...]",
      "A conversation in the terminal; from a pipe or file each line is a message, and the answers alone\n"
      "are printed. Ctrl-C stops an answer; at an empty prompt a second one leaves, as Ctrl-D does. What\n"
      "the sequence holds is used again as long as the new prompt only adds to it. /help lists commands.");
  line.positional("artifact")
      .value("mode", "MODE", "non-think (default), think-high or think-max")
      .flag("keep-reasoning", "reasoning of earlier answers stays in the prompt")
      .flag("show-reasoning", "print reasoning also where the output is no terminal")
      .value("system", "TEXT", "the system message")
      .value("history", "FILE", "lines typed before ($XDG_STATE_HOME/v4run/history)")
      .value("max-tokens", "N", "tokens of an answer at most (what the context holds)")
      .values("stop", "TEXT", "end an answer before this text; may be repeated");
  addSamplingOptions(line);
  line.value("threads", "N", "threads that compute (one a processor)");
  line.value("device", "NAME",
             "cpu, cuda, or sim, which checks kernels for a GPU on the CPU (as the artifact is)");
  line.addPlacement();
  if (!line.parse(arguments))
    return;
  (void)chatMode(line); // a wrong option before a long load
  v4::Model model(line.text("artifact"));
  Chat(line, model).run();
}

} // namespace v4run
