// A slot on disk: this header, then the live rows of every state in the order of the manifest. How many rows
// are live follows from the length, so the file's size is known before its content is looked at.
#include "runtime/AtomicFile.h"
#include "runtime/Checksum.h"
#include "runtime/MappedFile.h"
#include "runtime/Session.h"

#include <algorithm>
#include <cinttypes>
#include <cstring>

namespace v4rt {

static constexpr char kMagic[8] = {'V', '4', 'S', 'N', 'A', 'P', '\r', '\n'};
static constexpr uint32_t kMajor = 1;
static constexpr uint64_t kPiece = uint64_t(16) << 20; // what is read from the device at once

namespace {
struct SnapshotHeader {
  char magic[8];
  uint32_t major;
  uint32_t length;   // tokens
  uint64_t identity; // ArtifactView::identity
  uint64_t payload_bytes;
  uint64_t payload_checksum;
  uint64_t header_checksum; // with this field zero
  uint64_t reserved[2];
};
static_assert(sizeof(SnapshotHeader) == 64);
} // namespace

static uint64_t headerChecksum(SnapshotHeader header) {
  header.header_checksum = 0;
  return checksum(&header, sizeof(header));
}

static uint64_t liveBytes(const States &states, uint64_t length) {
  uint64_t bytes = 0;
  for (const States::State &state : states.all())
    bytes += States::liveRows(state, length) * state.rowBytes;
  return bytes;
}

Status Session::snapshot(int32_t slot, const char *path) const {
  V4_TRY(checkSlot(slot));
  SnapshotHeader header;
  memset(&header, 0, sizeof(header));
  memcpy(header.magic, kMagic, sizeof(kMagic));
  header.major = kMajor;
  header.length = lengths[slot];
  header.identity = model->artifact().identity();
  header.payload_bytes = liveBytes(states, header.length);

  AtomicFile file;
  V4_TRY(file.create(path));
  StreamingChecksum sum;
  uint64_t offset = sizeof(header);
  for (const States::State &state : states.all()) {
    uint64_t bytes = States::liveRows(state, header.length) * state.rowBytes;
    for (uint64_t done = 0; done < bytes; done += kPiece) {
      uint64_t piece = std::min(bytes - done, kPiece);
      const uint8_t *values;
      V4_TRY(device->read(states.slot(state, slot) + done, piece, values));
      V4_TRY(file.writeAt(offset + done, values, piece));
      sum.update(values, piece);
    }
    offset += bytes;
  }
  header.payload_checksum = sum.value();
  header.header_checksum = headerChecksum(header);
  V4_TRY(file.writeAt(0, &header, sizeof(header)));
  return file.commit();
}

static Status checkSnapshot(const MappedFile &file, const char *path, uint64_t identity,
                            SnapshotHeader &header) {
  if (file.size() < sizeof(header))
    return fail(V4_BAD_SNAPSHOT, "%s is not a snapshot: it has %" PRIu64 " bytes, a header has %zu", path,
                file.size(), sizeof(header));
  memcpy(&header, file.data(), sizeof(header));
  if (memcmp(header.magic, kMagic, sizeof(kMagic)) != 0)
    return fail(V4_BAD_SNAPSHOT, "%s is not a snapshot: it does not begin with the bytes V4SNAP", path);
  if (header.major != kMajor)
    return fail(V4_UNSUPPORTED, "%s is a snapshot of format version %u, this runtime reads version %u", path,
                header.major, kMajor);
  if (headerChecksum(header) != header.header_checksum)
    return fail(V4_BAD_SNAPSHOT, "%s is damaged: the checksum of its header does not match", path);
  if (header.identity != identity)
    return fail(V4_BAD_SNAPSHOT,
                "%s is a snapshot of another artifact (%016" PRIx64 ", this one is %016" PRIx64 ")", path,
                header.identity, identity);
  uint64_t payload = file.size() - sizeof(header);
  if (payload != header.payload_bytes)
    return fail(V4_BAD_SNAPSHOT, "%s is %s: it has %" PRIu64 " bytes of state, its header says %" PRIu64,
                path, payload < header.payload_bytes ? "truncated" : "damaged", payload,
                header.payload_bytes);
  if (checksum(file.data() + sizeof(header), payload) != header.payload_checksum)
    return fail(V4_BAD_SNAPSHOT, "%s is damaged: the checksum of its state does not match", path);
  return {};
}

Status Session::restore(int32_t slot, const char *path) {
  V4_TRY(checkSlot(slot));
  MappedFile file;
  V4_TRY(file.open(path));
  SnapshotHeader header;
  V4_TRY(checkSnapshot(file, path, model->artifact().identity(), header));
  // Checksums keep accidents out, not intent: what follows must hold for any header.
  if (header.length > manifest().model()->max_context())
    return fail(V4_BAD_SNAPSHOT, "%s holds %u tokens, the artifact's max context is %u", path, header.length,
                manifest().model()->max_context());
  if (header.payload_bytes != liveBytes(states, header.length))
    return fail(V4_BAD_SNAPSHOT, "%s has %" PRIu64 " bytes of state, %u tokens have %" PRIu64, path,
                header.payload_bytes, header.length, liveBytes(states, header.length));

  V4_TRY(states.clear(slot));
  states.grow(slot, header.length);
  const uint8_t *from = file.data() + sizeof(header);
  for (const States::State &state : states.all()) {
    uint64_t bytes = States::liveRows(state, header.length) * state.rowBytes;
    V4_TRY(device->write(states.slot(state, slot), from, bytes));
    from += bytes;
  }
  lengths[slot] = header.length;
  return {};
}

} // namespace v4rt
