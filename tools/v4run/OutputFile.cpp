#include "tools/v4run/OutputFile.h"

#include "runtime/AtomicFile.h"
#include "tools/v4run/Failure.h"

#include <sys/stat.h>

namespace v4run {

void checkWritable(const std::string &path) {
  struct stat existing;
  // A rename would put a file in the place of a device or pipe.
  if (stat(path.c_str(), &existing) == 0 && !S_ISREG(existing.st_mode))
    throw Failure(path + " is no regular file, and would be replaced");
  v4rt::AtomicFile probe;
  check(probe.create(path));
}

void writeTextFile(const std::string &path, const std::string &text) {
  checkWritable(path);
  v4rt::AtomicFile file;
  v4rt::Status status = file.create(path);
  if (status.ok())
    status = file.writeAt(0, text.data(), text.size());
  if (status.ok())
    status = file.commit();
  check(status);
}

} // namespace v4run
