// v4.h for C++: handles that close themselves, and v4::Error instead of statuses.
#pragma once

#include "v4.h"

#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace v4 {

class Error : public std::runtime_error {
public:
  Error(v4_status status, const char *text) : std::runtime_error(text), status(status) {}
  v4_status status;
};

/// Calls a function of v4.h, passing `arguments` and a v4_error; throws when it fails.
template <typename Function, typename... Arguments> void call(Function function, Arguments... arguments) {
  v4_error error;
  if (v4_status status = function(arguments..., &error); status != V4_OK)
    throw Error(status, error.text);
}

class Model {
public:
  explicit Model(const std::string &path, v4_model_options options = {}) {
    v4_model *opened;
    call(v4_model_open, path.c_str(), &options, &opened);
    handle.reset(opened);
  }
  v4_model *get() const { return handle.get(); }

  v4_model_info_t info() const {
    v4_model_info_t info;
    call(v4_model_info, get(), &info);
    return info;
  }

private:
  struct Close {
    void operator()(v4_model *model) const { v4_model_close(model); }
  };
  std::unique_ptr<v4_model, Close> handle;
};

class Session {
public:
  explicit Session(const Model &model, v4_session_options options = {}) {
    v4_session *created;
    call(v4_session_create, model.get(), &options, &created);
    handle.reset(created);
  }
  v4_session *get() const { return handle.get(); }

  void step(const std::vector<v4_token> &tokens) {
    call(v4_session_step, get(), tokens.data(), tokens.size());
  }

  struct Logits {
    const float *rows; // [count][vocab_size]
    size_t count;
  };
  /// Valid until the next step.
  Logits logits() const {
    Logits logits;
    call(v4_session_logits, get(), &logits.rows, &logits.count);
    return logits;
  }

  int64_t length(int32_t slot) const { return v4_session_length(get(), slot); }
  void reset(int32_t slot) { call(v4_session_reset, get(), slot); }
  void snapshot(int32_t slot, const std::string &path) {
    call(v4_session_snapshot, get(), slot, path.c_str());
  }
  void copy(int32_t from, int32_t to) { call(v4_session_copy, get(), from, to); }
  void restore(int32_t slot, const std::string &path) { call(v4_session_restore, get(), slot, path.c_str()); }

private:
  struct Close {
    void operator()(v4_session *session) const { v4_session_close(session); }
  };
  std::unique_ptr<v4_session, Close> handle;
};

} // namespace v4
