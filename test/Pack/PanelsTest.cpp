#include "runtime/pack/Panels.h"

#include <algorithm>
#include <cstring>
#include <gtest/gtest.h>
#include <random>
#include <vector>

namespace {

void check(uint64_t rows, uint64_t columns, uint32_t unit, uint32_t panel) {
  std::mt19937 random(rows * 1000 + columns);
  std::vector<uint8_t> from(rows * columns * unit);
  for (uint8_t &byte : from)
    byte = static_cast<uint8_t>(random());
  uint64_t panels = (rows + panel - 1) / panel;
  std::vector<uint8_t> wanted(panels * panel * columns * unit), got(wanted.size() + 16, 0xee);
  for (uint64_t row = 0; row < rows; ++row)
    for (uint64_t column = 0; column < columns; ++column)
      std::memcpy(&wanted[((row / panel * columns + column) * panel + row % panel) * unit],
                  &from[(row * columns + column) * unit], unit);
  v4rt::packPanels(from.data(), rows, columns, unit, panel, got.data());
  EXPECT_TRUE(std::equal(wanted.begin(), wanted.end(), got.begin()))
      << rows << " x " << columns << " of " << unit << " bytes, panels of " << panel;
  EXPECT_EQ(16, std::count(got.begin() + wanted.size(), got.end(), 0xee)) << "wrote beyond the end";
}

TEST(Panels, AreTheTranspositionOfTheirRows) {
  for (uint32_t unit : {1, 2, 4, 8})
    for (uint32_t panel : {1, 2, 4, 5, 8, 16, 24, 32, 64})
      for (uint64_t rows : {1, 2, 7, 16, 17, 33, 64})
        for (uint64_t columns : {1, 3, 8, 15, 16, 31, 64, 65, 200})
          check(rows, columns, unit, panel);
}

TEST(Panels, OfNothingAreNothing) {
  check(0, 5, 4, 16);
  check(5, 0, 4, 16);
}

} // namespace
