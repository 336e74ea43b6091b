#include "runtime/cpu/Fetcher.h"

#include <gtest/gtest.h>

using v4rt::cpu::Ahead;
using v4rt::cpu::chunkOf;
using v4rt::cpu::Fetcher;

namespace {

/// Two matrices of 60 and 40 pages, and 100 programs.
struct Matrices {
  std::vector<uint8_t> first = std::vector<uint8_t>(60 * 4096), second = std::vector<uint8_t>(40 * 4096);
  Ahead ahead = {{{first.data(), first.size()}, {second.data(), second.size()}}, 100};
};

TEST(Fetcher, AThreadBeginsWhereItsChunkDoes) {
  Matrices matrices;
  Fetcher caller, worker, last;
  caller.aim(&matrices.ahead, 0, 2);
  EXPECT_EQ(caller.place(), matrices.first.data());
  EXPECT_EQ(caller.left(), uint64_t(chunkOf(100, 2)) * 4096);
  worker.aim(&matrices.ahead, 1, 2);
  EXPECT_EQ(worker.place(), matrices.first.data() + 25 * 4096);
  EXPECT_EQ(worker.left(), uint64_t(chunkOf(75, 2)) * 4096);
  // Chunks of one program from the first on: thread 80 is in the second matrix.
  last.aim(&matrices.ahead, 80, 200);
  EXPECT_EQ(last.place(), matrices.second.data() + 20 * 4096);
  EXPECT_EQ(last.left(), 4096u);
}

TEST(Fetcher, GoesOnWhereItWasUntilThereIsAnother) {
  Matrices matrices;
  Ahead other = matrices.ahead;
  Fetcher fetcher;
  fetcher.aim(&matrices.ahead, 0, 2);
  ASSERT_TRUE(fetcher.fetchSome());
  const uint8_t *place = fetcher.place();
  EXPECT_GT(place, matrices.first.data());
  fetcher.aim(&matrices.ahead, 0, 2);
  EXPECT_EQ(fetcher.place(), place);
  while (fetcher.fetchSome()) {
  }
  EXPECT_EQ(fetcher.left(), 0u);
  fetcher.aim(&other, 0, 2);
  EXPECT_EQ(fetcher.place(), matrices.first.data());
  fetcher.aim(nullptr, 0, 2);
  EXPECT_FALSE(fetcher.fetchSome());
}

TEST(Fetcher, StaysInsideOneMatrix) {
  Matrices matrices;
  matrices.ahead.programs = 2; // of 50 pages: the second one begins in the first matrix
  Fetcher fetcher;
  fetcher.aim(&matrices.ahead, 1, 2);
  EXPECT_EQ(fetcher.place(), matrices.first.data() + 50 * 4096);
  EXPECT_EQ(fetcher.left(), 10u * 4096);
  Fetcher none;
  none.aim(&matrices.ahead, 2, 4);
  EXPECT_FALSE(none.fetchSome());
}

} // namespace
