#include "runtime/cpu/Processors.h"

#include <algorithm>
#include <cctype>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <sched.h>

namespace v4rt::cpu {

std::vector<int> parseCpuList(const std::string &text) {
  std::vector<int> numbers;
  const char *at = text.c_str();
  while (*at && *at != '\n') {
    char *end;
    if (!isdigit(static_cast<unsigned char>(*at)))
      return {};
    long first = strtol(at, &end, 10), last = first;
    if (*end == '-')
      last = strtol(end + 1, &end, 10);
    if (last < first || last >= CPU_SETSIZE)
      return {};
    for (long number = first; number <= last; ++number)
      numbers.push_back(int(number));
    if (*end == ',')
      ++end;
    at = end;
  }
  return numbers;
}

static std::string firstLine(const std::string &path) {
  std::unique_ptr<FILE, int (*)(FILE *)> file(fopen(path.c_str(), "re"), fclose);
  char *line = nullptr;
  size_t capacity = 0;
  std::string text;
  if (file && getline(&line, &capacity, file.get()) > 0)
    text = line;
  free(line);
  return text;
}

Processors Processors::read(const std::string &folder, const std::vector<int> &numbers) {
  Processors found;
  for (int number : numbers)
    found.all.push_back({number, -1});
  for (int system : parseCpuList(firstLine(folder + "/online"))) {
    std::vector<int> near = parseCpuList(firstLine(folder + "/node" + std::to_string(system) + "/cpulist"));
    int node = int(found.nodes.size());
    bool used = false;
    for (Processor &processor : found.all)
      if (processor.node < 0 && std::find(near.begin(), near.end(), processor.number) != near.end())
        processor.node = node, used = true;
    if (used)
      found.nodes.push_back(system);
  }
  bool whole =
      std::all_of(found.all.begin(), found.all.end(), [](const Processor &p) { return p.node >= 0; });
  if (!whole || found.nodes.empty()) {
    found.nodes = {0};
    for (Processor &processor : found.all)
      processor.node = 0;
  }
  return found;
}

Processors Processors::available() {
  cpu_set_t set;
  std::vector<int> numbers;
  if (sched_getaffinity(0, sizeof(set), &set) == 0)
    for (int number = 0; number < CPU_SETSIZE; ++number)
      if (CPU_ISSET(number, &set))
        numbers.push_back(number);
  const char *folder = getenv("V4_NUMA_NODES");
  return read(folder && *folder ? folder : "/sys/devices/system/node", numbers);
}

int nodeHere(const Processors &processors) {
  int here = sched_getcpu();
  auto less = [](const Processor &p, int number) { return p.number < number; };
  auto at = std::lower_bound(processors.all.begin(), processors.all.end(), here, less);
  return at != processors.all.end() && at->number == here ? at->node : 0;
}

Status pin(pthread_t thread, int processor) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(processor, &set);
  if (int failed = pthread_setaffinity_np(thread, sizeof(set), &set))
    return fail(V4_UNSUPPORTED, "a thread cannot be pinned to processor %d: %s", processor, strerror(failed));
  return {};
}

} // namespace v4rt::cpu
