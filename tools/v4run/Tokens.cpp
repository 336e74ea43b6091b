#include "tools/v4run/Tokens.h"

#include "tools/v4run/Failure.h"
#include "tools/v4run/InputFile.h"

#include <nlohmann/json.hpp>

namespace v4run {

using nlohmann::json;

static std::string shortened(const json &value) {
  std::string text = value.dump(-1, ' ', true, json::error_handler_t::replace);
  return text.size() <= 40 ? text : text.substr(0, 40) + "...";
}

static int32_t tokenId(const json &value, uint32_t vocabulary, const std::string &where) {
  if (!value.is_number_integer())
    throw Failure(where + " is " + shortened(value) + ", wanted a token id");
  bool inRange = value.is_number_unsigned() && value.get<uint64_t>() < vocabulary;
  if (!inRange)
    throw Failure(where + " is " + shortened(value) + ", but the vocabulary has the ids 0 to " +
                  std::to_string(vocabulary - 1));
  return value.get<int32_t>();
}

static std::vector<int32_t> sequence(const json &array, uint32_t vocabulary, const std::string &where) {
  if (array.empty())
    throw Failure(where + " has no tokens, wanted at least one");
  std::vector<int32_t> ids;
  ids.reserve(array.size());
  for (const json &value : array)
    ids.push_back(tokenId(value, vocabulary, where + ": element " + std::to_string(ids.size())));
  return ids;
}

Tokens parseTokens(const std::string &text, const std::string &path, uint32_t vocabulary) {
  json value;
  try {
    value = json::parse(text);
  } catch (const json::parse_error &error) {
    throw Failure(path + " is not JSON: error at byte " + std::to_string(error.byte));
  } catch (const json::exception &) {
    throw Failure(path + " is not JSON that can be read: it has a number that is too large");
  }
  if (!value.is_array())
    throw Failure(path + " has " + shortened(value) + ", wanted an array of token ids or of such arrays");
  Tokens tokens;
  tokens.isBatch = !value.empty() && value.front().is_array();
  if (!tokens.isBatch) {
    tokens.sequences.push_back(sequence(value, vocabulary, path));
    return tokens;
  }
  for (const json &array : value) {
    std::string where = path + ": sequence " + std::to_string(tokens.sequences.size());
    if (!array.is_array())
      throw Failure(where + " is " + shortened(array) + ", wanted an array of token ids as before it");
    tokens.sequences.push_back(sequence(array, vocabulary, where));
  }
  return tokens;
}

Tokens readTokens(const std::string &path, uint32_t vocabulary) {
  return parseTokens(readInput(path), inputName(path), vocabulary);
}

} // namespace v4run
