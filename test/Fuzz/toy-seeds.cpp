// toy-seeds FOLDER: writes artifacts and a manifest, for fuzz_artifact to start from.
#include "runtime/pack/ArtifactWriter.h"
#include "test/Runtime/ToyArtifact.h"

#include <cstdio>
#include <fstream>

/// An artifact that names a file of weights.
static v4rt::Status writeBeside(const std::string &path, const std::string &packed) {
  v4test::format::ManifestT manifest;
  v4test::format::GetManifest(packed.data())->UnPackTo(&manifest);
  manifest.weights_file = std::make_unique<v4test::format::WeightsFileT>();
  manifest.weights_file->name = "toy.v4.weights";
  flatbuffers::FlatBufferBuilder builder;
  v4test::format::FinishManifestBuffer(builder, v4test::format::Manifest::Pack(builder, &manifest));
  v4rt::ArtifactWriter writer;
  V4_TRY(writer.create(path));
  V4_TRY(writer.addSection(v4test::format::SectionKind::manifest, builder.GetBufferPointer(),
                           builder.GetSize()));
  return writer.finish();
}

int main(int argc, char **argv) {
  if (argc != 2) {
    fprintf(stderr, "usage: toy-seeds FOLDER\n");
    return 2;
  }
  std::string folder = argv[1];
  v4test::ManifestSpec manifest = v4test::toyManifest();
  manifest.tokenizer = R"({"model": {}})";
  v4rt::Status status = v4test::writeArtifact(folder + "/toy.v4", manifest, "kernels");
  if (status.ok())
    status = writeBeside(folder + "/beside.v4", manifest.build());
  if (status.ok())
    status = v4test::writeArtifact(folder + "/gpu.v4", v4test::gpuToyManifest(), "kernels");
  if (!status.ok()) {
    fprintf(stderr, "toy-seeds: %s\n", status.text().c_str());
    return 1;
  }
  std::ofstream(folder + "/manifest", std::ios::binary) << v4test::toyManifest().build();
  return 0;
}
