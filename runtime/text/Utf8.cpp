#include "runtime/text/Utf8.h"

#include <array>
#include <cstring>

namespace v4rt::text {

namespace {

// What may follow a lead byte: how many bytes, and the bounds of the first of them.
struct Lead {
  uint8_t length, least, most;
};

Lead leadOf(uint8_t byte) {
  if (byte < 0x80)
    return {1, 0x80, 0xbf};
  if (byte < 0xc2)
    return {0, 0, 0};
  if (byte < 0xe0)
    return {2, 0x80, 0xbf};
  if (byte < 0xf0)
    return {3, uint8_t(byte == 0xe0 ? 0xa0 : 0x80), uint8_t(byte == 0xed ? 0x9f : 0xbf)};
  if (byte < 0xf5)
    return {4, uint8_t(byte == 0xf0 ? 0x90 : 0x80), uint8_t(byte == 0xf4 ? 0x8f : 0xbf)};
  return {0, 0, 0};
}

// How many of the first `lead.length` bytes of `text` fit.
size_t fitting(std::string_view text, const Lead &lead) {
  size_t at = 1;
  for (; at < lead.length && at < text.size(); ++at) {
    uint8_t byte = text[at];
    if (byte < (at == 1 ? lead.least : 0x80) || byte > (at == 1 ? lead.most : 0xbf))
      break;
  }
  return at;
}

bool printsItself(uint32_t byte) {
  return (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae;
}

struct ByteMap {
  std::array<uint16_t, 256> codeOf{};
  std::array<int16_t, 512> byteOf{};

  ByteMap() {
    byteOf.fill(-1);
    uint16_t next = 0x100;
    for (uint32_t byte = 0; byte < 256; ++byte) {
      codeOf[byte] = printsItself(byte) ? byte : next++;
      byteOf[codeOf[byte]] = byte;
    }
  }
};

const ByteMap &byteMap() {
  static const ByteMap map;
  return map;
}

} // namespace

size_t utf8Sequence(std::string_view text) {
  if (text.empty())
    return 0;
  Lead lead = leadOf(text[0]);
  return lead.length && fitting(text, lead) == lead.length ? lead.length : 0;
}

size_t utf8Prefix(std::string_view text) {
  size_t at = 0;
  while (at < text.size()) {
    uint64_t eight;
    if (text.size() - at >= sizeof eight) {
      memcpy(&eight, text.data() + at, sizeof eight);
      if (!(eight & 0x8080808080808080u)) {
        at += sizeof eight;
        continue;
      }
    }
    size_t length = utf8Sequence(text.substr(at));
    if (!length)
      break;
    at += length;
  }
  return at;
}

bool utf8Unfinished(std::string_view text) {
  if (text.empty())
    return false;
  Lead lead = leadOf(text[0]);
  return text.size() < lead.length && fitting(text, lead) == text.size();
}

uint32_t utf8Code(std::string_view sequence) {
  uint8_t lead = sequence[0];
  uint32_t code = sequence.size() == 1 ? lead : lead & (0xff >> (sequence.size() + 1));
  for (char byte : sequence.substr(1))
    code = code << 6 | (byte & 0x3f);
  return code;
}

void appendUtf8(uint32_t code, std::string &out) {
  if (code < 0x80) {
    out += char(code);
  } else if (code < 0x800) {
    out += char(0xc0 | code >> 6);
    out += char(0x80 | (code & 0x3f));
  } else if (code < 0x10000) {
    out += char(0xe0 | code >> 12);
    out += char(0x80 | (code >> 6 & 0x3f));
    out += char(0x80 | (code & 0x3f));
  } else {
    out += char(0xf0 | code >> 18);
    out += char(0x80 | (code >> 12 & 0x3f));
    out += char(0x80 | (code >> 6 & 0x3f));
    out += char(0x80 | (code & 0x3f));
  }
}

std::string byteSpelling(uint8_t byte) {
  std::string spelling;
  appendUtf8(byteMap().codeOf[byte], spelling);
  return spelling;
}

bool spelledBytes(std::string_view token, std::string &bytes) {
  bytes.clear();
  for (size_t at = 0; at < token.size();) {
    size_t length = utf8Sequence(token.substr(at));
    if (length != 1 && length != 2)
      return false;
    uint32_t code = utf8Code(token.substr(at, length));
    if (code >= 512 || byteMap().byteOf[code] < 0)
      return false;
    at += length;
    bytes += char(byteMap().byteOf[code]);
  }
  return true;
}

} // namespace v4rt::text
