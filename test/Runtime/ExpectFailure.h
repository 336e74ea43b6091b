#pragma once

#include "runtime/Status.h"

#include <gtest/gtest.h>
#include <string>

namespace v4test {

/// `text`: a part of the message.
inline void expectFailure(const v4rt::Status &status, v4_status code, const std::string &text) {
  EXPECT_EQ(status.code(), code);
  EXPECT_NE(status.text().find(text), std::string::npos) << status.text();
}

} // namespace v4test
