// What a partial artifact (OUT.v4.partial) says about itself where an artifact has its header and table: of
// which inputs it is, and how far its weights have got. The finished file has the header there instead, so
// that nothing is left beside it, and a partial one is never taken for an artifact.
//
// A mark is an offset in the weights section and the XXH3-64 of all bytes before it. Marks are written as
// data are, without syncs: whoever goes on from one reads the bytes again and compares, which the checksum
// of the section wants anyway. So neither a kill nor a crash of the machine can pass off bytes that are not
// there.
#pragma once

#include "runtime/AtomicFile.h"

#include <cstdint>
#include <string>
#include <vector>

namespace v4rt {

/// Fingerprints of all that the bytes of an artifact depend on.
struct PackInputs {
  uint64_t program = 0;
  uint64_t checkpoint = 0;
};

struct Mark {
  uint64_t done = 0;
  uint64_t checksum = 0;
};

class PartialMarks {
public:
  /// Reads what `file` says. If that is of other inputs, or nothing, the file is made empty; then `why` is a
  /// clause for a person where there was something to lose.
  Status open(AtomicFile &file, const PackInputs &inputs, std::string &why);

  /// Marks of an earlier run, ascending.
  const std::vector<Mark> &found() const { return marks; }

  /// Marks of the latest few gigabytes are kept.
  Status add(AtomicFile &file, const Mark &mark);

private:
  Status begin(AtomicFile &file, const PackInputs &inputs);

  uint64_t identity = 0;
  uint64_t next = 0; // slot
  std::vector<Mark> marks;
};

} // namespace v4rt
