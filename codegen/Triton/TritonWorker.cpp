#include "codegen/Triton/TritonWorker.h"

#include "codegen/Triton/GpuCodegen.h"
#include "llvm/ADT/ScopeExit.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

namespace mlir::v4 {

static constexpr StringLiteral kWorker =
#include "Worker.inc"
    ;

// A kernel takes seconds; one that takes this long will not end.
static constexpr int kPatienceSeconds = 600;

static std::string environment(const char *name) {
  const char *value = std::getenv(name);
  return value ? value : "";
}

llvm::Expected<std::string> findTritonPython(StringRef given) {
  std::string python = given.empty() ? environment("V4C_TRITON_PYTHON") : given.str();
  std::string where = given.empty() ? "named by V4C_TRITON_PYTHON" : "asked for";
  if (python.empty()) {
    std::string home = environment("V4C_TRITON_HOME");
    if (home.empty())
      home = environment("HOME") + "/.local/share/v4c/triton-" + kTritonVersion.str();
    python = home + "/bin/python";
    where = "where tools/install-deps.sh puts it (V4C_TRITON_PYTHON is not set)";
  }
  // With a slash it is a file; else PATH is searched when it starts.
  if (StringRef(python).contains('/') && !llvm::sys::fs::can_execute(python))
    return llvm::createStringError("found no Python with Triton " + kTritonVersion + ": there is no " +
                                   python + ", " + where + "; tools/install-deps.sh installs it");
  return python;
}

TritonWorker::~TritonWorker() { stop(); }

void TritonWorker::stop() {
  if (channel >= 0)
    ::close(channel);
  channel = -1;
  if (process > 0) {
    ::kill(process, SIGTERM);
    ::waitpid(process, nullptr, 0);
  }
  process = -1;
}

// Ours without what would change Triton's output.
static std::vector<std::string> workerEnvironment(StringRef folder) {
  std::vector<std::string> variables;
  for (char **variable = environ; *variable; ++variable)
    if (StringRef text(*variable);
        !text.starts_with("TRITON_") && !text.starts_with("MLIR_") && !text.starts_with("LLVM_"))
      variables.push_back(text.str());
  variables.push_back("TRITON_CACHE_DIR=" + folder.str());
  variables.push_back("TRITON_DISABLE_LINE_INFO=1");
  variables.push_back("PYTHONDONTWRITEBYTECODE=1");
  return variables;
}

llvm::Error TritonWorker::start(StringRef python, StringRef folder) {
  std::string script = (folder + "/worker.py").str();
  errorFile = (folder + "/stderr").str();
  if (std::error_code error = llvm::sys::fs::create_directories(folder))
    return llvm::createStringError(error, "cannot make the folder " + folder + ": " + error.message());
  std::error_code error;
  llvm::raw_fd_ostream file(script, error);
  if (!error) {
    file << kWorker;
    file.close();
    error = file.error();
    file.clear_error();
  }
  if (error)
    return llvm::createStringError(error, "cannot write " + script + ": " + error.message());

  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
    return llvm::createStringError(llvm::Twine("cannot make a socket: ") + std::strerror(errno));
  llvm::scope_exit closeTheirs([&] { ::close(ends[1]); });
  channel = ends[0];
  timeval patience{kPatienceSeconds, 0};
  ::setsockopt(channel, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));

  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  llvm::scope_exit destroy([&] { posix_spawn_file_actions_destroy(&actions); });
  posix_spawn_file_actions_adddup2(&actions, ends[1], 0);
  posix_spawn_file_actions_adddup2(&actions, ends[1], 1);
  posix_spawn_file_actions_addopen(&actions, 2, errorFile.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  std::string program = python.str();
  char *arguments[] = {program.data(), script.data(), nullptr};
  std::vector<std::string> variables = workerEnvironment(folder);
  std::vector<char *> pointers;
  for (std::string &variable : variables)
    pointers.push_back(variable.data());
  pointers.push_back(nullptr);
  if (int failed = posix_spawnp(&process, program.c_str(), &actions, nullptr, arguments, pointers.data())) {
    process = -1;
    return llvm::createStringError("cannot start " + python + ": " + std::strerror(failed));
  }
  ::close(ends[1]);
  closeTheirs.release();

  llvm::Expected<llvm::json::Object> greeting = receive();
  if (!greeting)
    return llvm::createStringError("no Triton in " + python + ": " + llvm::toString(greeting.takeError()) +
                                   "; tools/install-deps.sh installs it");
  StringRef version = greeting->getString("triton").value_or("");
  if (version != kTritonVersion)
    return llvm::createStringError("found Triton " + version + " in " + python + ", but v4c wants " +
                                   kTritonVersion);
  return llvm::Error::success();
}

// The worker's last words.
static std::string lastLine(StringRef path) {
  auto file = llvm::MemoryBuffer::getFile(path);
  StringRef text = file ? (*file)->getBuffer().rtrim() : "";
  return text.substr(text.find_last_of('\n') + 1).str();
}

llvm::Error TritonWorker::lost(const llvm::Twine &what) {
  std::string message = what.str(), last = lastLine(errorFile);
  stop();
  return llvm::createStringError(message + (last.empty() ? "" : ", its last words: " + last));
}

llvm::Expected<llvm::json::Object> TritonWorker::receive() {
  size_t end;
  while ((end = received.find('\n')) == std::string::npos) {
    char buffer[4096];
    ssize_t bytes = ::recv(channel, buffer, sizeof(buffer), 0);
    if (bytes < 0 && errno == EINTR)
      continue;
    if (bytes < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
      return lost("Triton's process did not answer for " + llvm::Twine(kPatienceSeconds) + " seconds");
    if (bytes <= 0)
      return lost("Triton's process ended");
    received.append(buffer, bytes);
  }
  std::string line = received.substr(0, end);
  received.erase(0, end + 1);
  llvm::Expected<llvm::json::Value> parsed = llvm::json::parse(line);
  if (!parsed)
    return parsed.takeError();
  llvm::json::Object *object = parsed->getAsObject();
  if (!object)
    return llvm::createStringError("Triton's process answered " + line);
  if (std::optional<StringRef> error = object->getString("error"))
    return llvm::createStringError(*error);
  return std::move(*object);
}

// The first error among what was printed after `offset`.
static std::string firstError(StringRef path, uint64_t offset) {
  auto file = llvm::MemoryBuffer::getFile(path);
  StringRef text =
      file ? (*file)->getBuffer().drop_front(std::min<uint64_t>(offset, (*file)->getBufferSize())) : "";
  size_t at = text.find("error: ");
  return at == StringRef::npos ? ""
                               : text.drop_front(at + 7).take_until([](char c) { return c == '\n'; }).str();
}

llvm::Expected<llvm::json::Object> TritonWorker::ask(llvm::json::Object request) {
  uint64_t printed = 0;
  (void)llvm::sys::fs::file_size(errorFile, printed);
  std::string line;
  llvm::raw_string_ostream(line) << llvm::json::Value(std::move(request)) << '\n';
  for (StringRef rest = line; !rest.empty();) {
    ssize_t bytes = ::send(channel, rest.data(), rest.size(), MSG_NOSIGNAL);
    if (bytes < 0 && errno == EINTR)
      continue;
    if (bytes < 0)
      return lost("Triton's process ended");
    rest = rest.drop_front(bytes);
  }
  llvm::Expected<llvm::json::Object> answer = receive();
  if (answer || !isRunning())
    return answer;
  // Of its passes, Triton only says that they failed; what they said is here.
  std::string message = llvm::toString(answer.takeError()), reason = firstError(errorFile, printed);
  return llvm::createStringError(message + (reason.empty() ? "" : ": " + reason));
}

} // namespace mlir::v4
