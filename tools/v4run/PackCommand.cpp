// v4run pack: weights for an artifact that was compiled without, on the machine that runs it.
#include "runtime/checkpoint/Checkpoint.h"
#include "runtime/pack/PackArtifact.h"
#include "runtime/pack/SyntheticWeights.h"
#include "tools/Signals.h"
#include "tools/v4run/CommandLine.h"
#include "tools/v4run/Commands.h"
#include "tools/v4run/Failure.h"
#include "tools/v4run/OutputFile.h"
#include "tools/v4run/Progress.h"

#include <nlohmann/json.hpp>

namespace v4run {

using v4rt::checkpoint::Checkpoint;

static void printReport(const v4rt::PackReport &report, double seconds, bool asJson) {
  auto packed = static_cast<double>(report.bytes - report.resumedBytes);
  double rate = seconds > 0 ? packed / seconds : 0;
  uint64_t resident = v4tools::peakResidentBytes();
  if (asJson) {
    nlohmann::ordered_json json{{"weights_bytes", report.bytes},
                                {"resumed_bytes", report.resumedBytes},
                                {"seconds", seconds},
                                {"bytes_per_second", rate},
                                {"peak_resident_bytes", resident}};
    printf("%s\n", json.dump().c_str());
    return;
  }
  std::string before = report.resumedBytes
                           ? " (" + v4tools::bytesText(static_cast<double>(report.resumedBytes)) + " before)"
                           : "";
  printf("packed %s%s in %.1f s, %s/s; at most %s of memory\n", v4tools::bytesText(packed).c_str(),
         before.c_str(), seconds, v4tools::bytesText(rate).c_str(),
         v4tools::bytesText(static_cast<double>(resident)).c_str());
}

static void packSynthetic(const CommandLine &line, const std::string &output) {
  for (const char *option : {"weights", "tokenizer", "weights-beside", "restart", "threads", "json"})
    if (line.has(option))
      throw UsageError("option --synthetic makes weights up, so --" + std::string(option) +
                       " says nothing beside it");
  Progress progress("packing", "MB");
  v4rt::Status status =
      v4rt::packSynthetic(line.text("artifact"), output, [&](uint64_t done, uint64_t total) {
        progress.update(done / 1000000, total / 1000000);
      });
  progress.clear();
  check(status);
}

void packCommand(const Arguments &arguments) {
  CommandLine line(
      "pack PROGRAM.v4 --weights CHECKPOINT -o OUT.v4 [option...]",
      "Writes the artifact PROGRAM.v4, compiled with v4c --no-weights, together with the weights of\n"
      "a checkpoint folder, and its tokenizer unless the program has one. The same input gives the same\n"
      "file. A run that was interrupted or killed leaves OUT.v4.partial, from which the same command goes\n"
      "on.");
  line.positional("artifact")
      .value("weights", "FOLDER", "config.json and safetensors files")
      .flag("synthetic", "weights that mean nothing instead, to time a model with")
      .value("output,o", "FILE", "the artifact to write")
      .value("tokenizer", "FILE", "a tokenizer.json to take instead")
      .flag("weights-beside", "write the weights to FILE.weights, which FILE names")
      .flag("restart", "drop what an interrupted run has packed")
      .value("threads", "N", "threads that pack (one a processor)")
      .flag("json", "print size, time, rate and memory as one JSON object");
  if (!line.parse(arguments))
    return;
  std::string output = line.required("output");
  if (line.has("synthetic"))
    return checkWritable(output), packSynthetic(line, output);
  std::string folder = line.required("weights");
  checkWritable(output);
  std::string error;
  std::unique_ptr<Checkpoint> checkpoint = Checkpoint::open(folder, Checkpoint::Weights::required, error);
  if (!checkpoint)
    throw Failure(error);

  v4tools::CaughtSignals signals;
  Progress progress("packing", "MB");
  v4rt::PackReport report;
  v4rt::PackOptions options;
  options.threads = line.threads();
  options.tokenizer = line.text("tokenizer");
  options.weightsBeside = line.has("weights-beside");
  options.restart = line.has("restart");
  options.interrupt = &v4tools::CaughtSignals::number();
  options.report = &report;
  options.progress = [&](uint64_t done, uint64_t total) { progress.update(done / 1000000, total / 1000000); };
  options.note = [&](const std::string &sentence) {
    progress.clear();
    fprintf(stderr, "v4run: note: %s\n", sentence.c_str());
  };
  auto start = std::chrono::steady_clock::now();
  v4rt::Status status = v4rt::packArtifact(line.text("artifact"), *checkpoint, output, options);
  progress.clear();
  if (report.interrupted)
    throw Interrupted(v4tools::CaughtSignals::number(),
                      status.text() + "; the same command goes on from there");
  check(status);
  std::chrono::duration<double> taken = std::chrono::steady_clock::now() - start;
  printReport(report, taken.count(), line.has("json"));
}

} // namespace v4run
