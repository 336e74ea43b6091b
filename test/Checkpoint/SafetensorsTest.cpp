#include "runtime/checkpoint/Safetensors.h"

#include "test/Checkpoint/Headers.h"
#include "test/Support/Scratch.h"

#include <gtest/gtest.h>

using namespace v4rt::checkpoint;
using v4test::f32Entry;
using v4test::safetensorsBytes;

namespace {

std::string parse(const std::string &json, uint64_t dataBytes, SafetensorsHeader &header) {
  std::string error;
  bool good = parseSafetensorsHeader(json, 1000, dataBytes, "m.safetensors", header, error);
  EXPECT_EQ(good, error.empty());
  return error;
}

std::string parse(const std::string &json, uint64_t dataBytes) {
  SafetensorsHeader header;
  return parse(json, dataBytes, header);
}

std::string tensor(const std::string &fields) { return "{\"w\":{" + fields + "}}"; }

// Of a file with these bytes.
std::string readBytes(const std::string &bytes) {
  std::string path = v4test::scratchFolder("safetensors") + "/m.safetensors", error;
  v4test::writeFile(path, bytes);
  File file;
  SafetensorsHeader header;
  EXPECT_TRUE(file.open(path, error)) << error;
  readSafetensorsHeader(file, header, error);
  // The folder is not the test's business.
  size_t at = error.find(path);
  return at == error.npos ? error : error.replace(at, path.size(), "m.safetensors");
}

TEST(Safetensors, ReadsTensorsInTheOrderOfTheirData) {
  SafetensorsHeader header;
  EXPECT_EQ("",
            parse("{\"__metadata__\":{\"format\":\"pt\"},\"b\":{\"data_offsets\":[8,14],\"dtype\":\"BF16\","
                  "\"shape\":[3,1]}," +
                      f32Entry("a", 0, 2) +
                      ",\"none\":{\"dtype\":\"I64\",\"shape\":[4,0],\"data_offsets\":[14,14]}}  ",
                  14, header));
  ASSERT_EQ(3u, header.tensors.size());
  EXPECT_EQ("a", header.tensors[0].name);
  EXPECT_EQ(1000u, header.tensors[0].offset);
  EXPECT_EQ("b", header.tensors[1].name);
  EXPECT_EQ(DType::bf16, header.tensors[1].dtype);
  EXPECT_EQ((std::vector<int64_t>{3, 1}), header.tensors[1].shape);
  EXPECT_EQ(1008u, header.tensors[1].offset);
  EXPECT_EQ(6u, header.tensors[1].bytes);
  EXPECT_EQ(3, header.tensors[1].elements());
  EXPECT_EQ(0u, header.tensors[2].bytes);
  ASSERT_EQ(1u, header.metadata.size());
  EXPECT_EQ("format", header.metadata[0].first);
  EXPECT_EQ("pt", header.metadata[0].second);
}

TEST(Safetensors, ReadsScalarsAndNoTensors) {
  EXPECT_EQ("", parse("{}", 0));
  EXPECT_EQ("", parse(tensor("\"dtype\":\"F64\",\"shape\":[],\"data_offsets\":[0,8]"), 8));
}

TEST(Safetensors, KnowsAllDTypes) {
  const std::pair<const char *, int> types[] = {
      {"F64", 8}, {"F32", 4}, {"BF16", 2}, {"F16", 2}, {"F8_E4M3", 1}, {"F8_E5M2", 1}, {"F8_E8M0", 1},
      {"I64", 8}, {"I32", 4}, {"I16", 2},  {"I8", 1},  {"U8", 1},      {"BOOL", 1}};
  for (auto [name, bytes] : types) {
    SafetensorsHeader header;
    std::string end = std::to_string(3 * bytes);
    EXPECT_EQ("", parse(tensor("\"dtype\":\"" + std::string(name) + "\",\"shape\":[3],\"data_offsets\":[0," +
                               end + "]"),
                        3 * bytes, header));
    EXPECT_STREQ(name, dtypeName(header.tensors[0].dtype));
    EXPECT_EQ(uint64_t(bytes), dtypeBytes(header.tensors[0].dtype));
  }
}

TEST(Safetensors, RefusesBadLengths) {
  EXPECT_EQ("'m.safetensors' has 5 bytes, but a safetensors file has at least 8", readBytes("12345"));
  EXPECT_EQ("'m.safetensors' has a header of 0 bytes, wanted at least 2", readBytes(std::string(8, '\0')));
  std::string bytes = safetensorsBytes("{}", 0);
  bytes[0] = 3;
  EXPECT_EQ("'m.safetensors' has a header of 3 bytes, but only 2 bytes follow its length", readBytes(bytes));
  bytes[7] = '\x80';
  EXPECT_EQ("'m.safetensors' has a header of 9223372036854775811 bytes, at most 104857600 are accepted",
            readBytes(bytes));
}

TEST(Safetensors, RefusesTruncatedAndLongFiles) {
  std::string bytes = safetensorsBytes("{" + f32Entry("w", 0, 4) + "}", 16);
  EXPECT_EQ("", readBytes(bytes));
  EXPECT_EQ(
      "'m.safetensors' has a bad header: tensor 'w' ends at byte 16 of the data, but the file has only 15 "
      "bytes of it",
      readBytes(bytes.substr(0, bytes.size() - 1)));
  EXPECT_EQ("'m.safetensors' has a bad header: the tensors end at byte 16 of the data, but the file has 17 "
            "bytes of it",
            readBytes(bytes + "x"));
}

struct BadHeader {
  std::string json;
  uint64_t dataBytes;
  std::string error; // after the name of the file
};

TEST(Safetensors, RefusesBadHeaders) {
  const BadHeader cases[] = {
      {"", 0, "is not valid JSON at byte 1 of its header"},
      {"{\"w\":", 0, "is not valid JSON at byte 6 of its header, near '\"w\":'"},
      {"{} x", 0, "is not valid JSON at byte 4 of its header, near '{} x'"},
      {"[]", 0, "has an array as its header, wanted an object"},
      {"3", 0, "has a number as its header, wanted an object"},
      {"{\"w\":1}", 0, "has a number for tensor 'w', wanted an object"},
      {"{\"__metadata__\":[]}", 0, "has an array for '__metadata__', wanted an object"},
      {"{\"__metadata__\":{\"a\":1}}", 0, "has a number in '__metadata__', wanted a string"},
      {"{\"__metadata__\":{},\"__metadata__\":{}}", 0, "has '__metadata__' twice"},
      {tensor(""), 0, "has a bad header: tensor 'w' has no dtype"},
      {tensor("\"dtype\":\"F32\",\"data_offsets\":[0,0]"), 0, "has a bad header: tensor 'w' has no shape"},
      {tensor("\"dtype\":\"F32\",\"shape\":[]"), 0, "has a bad header: tensor 'w' has no data_offsets"},
      {tensor("\"dtype\":\"F32\",\"dtype\":\"F32\""), 0, "has a bad header: tensor 'w' has 'dtype' twice"},
      {tensor("\"colour\":1"), 0,
       "has a bad header: tensor 'w' has the unknown field 'colour', wanted are dtype, shape and "
       "data_offsets"},
      {tensor("\"dtype\":\"F33\""), 0, "has a bad header: tensor 'w' has the unknown dtype 'F33'"},
      {tensor("\"dtype\":32"), 0, "has a bad header: tensor 'w' has a number in its dtype, wanted a string"},
      {tensor("\"dtype\":[]"), 0, "has a bad header: tensor 'w' has an array in its dtype, wanted a string"},
      {tensor("\"shape\":{}"), 0,
       "has a bad header: tensor 'w' has an object in its shape, wanted an array of whole numbers"},
      {tensor("\"shape\":[[1]]"), 0,
       "has a bad header: tensor 'w' has an array in its shape, wanted an array of whole numbers"},
      {tensor("\"shape\":[1.5]"), 0,
       "has a bad header: tensor 'w' has the number 1.5 in its shape, wanted an array of whole numbers"},
      {tensor("\"shape\":null"), 0,
       "has a bad header: tensor 'w' has null in its shape, wanted an array of whole numbers"},
      {tensor("\"shape\":[true]"), 0,
       "has a bad header: tensor 'w' has a boolean in its shape, wanted an array of whole numbers"},
      {tensor("\"shape\":[2,-1]"), 0, "has a bad header: tensor 'w' has the negative extent -1"},
      {tensor("\"shape\":[9223372036854775808]"), 0,
       "has a bad header: tensor 'w' has the extent 9223372036854775808, which is too large"},
      {tensor("\"data_offsets\":[-4,0]"), 0, "has a bad header: tensor 'w' has the negative data offset -4"},
      {tensor("\"data_offsets\":[4]"), 0, "has a bad header: tensor 'w' has 1 data_offsets, wanted 2"},
      {tensor("\"data_offsets\":[0,4,8]"), 0, "has a bad header: tensor 'w' has 3 data_offsets, wanted 2"},
      {tensor("\"data_offsets\":[8,4]"), 0,
       "has a bad header: tensor 'w' begins at byte 8 and ends before it, at 4"},
      {tensor("\"dtype\":\"F32\",\"shape\":[2,3],\"data_offsets\":[0,20]"), 20,
       "has a bad header: tensor 'w' of shape [2, 3] and dtype F32 takes 24 bytes, but its data_offsets span "
       "20"},
      {tensor("\"dtype\":\"F32\",\"shape\":[4294967296,4294967296],\"data_offsets\":[0,0]"), 0,
       "has a bad header: tensor 'w' of shape [4294967296, 4294967296] and dtype F32 has more bytes than 64 "
       "bits can "
       "count"},
      {tensor("\"dtype\":\"F32\",\"shape\":[0,4294967296,4294967296],\"data_offsets\":[0,0]"), 0,
       "has a bad header: tensor 'w' of shape [0, 4294967296, 4294967296] and dtype F32 has more bytes than "
       "64 bits "
       "can count"},
      {tensor("\"dtype\":\"U8\",\"shape\":[9223372036854775807],\"data_offsets\":[9223372036854775809,"
              "18446744073709551616]"),
       0,
       "has a bad header: tensor 'w' has the number 18446744073709551616 in its data_offsets, wanted an "
       "array of "
       "whole numbers"},
      {"{" + f32Entry("a", 0, 2) + "," + f32Entry("a", 8, 2) + "}", 16,
       "has a bad header: tensor 'a' is named twice"},
      {"{" + f32Entry("a", 0, 2) + "," + f32Entry("b", 4, 2) + "}", 12,
       "has a bad header: tensor 'b' overlaps tensor 'a': it begins at byte 4, before the other ends at 8"},
      {"{" + f32Entry("a", 0, 2) + "," + f32Entry("b", 0, 2) + "}", 8,
       "has a bad header: tensor 'b' overlaps tensor 'a': it begins at byte 0, before the other ends at 8"},
      {"{" + f32Entry("a", 0, 2) + "," + f32Entry("b", 12, 2) + "}", 20,
       "has a bad header: bytes 8 to 12 of the data, before tensor 'b', belong to no tensor"},
      {"{" + f32Entry("a", 0, 2) + "}", 4,
       "has a bad header: tensor 'a' ends at byte 8 of the data, but the file has only 4 bytes of it"},
  };
  for (const BadHeader &bad : cases)
    EXPECT_EQ("'m.safetensors' " + bad.error, parse(bad.json, bad.dataBytes)) << bad.json;
}

TEST(Safetensors, CutsLongNamesAndHidesControlCharactersInMessages) {
  EXPECT_EQ("'" + std::string(120, 'x') + "...'", inQuotes(std::string(121, 'x')));
  EXPECT_EQ("'a?b?'", inQuotes("a\nb\x7f"));
}

TEST(Safetensors, SurvivesDeepNesting) {
  EXPECT_NE("", parse(tensor("\"shape\":" + std::string(1 << 20, '[')), 0));
}

} // namespace
