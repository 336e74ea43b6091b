// A prompt: the text of a conversation, with the places where control tokens were meant.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace v4rt::text {

/// A control segment is the text of exactly one added token. Everything else lies in text segments, each as
/// long as possible (no two of them in a row): they are tokenised whole, with control-token matching off, so
/// that a control token's name inside a message stays ordinary text.
struct Segment {
  std::string text;
  bool isControl = false;
};

class ChatPrompt {
public:
  void control(std::string_view token);
  /// Ordinary text: messages, schemas, names.
  void plain(std::string_view text);
  /// Text of the protocol itself: `<think>`, `</think>` and `｜DSML｜` in it are control tokens.
  void protocol(std::string_view text);

  const std::vector<Segment> &segments() const { return segments_; }
  std::string text() const;

private:
  std::vector<Segment> segments_;
};

} // namespace v4rt::text
