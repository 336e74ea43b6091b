#include "tools/v4run/TokenizerSource.h"

#include "runtime/ApiGuard.h"
#include "runtime/ArtifactTokenizer.h"
#include "tools/v4run/Failure.h"
#include "tools/v4run/InputFile.h"

#include <cstring>
#include <fstream>
#include <sys/stat.h>

namespace v4run {

using v4rt::text::Tokenizer;

static std::unique_ptr<Tokenizer> parse(std::string_view json, const std::string &name) {
  std::unique_ptr<Tokenizer> tokenizer;
  check(Tokenizer::parse(json, name, tokenizer));
  return tokenizer;
}

static std::unique_ptr<Tokenizer> ofArtifact(const v4rt::ArtifactView &artifact, const std::string &path) {
  if (!artifact.tokenizer())
    throw Failure(path + " has no tokenizer: compile a checkpoint that has a tokenizer.json, or give v4c "
                         "--tokenizer");
  std::unique_ptr<Tokenizer> tokenizer;
  check(v4rt::readTokenizer(artifact, "the tokenizer of " + path, tokenizer));
  return tokenizer;
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
  return ofArtifact(artifact, path);
}

std::unique_ptr<Tokenizer> loadTokenizer(const v4::Model &model, const std::string &path) {
  return ofArtifact(model.get()->implementation->artifact(), path);
}

} // namespace v4run
