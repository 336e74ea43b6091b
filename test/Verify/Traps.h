// The known traps of the architecture (specification, section 11), planted.
#pragma once

#include "codegen/Verify/Run.h"
#include "test/Verify/TrapBuild.h"

namespace v4test {

struct Trap {
  const char *name; // "theta"; its number first
  const char *fixture, *numerics;
  Change change;
  std::string value; // the first that differs
  std::string op;
  std::string also; // another one that differs; empty: not looked at
};

/// One or more of each of the fourteen, but for left padding, which is a matter of how a sequence is served.
std::vector<Trap> traps();

} // namespace v4test
