// v4run inspect: what an artifact holds, for a person or a script. Needs neither the artifact's processor nor
// its weights.
#include "tools/v4run/CommandLine.h"
#include "tools/v4run/Commands.h"
#include "tools/v4run/Failure.h"
#include "tools/v4run/InspectReport.h"
#include "tools/v4run/Roofline.h"

namespace v4run {

static std::string plain(const Json &value) {
  return value.is_string() ? value.get<std::string>()
                           : value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

static std::string scaled(double number, double step, const char *const *units, int count) {
  int unit = 0;
  for (; number >= step && unit + 1 < count; ++unit)
    number /= step;
  char text[48];
  snprintf(text, sizeof text, unit == 0 ? "%.0f %s" : "%.2f %s", number, units[unit]);
  return text;
}

static std::string bytes(const Json &value) {
  static const char *const kUnits[] = {"B", "KiB", "MiB", "GiB", "TiB"};
  return scaled(value.get<double>(), 1024, kUnits, 5);
}

static std::string operations(const Json &value) {
  static const char *const kUnits[] = {"FLOP", "kFLOP", "MFLOP", "GFLOP", "TFLOP"};
  return scaled(value.get<double>(), 1000, kUnits, 5);
}

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

/// "7 x ceil(tokens / 4)"; "7" if it does not vary.
static std::string gridText(const Json &grid) {
  std::string text;
  for (const Json &dim : grid) {
    text += text.empty() ? "" : ", ";
    text += plain(dim["scale"]);
    if (dim["extent"] == "one")
      continue;
    bool whole = dim["divisor"] == 1;
    text += whole ? " x " + plain(dim["extent"])
                  : " x ceil(" + plain(dim["extent"]) + " / " + plain(dim["divisor"]) + ")";
  }
  return "[" + text + "]";
}

static void printDispatches(const Json &report) {
  for (const Json &program : report["programs"]) {
    printf("\nprogram %s: dispatch, label, kernel, grid, weights read and operations for one token\n",
           plain(program["name"]).c_str());
    size_t index = 0;
    for (const Json &d : program["dispatches"])
      printf("  %4zu  %s  %s  %s  %s  %s\n", index++, plain(d["label"]).c_str(), plain(d["kernel"]).c_str(),
             gridText(d["grid"]).c_str(), bytes(d["bytes_read"]).c_str(), operations(d["flops"]).c_str());
  }
  printf("\nvariants: features of the processor\n");
  for (const Json &variant : report["variants"])
    printf("  %s  %s\n", plain(variant["name"]).c_str(), plain(variant["features"]).c_str());
  printf("\nkernels: dispatches\n");
  for (const Json &kernel : report["kernels"])
    printf("  %s  %s\n", plain(kernel["name"]).c_str(), plain(kernel["dispatches"]).c_str());
}

static void printDeviceKernels(const Json &device) {
  printf("\nkernels of %s: warps, registers of a thread (spilled), shared and scratch memory of a program, "
         "cubin, "
         "PTX\n",
         plain(device["architecture"]).c_str());
  for (const Json &k : device["kernels"])
    printf("  %s  %s  %s (%s)  %s  %s  %s  %s\n", plain(k["entry"]).c_str(), plain(k["warps"]).c_str(),
           plain(k["registers"]).c_str(), bytes(k["spill_bytes"]).c_str(), bytes(k["shared_bytes"]).c_str(),
           bytes(k["scratch_bytes"]).c_str(), bytes(k["cubin_bytes"]).c_str(), bytes(k["ptx_bytes"]).c_str());
}

static void printMemory(const Json &report) {
  printf("\nbuffers: offset, bytes, type, rows, row, dispatches of %s that use it\n",
         plain(report["programs"][0]["name"]).c_str());
  for (const Json &b : report["buffers"]) {
    std::string life = "unused";
    if (b.contains("first_dispatch"))
      life = plain(b["first_dispatch"]) + " to " + plain(b["last_dispatch"]);
    std::string name = plain(b["name"]);
    printf("  %s  %s  %s  %s  %s  %s  %s\n", name.empty() ? "-" : name.c_str(), plain(b["offset"]).c_str(),
           plain(b["bytes"]).c_str(), plain(b["type"]).c_str(), plain(b["extent"]).c_str(),
           plain(b["row_shape"]).c_str(), life.c_str());
  }
  printf("\nstates of a sequence: kind, type, rows, row, tokens a row\n");
  for (const Json &s : report["states"])
    printf("  %s  %s  %s  %s  %s  %s\n", plain(s["name"]).c_str(), plain(s["kind"]).c_str(),
           plain(s["type"]).c_str(), plain(s["rows"]).c_str(), plain(s["row_elements"]).c_str(),
           s["kind"] == "ring" ? "1" : plain(s["ratio"]).c_str());
  printf("\nweights: type, shape of a source, layout, offset, bytes, checksum, sources\n");
  for (const Json &w : report["weights"]) {
    const Json &sources = w["sources"];
    std::string from = sources.empty() ? "-" : plain(sources.front());
    if (sources.size() > 1)
      from += " ... " + plain(sources.back()) + " (" + std::to_string(sources.size()) + ")";
    std::string layout = plain(w["layout"]) + (w["panel"] == 0 ? "" : " " + plain(w["panel"]));
    printf("  %s  %s  %s  %s  %s  %s  %s  %s\n", plain(w["name"]).c_str(), plain(w["type"]).c_str(),
           plain(w["shape"]).c_str(), layout.c_str(), plain(w["offset"]).c_str(), plain(w["bytes"]).c_str(),
           plain(w["checksum"]).c_str(), from.c_str());
  }
}

void inspectCommand(const Arguments &arguments) {
  CommandLine commands("inspect OUT.v4 [--json | --all | --roofline]",
                       "Checks an artifact and says what it holds: of any target, with weights or without.");
  commands.positional("artifact")
      .flag("all", "also list dispatches, kernels, buffers, states and weights")
      .flag(
          "roofline",
          "list what each kernel of a decode step reads, writes and computes, beside the least time on GPUs")
      .value("context", "N", "tokens before that step's (default: 4096, or the most that fit)")
      .flag("json", "print all of it as one JSON object");
  if (!commands.parse(arguments))
    return;
  std::string path = commands.text("artifact");
  v4rt::Artifact artifact;
  if (v4rt::Status status = artifact.open(path, V4_VERIFY_AUTO); !status.ok())
    throw Failure(status.text());
  Json report = inspectReport(artifact, path);
  int64_t most = int64_t(artifact.manifest().model()->max_context());
  report["roofline"] = decodeRoofline(artifact.manifest(),
                                      commands.integer("context", std::min<int64_t>(4096, most), 0, most));
  if (commands.has("json")) {
    printf("%s\n", report.dump(1, ' ', false, Json::error_handler_t::replace).c_str());
    return;
  }
  printModel(report);
  printProgram(report);
  if (commands.has("roofline"))
    printRoofline(report["roofline"]);
  if (commands.has("all")) {
    printDispatches(report);
    if (!report["device"].is_null())
      printDeviceKernels(report["device"]);
    printMemory(report);
  }
}

} // namespace v4run
