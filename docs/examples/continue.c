/* Continues a text with the likeliest token each time: continue-c MODEL.v4 TEXT [TOKENS] */
#include <v4.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static v4_error error;

static void check(v4_status status) {
  if (status == V4_OK)
    return;
  fprintf(stderr, "%s: %s\n", v4_status_text(status), error.text);
  exit(1);
}

static int32_t likeliest(const float *logits, uint32_t count) {
  uint32_t best = 0;
  for (uint32_t i = 1; i < count; ++i)
    if (logits[i] > logits[best])
      best = i;
  return (int32_t)best;
}

int main(int argc, char **argv) {
  if (argc < 3) {
    fprintf(stderr, "usage: %s MODEL.v4 TEXT [TOKENS]\n", argv[0]);
    return 2;
  }
  int wanted = argc > 3 ? atoi(argv[3]) : 16;

  v4_model *model;
  check(v4_model_open(argv[1], NULL, &model, &error));
  v4_model_info_t info;
  check(v4_model_info(model, &info, &error));
  v4_session *session;
  check(v4_session_create(model, NULL, &session, &error));
  v4_tokenizer *tokenizer;
  check(v4_tokenizer_create(model, &tokenizer, &error));

  /* The prompt is one step; every token after it is another. */
  const int32_t *ids;
  size_t count;
  check(v4_tokenizer_encode(tokenizer, argv[2], strlen(argv[2]), V4_CONTROL_TOKENS_AS_TEXT, &ids, &count,
                            &error));
  int32_t begin = info.bos_token >= 0;
  v4_token *step = calloc(count + 1, sizeof *step);
  if (step == NULL)
    return 1;
  for (size_t i = 0; i < count + begin; ++i) {
    int32_t id = (int32_t)i < begin ? info.bos_token : ids[i - begin];
    step[i] =
        (v4_token){.slot = 0, .position = (int32_t)i, .token = id, .wants_logits = i + 1 == count + begin};
  }
  check(v4_session_step(session, step, count + begin, &error));

  v4_decoder *decoder;
  check(v4_decoder_create(tokenizer, &decoder, &error));
  const char *text;
  size_t bytes;
  for (int i = 0; i < wanted; ++i) {
    const float *logits;
    size_t rows;
    check(v4_session_logits(session, &logits, &rows, &error));
    int32_t id = likeliest(logits, info.vocab_size);
    if (id == info.eos_token)
      break;
    check(v4_decoder_push(decoder, id, &text, &bytes, &error));
    fwrite(text, 1, bytes, stdout);
    v4_token next = {
        .slot = 0, .position = (int32_t)v4_session_length(session, 0), .token = id, .wants_logits = 1};
    check(v4_session_step(session, &next, 1, &error));
  }
  check(v4_decoder_finish(decoder, &text, &bytes, &error));
  fwrite(text, 1, bytes, stdout);
  putchar('\n');

  free(step);
  v4_decoder_close(decoder);
  v4_tokenizer_close(tokenizer);
  v4_session_close(session);
  v4_model_close(model);
  return 0;
}
