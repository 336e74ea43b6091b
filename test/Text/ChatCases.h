// Short names for the protocol's tokens, and messages written as JSON.
#pragma once

#include "runtime/text/ChatEncoder.h"
#include "runtime/text/ChatProtocol.h"

#include <gtest/gtest.h>

namespace v4test {

using namespace v4rt::text;

inline constexpr ChatMode kNon = ChatMode::nonThink, kHigh = ChatMode::thinkHigh, kMax = ChatMode::thinkMax;

inline const std::string B(kBeginOfSentence), E(kEndOfSentence), U(kUser), A(kAssistant), R(kLatestReminder);

inline Json json(const std::string &text) {
  Json value;
  std::string error;
  EXPECT_TRUE(parseJson(text, value, error)) << error << ": " << text;
  return value;
}

inline const char kCallBlock[] = R"(<｜DSML｜tool_calls>
<｜DSML｜invoke name="add">
<｜DSML｜parameter name="x" string="false">1</｜DSML｜parameter>
<｜DSML｜parameter name="s" string="true">hi</｜DSML｜parameter>
<｜DSML｜parameter name="l" string="false">[1, 2]</｜DSML｜parameter>
</｜DSML｜invoke>
</｜DSML｜tool_calls>)";

} // namespace v4test
