#include "runtime/text/TokenTrie.h"

namespace v4rt::text {

uint32_t TokenTrie::Node::child(uint8_t byte) const {
  for (auto [edge, node] : children)
    if (edge == byte)
      return node;
  return 0;
}

void TokenTrie::add(std::string_view token, uint32_t id) {
  if (token.empty())
    return;
  begins[uint8_t(token[0])] = true;
  uint32_t at = 0;
  for (char c : token) {
    uint32_t next = nodes[at].child(c);
    if (!next) {
      next = nodes.size();
      nodes[at].children.emplace_back(uint8_t(c), next);
      nodes.emplace_back();
    }
    at = next;
  }
  nodes[at].ends = true;
  nodes[at].id = id;
}

TokenTrie::Match TokenTrie::find(std::string_view text, size_t from) const {
  for (size_t begin = from; begin < text.size(); ++begin) {
    if (!begins[uint8_t(text[begin])])
      continue;
    Match longest;
    uint32_t at = 0;
    for (size_t end = begin; end < text.size();) {
      at = nodes[at].child(text[end++]);
      if (!at)
        break;
      if (nodes[at].ends)
        longest = {begin, end - begin, nodes[at].id};
    }
    if (longest.bytes)
      return longest;
  }
  return {};
}

} // namespace v4rt::text
