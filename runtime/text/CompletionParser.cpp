#include "runtime/text/CompletionParser.h"

#include "runtime/text/ChatProtocol.h"

#include <algorithm>

namespace v4rt::text {

static constexpr std::string_view kBlock = "\n\n<｜DSML｜tool_calls", kBlockEnd = "</｜DSML｜tool_calls>";
static constexpr std::string_view kInvoke = "<｜DSML｜invoke name=\"", kInvokeEnd = "</｜DSML｜invoke>\n";
static constexpr std::string_view kParameter = "<｜DSML｜parameter name=\"";
static constexpr std::string_view kParameterEnd = "</｜DSML｜parameter>\n";

CompletionParser::CompletionParser(ChatMode mode)
    : state_(mode == ChatMode::nonThink ? State::content : State::reasoning) {}

void CompletionParser::feed(std::string_view bytes, std::vector<CompletionEvent> &events) {
  buffer_ += bytes;
  run(events);
}

void CompletionParser::finish(std::vector<CompletionEvent> &events) {
  isFinished_ = true;
  run(events);
  if (state_ == State::reasoning)
    violate("the reasoning has no </think>");
  else if (state_ == State::content)
    violate("the end token is missing");
}

void CompletionParser::run(Events &events) {
  while (step(events))
    ;
  buffer_.erase(0, unit_);
  at_ -= unit_;
  searched_ -= std::min(searched_, unit_);
  unit_ = 0;
}

bool CompletionParser::step(Events &events) {
  switch (state_) {
  case State::reasoning:
    return scanReasoning(events);
  case State::content:
    return scanContent(events);
  case State::blockHead:
    return scanBlockHead();
  case State::item:
    return scanItem();
  case State::name:
    return scanName();
  case State::body: // of a call without parameters: an empty line
    if (take("\n") == Found::undecided)
      return false;
    enter(State::parameters, at_);
    return true;
  case State::parameters:
    return scanBody(events);
  case State::key:
    return scanUntil("\" string=\"", key_, State::flag);
  case State::flag:
    return scanFlag();
  case State::value:
    return scanUntil(kParameterEnd, value_, State::parameters);
  case State::blockEnd:
    return scanBlockEnd();
  case State::ended:
    if (unit_ < buffer_.size())
      violate("there is text after the end token");
    emit(CompletionEvent::Kind::content, buffer_.size(), events);
    return false;
  }
  return false;
}

bool CompletionParser::scanReasoning(Events &events) {
  std::string_view tag;
  size_t end = findFirst({kEndThink, kEndOfSentence}, tag);
  emit(CompletionEvent::Kind::reasoning, tag.empty() ? searched_ : end, events);
  if (tag.empty())
    return false;
  unit_ = end + tag.size();
  if (tag == kEndThink) {
    enter(State::content, unit_);
    return true;
  }
  violate("the reasoning has no </think>");
  sawEnd_ = true;
  enter(State::ended, unit_);
  return true;
}

bool CompletionParser::scanContent(Events &events) {
  std::string_view tag;
  // Behind a malformed call, the block it was in may go on.
  size_t end = isInBlock_ ? findFirst({kEndOfSentence, kBlock, kInvoke, kBlockEnd}, tag)
                          : findFirst({kEndOfSentence, kBlock}, tag);
  if (tag == kBlockEnd)
    end += tag.size();
  emit(CompletionEvent::Kind::content, tag.empty() ? searched_ : end, events);
  if (tag.empty())
    return false;
  if (tag == kEndOfSentence) {
    unit_ = end + tag.size();
    sawEnd_ = true;
    enter(State::ended, unit_);
  } else if (tag == kBlock) {
    isInBlock_ = false;
    enter(State::blockHead, end + tag.size());
  } else if (tag == kInvoke) {
    enter(State::item, end);
  } else {
    isInBlock_ = false;
    enter(State::content, end);
  }
  return true;
}

bool CompletionParser::scanBlockHead() {
  Found found = take(">\n");
  if (found == Found::no)
    return malformed("the tag of the tool calls is malformed");
  if (found == Found::undecided)
    return false;
  isInBlock_ = true;
  enter(State::item, at_);
  return true;
}

bool CompletionParser::scanItem() {
  Found call = take(kInvoke), end = call == Found::yes ? Found::no : take(kBlockEnd);
  if (call == Found::yes) {
    name_.clear();
    arguments_.clear();
    keys_.clear();
    enter(State::name, at_);
  } else if (end == Found::yes) {
    isInBlock_ = false;
    unit_ = at_;
    enter(State::blockEnd, at_);
  } else if (call == Found::no && end == Found::no) {
    return malformed("the tool calls have something that is no call");
  } else {
    return false;
  }
  return true;
}

bool CompletionParser::scanName() {
  std::string_view tag;
  size_t end = findFirst({"\">\n", "\n", kDsml}, tag);
  if (tag.size() != 3 || tag[0] != '"')
    return tag.empty() && !isFinished_ ? false : malformed("the name of a tool call is malformed");
  name_ = buffer_.substr(at_, end - at_);
  enter(State::body, end + tag.size());
  return true;
}

bool CompletionParser::scanBody(Events &events) {
  Found parameter = take(kParameter), end = parameter == Found::yes ? Found::no : take(kInvokeEnd);
  if (parameter == Found::yes) {
    enter(State::key, at_);
  } else if (end == Found::yes) {
    completeCall(events);
    unit_ = at_;
    enter(State::item, at_);
  } else if (parameter == Found::no && end == Found::no) {
    return malformed("a tool call has something that is no parameter");
  } else {
    return false;
  }
  return true;
}

bool CompletionParser::scanFlag() {
  Found yes = take("true\">"), no = yes == Found::yes ? Found::no : take("false\">");
  if (yes == Found::no && no == Found::no)
    return malformed("a parameter's string is neither true nor false");
  if (yes != Found::yes && no != Found::yes)
    return false;
  isText_ = yes == Found::yes;
  if (std::find(keys_.begin(), keys_.end(), key_) != keys_.end())
    return malformed("a parameter is given twice");
  keys_.push_back(key_);
  enter(State::value, at_);
  return true;
}

bool CompletionParser::scanUntil(std::string_view tag, std::string &text, State next) {
  bool isValue = state_ == State::value;
  std::string_view found;
  // An unfinished value is met again by every call inside it.
  size_t end = isValue && lacksValueEnd_ ? std::string::npos : findFirst({tag}, found);
  if (found.empty()) {
    lacksValueEnd_ = isFinished_ && isValue;
    return isFinished_ ? malformed("a tool call is cut off") : false;
  }
  text = buffer_.substr(at_, end - at_);
  if (isValue)
    arguments_ += (keys_.size() > 1 ? ", " : "") + dumpJson(key_) + ": " + (isText_ ? dumpJson(text) : text);
  enter(next, end + tag.size());
  return true;
}

bool CompletionParser::scanBlockEnd() {
  Found found = take(kEndOfSentence);
  if (found == Found::undecided || (found == Found::no && at_ == buffer_.size()))
    return false;
  sawEnd_ = found == Found::yes;
  if (sawEnd_) {
    unit_ = at_;
    enter(State::ended, at_);
    return true;
  }
  violate("there is text after the tool calls");
  enter(State::content, at_);
  return true;
}

// The malformed text is looked at once more, as content, from behind the tag that was wrong about what
// follows it.
bool CompletionParser::malformed(const char *what) {
  violate(what);
  enter(State::content, at_ == unit_ ? unit_ : unit_ + 1);
  return true;
}

CompletionParser::Found CompletionParser::take(std::string_view tag) {
  size_t bytes = std::min(tag.size(), buffer_.size() - at_);
  if (buffer_.compare(at_, bytes, tag.substr(0, bytes)) != 0)
    return Found::no;
  if (bytes < tag.size())
    return isFinished_ ? Found::no : Found::undecided;
  at_ += bytes;
  return Found::yes;
}

// The first of `tags` from at_ on, which becomes `found`. Otherwise `found` is empty, and searched_ says
// where a tag may begin that the next bytes complete.
size_t CompletionParser::findFirst(std::initializer_list<std::string_view> tags, std::string_view &found) {
  std::string starts;
  for (std::string_view tag : tags)
    starts.push_back(tag[0]);
  found = {};
  searched_ = std::max(searched_, at_);
  while ((searched_ = buffer_.find_first_of(starts, searched_)) != std::string::npos) {
    size_t left = buffer_.size() - searched_;
    for (std::string_view tag : tags) {
      size_t bytes = std::min(tag.size(), left);
      if (buffer_.compare(searched_, bytes, tag.substr(0, bytes)) != 0 || (bytes < tag.size() && isFinished_))
        continue;
      if (bytes == tag.size())
        found = tag;
      return searched_;
    }
    ++searched_;
  }
  return searched_ = buffer_.size();
}

void CompletionParser::emit(CompletionEvent::Kind kind, size_t end, Events &events) {
  if (end > unit_) {
    if (events.empty() || events.back().kind != kind)
      events.push_back({kind, "", {}});
    events.back().text += std::string_view(buffer_).substr(unit_, end - unit_);
  }
  unit_ = end;
  at_ = std::max(at_, end);
}

void CompletionParser::enter(State state, size_t at) {
  state_ = state;
  at_ = searched_ = at;
}

void CompletionParser::completeCall(Events &events) {
  CompletionEvent event;
  event.kind = CompletionEvent::Kind::toolCall;
  event.call = {"call_" + std::to_string(calls_++), name_, "{" + arguments_ + "}"};
  events.push_back(std::move(event));
}

void CompletionParser::violate(const char *what) {
  if (violation_.empty())
    violation_ = what;
}

FinishReason CompletionParser::finishReason() const {
  bool isComplete = sawEnd_ || (state_ == State::blockEnd && calls_ > 0);
  return !isComplete ? FinishReason::length : calls_ > 0 ? FinishReason::toolCalls : FinishReason::stop;
}

Completion parseCompletion(std::string_view text, ChatMode mode) {
  CompletionParser parser(mode);
  std::vector<CompletionEvent> events;
  parser.feed(text, events);
  parser.finish(events);
  Completion completion;
  for (CompletionEvent &event : events) {
    if (event.kind == CompletionEvent::Kind::toolCall)
      completion.calls.push_back(std::move(event.call));
    else
      (event.kind == CompletionEvent::Kind::reasoning ? completion.reasoning : completion.content) +=
          event.text;
  }
  completion.finish = parser.finishReason();
  completion.violation = parser.violation();
  for (std::string_view token : {kBeginOfSentence, kEndOfSentence, kThink, kEndThink, kDsml})
    for (const std::string *part : {&completion.reasoning, &completion.content})
      if (completion.violation.empty() && part->find(token) != std::string::npos)
        completion.violation = "there is a stray " + std::string(token);
  return completion;
}

} // namespace v4rt::text
