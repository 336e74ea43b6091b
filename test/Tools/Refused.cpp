#include "test/Tools/Refused.h"

#include "test/Support/Process.h"

#include <algorithm>
#include <filesystem>
#include <gtest/gtest.h>

namespace v4test {

namespace fs = std::filesystem;

void expectRefused(const std::vector<std::string> &command, const std::vector<std::string> &words,
                   const std::string &outputFolder, const std::vector<std::string> &environment) {
  Finished finished = run(command, environment);
  std::string name = fs::path(command[0]).filename().string();
  EXPECT_GT(finished.exitCode, 0) << name << " accepted it";
  EXPECT_LT(finished.exitCode, 126) << name << " crashed: " << finished.err;
  EXPECT_EQ(std::count(finished.err.begin(), finished.err.end(), '\n'), 1) << finished.err;
  EXPECT_EQ(finished.err.rfind(name + ": ", 0), 0u) << finished.err;
  EXPECT_LE(finished.err.size(), 600u) << finished.err;
  EXPECT_EQ(finished.out, "");
  for (const std::string &word : words)
    EXPECT_NE(finished.err.find(word), std::string::npos) << "no '" << word << "' in: " << finished.err;
  for (const fs::directory_entry &left : fs::directory_iterator(outputFolder))
    ADD_FAILURE() << "left behind: " << left.path();
}

} // namespace v4test
