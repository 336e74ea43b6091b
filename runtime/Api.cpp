// The C API: checks arguments, keeps exceptions in, turns a Status into a v4_error.
#include "runtime/ApiGuard.h"
#include "runtime/StateRows.h"

#ifndef V4_VERSION
#error "the build defines V4_VERSION"
#endif

using v4rt::Status;
using v4rt::api::guarded;
using v4rt::api::missing;

struct v4_session {
  v4rt::Session implementation;
};

const char *v4_status_text(v4_status status) {
  switch (status) {
  case V4_OK:
    return "V4_OK";
  case V4_INVALID_ARGUMENT:
    return "V4_INVALID_ARGUMENT";
  case V4_IO_ERROR:
    return "V4_IO_ERROR";
  case V4_BAD_ARTIFACT:
    return "V4_BAD_ARTIFACT";
  case V4_UNSUPPORTED:
    return "V4_UNSUPPORTED";
  case V4_OUT_OF_MEMORY:
    return "V4_OUT_OF_MEMORY";
  case V4_CONTEXT_FULL:
    return "V4_CONTEXT_FULL";
  case V4_BAD_SNAPSHOT:
    return "V4_BAD_SNAPSHOT";
  case V4_STATUS_LAST:
    break;
  }
  return "unknown status";
}

const char *v4_version(void) { return V4_VERSION; }

v4_status v4_model_open(const char *path, const v4_model_options *options, v4_model **out, v4_error *error) {
  if (out)
    *out = nullptr;
  return guarded(error, [&]() -> Status {
    if (!path || !out)
      return missing(path ? "out" : "path");
    v4_verify_weights verify = options ? options->verify_weights : V4_VERIFY_AUTO;
    if (verify < V4_VERIFY_AUTO || verify > V4_VERIFY_NEVER)
      return v4rt::fail(V4_INVALID_ARGUMENT, "verify_weights is %d, wanted 0, 1 or 2", int(verify));
    auto model = std::make_unique<v4_model>();
    model->implementation = std::make_shared<v4rt::Model>();
    V4_TRY(model->implementation->open(path, verify));
    *out = model.release();
    return {};
  });
}

void v4_model_close(v4_model *model) { delete model; }

v4_status v4_model_info(const v4_model *model, v4_model_info_t *info, v4_error *error) {
  return guarded(error, [&]() -> Status {
    if (!model || !info)
      return missing(model ? "info" : "model");
    const v4rt::format::Manifest &manifest = model->implementation->artifact().manifest();
    const v4rt::format::Model &facts = *manifest.model();
    *info = {};
    info->architecture = facts.architecture()->c_str();
    info->numerics = facts.numerics()->c_str();
    info->target = manifest.target()->c_str();
    info->producer = manifest.producer()->c_str();
    info->layers = facts.layers();
    info->hidden_size = facts.hidden_size();
    info->vocab_size = facts.vocab_size();
    info->max_context = facts.max_context();
    info->max_step_tokens = manifest.max_step_tokens();
    info->window = facts.window();
    info->bos_token = facts.bos_token();
    info->eos_token = facts.eos_token();
    info->weights_packed = manifest.weights_packed();
    info->weights_bytes = manifest.weights_bytes();
    info->state_bytes = v4rt::States::bytesPerSequence(manifest);
    info->arena_bytes = manifest.arena_bytes();
    return {};
  });
}

size_t v4_model_state_count(const v4_model *model) {
  return model ? model->implementation->artifact().manifest().states()->size() : 0;
}

v4_status v4_model_state_info(const v4_model *model, size_t index, v4_state_info_t *info, v4_error *error) {
  return guarded(error, [&]() -> Status {
    if (!model || !info)
      return missing(model ? "info" : "model");
    if (index >= v4_model_state_count(model))
      return v4rt::fail(V4_INVALID_ARGUMENT, "state %zu does not exist: the model has %zu", index,
                        v4_model_state_count(model));
    const v4rt::format::State &state = *model->implementation->artifact().manifest().states()->Get(index);
    bool ring = state.kind() == v4rt::format::StateKind::ring;
    *info = {state.name()->c_str(), v4_type(v4rt::valueType(state)), ring,
             state.rows(),          v4rt::rowValues(state),          ring ? 0 : state.ratio()};
    return {};
  });
}

v4_status v4_session_create(v4_model *model, const v4_session_options *options, v4_session **out,
                            v4_error *error) {
  if (out)
    *out = nullptr;
  return guarded(error, [&]() -> Status {
    if (!model || !out)
      return missing(model ? "out" : "model");
    auto session = std::make_unique<v4_session>();
    V4_TRY(session->implementation.create(model->implementation, options ? *options : v4_session_options{}));
    *out = session.release();
    return {};
  });
}

void v4_session_close(v4_session *session) { delete session; }

v4_status v4_session_info(const v4_session *session, v4_session_info_t *info, v4_error *error) {
  return guarded(error, [&]() -> Status {
    if (!session || !info)
      return missing(session ? "info" : "session");
    const v4rt::Session &inner = session->implementation;
    *info = {inner.slots(), inner.threads(), inner.variant()};
    return {};
  });
}

v4_status v4_session_step(v4_session *session, const v4_token *tokens, size_t count, v4_error *error) {
  return guarded(error, [&]() -> Status {
    if (!session || (!tokens && count > 0))
      return missing(session ? "tokens" : "session");
    return session->implementation.step(tokens, count);
  });
}

v4_status v4_session_logits(const v4_session *session, const float **rows, size_t *count, v4_error *error) {
  return guarded(error, [&]() -> Status {
    if (!session || !rows || !count)
      return missing(!session ? "session" : !rows ? "rows" : "count");
    *rows = session->implementation.logits();
    *count = session->implementation.logitCount();
    return {};
  });
}

int64_t v4_session_length(const v4_session *session, int32_t slot) {
  if (!session || slot < 0 || uint32_t(slot) >= session->implementation.slots())
    return -1;
  return session->implementation.length(slot);
}

v4_status v4_session_reset(v4_session *session, int32_t slot, v4_error *error) {
  return guarded(error, [&] { return session ? session->implementation.reset(slot) : missing("session"); });
}

v4_status v4_session_snapshot(v4_session *session, int32_t slot, const char *path, v4_error *error) {
  return guarded(error, [&] {
    return session && path ? session->implementation.snapshot(slot, path)
                           : missing(session ? "path" : "session");
  });
}

v4_status v4_session_restore(v4_session *session, int32_t slot, const char *path, v4_error *error) {
  return guarded(error, [&] {
    return session && path ? session->implementation.restore(slot, path)
                           : missing(session ? "path" : "session");
  });
}

v4_status v4_session_copy(v4_session *session, int32_t from, int32_t to, v4_error *error) {
  return guarded(error,
                 [&] { return session ? session->implementation.copy(from, to) : missing("session"); });
}

v4_status v4_session_set_observer(v4_session *session, v4_observer observer, void *user, v4_error *error) {
  return guarded(error, [&]() -> Status {
    if (!session)
      return missing("session");
    session->implementation.observe(observer, user);
    return {};
  });
}

v4_status v4_session_read_state(const v4_session *session, const char *name, int32_t slot, uint64_t first_row,
                                uint64_t rows, float *out, v4_error *error) {
  return guarded(error, [&]() -> Status {
    if (!session || !name || !out)
      return missing(!session ? "session" : !name ? "name" : "out");
    return session->implementation.readState(name, slot, first_row, rows, out);
  });
}
