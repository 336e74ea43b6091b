#include "runtime/pack/Packer.h"

#include "runtime/Checksum.h"
#include "runtime/pack/Panels.h"
#include "runtime/pack/WeightPlan.h"

#include <algorithm>
#include <condition_variable>
#include <cstring>
#include <memory>
#include <mutex>
#include <thread>

namespace v4rt {
namespace {

// Memory whose bytes are not set when it grows.
class Scratch {
public:
  uint8_t *of(uint64_t bytes) {
    if (bytes > size) {
      memory.reset();
      memory.reset(new uint8_t[bytes]);
      size = bytes;
    }
    return memory.get();
  }

private:
  std::unique_ptr<uint8_t[]> memory;
  uint64_t size = 0;
};

// Rows [row, row + rows) of one source of one weight.
struct Block {
  uint64_t number = 0; // in the order of the packed bytes
  const WeightPlan *plan = nullptr;
  size_t source = 0;
  uint64_t row = 0;
  uint64_t rows = 0;
  uint64_t offset = 0; // of its packed bytes, in the section
  uint64_t bytes = 0;
};

// Cuts all weights into blocks, in the order of the packed bytes.
class Blocks {
public:
  Blocks(const std::vector<WeightPlan> &plans, uint64_t blockBytes) : plans(plans), blockBytes(blockBytes) {}

  bool next(Block &block) {
    while (weight < plans.size() &&
           (source == plans[weight].sources.size() || plans[weight].sourcePackedBytes == 0)) {
      ++weight;
      source = 0;
    }
    if (weight == plans.size())
      return false;
    const WeightPlan &plan = plans[weight];
    uint64_t panelBytes = plan.panel * plan.columns * std::max(plan.sourceUnitBytes, plan.packedUnitBytes);
    uint64_t rows = std::max<uint64_t>(1, blockBytes / panelBytes) * plan.panel;
    block.number = number++;
    block.plan = &plan;
    block.source = source;
    block.row = row;
    block.rows = std::min(rows, plan.rows - row);
    uint64_t packedRowBytes = plan.columns * plan.packedUnitBytes;
    block.offset = plan.recipe->offset + source * plan.sourcePackedBytes + row * packedRowBytes;
    block.bytes = (block.rows + plan.panel - 1) / plan.panel * plan.panel * packedRowBytes;
    row += block.rows;
    if (row == plan.rows) {
      row = 0;
      ++source;
    }
    return true;
  }

private:
  const std::vector<WeightPlan> &plans;
  uint64_t blockBytes;
  uint64_t number = 0;
  size_t weight = 0, source = 0;
  uint64_t row = 0;
};

Status narrow(const Block &block, const uint8_t *from, uint8_t *to) {
  uint64_t count = block.rows * block.plan->columns;
  for (uint64_t i = 0; i < count; ++i) {
    int64_t value;
    std::memcpy(&value, from + 8 * i, sizeof(value));
    auto narrowed = static_cast<int32_t>(value);
    if (narrowed != value)
      return fail(V4_INVALID_ARGUMENT, "tensor %s has the value %lld, which 32 bits do not hold",
                  checkpoint::inQuotes(block.plan->sources[block.source]->name).c_str(), (long long)value);
    uint64_t limit = block.plan->recipe->id_limit;
    if (limit > 0 && uint64_t(value) >= limit)
      return fail(V4_INVALID_ARGUMENT, "tensor %s has the id %lld, but ids run from 0 to %llu",
                  checkpoint::inQuotes(block.plan->sources[block.source]->name).c_str(), (long long)value,
                  (unsigned long long)limit - 1);
    std::memcpy(to + 4 * i, &narrowed, sizeof(narrowed));
  }
  return {};
}

class Packing {
public:
  Packing(std::vector<WeightPlan> plans, const checkpoint::Checkpoint &checkpoint, ArtifactWriter &writer,
          const PackOptions &options)
      : plans(std::move(plans)), checkpoint(checkpoint), writer(writer), options(options),
        blocks(this->plans, std::max<uint64_t>(1, options.blockBytes)) {
    checksums.reserve(this->plans.size());
    for (const WeightPlan &plan : this->plans)
      total += plan.recipe->bytes;
  }

  Status run() {
    unsigned threads = options.threads ? options.threads : std::max(1u, std::thread::hardware_concurrency());
    std::vector<std::thread> workers;
    // Fewer threads than asked for will do.
    try {
      while (workers.size() + 1 < threads)
        workers.emplace_back([this] { work(); });
    } catch (const std::exception &) {
    }
    work();
    for (std::thread &worker : workers)
      worker.join();
    return failure;
  }

  /// After run(): the checksums, in the order of `plans`, and that of the whole section of `sectionBytes`.
  std::vector<uint64_t> checksums;
  uint64_t finish(uint64_t sectionBytes) {
    while (checksums.size() < plans.size())
      endWeight();
    hashZeros(sectionBytes - hashed);
    return sectionHash.value();
  }

private:
  void work() {
    Scratch read, converted, packed;
    Block block;
    while (take(block)) {
      const uint8_t *bytes = nullptr;
      Status status;
      try {
        status = pack(block, read, converted, packed, bytes);
      } catch (const std::bad_alloc &) {
        status = fail(V4_OUT_OF_MEMORY, "out of memory while packing weight '%s'",
                      block.plan->recipe->name.c_str());
      }
      deliver(block, bytes, std::move(status));
    }
  }

  bool take(Block &block) {
    std::lock_guard<std::mutex> lock(mutex);
    return failure.ok() && blocks.next(block);
  }

  Status pack(const Block &block, Scratch &read, Scratch &converted, Scratch &packed, const uint8_t *&bytes) {
    const WeightPlan &plan = *block.plan;
    uint64_t rowBytes = plan.columns * plan.sourceUnitBytes;
    uint8_t *data = read.of(block.rows * rowBytes);
    std::string error;
    if (!checkpoint.read(*plan.sources[block.source], block.row * rowBytes, data, block.rows * rowBytes,
                         error))
      return Status(V4_IO_ERROR, error);
    if (plan.sourceUnitBytes != plan.packedUnitBytes) {
      uint8_t *narrowed = converted.of(block.rows * plan.columns * plan.packedUnitBytes);
      V4_TRY(narrow(block, data, narrowed));
      data = narrowed;
    }
    if (plan.panel > 1) {
      uint8_t *panels = packed.of(block.bytes);
      packPanels(data, block.rows, plan.columns, plan.packedUnitBytes, plan.panel, panels);
      data = panels;
    }
    bytes = data;
    return writer.writeAt(block.offset, data, block.bytes);
  }

  // Checksums need the bytes in order, so blocks take turns here; a failure is reported in its turn too,
  // which makes it the first one whatever the threads did.
  void deliver(const Block &block, const uint8_t *bytes, Status status) {
    std::unique_lock<std::mutex> lock(mutex);
    changed.wait(lock, [&] { return turn == block.number; });
    if (failure.ok() && status.ok()) {
      lock.unlock();
      hash(block, bytes);
      if (options.progress)
        options.progress(done, total);
      lock.lock();
    } else if (failure.ok()) {
      failure = std::move(status);
    }
    ++turn;
    changed.notify_all();
  }

  void hash(const Block &block, const uint8_t *bytes) {
    while (&plans[checksums.size()] != block.plan)
      endWeight();
    hashZeros(block.offset - hashed);
    weightHash.update(bytes, block.bytes);
    sectionHash.update(bytes, block.bytes);
    hashed += block.bytes;
    done += block.bytes;
  }

  void endWeight() {
    checksums.push_back(weightHash.value());
    weightHash.reset();
  }

  void hashZeros(uint64_t count) {
    static constexpr char kZeros[4096] = {};
    for (hashed += count; count > 0;) {
      uint64_t piece = std::min<uint64_t>(count, sizeof(kZeros));
      sectionHash.update(kZeros, piece);
      count -= piece;
    }
  }

  const std::vector<WeightPlan> plans;
  const checkpoint::Checkpoint &checkpoint;
  ArtifactWriter &writer;
  const PackOptions &options;

  std::mutex mutex; // guards the five below
  std::condition_variable changed;
  Blocks blocks;
  uint64_t turn = 0;
  Status failure;

  // Touched by the thread whose turn it is.
  StreamingChecksum weightHash, sectionHash;
  uint64_t hashed = 0, done = 0, total = 0;
};

} // namespace

Status packWeights(format::ManifestT &manifest, const checkpoint::Checkpoint &checkpoint,
                   ArtifactWriter &writer, const PackOptions &options) {
  std::vector<WeightPlan> plans;
  V4_TRY(planWeights(manifest.weights, manifest.weights_bytes, checkpoint, plans));
  V4_TRY(writer.beginSection(format::SectionKind::weights, manifest.weights_bytes));
  Packing packing(plans, checkpoint, writer, options);
  V4_TRY(packing.run());
  uint64_t sectionChecksum = packing.finish(manifest.weights_bytes);
  V4_TRY(writer.endSection(sectionChecksum));
  for (size_t i = 0; i < plans.size(); ++i)
    manifest.weights[plans[i].index]->checksum = packing.checksums[i];
  manifest.weights_packed = true;
  return {};
}

} // namespace v4rt
