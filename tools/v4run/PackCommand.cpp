// v4run pack: weights for an artifact that was compiled without, on the machine that runs it.
#include "runtime/checkpoint/Checkpoint.h"
#include "runtime/pack/PackArtifact.h"
#include "tools/v4run/CommandLine.h"
#include "tools/v4run/Commands.h"
#include "tools/v4run/Failure.h"
#include "tools/v4run/OutputFile.h"
#include "tools/v4run/Progress.h"

namespace v4run {

void packCommand(const Arguments &arguments) {
  CommandLine line(
      "pack PROGRAM.v4 --weights CHECKPOINT -o OUT.v4 [option...]",
      "Writes the artifact PROGRAM.v4, compiled with v4c --no-weights, together with the weights of\n"
      "a checkpoint folder, and its tokenizer unless the program has one. The same input gives the same\n"
      "file.");
  line.positional("artifact")
      .value("weights", "FOLDER", "config.json and safetensors files")
      .value("output,o", "FILE", "the artifact to write")
      .value("tokenizer", "FILE", "a tokenizer.json to take instead")
      .value("threads", "N", "threads that pack (one a processor)");
  if (!line.parse(arguments))
    return;
  std::string folder = line.required("weights"), output = line.required("output");
  checkWritable(output);
  using v4rt::checkpoint::Checkpoint;
  std::string error;
  std::unique_ptr<Checkpoint> checkpoint = Checkpoint::open(folder, Checkpoint::Weights::required, error);
  if (!checkpoint)
    throw Failure(error);

  Progress progress("packing", "MiB");
  v4rt::PackOptions options;
  options.threads = line.threads();
  options.tokenizer = line.text("tokenizer");
  options.progress = [&](uint64_t done, uint64_t total) { progress.update(done >> 20, total >> 20); };
  v4rt::Status status = v4rt::packArtifact(line.text("artifact"), *checkpoint, output, options);
  progress.clear();
  if (!status.ok())
    throw Failure(status.text());
}

} // namespace v4run
