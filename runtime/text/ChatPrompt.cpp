#include "runtime/text/ChatPrompt.h"

#include "runtime/text/ChatProtocol.h"

namespace v4rt::text {

void ChatPrompt::control(std::string_view token) { segments_.push_back({std::string(token), true}); }

void ChatPrompt::plain(std::string_view text) {
  if (text.empty())
    return;
  if (segments_.empty() || segments_.back().isControl)
    segments_.push_back({std::string(text), false});
  else
    segments_.back().text += text;
}

void ChatPrompt::protocol(std::string_view text) {
  while (!text.empty()) {
    size_t first = std::string_view::npos;
    std::string_view token;
    for (std::string_view candidate : {kThink, kEndThink, kDsml})
      if (size_t at = text.find(candidate); at < first) {
        first = at;
        token = candidate;
      }
    plain(text.substr(0, first));
    if (token.empty())
      return;
    control(token);
    text.remove_prefix(first + token.size());
  }
}

std::string ChatPrompt::text() const {
  std::string all;
  for (const Segment &segment : segments_)
    all += segment.text;
  return all;
}

} // namespace v4rt::text
