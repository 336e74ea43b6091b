/* v4.h is C11, libv4.so exports it, and its calls take what a careless caller passes. */
#include "v4.h"

#include <stdio.h>
#include <string.h>

static int failures = 0;

static void expect(int holds, const char *what) {
  if (holds)
    return;
  fprintf(stderr, "does not hold: %s\n", what);
  ++failures;
}

int main(void) {
  v4_error error;
  v4_model *model = (v4_model *)&error;
  expect(strchr(v4_version(), '.') != NULL, "the version has a dot");
  expect(strcmp(v4_status_text(V4_CONTEXT_FULL), "V4_CONTEXT_FULL") == 0, "statuses have their names");
  expect(strcmp(v4_status_text((v4_status)999), "unknown status") == 0, "unknown statuses have a text");

  expect(v4_model_open("/nonexistent.v4", NULL, &model, &error) == V4_IO_ERROR,
         "a missing file is an I/O error");
  expect(model == NULL, "a failed open leaves null");
  expect(strstr(error.text, "cannot open /nonexistent.v4") != NULL, "the text names the file");
  expect(v4_model_open("/nonexistent.v4", NULL, &model, NULL) == V4_IO_ERROR, "the error may be null");
  expect(v4_model_open(NULL, NULL, &model, &error) == V4_INVALID_ARGUMENT, "a null path is refused");
  expect(v4_model_open("/dev", NULL, &model, &error) == V4_IO_ERROR, "a folder is refused");

  expect(v4_session_create(NULL, NULL, NULL, &error) == V4_INVALID_ARGUMENT, "a null model is refused");
  expect(strcmp(error.text, "model is null") == 0, "the text says what is null");
  expect(v4_session_step(NULL, NULL, 0, &error) == V4_INVALID_ARGUMENT, "a null session is refused");
  expect(v4_session_length(NULL, 0) == -1, "a null session has no length");
  expect(v4_model_state_count(NULL) == 0, "a null model has no states");
  v4_tokenizer *tokenizer = (v4_tokenizer *)&error;
  expect(v4_tokenizer_create(NULL, &tokenizer, &error) == V4_INVALID_ARGUMENT, "a null model is refused");
  expect(tokenizer == NULL, "a failed create leaves null");
  expect(v4_tokenizer_encode(NULL, "a", 1, V4_CONTROL_TOKENS_MATCH, NULL, NULL, &error) ==
             V4_INVALID_ARGUMENT,
         "a null tokenizer is refused");
  expect(v4_decoder_push(NULL, 3, NULL, NULL, &error) == V4_INVALID_ARGUMENT, "a null decoder is refused");
  v4_decoder_close(NULL);
  v4_tokenizer_close(NULL);
  v4_session_close(NULL);
  v4_model_close(NULL);
  return failures != 0;
}
