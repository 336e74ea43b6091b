// An artifact with one weight of every kind, and a checkpoint for it.
#pragma once

#include "runtime/pack/PackArtifact.h"
#include "test/Pack/Recipes.h"
#include "test/Support/Scratch.h"

#include <filesystem>
#include <gtest/gtest.h>

namespace v4test {

/// The smallest model that a reader takes: nothing is run.
void fillModel(v4rt::format::ManifestT &manifest);

struct SmallArtifact : testing::Test {
  CheckpointMaker maker;
  std::unique_ptr<v4rt::checkpoint::Checkpoint> checkpoint;
  v4rt::format::ManifestT manifest;
  std::string folder = scratchFolder("artifact"), program = folder + "/program.v4",
              full = folder + "/full.v4";
  const std::string kernels = std::string("\x7f"
                                          "ELF") +
                              std::string(5000, 'k');

  SmallArtifact() {
    fillModel(manifest);
    addAllKinds(maker, manifest);
    checkpoint = maker.open("artifact-checkpoint");
  }

  v4rt::Status write(const std::string &path, const v4rt::checkpoint::Checkpoint *checkpoint,
                     const v4rt::PackOptions &options = {}) {
    return writeArtifact(path, manifest, code(), checkpoint, options);
  }

  v4rt::Code code() const {
    return {{reinterpret_cast<const uint8_t *>(kernels.data()), kernels.size()}, {}};
  }

  int files() { return std::distance(std::filesystem::directory_iterator(folder), {}); }
};

} // namespace v4test
