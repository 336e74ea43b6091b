// `v4c report`.
#pragma once

namespace v4c {

/// `argv[1]` is "report". The exit status; errors are printed.
int runReport(int argc, char **argv);

} // namespace v4c
