// v4run inspect: what an artifact holds, for a person or a script. Needs neither the artifact's processor nor
// its weights.
#include "tools/v4run/CommandLine.h"
#include "tools/v4run/Commands.h"
#include "tools/v4run/Failure.h"
#include "tools/v4run/InspectReport.h"
#include "tools/v4run/InspectTables.h"
#include "tools/v4run/MemoryPicture.h"
#include "tools/v4run/OutputFile.h"
#include "tools/v4run/Roofline.h"

namespace v4run {

static void line(const char *name, const std::string &value) { printf("%-12s %s\n", name, value.c_str()); }

static void printModel(const Json &report) {
  const Json &file = report["file"], &model = report["model"];
  line("file", plain(file["path"]) + ", " + bytes(file["bytes"]) + ", format " + plain(file["format"]));
  line("made by", plain(report["producer"]));
  line("target", plain(report["target"]) + ", numerics " + plain(model["numerics"]));
  line("model", plain(model["architecture"]) + ": " + plain(model["layers"]) + " layers, hidden size " +
                    plain(model["hidden_size"]) + ", vocabulary " + plain(model["vocab_size"]) + ", window " +
                    plain(model["window"]) + ", begin token " + plain(model["bos_token"]) + ", end token " +
                    plain(model["eos_token"]));
  line("ratios", plain(model["compress_ratios"]));
  line("context",
       plain(model["max_context"]) + " tokens at most, " + plain(report["max_step_tokens"]) + " run at once");
  line("memory", bytes(report["arena_bytes"]) + " for the values of a step");
  std::string states;
  for (const Json &size : report["state_bytes"])
    states += (states.empty() ? "" : ", ") + bytes(size["bytes"]) + " at " + plain(size["context"]);
  line("sequence", states);
}

/// "f32 1.20 MiB (14), bf16 ..."
static std::string byType(const Json &weights) {
  std::map<std::string, std::pair<uint64_t, size_t>> sums;
  for (const Json &weight : weights) {
    auto &[sum, count] = sums[plain(weight["type"])];
    sum += weight["bytes"].get<uint64_t>();
    ++count;
  }
  std::string text;
  for (const auto &[type, sum] : sums)
    text +=
        (text.empty() ? "" : ", ") + type + " " + bytes(sum.first) + " (" + std::to_string(sum.second) + ")";
  return text;
}

static std::string weightsPlace(const Json &report) {
  if (!report["weights_packed"].get<bool>())
    return ", not in the file (v4run pack adds them)";
  const Json &file = report["weights_file"];
  return file.is_null() ? "" : ", in " + plain(file["name"]) + " beside it";
}

static void printProgram(const Json &report) {
  line("weights", bytes(report["weights_bytes"]) + weightsPlace(report) + ": " + byType(report["weights"]));
  line("tokenizer",
       report["tokenizer_bytes"] == 0 ? "none" : bytes(report["tokenizer_bytes"]) + " of tokenizer.json");
  std::string variants;
  for (const Json &variant : report["variants"])
    variants += (variants.empty() ? "" : ", ") + plain(variant["name"]);
  line("kernels", std::to_string(report["kernels"].size()) + " in " + bytes(report["kernel_bytes"]) +
                      ", for " + variants);
  if (const Json &device = report["device"]; !device.is_null())
    line("device", plain(device["architecture"]) + ": " + std::to_string(device["kernels"].size()) +
                       " kernels in " + bytes(report["device_bytes"]) + " of cubins and PTX");
  for (const Json &program : report["programs"])
    line("program", plain(program["name"]) + ": up to " + plain(program["max_tokens"]) + " tokens, " +
                        std::to_string(program["dispatches"].size()) + " dispatches; for one token " +
                        bytes(program["bytes_read"]) + " of weights, " + operations(program["flops"]));
  line("decode", plain(report["decode_dispatches_per_layer"]) + " dispatches a layer at most");
}

/// Memory of a sequence and the roofline are for these; the roofline for the first alone.
static std::vector<uint64_t> readContexts(const CommandLine &commands, uint64_t most) {
  return commands.has("context") ? commands.counts("context", 0, most) : std::vector<uint64_t>();
}

void inspectCommand(const Arguments &arguments) {
  CommandLine commands(
      "inspect OUT.v4 [--json | --all | --memory | --roofline] [--context N,...] [--svg FILE]",
      "Checks an artifact and says what it holds: of any target, with weights or without.");
  commands.positional("artifact")
      .flag("all", "also list dispatches, kernels and their code, buffers, states and weights")
      .flag("memory", "draw which buffers of a step live when, and where")
      .flag(
          "roofline",
          "list what each kernel of a decode step reads, writes and computes, beside the least time on GPUs")
      .value("context", "N,...",
             "tokens of a sequence, like 4k,128k: for its memory; the first is also what --roofline and the "
             "dispatches are for (default: 4096, or the most that fit)")
      .value("svg", "FILE", "write the drawing of --memory as an image")
      .flag("json", "print all of it as one JSON object");
  if (!commands.parse(arguments))
    return;
  std::string path = commands.text("artifact");
  v4rt::Artifact artifact;
  check(artifact.open(path, V4_VERIFY_AUTO));
  uint64_t most = artifact.manifest().model()->max_context();
  std::vector<uint64_t> contexts = readContexts(commands, most);
  Json report = inspectReport(artifact, path, contexts);
  report["roofline"] = decodeRoofline(artifact.manifest(),
                                      contexts.empty() ? std::min<uint64_t>(4096, most) : contexts.front());
  if (commands.has("svg"))
    writeTextFile(commands.required("svg"), memorySvg(report));
  if (commands.has("json")) {
    printf("%s\n", report.dump(1, ' ', false, Json::error_handler_t::replace).c_str());
    return;
  }
  printModel(report);
  printProgram(report);
  if (commands.has("roofline"))
    printRoofline(report["roofline"]);
  if (commands.has("memory"))
    fputs(memoryText(report).c_str(), stdout);
  if (commands.has("all")) {
    printDispatches(report);
    printKernels(report);
    printMemory(report);
  }
}

} // namespace v4run
