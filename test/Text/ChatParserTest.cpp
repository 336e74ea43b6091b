// Completions: what was encoded is found again, in any pieces, and no text is lost by any cut.
#include "runtime/text/CompletionParser.h"
#include "test/Text/ChatCases.h"

#include <random>

namespace v4test {
namespace {

const std::string kCalls = std::string("\n\n") + kCallBlock;

// Events as text, bytes in a row joined.
std::string events(const std::string &text, ChatMode mode, size_t piece, FinishReason &reason) {
  CompletionParser parser(mode);
  std::vector<CompletionEvent> found;
  for (size_t i = 0; i < text.size(); i += piece)
    parser.feed(std::string_view(text).substr(i, piece), found);
  parser.finish(found);
  reason = parser.finishReason();
  std::string out;
  const char *last = "";
  for (const CompletionEvent &event : found) {
    if (event.kind == CompletionEvent::Kind::toolCall) {
      out += "[call]" + event.call.id + " " + event.call.name + " " + event.call.arguments;
      last = "";
      continue;
    }
    const char *kind = event.kind == CompletionEvent::Kind::reasoning ? "[reasoning]" : "[content]";
    out += (std::string(kind) == last ? "" : kind) + event.text;
    last = kind;
  }
  return out;
}

std::string events(const std::string &text, ChatMode mode = kNon) {
  FinishReason whole, bytes;
  std::string out = events(text, mode, text.size() + 1, whole);
  EXPECT_EQ(events(text, mode, 1, bytes), out);
  EXPECT_EQ(events(text, mode, 7, bytes), out);
  EXPECT_EQ(whole, bytes);
  const char *name = whole == FinishReason::stop        ? "stop"
                     : whole == FinishReason::toolCalls ? "calls"
                                                        : "length";
  return out + "[" + name + "]";
}

TEST(CompletionParser, WellFormed) {
  const std::string add = R"([call]call_0 add {"x": 1, "s": "hi", "l": [1, 2]})";
  EXPECT_EQ(events("Hello" + E), "[content]Hello[stop]");
  EXPECT_EQ(events("why</think>Sure." + kCalls + E, kHigh), "[reasoning]why[content]Sure." + add + "[calls]");
  EXPECT_EQ(events(kCalls), add + "[calls]"); // the end token may be missing behind calls
  EXPECT_EQ(events("\n\n<｜DSML｜tool_calls>\n<｜DSML｜invoke name=\"f\">\n\n</｜DSML｜invoke>\n"
                   "<｜DSML｜invoke name=\"g\">\n<｜DSML｜parameter name=\"p\" string=\"true\">a \"q\"\n<b>"
                   "</｜DSML｜parameter>\n</｜DSML｜invoke>\n</｜DSML｜tool_calls>"),
            "[call]call_0 f {}[call]call_1 g {\"p\": \"a \\\"q\\\"\\n<b>\"}[calls]");
}

std::string replaced(std::string text, const std::string &from, const std::string &to) {
  return text.replace(text.find(from), from.size(), to);
}

TEST(CompletionParser, Malformed) {
  for (const std::string &text :
       {replaced(kCalls, "name=\"s\" string=\"true\"", "name=\"x\" string=\"true\""),
        replaced(kCalls, "\"false\"", "\"maybe\""), replaced(kCalls, "tool_calls>", "tool_calls "),
        replaced(kCalls, "</｜DSML｜invoke>", ""), replaced(kCalls, "add", "a\ndd"),
        replaced(kCalls, "</｜DSML｜parameter>\n</", "</")})
    EXPECT_EQ(events("a" + text + E), "[content]a" + text + "[stop]");
  EXPECT_EQ(events("no end"), "[content]no end[length]");
  EXPECT_EQ(events("no closing" + E, kHigh), "[reasoning]no closing[stop]");
  EXPECT_EQ(events("x" + E + "y"), "[content]xy[stop]");
  // A malformed call leaves the ones around it alone.
  std::string first = "\n\n<｜DSML｜tool_calls>\n<｜DSML｜invoke name=\"f\">\n\n</｜DSML｜invoke>\n";
  std::string bad = "<｜DSML｜invoke name=\"g\">\nwhat\n</｜DSML｜invoke>\n";
  std::string last = "<｜DSML｜invoke name=\"h\">\n\n</｜DSML｜invoke>\n</｜DSML｜tool_calls>";
  EXPECT_EQ(events(first + bad + last + E), "[call]call_0 f {}[content]" + bad + "[call]call_1 h {}[calls]");
}

TEST(CompletionParser, Violations) {
  EXPECT_EQ(parseCompletion("ok" + E, kNon).violation, "");
  EXPECT_EQ(parseCompletion("r</think>ok" + kCalls, kHigh).violation, "");
  for (const std::string &text : {std::string("no end"), "x" + E + "y", "a<think>b" + E, kCalls + "x" + E,
                                  kCalls + " ", replaced(kCalls, "\"false\"", "\"maybe\"") + E})
    EXPECT_NE(parseCompletion(text, kNon).violation, "") << text;
  for (const std::string &text : {"no closing" + E, "r<think></think>b" + E, kCalls + "</think>"})
    EXPECT_NE(parseCompletion(text, kHigh).violation, "") << text;
}

void removeAll(std::string &text, const std::string &part) {
  for (size_t at; (at = text.find(part)) != std::string::npos;)
    text.erase(at, part.size());
}

// Put together again, the events are the text, but for the tags that the parser consumes.
TEST(CompletionParser, CutsLoseNothing) {
  std::string call = std::string(kCallBlock).substr(std::string("<｜DSML｜tool_calls>\n").size());
  call.resize(call.find("</｜DSML｜tool_calls>"));
  const std::string text = "why</th</think>Sü\n\n<re" + kCalls.substr(0, kCalls.find(call)) + call + call +
                           "</｜DSML｜tool_calls>" + E;
  for (size_t cut = 0; cut <= text.size(); ++cut) {
    std::string wanted = text.substr(0, cut);
    CompletionParser parser(kHigh);
    std::vector<CompletionEvent> found;
    for (char c : wanted)
      parser.feed(std::string_view(&c, 1), found);
    parser.finish(found);
    std::string out;
    for (const CompletionEvent &event : found)
      out += event.kind == CompletionEvent::Kind::toolCall ? call : event.text;
    for (const std::string &tag : {std::string("</think>"), std::string("\n\n<｜DSML｜tool_calls>\n"),
                                   std::string("</｜DSML｜tool_calls>"), E}) {
      removeAll(wanted, tag);
      removeAll(out, tag);
    }
    EXPECT_EQ(out, wanted) << "cut at " << cut;
  }
}

// Damaged anywhere, it is read the same in any pieces.
TEST(CompletionParser, DamagedInPieces) {
  const std::string tags[] = {"</think>", "\n\n<｜DSML｜tool_calls>\n", "</｜DSML｜tool_calls>", E};
  const std::string sound = "why</think>Sü\n\n<re" + kCalls + E;
  std::mt19937 random(11);
  for (int round = 0; round < 3000; ++round) {
    std::string text = sound;
    for (unsigned changes = 1 + random() % 3; changes && !text.empty(); --changes) {
      size_t at = random() % text.size(), length = 1 + random() % 20;
      if (random() % 3 == 0)
        text.erase(at, length);
      else if (random() % 2)
        text.insert(at, tags[random() % 4]);
      else
        text.insert(at, text.substr(random() % text.size(), length));
    }
    std::string found = events(text, round % 2 ? kHigh : kNon);
    Completion whole = parseCompletion(text, round % 2 ? kHigh : kNon);
    EXPECT_EQ(whole.calls.empty(), found.find("[call]call_0") == found.npos);
  }
}

} // namespace
} // namespace v4test
