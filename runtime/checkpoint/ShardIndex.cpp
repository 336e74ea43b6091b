#include "runtime/checkpoint/ShardIndex.h"

#include "runtime/checkpoint/File.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <unordered_map>

namespace v4rt::checkpoint {
namespace {

using nlohmann::json;

// {"metadata": anything, "weight_map": {tensor: shard}}
class IndexReader final : public nlohmann::json_sax<json> {
public:
  explicit IndexReader(ShardIndex &index) : index_(index) {}

  std::string takeError() { return std::move(error_); }
  bool hasMap() const { return hasMap_; }

  bool start_object(size_t) override {
    if (inMap_ && depth_ == 2)
      return unexpected("an object");
    ++depth_;
    return true;
  }

  bool end_object() override {
    --depth_;
    if (depth_ == 1)
      inMap_ = false;
    return true;
  }

  bool key(string_t &name) override {
    if (depth_ == 1) {
      inMap_ = name == "weight_map";
      if (inMap_ && std::exchange(hasMap_, true))
        return fail("has 'weight_map' twice");
    } else if (inMap_) {
      tensor_ = std::move(name);
    }
    return true;
  }

  bool string(string_t &text) override {
    if (!inMap_)
      return value("a string");
    if (depth_ == 1)
      return unexpected("a string");
    if (text.empty() || text == "." || text == ".." || text.find('/') != text.npos ||
        text.find('\0') != text.npos)
      return fail("places tensor " + inQuotes(tensor_) + " in " + inQuotes(text) +
                  ", wanted the name of a file in the same folder");
    auto shard = static_cast<uint32_t>(index_.shards.size());
    auto [entry, isNew] = shardNumbers_.emplace(text, shard);
    if (isNew)
      index_.shards.push_back(std::move(text));
    index_.weightMap.emplace_back(std::move(tensor_), entry->second);
    return true;
  }

  bool start_array(size_t) override {
    if (!value("an array"))
      return false;
    ++depth_;
    return true;
  }

  bool end_array() override {
    --depth_;
    return true;
  }

  bool number_unsigned(number_unsigned_t) override { return value("a number"); }
  bool number_integer(number_integer_t) override { return value("a number"); }
  bool number_float(number_float_t, const string_t &) override { return value("a number"); }
  bool null() override { return value("null"); }
  bool boolean(bool) override { return value("a boolean"); }
  bool binary(binary_t &) override { return value("binary data"); }

  bool parse_error(size_t position, const std::string &token, const nlohmann::detail::exception &) override {
    return fail("is not valid JSON at byte " + std::to_string(position) +
                (token.empty() ? "" : ", near " + inQuotes(token)));
  }

private:
  bool fail(std::string text) {
    error_ = std::move(text);
    return false;
  }

  bool unexpected(const std::string &found) {
    if (depth_ == 0)
      return fail("holds " + found + ", wanted an object");
    if (depth_ == 1)
      return fail("has " + found + " for 'weight_map', wanted an object");
    return fail("has " + found + " as the shard of tensor " + inQuotes(tensor_) +
                ", wanted the name of a file");
  }

  bool value(const char *found) { return depth_ == 0 || inMap_ ? unexpected(found) : true; }

  ShardIndex &index_;
  std::unordered_map<std::string, uint32_t> shardNumbers_;
  std::string tensor_;
  std::string error_;
  int depth_ = 0; // 1: in the outermost object, 2: in the map
  bool inMap_ = false, hasMap_ = false;
};

// Puts shards and tensors in the order of their names.
void sortIndex(ShardIndex &index) {
  std::vector<std::string> sorted = index.shards;
  std::sort(sorted.begin(), sorted.end());
  std::vector<uint32_t> place(sorted.size());
  for (size_t i = 0; i < sorted.size(); ++i)
    place[i] = static_cast<uint32_t>(std::lower_bound(sorted.begin(), sorted.end(), index.shards[i]) -
                                     sorted.begin());
  for (auto &entry : index.weightMap)
    entry.second = place[entry.second];
  index.shards = std::move(sorted);
  std::sort(index.weightMap.begin(), index.weightMap.end());
}

} // namespace

bool parseShardIndex(const std::string &text, const std::string &path, ShardIndex &index,
                     std::string &error) {
  index = {};
  try {
    IndexReader reader(index);
    if (!json::sax_parse(text, &reader)) {
      error = inQuotes(path) + " " + reader.takeError();
      return false;
    }
    if (!reader.hasMap()) {
      error = inQuotes(path) + " has no 'weight_map'";
      return false;
    }
  } catch (const std::exception &exception) { // out of memory is all that is left
    error = "cannot read " + inQuotes(path) + ": " + exception.what();
    return false;
  }
  sortIndex(index);
  auto twice = std::adjacent_find(index.weightMap.begin(), index.weightMap.end(),
                                  [](const auto &a, const auto &b) { return a.first == b.first; });
  if (twice != index.weightMap.end()) {
    error = inQuotes(path) + " names tensor " + inQuotes(twice->first) + " twice";
    return false;
  }
  return true;
}

} // namespace v4rt::checkpoint
