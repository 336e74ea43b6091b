#include "tools/v4run/InspectReport.h"

#include "runtime/Manifest.h"
#include "runtime/StateRows.h"

#include <algorithm>
#include <map>
#include <set>

namespace v4run {

namespace format = v4rt::format;

/// Of a file that is not trusted: no control bytes reach the terminal.
static std::string text(const flatbuffers::String *string) {
  std::string result = string ? string->str() : "";
  for (char &c : result)
    if (static_cast<unsigned char>(c) < ' ' || c == 0x7f)
      c = '?';
  return result;
}

static Json numbers(const flatbuffers::Vector<uint64_t> *vector) {
  return vector ? Json(std::vector<uint64_t>(vector->begin(), vector->end())) : Json::array();
}

static Json strings(const flatbuffers::Vector<flatbuffers::Offset<flatbuffers::String>> *vector) {
  Json list = Json::array();
  if (vector)
    for (const flatbuffers::String *string : *vector)
      list.push_back(text(string));
  return list;
}

uint64_t stateBytes(const format::Manifest &manifest, uint64_t context) {
  uint64_t sum = 0;
  for (const format::State *state : *manifest.states()) {
    uint64_t touched = state->kind() == format::StateKind::ring ? context : context / state->ratio();
    uint64_t bytes = 0;
    if (v4rt::typeBytes(state->type(), std::min(touched, state->rows()) * state->row_elements(), bytes))
      sum += bytes;
  }
  return sum;
}

static Json stateSizes(const format::Manifest &manifest, std::vector<uint64_t> contexts) {
  uint64_t most = manifest.model()->max_context();
  if (contexts.empty()) {
    for (uint64_t context = 1024; context < most; context *= 4)
      contexts.push_back(context);
    contexts.push_back(most);
  }
  Json list = Json::array();
  for (uint64_t context : contexts)
    list.push_back({{"context", context}, {"bytes", stateBytes(manifest, context)}});
  return list;
}

static Json model(const format::Manifest &manifest) {
  const format::Model &m = *manifest.model();
  Json ratios = Json::array();
  if (m.ratios())
    for (uint32_t ratio : *m.ratios())
      ratios.push_back(ratio);
  return {{"architecture", text(m.architecture())},
          {"numerics", text(m.numerics())},
          {"layers", m.layers()},
          {"hidden_size", m.hidden_size()},
          {"vocab_size", m.vocab_size()},
          {"max_context", m.max_context()},
          {"window", m.window()},
          {"bos_token", m.bos_token()},
          {"eos_token", m.eos_token()},
          {"compress_ratios", ratios}};
}

static Json grid(const format::Dispatch &dispatch) {
  Json list = Json::array();
  for (const format::GridDim *dim : *dispatch.grid())
    list.push_back({{"scale", dim->scale()},
                    {"divisor", dim->divisor()},
                    {"extent", format::EnumNameExtent(dim->extent())}});
  return list;
}

static Json program(const format::Manifest &manifest, const format::Program &program) {
  Json dispatches = Json::array();
  uint64_t bytes = 0, flops = 0;
  for (const format::Dispatch *d : *program.dispatches()) {
    bytes += d->bytes_read();
    flops += d->flops();
    dispatches.push_back({{"label", text(d->label())},
                          {"layer", d->layer()},
                          {"kernel", text(manifest.kernels()->Get(d->kernel())->name())},
                          {"grid", grid(*d)},
                          {"bytes_read", d->bytes_read()},
                          {"values_read", d->values_read()},
                          {"values_written", d->values_written()},
                          {"state_read", d->state_read()},
                          {"state_read_per_1024", d->state_read_per_1024()},
                          {"flops", d->flops()},
                          {"flops_per_1024", d->flops_per_1024()}});
  }
  return {{"name", text(program.name())},
          {"max_tokens", program.max_tokens()},
          {"bytes_read", bytes},
          {"flops", flops},
          {"dispatches", dispatches}};
}

static size_t mostDispatchesOfALayer(const format::Program &program) {
  std::map<int32_t, size_t> counts;
  size_t most = 0;
  for (const format::Dispatch *dispatch : *program.dispatches())
    if (dispatch->layer() >= 0)
      most = std::max(most, ++counts[dispatch->layer()]);
  return most;
}

/// First and last dispatch of a program that names each buffer; no entry where none does. What a session
/// fills before the step and reads after it lives throughout.
static std::map<uint32_t, std::pair<size_t, size_t>> lifetimes(const format::Manifest &manifest,
                                                               const format::Program &program) {
  std::map<uint32_t, std::pair<size_t, size_t>> result;
  for (uint32_t i = 0; i < program.dispatches()->size(); ++i)
    for (const format::Binding *binding : *program.dispatches()->Get(i)->bindings())
      if (binding->space() == format::Space::buffer)
        result.emplace(binding->index(), std::pair(i, i)).first->second.second = i;
  size_t last = program.dispatches()->size() - 1;
  for (uint32_t index :
       {manifest.tokens(), manifest.slots(), manifest.positions(), manifest.logit_rows(), manifest.logits()})
    if (auto found = result.find(index); found != result.end())
      found->second = {0, last};
  return result;
}

static Json buffers(const format::Manifest &manifest) {
  Json list = Json::array();
  for (const format::Buffer *buffer : *manifest.buffers())
    list.push_back({{"name", text(buffer->name())},
                    {"type", v4rt::typeName(buffer->type())},
                    {"row_shape", numbers(buffer->row_shape())},
                    {"extent", format::EnumNameExtent(buffer->extent())},
                    {"offset", buffer->offset()},
                    {"bytes", buffer->bytes()},
                    {"lifetimes", Json::object()}});
  for (const format::Program *program : *manifest.programs())
    for (const auto &[index, life] : lifetimes(manifest, *program))
      list[index]["lifetimes"][text(program->name())] = {life.first, life.second};
  return list;
}

static uint64_t rowBytes(const format::State &state) {
  uint64_t bytes = 0;
  v4rt::typeBytes(state.type(), state.row_elements(), bytes); // cannot overflow: readManifest
  return bytes;
}

static Json states(const format::Manifest &manifest) {
  Json list = Json::array();
  for (const format::State *state : *manifest.states())
    list.push_back({{"name", text(state->name())},
                    {"kind", format::EnumNameStateKind(state->kind())},
                    {"type", v4rt::typeName(v4rt::valueType(*state))},
                    {"rows", state->rows()},
                    {"row_elements", v4rt::rowValues(*state)},
                    {"row_bytes", rowBytes(*state)},
                    {"ratio", state->ratio()}});
  return list;
}

static Json weights(const format::Manifest &manifest) {
  Json list = Json::array();
  char checksum[17];
  for (const format::Weight *weight : *manifest.weights()) {
    snprintf(checksum, sizeof checksum, "%016llx", static_cast<unsigned long long>(weight->checksum()));
    list.push_back({{"name", text(weight->name())},
                    {"sources", strings(weight->sources())},
                    {"source_type", v4rt::typeName(weight->source_type())},
                    {"type", v4rt::typeName(weight->type())},
                    {"shape", numbers(weight->shape())},
                    {"layout", format::EnumNameLayout(weight->layout())},
                    {"panel", weight->panel()},
                    {"offset", weight->offset()},
                    {"bytes", weight->bytes()},
                    {"checksum", checksum}});
  }
  return list;
}

static Json instructions(const flatbuffers::Vector<flatbuffers::Offset<format::Instructions>> *list) {
  Json counts = Json::object();
  if (list)
    for (const format::Instructions *entry : *list)
      counts[text(entry->kind())] = entry->count();
  return counts;
}

static Json code(const format::Manifest &manifest, const format::Kernel &kernel) {
  Json list = Json::array();
  if (!kernel.code() || kernel.code()->size() != manifest.variants()->size())
    return list;
  for (uint32_t i = 0; i < kernel.code()->size(); ++i)
    list.push_back({{"variant", text(manifest.variants()->Get(i)->name())},
                    {"bytes", kernel.code()->Get(i)->bytes()},
                    {"instructions", instructions(kernel.code()->Get(i)->instructions())}});
  return list;
}

static Json kernels(const format::Manifest &manifest) {
  struct Uses {
    std::map<std::string, size_t> dispatches; // by program
    std::set<int32_t> layers;
    Json grids = Json::array();
  };
  std::map<uint32_t, Uses> uses;
  for (const format::Program *program : *manifest.programs())
    for (const format::Dispatch *dispatch : *program->dispatches()) {
      Uses &use = uses[dispatch->kernel()];
      ++use.dispatches[text(program->name())];
      if (dispatch->layer() >= 0)
        use.layers.insert(dispatch->layer());
      if (Json dims = grid(*dispatch); std::find(use.grids.begin(), use.grids.end(), dims) == use.grids.end())
        use.grids.push_back(dims);
    }
  Json list = Json::array();
  for (uint32_t i = 0; i < manifest.kernels()->size(); ++i) {
    const format::Kernel &kernel = *manifest.kernels()->Get(i);
    list.push_back({{"name", text(kernel.name())},
                    {"dispatches", uses[i].dispatches},
                    {"layers", uses[i].layers},
                    {"grids", uses[i].grids},
                    {"schedule", text(kernel.schedule())},
                    {"code", code(manifest, kernel)}});
  }
  return list;
}

static Json device(const format::Manifest &manifest) {
  if (!manifest.device())
    return nullptr;
  Json list = Json::array();
  for (const format::DeviceKernel *kernel : *manifest.device()->kernels())
    list.push_back({{"entry", text(kernel->entry())},
                    {"warps", kernel->warps()},
                    {"registers", kernel->registers()},
                    {"spill_bytes", kernel->spill_bytes()},
                    {"shared_bytes", kernel->shared_bytes()},
                    {"scratch_bytes", kernel->scratch_bytes()},
                    {"cubin_bytes", kernel->cubin_bytes()},
                    {"ptx_bytes", kernel->ptx_bytes()},
                    {"instructions", instructions(kernel->instructions())}});
  return {{"architecture", text(manifest.device()->architecture())},
          {"ptx_version", manifest.device()->ptx_version()},
          {"kernels", list}};
}

Json inspectReport(const v4rt::ArtifactView &artifact, const std::string &path,
                   const std::vector<uint64_t> &contexts) {
  const format::Manifest &m = artifact.manifest();
  const format::Header &header = artifact.header();
  Json report;
  report["file"] = {{"path", path},
                    {"format", std::to_string(header.major) + "." + std::to_string(header.minor)},
                    {"bytes", header.file_bytes}};
  report["producer"] = text(m.producer());
  report["target"] = text(m.target());
  report["model"] = model(m);
  report["max_step_tokens"] = m.max_step_tokens();
  report["arena_bytes"] = m.arena_bytes();
  report["kernel_bytes"] = artifact.kernels().size;
  report["weights_bytes"] = m.weights_bytes();
  report["weights_packed"] = m.weights_packed();
  if (m.weights_packed() && m.weights_file())
    report["weights_file"] = {{"name", text(m.weights_file()->name())}, {"bytes", m.weights_file()->bytes()}};
  else
    report["weights_file"] = nullptr;
  report["tokenizer_bytes"] = artifact.tokenizer().size;
  // Programs ascend in tokens: the first is that of decode steps.
  report["decode_dispatches_per_layer"] = mostDispatchesOfALayer(*m.programs()->Get(0));
  report["state_bytes"] = stateSizes(m, contexts);
  Json variants = Json::array();
  for (const format::Variant *variant : *m.variants())
    variants.push_back({{"name", text(variant->name())},
                        {"features", strings(variant->features())},
                        {"prefers", variant->prefers() ? strings(variant->prefers()) : Json::array()}});
  report["variants"] = variants;
  report["kernels"] = kernels(m);
  report["device"] = device(m);
  report["device_bytes"] = artifact.deviceCode().size;
  Json programs = Json::array();
  for (const format::Program *each : *m.programs())
    programs.push_back(program(m, *each));
  report["programs"] = programs;
  report["buffers"] = buffers(m);
  report["states"] = states(m);
  report["weights"] = weights(m);
  return report;
}

} // namespace v4run
