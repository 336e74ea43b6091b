// A set of byte strings, found in text: the leftmost, and of those that begin there the longest.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

namespace v4rt::text {

class TokenTrie {
public:
  struct Match {
    size_t begin = 0, bytes = 0; // bytes 0: there is none
    uint32_t id = 0;
  };

  void add(std::string_view token, uint32_t id);
  bool empty() const { return nodes.size() == 1; }
  /// The first match in `text` at or behind `from`.
  Match find(std::string_view text, size_t from) const;

private:
  struct Node {
    bool ends = false;
    uint32_t id = 0;
    std::vector<std::pair<uint8_t, uint32_t>> children;

    uint32_t child(uint8_t byte) const; // 0: none
  };

  std::vector<Node> nodes{1};
  std::array<bool, 256> begins{};
};

} // namespace v4rt::text
