// toy-seeds FOLDER: writes an artifact and its manifest, for fuzz_artifact to start from.
#include "test/Runtime/ToyArtifact.h"

#include <cstdio>
#include <fstream>

int main(int argc, char **argv) {
  if (argc != 2) {
    fprintf(stderr, "usage: toy-seeds FOLDER\n");
    return 2;
  }
  std::string folder = argv[1];
  v4test::ManifestSpec manifest = v4test::toyManifest();
  manifest.tokenizer = R"({"model": {}})";
  v4rt::Status status = v4test::writeArtifact(folder + "/toy.v4", manifest, "kernels");
  if (!status.ok()) {
    fprintf(stderr, "toy-seeds: %s\n", status.text().c_str());
    return 1;
  }
  std::ofstream(folder + "/manifest", std::ios::binary) << v4test::toyManifest().build();
  return 0;
}
