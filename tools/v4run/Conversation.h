// A conversation with a model: messages, and the sequence that holds them.
#pragma once

#include "runtime/text/CompletionParser.h"
#include "tools/v4run/CompletionText.h"
#include "tools/v4run/Generator.h"

namespace v4run {

class Conversation {
public:
  struct Options {
    Generator::Options generator;
    v4rt::SamplingOptions sampling;
    std::vector<std::string> stops;
    size_t mostTokens = INT32_MAX;
    std::string system; // empty: no such message
    v4rt::text::ChatOptions chat;
  };

  /// Of the last answer.
  struct Turn {
    size_t promptTokens = 0, reusedTokens = 0, tokens = 0, steps = 0;
    double prefill = 0, decode = 0; // ms
    Generator::End end = Generator::End::token;
  };

  Conversation(const v4::Model &model, std::unique_ptr<v4rt::text::Tokenizer> tokenizer, Options options);

  /// What is told of an answer while it comes.
  struct Listener {
    virtual ~Listener() = default;
    virtual bool prompt(size_t done, size_t total) = 0; // false stops
    virtual void event(const v4rt::text::CompletionEvent &event) = 0;
    virtual bool goesOn() = 0; // asked after each token
  };

  /// Answers `message`. False if it was stopped before the answer began: the message is then forgotten, as it
  /// is when this throws. An answer that is stopped later stays as far as it came.
  bool answer(const std::string &message, Listener &listener);

  void reset();
  void setMode(v4rt::text::ChatMode mode) { options.chat.mode = mode; }
  const Turn &lastTurn() const { return turn; }
  size_t messageCount() const { return messages.size(); }
  size_t held() const { return generator.held(); }
  size_t generated() const { return generatedTokens; }

private:
  bool prefill(Listener &listener, bool &reasons);
  void complete(Listener &listener, bool reasons);

  std::unique_ptr<v4rt::text::Tokenizer> tokenizer;
  Options options;
  v4rt::text::Encoder encoder;
  Generator generator;
  v4rt::text::Json messages = v4rt::text::Json::array();
  Turn turn;
  size_t generatedTokens = 0;
};

} // namespace v4run
