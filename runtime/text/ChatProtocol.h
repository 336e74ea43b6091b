// The constants of the chat protocol (section 9.2 of the specification). Their bytes are fixed.
#pragma once

#include <string_view>

namespace v4rt::text {

inline constexpr std::string_view kBeginOfSentence = "<｜begin▁of▁sentence｜>";
inline constexpr std::string_view kEndOfSentence = "<｜end▁of▁sentence｜>";
inline constexpr std::string_view kUser = "<｜User｜>";
inline constexpr std::string_view kAssistant = "<｜Assistant｜>";
inline constexpr std::string_view kLatestReminder = "<｜latest_reminder｜>";
inline constexpr std::string_view kThink = "<think>";
inline constexpr std::string_view kEndThink = "</think>";
inline constexpr std::string_view kDsml = "｜DSML｜"; // between the angle brackets of tags

/// Before everything else of a prompt in Think Max mode.
extern const std::string_view kMaxPrefix;
/// Around the functions' JSON lines.
extern const std::string_view kToolsHead, kToolsTail;
extern const std::string_view kResponseFormatHead;

/// The control token of a quick task; empty if there is no such task.
std::string_view taskToken(std::string_view task);

} // namespace v4rt::text
