#include "runtime/pack/Packer.h"

#include "runtime/Checksum.h"
#include "runtime/pack/Blocks.h"
#include "runtime/pack/Convert.h"
#include "runtime/pack/Panels.h"
#include "runtime/pack/WeightPlan.h"

#include <algorithm>
#include <condition_variable>
#include <cstdio>
#include <memory>
#include <mutex>
#include <thread>

namespace v4rt {
namespace {

constexpr uint64_t kMostMemory = 512 << 20; // of all threads
constexpr uint64_t kReadAhead = 32 << 20;

std::string sizeText(uint64_t bytes) {
  char text[32];
  snprintf(text, sizeof(text), bytes < 1e9 ? "%.1f MB" : "%.1f GB", bytes / (bytes < 1e9 ? 1e6 : 1e9));
  return text;
}

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

/// One pass over all blocks. Those that end at or before `resumeTo`, which is the last mark trusted so far or
/// 0, are read back; the others are packed.
class Packing {
public:
  Packing(const std::vector<WeightPlan> &plans, const checkpoint::Checkpoint &checkpoint,
          ArtifactWriter &writer, const PackOptions &options, uint64_t resumeTo)
      : plans(plans), checkpoint(checkpoint), writer(writer), options(options), resumeTo(resumeTo),
        blocks(plans, blockBytes()), upcoming(plans, blockBytes()) {
    checksums.reserve(plans.size());
    for (const WeightPlan &plan : plans)
      total += plan.recipe->bytes;
  }

  Status run() {
    std::vector<std::thread> workers;
    // Fewer threads than asked for will do.
    try {
      for (uint64_t more = threadCount(); more > 1; --more)
        workers.emplace_back([this] { work(); });
    } catch (const std::exception &) {
    }
    work();
    for (std::thread &worker : workers)
      worker.join();
    V4_TRY(failure);
    if (!broken && done < total)
      return stop();
    return {};
  }

  /// After run(): a mark did not fit the bytes; go on from `verified` instead.
  bool isBroken() const { return broken; }
  uint64_t verified = 0;
  uint64_t resumedBytes = 0;

  /// After run(): the checksums, in the order of `plans`, and that of the whole section of `sectionBytes`.
  std::vector<uint64_t> checksums;
  uint64_t finish(uint64_t sectionBytes) {
    while (checksums.size() < plans.size())
      endWeight();
    hashZeros(sectionBytes - hashed);
    return sectionHash.value();
  }

private:
  uint64_t blockBytes() const { return std::max<uint64_t>(1, options.blockBytes); }

  uint64_t threadCount() const {
    uint64_t threads = options.threads ? options.threads : std::thread::hardware_concurrency();
    return std::clamp<uint64_t>(
        threads, 1, std::max<uint64_t>(1, kMostMemory / Blocks::memoryBytes(plans, blockBytes())));
  }

  bool isInterrupted() const { return options.interrupt && *options.interrupt != 0; }

  void work() {
    Scratch read, converted, packed;
    std::vector<Block> ahead;
    Block block;
    while (take(block, ahead)) {
      for (const Block &soon : ahead)
        checkpoint.willNeed(soon.tensor(), soon.sourceBegin(), soon.sourceBytes());
      const uint8_t *bytes = nullptr;
      Status status;
      try {
        if (block.end() <= resumeTo)
          status = writer.readAt(block.offset, packed.of(block.bytes), block.bytes);
        else
          status = pack(block, read, converted, packed, bytes);
      } catch (const std::bad_alloc &) {
        status = fail(V4_OUT_OF_MEMORY, "out of memory while packing weight '%s'",
                      block.plan->recipe->name.c_str());
      }
      deliver(block, bytes ? bytes : packed.of(0), std::move(status));
      if (bytes)
        writer.startWriteback(block.offset, block.bytes);
    }
  }

  /// `ahead` are the blocks whose sources should be read while this one is packed.
  bool take(Block &block, std::vector<Block> &ahead) {
    ahead.clear();
    std::lock_guard<std::mutex> lock(mutex);
    if (!failure.ok() || broken || isInterrupted() || !blocks.next(block))
      return false;
    for (Block next; lookedAhead < block.end() + kReadAhead && upcoming.next(next);) {
      lookedAhead = next.end();
      if (lookedAhead > resumeTo)
        ahead.push_back(next);
    }
    return true;
  }

  Status pack(const Block &block, Scratch &read, Scratch &converted, Scratch &packed, const uint8_t *&bytes) {
    const WeightPlan &plan = *block.plan;
    uint8_t *data = read.of(block.sourceBytes());
    std::string error;
    if (!checkpoint.read(block.tensor(), block.sourceBegin(), data, block.sourceBytes(), error))
      return Status(V4_IO_ERROR, error);
    if (block.sourceUnitBytes() != plan.packedUnitBytes) {
      uint8_t *units = converted.of(block.units() * plan.packedUnitBytes);
      V4_TRY(convertUnits(block, data, units));
      data = units;
    }
    if (plan.recipe->layout == format::Layout::panel_words &&
        plan.recipe->type == format::ElementType::f8e4m3)
      V4_TRY(checkNumbers(block, data));
    if (plan.panel > 1 && !plan.interleaved) {
      uint8_t *rows = packed.of(block.bytes);
      uint64_t present = block.units() * plan.packedUnitBytes;
      std::memcpy(rows, data, present);
      std::memset(rows + present, 0, block.bytes - present);
      data = rows;
    } else if (plan.panel > 1) {
      uint8_t *panels = packed.of(block.bytes);
      uint64_t columns = plan.columns * plan.packedUnitBytes / plan.panelUnitBytes;
      packPanels(data, block.rows, columns, plan.panelUnitBytes, plan.panel, panels);
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
    if (failure.ok() && !broken && status.ok()) {
      lock.unlock();
      status = accept(block, bytes);
      lock.lock();
    }
    if (failure.ok() && !status.ok())
      failure = std::move(status);
    ++turn;
    changed.notify_all();
  }

  Status accept(const Block &block, const uint8_t *bytes) {
    hash(block, bytes);
    if (hashed <= resumeTo) {
      resumedBytes = done;
      verify();
    } else if (verified != resumeTo) {
      setBroken(); // the last mark is not where a block ends
    } else if (hashed - marked >= options.markBytes) {
      V4_TRY(mark());
    }
    if (options.progress && !broken)
      options.progress(done, total);
    return {};
  }

  void verify() {
    for (; nextMark < writer.marks().size() && writer.marks()[nextMark].done <= hashed; ++nextMark) {
      const Mark &mark = writer.marks()[nextMark];
      if (mark.done != hashed)
        continue;
      if (mark.checksum != sectionHash.value())
        return setBroken();
      verified = marked = hashed;
    }
    if (hashed == resumeTo && verified != hashed)
      setBroken();
  }

  void setBroken() {
    std::lock_guard<std::mutex> lock(mutex);
    broken = true;
  }

  Status mark() {
    marked = hashed;
    return writer.mark({hashed, sectionHash.value()});
  }

  /// Interrupted: leaves a mark right where the packing ends.
  Status stop() {
    if (options.report)
      options.report->interrupted = true;
    // Not of bytes that were read back and not yet compared with their mark.
    if (hashed > resumeTo && hashed > marked)
      V4_TRY(mark());
    return fail(V4_IO_ERROR, "interrupted after %s of %s of weights", sizeText(done).c_str(),
                sizeText(total).c_str());
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

  const std::vector<WeightPlan> &plans;
  const checkpoint::Checkpoint &checkpoint;
  ArtifactWriter &writer;
  const PackOptions &options;
  const uint64_t resumeTo;

  std::mutex mutex; // guards the seven below
  std::condition_variable changed;
  Blocks blocks, upcoming;
  uint64_t lookedAhead = 0;
  uint64_t turn = 0;
  bool broken = false;
  Status failure;

  // Touched by the thread whose turn it is.
  StreamingChecksum weightHash, sectionHash;
  uint64_t hashed = 0, done = 0, total = 0;
  uint64_t marked = 0;
  size_t nextMark = 0; // of the writer's, to be compared
};

} // namespace

Status packWeights(format::ManifestT &manifest, const checkpoint::Checkpoint &checkpoint,
                   ArtifactWriter &writer, const PackOptions &options) {
  std::vector<WeightPlan> plans;
  V4_TRY(planWeights(manifest.weights, manifest.weights_bytes, checkpoint, plans));
  PackReport unused, &report = options.report ? *options.report : unused;
  report = {};
  for (const WeightPlan &plan : plans)
    report.bytes += plan.recipe->bytes;

  V4_TRY(writer.beginSection(format::SectionKind::weights, manifest.weights_bytes));
  uint64_t resumeTo = writer.marks().empty() ? 0 : writer.marks().back().done;
  std::unique_ptr<Packing> packing;
  for (;;) {
    if (resumeTo > 0 && options.note)
      options.note("going on after " + sizeText(resumeTo) + " of " + sizeText(manifest.weights_bytes) +
                   " that were packed before");
    packing = std::make_unique<Packing>(plans, checkpoint, writer, options, resumeTo);
    V4_TRY(packing->run());
    if (!packing->isBroken())
      break;
    if (options.note)
      options.note("not all of what was packed before is as it was written; the rest is packed again");
    resumeTo = packing->verified;
  }
  report.resumedBytes = packing->resumedBytes;
  uint64_t sectionChecksum = packing->finish(manifest.weights_bytes);
  V4_TRY(writer.endSection(sectionChecksum));
  for (size_t i = 0; i < plans.size(); ++i)
    manifest.weights[plans[i].index]->checksum = packing->checksums[i];
  manifest.weights_packed = true;
  return {};
}

} // namespace v4rt
