#include "tools/v4run/TokenizerSource.h"

#include "runtime/Artifact.h"
#include "tools/v4run/Failure.h"
#include "tools/v4run/InputFile.h"

#include <cstring>
#include <fstream>
#include <sys/stat.h>

namespace v4run {

using v4rt::text::Tokenizer;

static void check(const v4rt::Status &status) {
  if (!status.ok())
    throw Failure(status.text());
}

static std::unique_ptr<Tokenizer> parse(std::string_view json, const std::string &name) {
  std::unique_ptr<Tokenizer> tokenizer;
  check(Tokenizer::parse(json, name, tokenizer));
  return tokenizer;
}

static std::unique_ptr<Tokenizer> ofArtifact(const char *json, size_t bytes, const std::string &path) {
  if (bytes == 0)
    throw Failure(path + " has no tokenizer: compile a checkpoint that has a tokenizer.json, or give v4c "
                         "--tokenizer");
  return parse({json, bytes}, "the tokenizer of " + path);
}

static bool isArtifact(const std::string &path) {
  char magic[sizeof v4rt::format::kMagic] = {};
  struct stat file;
  if (path == "-" || stat(path.c_str(), &file) != 0 || !S_ISREG(file.st_mode)) // a pipe is read only once
    return false;
  std::ifstream(path, std::ios::binary).read(magic, sizeof magic);
  return !memcmp(magic, v4rt::format::kMagic, sizeof magic);
}

std::unique_ptr<Tokenizer> loadTokenizer(const std::string &path) {
  if (!isArtifact(path))
    return parse(readInput(path), inputName(path));
  v4rt::Artifact artifact;
  check(artifact.open(path, V4_VERIFY_NEVER));
  return ofArtifact(reinterpret_cast<const char *>(artifact.tokenizer().data), artifact.tokenizer().size,
                    path);
}

std::unique_ptr<Tokenizer> loadTokenizer(const v4::Model &model, const std::string &path) {
  const char *json = nullptr;
  size_t bytes = 0;
  v4::call(v4_model_tokenizer_json, model.get(), &json, &bytes);
  return ofArtifact(json, bytes, path);
}

} // namespace v4run
