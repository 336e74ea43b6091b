#include "test/Support/Process.h"

#include <chrono>
#include <cstring>
#include <fcntl.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

namespace v4test {

static std::vector<char *> pointers(const std::vector<std::string> &strings) {
  std::vector<char *> result;
  for (const std::string &string : strings)
    result.push_back(const_cast<char *>(string.c_str()));
  result.push_back(nullptr);
  return result;
}

// Reads both pipes until they close; a program that fills one while we wait for the other would hang.
static void drain(int out, int err, Finished &finished) {
  pollfd pipes[2] = {{out, POLLIN, 0}, {err, POLLIN, 0}};
  std::string *texts[2] = {&finished.out, &finished.err};
  int open = 2;
  char buffer[65536];
  while (open > 0 && poll(pipes, 2, -1) >= 0) {
    for (int i = 0; i < 2; ++i) {
      if (pipes[i].fd < 0 || pipes[i].revents == 0)
        continue;
      ssize_t got = read(pipes[i].fd, buffer, sizeof buffer);
      if (got > 0) {
        texts[i]->append(buffer, static_cast<size_t>(got));
      } else {
        close(pipes[i].fd);
        pipes[i].fd = -1;
        --open;
      }
    }
  }
}

Finished run(const std::vector<std::string> &command, const std::vector<std::string> &environment) {
  std::vector<std::string> variables(environment);
  for (char **variable = environ; *variable; ++variable) {
    std::string name(*variable, strcspn(*variable, "=") + 1);
    bool replaced = false;
    for (const std::string &added : environment)
      replaced |= added.compare(0, name.size(), name) == 0;
    if (!replaced)
      variables.push_back(*variable);
  }
  std::vector<char *> arguments = pointers(command);
  std::vector<char *> childEnvironment = pointers(variables);

  Finished finished;
  int out[2], err[2];
  if (pipe2(out, O_CLOEXEC) != 0 || pipe2(err, O_CLOEXEC) != 0)
    return finished;
  auto start = std::chrono::steady_clock::now();
  pid_t child = fork();
  if (child == 0) {
    int nothing = open("/dev/null", O_RDONLY);
    dup2(nothing, 0);
    dup2(out[1], 1);
    dup2(err[1], 2);
    execve(arguments[0], arguments.data(), childEnvironment.data());
    _exit(127);
  }
  close(out[1]);
  close(err[1]);
  drain(out[0], err[0], finished);
  int status = 0;
  rusage usage{};
  if (child < 0 || wait4(child, &status, 0, &usage) != child)
    return finished;
  finished.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  finished.peakKilobytes = usage.ru_maxrss;
  finished.exitCode = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return finished;
}

} // namespace v4test
