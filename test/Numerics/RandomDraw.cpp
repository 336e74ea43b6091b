#include "test/Numerics/RandomDraw.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <numeric>

namespace v4test {

int64_t Draw::size(int64_t low, int64_t high) {
  int64_t value = between(low, high);
  switch (between(0, 3)) {
  case 0:
    value = between(1, 8);
    break;
  case 1:
    value = value / 16 * 16 + between(-1, 1);
    break;
  }
  return std::clamp(value, low, high);
}

std::vector<int64_t> Draw::distinct(int64_t count, int64_t end) {
  std::vector<int64_t> all(end);
  std::iota(all.begin(), all.end(), 0);
  for (int64_t i = 0; i < count; ++i)
    std::swap(all[i], all[between(i, end - 1)]);
  all.resize(count);
  return all;
}

static void drawLogitRows(Draw &draw, StepRows &step) {
  int64_t rows = static_cast<int64_t>(step.tokens.size());
  for (int64_t wanted = draw.between(1, rows); wanted > 0; --wanted)
    step.logitRows.push_back(draw.between(0, rows - 1));
}

std::vector<StepRows> drawSteps(Draw &draw, int64_t slots, int64_t steps, int64_t longest,
                                int64_t vocabulary) {
  std::vector<int64_t> lengths(slots);
  std::vector<StepRows> result;
  while (static_cast<int64_t>(result.size()) < steps) {
    StepRows step;
    for (int64_t slot : draw.distinct(slots, slots)) {
      for (int64_t left = draw.chance(25) ? 0 : draw.between(1, longest); left > 0; --left) {
        step.tokens.push_back(draw.between(0, vocabulary - 1));
        step.slots.push_back(slot);
        step.positions.push_back(lengths[slot]++);
      }
    }
    if (step.tokens.empty())
      continue;
    drawLogitRows(draw, step);
    result.push_back(std::move(step));
  }
  return result;
}

StepRows drawRows(Draw &draw, int64_t rows, int64_t positions, int64_t vocabulary) {
  StepRows step;
  for (int64_t t = 0; t < rows; ++t) {
    step.tokens.push_back(draw.between(0, vocabulary - 1));
    step.slots.push_back(0);
    step.positions.push_back(draw.between(0, positions - 1));
  }
  drawLogitRows(draw, step);
  return step;
}

static uint64_t environment(const char *name, uint64_t otherwise) {
  const char *text = std::getenv(name);
  return text ? std::strtoull(text, nullptr, 10) : otherwise;
}

std::vector<uint64_t> drawSeeds(uint64_t first, uint64_t count) {
  first = environment("V4_SEED", first);
  count = environment("V4_DRAWS", count);
  std::vector<uint64_t> seeds(count);
  std::iota(seeds.begin(), seeds.end(), first);
  std::printf("%s: %llu draws, seeds %llu to %llu\n",
              testing::UnitTest::GetInstance()->current_test_info()->name(),
              static_cast<unsigned long long>(count), static_cast<unsigned long long>(first),
              static_cast<unsigned long long>(first + count - 1));
  return seeds;
}

} // namespace v4test
