// Rows of packed states.
#include "runtime/StateRows.h"

#include <cmath>
#include <cstring>
#include <gtest/gtest.h>

namespace v4test {

using namespace v4rt;
using namespace v4rt::format;

namespace {

class PackedState {
public:
  PackedState(const PackingT &packing, uint64_t recordBytes, ElementType type = ElementType::u8) {
    StateT state;
    state.name = "entries";
    state.type = type;
    state.row_elements = recordBytes;
    state.packing = std::make_unique<PackingT>(packing);
    builder.Finish(CreateState(builder, &state));
  }
  const State &operator*() const { return *flatbuffers::GetRoot<State>(builder.GetBufferPointer()); }

private:
  flatbuffers::FlatBufferBuilder builder;
};

PackingT packingOf(ElementType type, uint64_t elements, ElementType codes, uint64_t coded, uint64_t block,
                   uint64_t plain, uint64_t scale) {
  PackingT packing;
  packing.type = type, packing.elements = elements, packing.codes = codes, packing.coded = coded;
  packing.block = block, packing.plain_offset = plain, packing.scale_offset = scale;
  return packing;
}

} // namespace

// Four codes in blocks of two, two bf16 numbers, two scales.
TEST(StateRows, E4M3) {
  PackedState state(packingOf(ElementType::bf16, 6, ElementType::f8e4m3, 4, 2, 4, 8), 10);
  ASSERT_TRUE(checkPacking(*state).ok());
  EXPECT_EQ(rowValues(*state), 6u);
  EXPECT_EQ(valueType(*state), ElementType::bf16);
  // 1, -448, the smallest number, 0x45: 2^1 * (1 + 5/8); then 1 and -2.
  const uint8_t record[10] = {0x38, 0xfe, 0x01, 0x45, 0x80, 0x3f, 0x00, 0xc0, 127, 130};
  float values[6];
  widenRow(*state, record, values);
  const float wanted[6] = {1, -448, 0x1p-9f * 8, 3.25f * 8, 1, -2};
  for (int i = 0; i < 6; ++i)
    EXPECT_EQ(values[i], wanted[i]) << i;
}

// All codes of the format, two to a byte.
TEST(StateRows, E2M1) {
  PackedState state(packingOf(ElementType::f32, 16, ElementType::f4e2m1, 16, 16, 8, 8), 12);
  ASSERT_TRUE(checkPacking(*state).ok());
  const uint8_t record[12] = {0x10, 0x32, 0x54, 0x76, 0x98, 0xba, 0xdc, 0xfe, 126};
  const float magnitudes[8] = {0, 0.5, 1, 1.5, 2, 3, 4, 6};
  float values[16];
  widenRow(*state, record, values);
  for (int i = 0; i < 16; ++i) {
    EXPECT_EQ(std::fabs(values[i]), magnitudes[i % 8] / 2) << i;
    EXPECT_EQ(std::signbit(values[i]), i >= 8) << i;
  }
}

TEST(StateRows, RefusesRecordsThatDoNotFit) {
  auto refuses = [](const PackingT &packing, uint64_t bytes, ElementType type = ElementType::u8) {
    PackedState state(packing, bytes, type);
    Status status = checkPacking(*state);
    return status.code() == V4_BAD_ARTIFACT &&
           strstr(status.text().c_str(), "packed in a way that does not fit");
  };
  PackingT good = packingOf(ElementType::bf16, 6, ElementType::f8e4m3, 4, 2, 4, 8);
  EXPECT_FALSE(refuses(good, 10));
  EXPECT_TRUE(refuses(good, 9));
  EXPECT_TRUE(refuses(good, 10, ElementType::bf16));
  auto changed = [&](void (*change)(PackingT &)) {
    PackingT bad = good;
    change(bad);
    return refuses(bad, 10);
  };
  EXPECT_TRUE(changed([](PackingT &p) { p.type = ElementType::i32; }));
  EXPECT_TRUE(changed([](PackingT &p) { p.codes = ElementType::f8e8m0; }));
  EXPECT_TRUE(changed([](PackingT &p) { p.block = 0; }));
  EXPECT_TRUE(changed([](PackingT &p) { p.coded = 0; }));
  EXPECT_TRUE(changed([](PackingT &p) { p.coded = 7; }));
  EXPECT_TRUE(changed([](PackingT &p) { p.elements = UINT64_MAX; }));
  EXPECT_TRUE(changed([](PackingT &p) { p.plain_offset = UINT64_MAX; }));
  EXPECT_TRUE(changed([](PackingT &p) { p.scale_offset = 9; }));
  EXPECT_TRUE(changed([](PackingT &p) { p.coded = p.elements = UINT64_MAX; }));
}

} // namespace v4test
