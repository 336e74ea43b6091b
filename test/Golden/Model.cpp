#include "test/Golden/Model.h"

#include "runtime/cpu/CpuFeatures.h"
#include "test/Support/Scratch.h"

#include <algorithm>
#include <atomic>
#include <map>

namespace v4test {

static void checkSuccess(const Finished &finished, const std::string &what) {
  EXPECT_EQ(finished.exitCode, 0) << what << "\n" << finished.err;
}

std::string compiled(const std::string &fixture, const std::vector<std::string> &options) {
  static std::map<std::string, std::string> done;
  std::string key = fixture;
  for (const std::string &option : options)
    key += option;
  if (auto found = done.find(key); found != done.end())
    return found->second;
  std::string artifact = scratchFolder("artifact-" + key) + "/model.v4";
  std::vector<std::string> command = {binary("v4c"), data(fixture), "-o", artifact};
  command.insert(command.end(), options.begin(), options.end());
  if (std::find(options.begin(), options.end(), "--numerics") == options.end())
    command.insert(command.end(), {"--numerics", "hf"});
  Finished finished = run(command);
  checkSuccess(finished, "v4c " + key);
  return done[key] = finished.exitCode == 0 ? artifact : "";
}

static bool isTarget(const std::string &variant) { return variant.rfind("sm_", 0) == 0; }

std::vector<std::string> targetOptions(const std::string &variant) {
  return isTarget(variant) ? std::vector<std::string>{"--target", variant, "--simulated-only"}
                           : std::vector<std::string>{};
}

std::vector<std::string> environmentOf(const std::string &variant) {
  if (variant.empty())
    return {};
  return {isTarget(variant) ? "V4_DEVICE=sim" : "V4_CPU_VARIANT=" + variant};
}

std::vector<std::string> variantsAndTargets() {
  std::vector<std::string> all = variants();
  all.insert(all.end(), {"sm_90a", "sm_100a"});
  return all;
}

std::string evalToFile(const std::string &artifact, const std::string &tokensText, const Eval &how) {
  static std::atomic<int> calls{0};
  if (artifact.empty())
    return "";
  std::string folder = scratchFolder("eval-" + std::to_string(calls++));
  std::string tokens = folder + "/tokens.json", output = folder + "/logits.safetensors";
  writeFile(tokens, tokensText);
  std::vector<std::string> command = {binary("v4run"), "eval",     artifact, "--tokens",
                                      tokens,          "--logits", output};
  for (auto [name, value] :
       {std::pair("--chunk", how.chunk), {"--decode", how.decode}, {"--threads", how.threads}})
    if (value)
      command.insert(command.end(), {name, std::to_string(value)});
  if (how.activations)
    command.push_back("--dump-activations");
  if (!how.saveState.empty())
    command.insert(command.end(), {"--save-state", how.saveState});
  Finished finished = run(command, environmentOf(how.variant));
  checkSuccess(finished, "v4run eval");
  return finished.exitCode == 0 ? output : "";
}

TensorFile eval(const std::string &artifact, const std::vector<int> &tokens, const Eval &how) {
  std::string file = evalToFile(artifact, tokensJson(tokens), how);
  return file.empty() ? TensorFile() : readTensors(file);
}

TensorFile goldens(const std::string &fixture, const std::string &file) {
  return readTensors(data(fixture + "/goldens/" + file));
}

std::vector<std::string> variants() {
  v4rt::cpu::Features features;
  EXPECT_TRUE(v4rt::cpu::Features::detect(features).ok());
  std::vector<std::string> result = {"x86_64_v3"};
  // Each has what those before it have.
  for (auto [variant, needed] : std::vector<std::pair<const char *, std::vector<const char *>>>{
           {"x86_64_v4", {"avx512f", "avx512bw", "avx512cd", "avx512dq", "avx512vl"}},
           {"x86_64_v4_vnni", {"avx512_vnni"}},
           {"x86_64_v4_bf16", {"avx512_bf16", "v4_bf16_in_order"}}}) {
    if (!std::all_of(needed.begin(), needed.end(), [&](auto *name) { return features.has(name); }))
      break;
    result.push_back(variant);
  }
  return result;
}

std::string identifier(std::string name) {
  std::replace_if(
      name.begin(), name.end(), [](char c) { return !isalnum(static_cast<unsigned char>(c)); }, '_');
  return name;
}

} // namespace v4test
