// What an artifact holds, as JSON: what `v4run inspect --json` prints, and what its text is made of.
#pragma once

#include "runtime/Artifact.h"

#include <nlohmann/json.hpp>

namespace v4run {

using Json = nlohmann::ordered_json;

/// `contexts`: those that `state_bytes` has; empty: 1024 and each four times as many, and the most. Keys:
/// file, producer, target, model, max_step_tokens, arena_bytes, kernel_bytes, weights_bytes, weights_packed,
/// tokenizer_bytes (0: none), decode_dispatches_per_layer, state_bytes, variants, kernels, programs, buffers,
/// states, weights. Bytes and operations are plain numbers.
Json inspectReport(const v4rt::ArtifactView &artifact, const std::string &path,
                   const std::vector<uint64_t> &contexts);

/// Bytes that one sequence of `context` tokens touches.
uint64_t stateBytes(const v4rt::format::Manifest &manifest, uint64_t context);

} // namespace v4run
