// Copies of checkpoints with one thing wrong.
#pragma once

#include <functional>
#include <nlohmann/json.hpp>
#include <string>

namespace v4test {

/// A copy of a fixture's config.json and tensors in a fresh folder of this name.
std::string copyCheckpoint(const std::string &fixture, const std::string &name);

/// Changes the header of a safetensors file as it is; the data stay where they are.
void editHeader(const std::string &file, const std::function<void(nlohmann::json &)> &edit);

/// Takes a tensor out, header and data.
void removeTensor(const std::string &file, const std::string &name);

/// Puts an F32 tensor of one element in, at the end.
void addTensor(const std::string &file, const std::string &name);

void editJson(const std::string &file, const std::function<void(nlohmann::json &)> &edit);

/// Cuts a file to `bytes`, counted from the end if negative.
void cutFile(const std::string &file, long bytes);

} // namespace v4test
