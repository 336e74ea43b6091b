#include "test/Runtime/ToySession.h"

using namespace v4test;

TEST(Session, ComputesTheToyModel) {
  v4::Model model(toyArtifact("session-toy"));
  v4::Session session(model);
  std::vector<int> tokens = toyTokens(kMaxContext);
  EXPECT_EQ(run(session, 0, tokens, 1), expectedRows(tokens));
  EXPECT_EQ(session.length(0), kMaxContext);
}

TEST(Session, ModelFacts) {
  v4::Model model(toyArtifact("session-facts"));
  v4_model_info_t info = model.info();
  EXPECT_STREQ(info.architecture, "toy");
  EXPECT_STREQ(info.numerics, "hf");
  EXPECT_EQ(info.vocab_size, uint32_t(kVocab));
  EXPECT_EQ(info.max_context, uint32_t(kMaxContext));
  EXPECT_EQ(info.max_step_tokens, uint32_t(kMaxStep));
  EXPECT_EQ(info.weights_packed, 1);
  EXPECT_EQ(info.state_bytes, uint64_t(kRingRows + kEntryRows) * kWidth * 4);
  EXPECT_EQ(v4_model_state_count(model.get()), 2u);
  v4_state_info_t state;
  v4::call(v4_model_state_info, model.get(), size_t(1), &state);
  EXPECT_STREQ(state.name, "entries");
  EXPECT_EQ(state.ratio, uint32_t(kRatio));
  EXPECT_EQ(failureOf([&] { v4::call(v4_model_state_info, model.get(), size_t(2), &state); }).status,
            V4_INVALID_ARGUMENT);
}

TEST(Session, BitsDependOnNeitherChunksNorThreads) {
  v4::Model model(toyArtifact("session-bits"));
  std::vector<int> tokens = toyTokens(37);
  auto wanted = expectedRows(tokens);
  for (uint32_t threads : {1, 2, 3, 5})
    for (int chunk : {1, 2, 3, 5, kMaxStep, kMaxStep + 1, 37}) {
      v4_session_options options = {};
      options.threads = threads;
      v4::Session session(model, options);
      EXPECT_EQ(run(session, 0, tokens, chunk), wanted) << threads << " threads, chunks of " << chunk;
    }
}

TEST(Session, SequencesDoNotDisturbEachOther) {
  v4::Model model(toyArtifact("session-batch"));
  v4_session_options options = {};
  options.max_sequences = 3;
  options.threads = 2;
  v4::Session session(model, options);
  std::vector<int> sequences[] = {toyTokens(20, 1), toyTokens(13, 2), toyTokens(29, 3)};
  std::vector<std::vector<float>> rows[3];
  // All in one step, interleaved, and with lengths that end at different places of the parts.
  std::vector<v4_token> step;
  for (int i = 0; i < 29; ++i)
    for (int slot : {2, 0, 1})
      if (i < int(sequences[slot].size()))
        step.push_back({slot, i, sequences[slot][i], 1});
  session.step(step);
  v4::Session::Logits logits = session.logits();
  ASSERT_EQ(logits.count, step.size());
  for (size_t i = 0; i < step.size(); ++i)
    rows[step[i].slot].emplace_back(logits.rows + i * kVocab, logits.rows + (i + 1) * kVocab);
  for (int slot = 0; slot < 3; ++slot)
    EXPECT_EQ(rows[slot], expectedRows(sequences[slot])) << "slot " << slot;
}

TEST(Session, LogitsOfTheWantedTokensOnly) {
  v4::Model model(toyArtifact("session-wanted"));
  v4::Session session(model);
  std::vector<int> tokens = toyTokens(10);
  auto wanted = expectedRows(tokens);
  std::vector<v4_token> step;
  for (int i = 0; i < 10; ++i)
    step.push_back(
        {0, i, tokens[i], i == 2 || i == 7 || i == 9}); // 6 tokens a part: one of the first, two after
  session.step(step);
  v4::Session::Logits logits = session.logits();
  ASSERT_EQ(logits.count, 3u);
  int row = 0;
  for (int position : {2, 7, 9}) {
    EXPECT_EQ(std::vector<float>(logits.rows + row * kVocab, logits.rows + (row + 1) * kVocab),
              wanted[position]);
    ++row;
  }
  session.step({{0, 10, 3, 0}});
  EXPECT_EQ(session.logits().count, 0u);
}

TEST(Session, BadStepsChangeNothing) {
  v4::Model model(toyArtifact("session-bad"));
  v4_session_options options = {};
  options.max_sequences = 2;
  v4::Session session(model, options);
  std::vector<int> tokens = toyTokens(9);
  std::vector<std::vector<float>> rows;
  feed(session, 0, tokens, 0, 8, rows);

  struct {
    std::vector<v4_token> step;
    v4_status status;
    const char *text;
  } cases[] = {
      {{}, V4_INVALID_ARGUMENT, "the step has no tokens, wanted at least 1"},
      {{{2, 0, 1, 1}}, V4_INVALID_ARGUMENT, "slot 2 does not exist: the session has 2"},
      {{{-1, 0, 1, 1}}, V4_INVALID_ARGUMENT, "slot -1 does not exist"},
      {{{0, 8, kVocab, 1}},
       V4_INVALID_ARGUMENT,
       "token id 11 of row 0 is out of range: the vocabulary has 11 tokens"},
      {{{0, 8, -5, 1}}, V4_INVALID_ARGUMENT, "token id -5 of row 0"},
      {{{0, 8, 1, 1}, {0, 10, 1, 1}},
       V4_INVALID_ARGUMENT,
       "row 1 has position 10, but the next position of slot 0 is 9"},
      {{{0, 7, 1, 1}}, V4_INVALID_ARGUMENT, "row 0 has position 7, but the next position of slot 0 is 8"},
      {{{1, -1, 1, 1}}, V4_INVALID_ARGUMENT, "row 0 has position -1"},
  };
  for (const auto &c : cases) {
    v4::Error error = failureOf([&] { session.step(c.step); });
    EXPECT_EQ(error.status, c.status) << c.text;
    EXPECT_NE(std::string(error.what()).find(c.text), std::string::npos) << error.what();
    EXPECT_EQ(session.logits().count, 8u);
  }
  EXPECT_EQ(session.length(0), 8);
  EXPECT_EQ(session.length(1), 0);
  EXPECT_EQ(session.length(2), -1);
  feed(session, 0, tokens, 8, 9, rows);
  EXPECT_EQ(rows, expectedRows(tokens));
}

TEST(Session, FullContextIsAnError) {
  v4::Model model(toyArtifact("session-full"));
  v4::Session session(model);
  std::vector<int> tokens = toyTokens(kMaxContext + 1);
  std::vector<std::vector<float>> rows;
  v4::Error error = failureOf([&] { feed(session, 0, tokens, 0, kMaxContext + 1, rows); });
  EXPECT_EQ(error.status, V4_CONTEXT_FULL);
  EXPECT_STREQ(error.what(),
               "the sequence in slot 0 would have more tokens than the artifact's max context of 40");
  EXPECT_EQ(session.length(0), 0);
  feed(session, 0, tokens, 0, kMaxContext, rows);
  EXPECT_EQ(failureOf([&] { session.step({{0, kMaxContext, 1, 1}}); }).status, V4_CONTEXT_FULL);
}

TEST(Session, ResetForgets) {
  v4::Model model(toyArtifact("session-reset"));
  v4_session_options options = {};
  options.max_sequences = 2;
  v4::Session session(model, options);
  std::vector<int> first = toyTokens(30, 1), second = toyTokens(30, 2), other = toyTokens(30, 3);
  run(session, 0, first, 5);
  run(session, 1, other, 30);
  session.reset(0);
  EXPECT_EQ(session.length(0), 0);
  std::vector<float> ring(kRingRows * kWidth, 1);
  v4::call(v4_session_read_state, session.get(), "ring", 0, uint64_t(0), uint64_t(kRingRows), ring.data());
  EXPECT_EQ(ring, std::vector<float>(kRingRows * kWidth, 0));
  EXPECT_EQ(run(session, 0, second, 5), expectedRows(second));
  EXPECT_EQ(session.length(1), 30);
  EXPECT_EQ(failureOf([&] { session.reset(2); }).status, V4_INVALID_ARGUMENT);
}

TEST(Session, OutlivesItsModelsHandle) {
  auto model = std::make_unique<v4::Model>(toyArtifact("session-outlives"));
  v4::Session session(*model);
  model.reset();
  std::vector<int> tokens = toyTokens(5);
  EXPECT_EQ(run(session, 0, tokens, 5), expectedRows(tokens));
}

TEST(Session, RefusesWhatItCannotRun) {
  ManifestSpec unpacked = toyManifest();
  unpacked.packed = false;
  v4::Model empty(toyArtifact("session-unpacked", unpacked));
  EXPECT_EQ(empty.info().weights_packed, 0);
  v4::Error error = failureOf([&] { v4::Session session(empty); });
  EXPECT_EQ(error.status, V4_UNSUPPORTED);
  EXPECT_NE(std::string(error.what()).find("holds no weights"), std::string::npos) << error.what();

  v4::Model model(toyArtifact("session-options"));
  v4_session_options options = {};
  options.threads = 2000;
  EXPECT_EQ(failureOf([&] { v4::Session session(model, options); }).status, V4_INVALID_ARGUMENT);
  options = {};
  options.max_sequences = 1u << 20;
  EXPECT_EQ(failureOf([&] { v4::Session session(model, options); }).status, V4_INVALID_ARGUMENT);
}

TEST(Session, SaysWhatItRunsOn) {
  v4::Model model(toyArtifact("session-info"));
  v4_session_options options = {};
  options.threads = 3;
  options.max_sequences = 2;
  v4::Session session(model, options);
  v4_session_info_t info;
  v4::call(v4_session_info, static_cast<const v4_session *>(session.get()), &info);
  EXPECT_EQ(info.threads, 3u);
  EXPECT_EQ(info.max_sequences, 2u);
  EXPECT_STREQ(info.variant, "plain");
}
