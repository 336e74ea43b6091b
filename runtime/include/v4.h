/* The C API of the v4c runtime: opens an artifact (.v4), keeps the state of sequences, runs steps.
 *
 * Units and shapes. A *token* is an id below vocab_size. A *slot* holds one sequence; its *length* is the
 * number of tokens that it has taken, and the next token's *position* equals that length. A *step* is a batch
 * of (slot, position, token) rows. Logits are F32 rows of vocab_size values.
 *
 * Errors. Every call that can fail returns a v4_status and, where `error` is not null, leaves one sentence
 * that names what was found and what was wanted. A failed call changes nothing.
 *
 * Threads. A model may be shared by threads. A session is used by one thread at a time; sessions are
 * independent.
 *
 * Results depend neither on the number of threads, nor on how a sequence is cut into steps, nor on the other
 * sequences of a step: bit for bit. */
#ifndef V4_H
#define V4_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(V4_BUILD)
#define V4_API __attribute__((visibility("default")))
#else
#define V4_API
#endif

typedef enum v4_status {
  V4_OK = 0,
  V4_INVALID_ARGUMENT = 1, /* the caller's: null, slot or token out of range, wrong position */
  V4_IO_ERROR = 2,         /* a file cannot be opened, read or written */
  V4_BAD_ARTIFACT = 3,     /* not an artifact, truncated, or damaged */
  V4_UNSUPPORTED = 4, /* sound, but not for this runtime or machine: newer format, another CPU, no weights */
  V4_OUT_OF_MEMORY = 5,
  V4_CONTEXT_FULL = 6,        /* a sequence would grow beyond max_context */
  V4_BAD_SNAPSHOT = 7,        /* not a snapshot, damaged, or of another artifact */
  V4_STATUS_LAST = 0x7fffffff /* never returned; here and below: makes any int a valid value in C++ */
} v4_status;

/* Owned by the caller. `text` is empty after success. */
typedef struct v4_error {
  char text[512];
} v4_error;

typedef struct v4_model v4_model;
typedef struct v4_session v4_session;

/* The name of a status, "V4_OK". Never null. */
V4_API const char *v4_status_text(v4_status status);

/* The runtime's version, "0.1.0". */
V4_API const char *v4_version(void);

/* ---- models ---- */

typedef enum v4_verify_weights {
  V4_VERIFY_AUTO = 0, /* checksum the weights if they are at most 256 MiB */
  V4_VERIFY_ALWAYS = 1,
  V4_VERIFY_NEVER = 2,
  V4_VERIFY_LAST = 0x7fffffff
} v4_verify_weights;

/* All zero: the defaults. */
typedef struct v4_model_options {
  v4_verify_weights verify_weights;
} v4_model_options;

/* Maps the artifact at `path` and checks all of it (the weights' bytes as `options` say, null: defaults). The
 * file must not change while the model is open. On failure `*out` is null. Close with v4_model_close. An
 * artifact without weights, or for another CPU, opens; sessions of it do not. */
V4_API v4_status v4_model_open(const char *path, const v4_model_options *options, v4_model **out,
                               v4_error *error);

/* Null is allowed. The sessions of the model must be closed before. */
V4_API void v4_model_close(v4_model *model);

/* Strings live as long as the model. */
typedef struct v4_model_info {
  const char *architecture;
  const char *numerics; /* "reference": the published roundings; "hf": none; then options that differ */
  const char *target;   /* "cpu" */
  const char *producer; /* what compiled it */
  uint32_t layers;
  uint32_t hidden_size;
  uint32_t vocab_size;
  uint32_t max_context;     /* tokens a sequence can hold */
  uint32_t max_step_tokens; /* rows run at once; longer steps are cut */
  uint32_t window;          /* tokens of the sliding window */
  int32_t bos_token;        /* -1: none */
  int32_t eos_token;
  int32_t weights_packed; /* 0: nothing to run, for inspection only */
  uint64_t weights_bytes;
  uint64_t state_bytes; /* of one sequence at max_context */
  uint64_t arena_bytes; /* of one session, at the largest step */
} v4_model_info_t;

V4_API v4_status v4_model_info(const v4_model *model, v4_model_info_t *info, v4_error *error);

/* ---- sessions ---- */

typedef enum v4_weights_place {
  V4_WEIGHTS_MAPPED = 0,   /* where the system has the file in memory */
  V4_WEIGHTS_COPIED = 1,   /* a copy in huge pages, made with the first such session of the model */
  V4_WEIGHTS_PER_NODE = 2, /* a copy on each NUMA node; each thread reads that of its own, and is pinned */
  V4_WEIGHTS_LAST = 0x7fffffff
} v4_weights_place;

/* All zero: the defaults. */
typedef struct v4_session_options {
  uint32_t max_sequences; /* slots; 0: 1 */
  uint32_t threads;       /* threads that compute, the caller's included; 0: one a processor available */
  const char
      *device; /* "cpu", "cuda", or "sim", which checks a GPU artifact on the CPU; null: the artifact's */
  v4_weights_place weights; /* of the device cpu */
  int32_t pin_threads; /* not 0, of the device cpu: each thread but the caller's stays on one processor */
} v4_session_options;

/* Memory is taken as sequences grow, not here. The environment variable V4_CPU_VARIANT names the kernel
 * variant to use instead of the best one for this CPU, V4_DEVICE the device of artifacts for GPUs. On failure
 * `*out` is null. */
V4_API v4_status v4_session_create(v4_model *model, const v4_session_options *options, v4_session **out,
                                   v4_error *error);

/* Null is allowed. */
V4_API void v4_session_close(v4_session *session);

typedef struct v4_session_info {
  uint32_t max_sequences;
  uint32_t threads;
  const char *variant; /* kernels in use, "x86_64_v4" */
} v4_session_info_t;

V4_API v4_status v4_session_info(const v4_session *session, v4_session_info_t *info, v4_error *error);

typedef struct v4_token {
  int32_t slot;
  int32_t position; /* the slot's length, counting earlier rows of this step */
  int32_t token;
  int32_t wants_logits; /* not 0: logits after this token */
} v4_token;

/* Appends `count` >= 1 tokens to their sequences. Rows of one slot ascend in position without gaps; rows of
 * several slots may be interleaved. Everything is checked before anything changes. */
V4_API v4_status v4_session_step(v4_session *session, const v4_token *tokens, size_t count, v4_error *error);

/* Logits of the last successful step: `*count` rows [vocab_size] in the order of the tokens that wanted them.
 * Valid until the next step or the close. */
V4_API v4_status v4_session_logits(const v4_session *session, const float **rows, size_t *count,
                                   v4_error *error);

/* Tokens in a slot; -1 for a null session or a slot that does not exist. */
V4_API int64_t v4_session_length(const v4_session *session, int32_t slot);

/* Empties a slot and gives its memory back. */
V4_API v4_status v4_session_reset(v4_session *session, int32_t slot, v4_error *error);

/* Writes a slot to a file: beside it first, then renamed, so that `path` is whole or untouched. */
V4_API v4_status v4_session_snapshot(v4_session *session, int32_t slot, const char *path, v4_error *error);

/* Replaces a slot by a snapshot, of this or any other process with the same artifact. The slot may be another
 * one. */
V4_API v4_status v4_session_restore(v4_session *session, int32_t slot, const char *path, v4_error *error);

/* Makes slot `to` a copy of slot `from`, on the device: one prompt goes on in several ways. */
V4_API v4_status v4_session_copy(v4_session *session, int32_t from, int32_t to, v4_error *error);

/* ---- text ---- */

/* The tokenizer.json in the artifact; null and 0 bytes if there is none. Lives as long as the model. */
V4_API v4_status v4_model_tokenizer_json(const v4_model *model, const char **json, size_t *bytes,
                                         v4_error *error);

/* Text is bytes: what is not UTF-8 is kept. A tokenizer is used by one thread at a time, and does not need
 * the model any more. What its functions give out is valid until the next call of the same function. */
typedef struct v4_tokenizer v4_tokenizer;

/* V4_UNSUPPORTED if the artifact has no tokenizer. On failure `*out` is null. */
V4_API v4_status v4_tokenizer_create(const v4_model *model, v4_tokenizer **out, v4_error *error);

/* Null is allowed. The decoders of the tokenizer must be closed before. */
V4_API void v4_tokenizer_close(v4_tokenizer *tokenizer);

/* Whether "<think>" and its like in a text become that token. Text from outside must be encoded as text: it
 * could forge the turns of a conversation. */
typedef enum v4_control_tokens {
  V4_CONTROL_TOKENS_AS_TEXT = 0,
  V4_CONTROL_TOKENS_MATCH = 1,
  V4_CONTROL_TOKENS_LAST = 0x7fffffff
} v4_control_tokens;

V4_API v4_status v4_tokenizer_encode(v4_tokenizer *tokenizer, const char *text, size_t bytes,
                                     v4_control_tokens control_tokens, const int32_t **ids, size_t *count,
                                     v4_error *error);

/* The text is not ended by a zero byte. */
V4_API v4_status v4_tokenizer_decode(v4_tokenizer *tokenizer, const int32_t *ids, size_t count,
                                     const char **text, size_t *bytes, v4_error *error);

/* Decodes token by token: what it gives out never ends in the middle of a character that may go on. */
typedef struct v4_decoder v4_decoder;

V4_API v4_status v4_decoder_create(const v4_tokenizer *tokenizer, v4_decoder **out, v4_error *error);

/* Null is allowed. */
V4_API void v4_decoder_close(v4_decoder *decoder);

/* The text that is complete with this token; may be empty. Valid until the next call for this decoder. */
V4_API v4_status v4_decoder_push(v4_decoder *decoder, int32_t id, const char **text, size_t *bytes,
                                 v4_error *error);

/* What was held back: the beginning of a character, or nothing. */
V4_API v4_status v4_decoder_finish(v4_decoder *decoder, const char **text, size_t *bytes, v4_error *error);

/* ---- values in between ---- */

typedef enum v4_type {
  V4_F32 = 0,
  V4_BF16 = 1,
  V4_I32 = 2,
  V4_I64 = 3,
  V4_U8 = 4,
  V4_F8E4M3 = 5,
  V4_F8E8M0 = 6,
  V4_F4E2M1 = 7, /* two a byte */
  V4_F64 = 8,
  V4_TYPE_LAST = 0x7fffffff
} v4_type;

/* Sees a value as soon as it is computed; `data` is valid during the call only. shape[0] counts rows: the
 * tokens of the part of the step that is running, or those of them that want logits. A step of more than
 * max_step_tokens tokens shows each name once a part. Must not call back into the session. */
typedef void (*v4_observer)(void *user, const char *name, v4_type type, int32_t rank, const int64_t *shape,
                            const void *data);

/* Null removes the observer. */
V4_API v4_status v4_session_set_observer(v4_session *session, v4_observer observer, void *user,
                                         v4_error *error);

/* A state is memory of a sequence: `rows` rows of `row_elements` values. Ring: position p is in row p mod
 * rows. Entries: row e summarises tokens [e * ratio, (e + 1) * ratio), and floor(length / ratio) rows are
 * valid. */
typedef struct v4_state_info {
  const char *name;
  v4_type type;
  int32_t is_ring;
  uint64_t rows;
  uint64_t row_elements;
  uint32_t ratio; /* 0 for a ring */
} v4_state_info_t;

V4_API size_t v4_model_state_count(const v4_model *model);
V4_API v4_status v4_model_state_info(const v4_model *model, size_t index, v4_state_info_t *info,
                                     v4_error *error);

/* Copies `rows` rows of the state `name` of a slot, widened to F32, to `out` [rows][row_elements]. Rows that
 * were never written are zero. */
V4_API v4_status v4_session_read_state(const v4_session *session, const char *name, int32_t slot,
                                       uint64_t first_row, uint64_t rows, float *out, v4_error *error);

#ifdef __cplusplus
}
#endif
#endif
