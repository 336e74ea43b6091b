#include "runtime/pack/SyntheticWeights.h"

#include "runtime/Artifact.h"
#include "runtime/Checksum.h"
#include "runtime/pack/ArtifactWriter.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <numeric>

namespace v4rt {
namespace {

using format::ElementType;

// Repeated where a weight is larger; 64 does not divide it twice, so rows differ.
constexpr uint64_t kPieceBytes = (1 << 20) - 192;

class Random {
public:
  explicit Random(uint64_t seed) : state(seed * 0x9e3779b97f4a7c15u + 1) {}
  uint32_t next() {
    state ^= state << 13, state ^= state >> 7, state ^= state << 17;
    return uint32_t(state >> 32);
  }
  /// In [-1, 1).
  float unit() { return float(int32_t(next())) * 0x1p-31f; }

private:
  uint64_t state;
};

bool isScale(const format::WeightT &weight) {
  const std::string suffix = ".scale";
  return weight.name.size() > suffix.size() &&
         weight.name.compare(weight.name.size() - suffix.size(), suffix.size(), suffix) == 0;
}

/// Of sums over a row of `weight`, the power of two that keeps them near 1.
int rowExponent(const format::WeightT &weight, uint64_t inputsPerColumn) {
  if (weight.shape.size() < 2)
    return 0;
  return int(std::ceil(std::log2(std::sqrt(double(weight.shape.back() * inputsPerColumn)))));
}

template <typename T, typename Make> void fillAs(std::vector<uint8_t> &piece, Make make) {
  for (size_t i = 0; i + sizeof(T) <= piece.size(); i += sizeof(T)) {
    T value = make();
    memcpy(&piece[i], &value, sizeof(T));
  }
}

std::vector<uint8_t> makePiece(const format::WeightT &weight, uint64_t seed) {
  std::vector<uint8_t> piece(std::min(weight.bytes, kPieceBytes));
  Random random(seed);
  bool scale = isScale(weight);
  // Most scales stand for 32 or 128 inputs.
  int exponent = rowExponent(weight, scale ? 64 : 1);
  float size = std::ldexp(1.0f, 1 - exponent);
  auto value = [&] { return scale ? size : size * random.unit(); };
  auto id = [&] {
    return int32_t(random.next() % std::max<uint64_t>(1, std::min<uint64_t>(weight.id_limit, INT32_MAX)));
  };
  auto half = [&] {
    float full = value();
    uint32_t bits;
    memcpy(&bits, &full, sizeof(bits));
    return uint16_t(bits >> 16);
  };
  switch (weight.type) {
  case ElementType::f32:
    fillAs<float>(piece, value);
    break;
  case ElementType::f64:
    fillAs<double>(piece, [&] { return double(value()); });
    break;
  case ElementType::bf16:
    fillAs<uint16_t>(piece, half);
    break;
  case ElementType::i32:
    fillAs<int32_t>(piece, id);
    break;
  case ElementType::i64:
    fillAs<int64_t>(piece, [&] { return int64_t(id()); });
    break;
  case ElementType::f8e8m0:
    fillAs<uint8_t>(piece,
                    [&] { return uint8_t(std::clamp(126 - exponent + int(random.next() % 2), 1, 254)); });
    break;
  case ElementType::f8e4m3: // below 1, and not NaN
    fillAs<uint8_t>(piece, [&] { return uint8_t(random.next() & 0xb7); });
    break;
  default: // any bits are a number
    fillAs<uint8_t>(piece, [&] { return uint8_t(random.next()); });
    break;
  }
  return piece;
}

Status writeWeights(format::ManifestT &manifest, ArtifactWriter &writer,
                    const std::function<void(uint64_t, uint64_t)> &progress) {
  V4_TRY(writer.beginSection(format::SectionKind::weights, manifest.weights_bytes));
  std::vector<size_t> order(manifest.weights.size());
  std::iota(order.begin(), order.end(), size_t(0));
  std::sort(order.begin(), order.end(),
            [&](size_t a, size_t b) { return manifest.weights[a]->offset < manifest.weights[b]->offset; });
  uint64_t end = 0;
  auto zerosTo = [&](uint64_t place) {
    std::vector<uint8_t> zeros(place - end);
    end = place;
    return writer.append(zeros.data(), zeros.size());
  };
  for (size_t index : order) {
    format::WeightT &weight = *manifest.weights[index];
    if (weight.offset < end || weight.offset > manifest.weights_bytes)
      return fail(V4_BAD_ARTIFACT, "weight '%s' overlaps another", weight.name.c_str());
    V4_TRY(zerosTo(weight.offset));
    std::vector<uint8_t> piece = makePiece(weight, index);
    StreamingChecksum hash;
    for (uint64_t done = 0; done < weight.bytes; done += piece.size()) {
      uint64_t bytes = std::min<uint64_t>(piece.size(), weight.bytes - done);
      hash.update(piece.data(), bytes);
      V4_TRY(writer.append(piece.data(), bytes));
    }
    weight.checksum = hash.value();
    end += weight.bytes;
    if (progress)
      progress(end, manifest.weights_bytes);
  }
  V4_TRY(zerosTo(manifest.weights_bytes));
  manifest.weights_packed = true;
  return writer.endSection();
}

} // namespace

Status packSynthetic(const std::string &program, const std::string &path,
                     const std::function<void(uint64_t done, uint64_t total)> &progress) {
  Artifact artifact;
  V4_TRY(artifact.open(program, V4_VERIFY_NEVER));
  if (artifact.manifest().weights_packed())
    return fail(V4_INVALID_ARGUMENT, "'%s' has its weights already", program.c_str());
  format::ManifestT manifest;
  artifact.manifest().UnPackTo(&manifest);

  ArtifactWriter writer;
  auto add = [&](format::SectionKind kind, Bytes bytes) {
    return bytes ? writer.addSection(kind, bytes.data, bytes.size) : Status();
  };
  V4_TRY(writer.create(path));
  V4_TRY(add(format::SectionKind::kernels, artifact.kernels()));
  V4_TRY(add(format::SectionKind::device, artifact.deviceCode()));
  V4_TRY(writeWeights(manifest, writer, progress));
  V4_TRY(add(format::SectionKind::tokenizer, artifact.tokenizer()));
  V4_TRY(add(format::SectionKind::tokens, artifact.tokenTables()));
  flatbuffers::FlatBufferBuilder builder;
  format::FinishManifestBuffer(builder, format::Manifest::Pack(builder, &manifest));
  V4_TRY(writer.addSection(format::SectionKind::manifest, builder.GetBufferPointer(), builder.GetSize()));
  return writer.finish();
}

} // namespace v4rt
