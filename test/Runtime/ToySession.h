// A session over the toy model, for tests through the C API.
#pragma once

#include "runtime/include/v4.hpp"
#include "test/Runtime/ToyArtifact.h"
#include "test/Support/Scratch.h"

#include <gtest/gtest.h>

namespace v4test {

/// Writes the toy artifact to a scratch folder of this name and returns its path.
inline std::string toyArtifact(const std::string &folder, const ManifestSpec &manifest = toyManifest()) {
  std::string path = scratchFolder(folder) + "/toy.v4";
  v4rt::Status status = writeArtifact(path, manifest);
  EXPECT_TRUE(status.ok()) << status.text();
  return path;
}

/// Token ids that look like nothing in particular.
inline std::vector<int> toyTokens(int count, int seed = 1) {
  std::vector<int> tokens;
  for (int i = 0; i < count; ++i)
    tokens.push_back((i * i * 7 + i * 3 + seed * 5) % kVocab);
  return tokens;
}

/// Feeds tokens [first, last) of a sequence to a slot in one step, each wanting logits, and appends the rows.
inline void feed(v4::Session &session, int slot, const std::vector<int> &tokens, int first, int last,
                 std::vector<std::vector<float>> &rows) {
  std::vector<v4_token> step;
  for (int i = first; i < last; ++i)
    step.push_back({slot, i, tokens[i], 1});
  session.step(step);
  v4::Session::Logits logits = session.logits();
  ASSERT_EQ(logits.count, step.size());
  for (size_t i = 0; i < logits.count; ++i)
    rows.emplace_back(logits.rows + i * kVocab, logits.rows + (i + 1) * kVocab);
}

/// Logits of all positions, in steps of `chunk` tokens.
inline std::vector<std::vector<float>> run(v4::Session &session, int slot, const std::vector<int> &tokens,
                                           int chunk) {
  std::vector<std::vector<float>> rows;
  for (int first = 0; first < int(tokens.size()); first += chunk)
    feed(session, slot, tokens, first, std::min<int>(first + chunk, tokens.size()), rows);
  return rows;
}

inline std::vector<std::vector<float>> expectedRows(const std::vector<int> &tokens) {
  std::vector<std::vector<float>> rows;
  for (size_t count = 1; count <= tokens.size(); ++count)
    rows.push_back(expectedLogits({tokens.begin(), tokens.begin() + count}));
  return rows;
}

/// The status and text of the failure of `function`; OK if it does not fail.
template <typename Function> v4::Error failureOf(Function function) {
  try {
    function();
  } catch (const v4::Error &error) {
    return error;
  }
  return v4::Error(V4_OK, "");
}

} // namespace v4test
