#include "tools/v4run/InspectTables.h"

namespace v4run {

std::string plain(const Json &value) {
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

std::string bytes(const Json &value) {
  static const char *const kUnits[] = {"B", "KiB", "MiB", "GiB", "TiB"};
  return scaled(value.get<double>(), 1024, kUnits, 5);
}

std::string operations(const Json &value) {
  static const char *const kUnits[] = {"FLOP", "kFLOP", "MFLOP", "GFLOP", "TFLOP"};
  return scaled(value.get<double>(), 1000, kUnits, 5);
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

void printDispatches(const Json &report) {
  const Json &context = report["roofline"]["context"];
  for (const Json &program : report["programs"]) {
    printf("\nprogram %s: dispatch, label, kernel, grid; of one token after %s: bytes of weights, of values, "
           "and of "
           "states; operations\n",
           plain(program["name"]).c_str(), plain(context).c_str());
    double thousands = context.get<double>() / 1024;
    size_t index = 0;
    for (const Json &d : program["dispatches"]) {
      auto number = [&](const char *key) { return d[key].get<double>(); };
      printf("  %4zu  %s  %s  %s  %s  %s  %s  %s\n", index++, plain(d["label"]).c_str(),
             plain(d["kernel"]).c_str(), gridText(d["grid"]).c_str(), bytes(d["bytes_read"]).c_str(),
             bytes(number("values_read") + number("values_written")).c_str(),
             bytes(number("state_read") + thousands * number("state_read_per_1024")).c_str(),
             operations(number("flops") + thousands * number("flops_per_1024")).c_str());
    }
  }
  printf("\nvariants: features of the processor\n");
  for (const Json &variant : report["variants"])
    printf("  %s  %s\n", plain(variant["name"]).c_str(), plain(variant["features"]).c_str());
}

/// "decode 6, prefill 6"
static std::string listed(const Json &object) {
  std::string text;
  for (const auto &[key, value] : object.items())
    text += (text.empty() ? "" : ", ") + key + " " + plain(value);
  return text;
}

static void printDeviceKernel(const Json &device, const Json &k) {
  printf("      %s: %s warps, %s registers a thread (%s spilled), %s shared and %s scratch a program, %s of "
         "cubin, %s of "
         "PTX",
         plain(device["architecture"]).c_str(), plain(k["warps"]).c_str(), plain(k["registers"]).c_str(),
         bytes(k["spill_bytes"]).c_str(), bytes(k["shared_bytes"]).c_str(), bytes(k["scratch_bytes"]).c_str(),
         bytes(k["cubin_bytes"]).c_str(), bytes(k["ptx_bytes"]).c_str());
  printf("%s%s\n", k["instructions"].empty() ? "" : "; ", listed(k["instructions"]).c_str());
}

void printKernels(const Json &report) {
  printf("\nkernels: launches, layers that share it, grids, schedule; code of each variant: bytes, "
         "instructions\n");
  const Json &device = report["device"];
  for (size_t i = 0; i < report["kernels"].size(); ++i) {
    const Json &kernel = report["kernels"][i];
    std::string grids;
    for (const Json &grid : kernel["grids"])
      grids += (grids.empty() ? "" : " or ") + gridText(grid);
    std::string schedule = plain(kernel["schedule"]);
    printf("  %s: %s; in %zu layer%s; grid %s%s\n", plain(kernel["name"]).c_str(),
           listed(kernel["dispatches"]).c_str(), kernel["layers"].size(),
           kernel["layers"].size() == 1 ? "" : "s", grids.c_str(),
           (schedule.empty() ? "" : "; " + schedule).c_str());
    for (const Json &code : kernel["code"])
      printf("      %s: %s; %s\n", plain(code["variant"]).c_str(), bytes(code["bytes"]).c_str(),
             listed(code["instructions"]).c_str());
    if (!device.is_null())
      printDeviceKernel(device, device["kernels"][i]);
  }
}

void printMemory(const Json &report) {
  printf("\nbuffers: offset, bytes, type, rows, row, first and last dispatch that use it\n");
  for (const Json &b : report["buffers"]) {
    std::string life;
    for (const auto &[program, dispatches] : b["lifetimes"].items())
      life +=
          (life.empty() ? "" : ", ") + program + " " + plain(dispatches[0]) + " to " + plain(dispatches[1]);
    if (life.empty())
      life = "unused";
    std::string name = plain(b["name"]);
    printf("  %s  %s  %s  %s  %s  %s  %s\n", name.empty() ? "-" : name.c_str(), plain(b["offset"]).c_str(),
           plain(b["bytes"]).c_str(), plain(b["type"]).c_str(), plain(b["extent"]).c_str(),
           plain(b["row_shape"]).c_str(), life.c_str());
  }
  printf("\nstates of a sequence: kind, type, rows, row, its bytes, tokens a row\n");
  for (const Json &s : report["states"])
    printf("  %s  %s  %s  %s  %s  %s  %s\n", plain(s["name"]).c_str(), plain(s["kind"]).c_str(),
           plain(s["type"]).c_str(), plain(s["rows"]).c_str(), plain(s["row_elements"]).c_str(),
           plain(s["row_bytes"]).c_str(), s["kind"] == "ring" ? "1" : plain(s["ratio"]).c_str());
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

} // namespace v4run
