// `v4c verify OUT.v4 --against CHECKPOINT`: the artifact beside the reference executor.
#pragma once

namespace v4c {

/// `argv[1]` is "verify". Returns the exit status.
int runVerify(int argc, char **argv);

} // namespace v4c
