// The processors that this process may run on, and the memory that is near them.
#pragma once

#include "runtime/Status.h"

#include <pthread.h>
#include <string>
#include <vector>

namespace v4rt::cpu {

struct Processor {
  int number; // as the system counts
  int node;   // of memory; counts the nodes that have processors here, from 0
};

struct Processors {
  std::vector<Processor> all; // by number
  std::vector<int> nodes;     // the system's numbers

  /// Those this process may run on; at least one, unless there are more than a cpu_set_t holds. V4_NUMA_NODES
  /// names another folder than the system's.
  static Processors available();
  /// Of `numbers`, with the nodes as the files of `folder` list them: node0/cpulist and so on. Without such
  /// files all is one node.
  static Processors read(const std::string &folder, const std::vector<int> &numbers);
};

/// "0-3,8" to 0, 1, 2, 3, 8; nothing if it is no such list.
std::vector<int> parseCpuList(const std::string &text);

/// The node of the processor that the calling thread is on; 0 if that is none of these.
int nodeHere(const Processors &processors);

/// Lets a thread run on this processor alone.
Status pin(pthread_t thread, int processor);

} // namespace v4rt::cpu
