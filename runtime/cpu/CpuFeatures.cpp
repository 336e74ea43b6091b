#include "runtime/cpu/CpuFeatures.h"

#include "runtime/cpu/Bf16Dots.h"

#include <cstdio>
#include <cstdlib>
#include <memory>

namespace v4rt::cpu {

Features Features::parse(std::string_view flags) {
  Features features;
  while (!flags.empty()) {
    size_t end = flags.find_first_of(" \t\n");
    if (end != 0)
      features.names.emplace(flags.substr(0, end));
    flags.remove_prefix(end == std::string_view::npos ? flags.size() : end + 1);
  }
  return features;
}

Status Features::detect(Features &features) {
  const char *path = "/proc/cpuinfo";
  std::unique_ptr<FILE, int (*)(FILE *)> file(fopen(path, "re"), fclose);
  if (!file)
    return ioError("open", path);
  // Only as far as the first processor's flags: the file of a large machine takes milliseconds to make.
  char *line = nullptr;
  size_t capacity = 0;
  bool found = false;
  while (!found && getline(&line, &capacity, file.get()) > 0) {
    std::string_view text(line);
    size_t colon = text.find(':');
    found = text.substr(0, 5) == "flags" && colon != std::string_view::npos;
    if (found)
      features = parse(text.substr(colon + 1));
  }
  free(line);
  if (!found)
    return fail(V4_UNSUPPORTED, "%s names no CPU features: this runtime wants an x86-64 processor", path);
  if (features.has("avx512_bf16") && Bf16Dots::ofThisProcessor().inOrder)
    features.names.emplace("v4_bf16_in_order");
  if (features.has("avx512_bf16") && Bf16Dots::ofThisProcessor().fast)
    features.names.emplace("v4_bf16_fast");
  return {};
}

} // namespace v4rt::cpu
