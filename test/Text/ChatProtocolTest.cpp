// The constants by their SHA-256, and JSON as Python prints it.
#include "test/Text/ChatCases.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace v4test {
namespace {

// FIPS 180-4; the constants are the first bits of roots of primes.
uint32_t rootBits(uint32_t n, bool cube) {
  long double root = cube ? cbrtl(n) : sqrtl(n);
  return static_cast<uint32_t>((root - floorl(root)) * 4294967296.0L);
}

std::string sha256(std::string_view text) {
  std::vector<uint32_t> primes;
  for (uint32_t n = 2; primes.size() < 64; ++n)
    if (std::none_of(primes.begin(), primes.end(), [&](uint32_t p) { return n % p == 0; }))
      primes.push_back(n);
  std::array<uint32_t, 8> state;
  for (size_t i = 0; i < 8; ++i)
    state[i] = rootBits(primes[i], false);
  std::string data(text);
  data.push_back('\x80');
  data.resize((data.size() + 8 + 63) / 64 * 64 - 8, '\0');
  for (int shift = 56; shift >= 0; shift -= 8)
    data.push_back(static_cast<char>((static_cast<uint64_t>(text.size()) * 8) >> shift));
  auto turn = [](uint32_t x, int n) { return x >> n | x << (32 - n); };
  for (size_t block = 0; block < data.size(); block += 64) {
    uint32_t w[64];
    for (size_t i = 0; i < 16; ++i) {
      w[i] = 0;
      for (size_t k = 0; k < 4; ++k)
        w[i] = w[i] << 8 | static_cast<unsigned char>(data[block + 4 * i + k]);
    }
    for (size_t i = 16; i < 64; ++i)
      w[i] = w[i - 16] + (turn(w[i - 15], 7) ^ turn(w[i - 15], 18) ^ w[i - 15] >> 3) + w[i - 7] +
             (turn(w[i - 2], 17) ^ turn(w[i - 2], 19) ^ w[i - 2] >> 10);
    auto [a, b, c, d, e, f, g, h] = state;
    for (size_t i = 0; i < 64; ++i) {
      uint32_t first = h + (turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)) + ((e & f) ^ (~e & g)) +
                       rootBits(primes[i], true) + w[i];
      uint32_t second = (turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) + ((a & b) ^ (a & c) ^ (b & c));
      h = g, g = f, f = e, e = d + first, d = c, c = b, b = a, a = first + second;
    }
    const uint32_t added[] = {a, b, c, d, e, f, g, h};
    for (size_t i = 0; i < 8; ++i)
      state[i] += added[i];
  }
  std::string out;
  for (uint32_t word : state) {
    char hex[9];
    snprintf(hex, sizeof hex, "%08x", word);
    out += hex;
  }
  return out;
}

TEST(ChatProtocol, Constants) {
  EXPECT_EQ(sha256("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(kMaxPrefix.size(), 476u);
  EXPECT_EQ(sha256(kMaxPrefix), "f7a24f3b3050d4a83781e9b755b316aae2ec1d9dc87562541d90bcb04d7350f7");
  std::string tools = std::string(kToolsHead) + "{\"name\": \"f\"}" + std::string(kToolsTail);
  EXPECT_EQ(tools.size(), 1002u);
  EXPECT_EQ(sha256(tools), "ea63e9b9ea75623dcd446ad48a5264e07d353d7d6ab2ceaa2b6613173235a12f");
}

TEST(PyJson, PrintsLikePython) {
  const char *cases[][2] = {
      {"[1,2.0,-0,-0.0,1e5,1e16,1e15,0.0001,0.00001]",
       "[1, 2.0, 0, -0.0, 100000.0, 1e+16, 1000000000000000.0, "
       "0.0001, 1e-05]"},
      {"[5e-324,1.7976931348623157e308,123456.789,1e-999,-1e999]",
       "[5e-324, 1.7976931348623157e+308, 123456.789, 0.0, -Infinity]"},
      {"[18446744073709551616,NaN,Infinity]", "[18446744073709551616, NaN, Infinity]"},
      {"{\"b\":{},\"a\":[],\"b\":null}", "{\"b\": null, \"a\": []}"},
      {"\"\\u00e9\\ud83d\\ude00\\u0001\\u007f\\n\\\"\\/\"", "\"é😀\\u0001\x7f\\n\\\"/\""},
      {"\"\\ud83d\"", "\"\xef\xbf\xbd\""},
  };
  for (const auto &pair : cases)
    EXPECT_EQ(dumpJson(json(pair[0])), pair[1]);
}

TEST(PyJson, Refusals) {
  Json value;
  std::string error;
  for (const std::string &text : {std::string(), std::string("01"), std::string("1."), std::string("[1,]"),
                                  std::string("\"\n\""), std::string("{a:1}"), std::string("\"\\x\""),
                                  std::string("1 2"), std::string(100000, '['), std::string("\"\xc3\"")})
    EXPECT_FALSE(parseJson(text, value, error)) << text.substr(0, 20);
}

} // namespace
} // namespace v4test
