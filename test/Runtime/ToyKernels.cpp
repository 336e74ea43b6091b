// The kernels of the toy model, in three variants, as codegen would emit them: one function of type KernelFn
// each, with a dot in its symbol. Buffers come in the order of the bindings in ToyArtifact.cpp.
#include "runtime/format/KernelAbi.h"
#include "test/Runtime/ToyModel.h"

using namespace v4test;
using v4rt::KernelArgs;

#define KERNEL_OF(name, function, variant)                                                                   \
  extern "C" void name##_##variant(const KernelArgs *args, int64_t begin,                                    \
                                   int64_t end) __asm__(#name "." #variant);                                 \
  void name##_##variant(const KernelArgs *args, int64_t begin, int64_t end) { function(args, begin, end); }

template <typename T> static T *buffer(const KernelArgs *args, int index) {
  return static_cast<T *>(args->buffers[index]);
}

/// tokens, embed, x. A program does two tokens.
static void embed(const KernelArgs *args, int64_t begin, int64_t end) {
  const int32_t *tokens = buffer<int32_t>(args, 0);
  const float *weights = buffer<float>(args, 1);
  float *x = buffer<float>(args, 2);
  for (int64_t t = 2 * begin; t < 2 * end && t < args->rows; ++t)
    for (int i = 0; i < kWidth; ++i)
      x[t * kWidth + i] = weights[tokens[t] * kWidth + i];
}

/// x, slots, positions, ring. A program does a token.
static void remember(const KernelArgs *args, int64_t begin, int64_t end) {
  const float *x = buffer<float>(args, 0);
  const int32_t *slots = buffer<int32_t>(args, 1), *positions = buffer<int32_t>(args, 2);
  float *ring = buffer<float>(args, 3);
  for (int64_t t = begin; t < end; ++t)
    for (int i = 0; i < kWidth; ++i)
      ring[(slots[t] * kRingRows + positions[t] % kRingRows) * kWidth + i] = x[t * kWidth + i];
}

/// slots, positions, ring, entries. A program does a token.
static void compress(const KernelArgs *args, int64_t begin, int64_t end) {
  const int32_t *slots = buffer<int32_t>(args, 0), *positions = buffer<int32_t>(args, 1);
  const float *ring = buffer<float>(args, 2);
  float *entries = buffer<float>(args, 3);
  for (int64_t t = begin; t < end; ++t) {
    int position = positions[t];
    if ((position + 1) % kRatio != 0)
      continue;
    for (int i = 0; i < kWidth; ++i) {
      float sum = 0;
      for (int p = position - kRatio + 1; p <= position; ++p)
        sum += ring[(slots[t] * kRingRows + p % kRingRows) * kWidth + i];
      entries[(slots[t] * kEntryRows + position / kRatio) * kWidth + i] = sum;
    }
  }
}

/// slots, positions, ring, entries, y. Grid (column, token).
static void mix(const KernelArgs *args, int64_t begin, int64_t end) {
  const int32_t *slots = buffer<int32_t>(args, 0), *positions = buffer<int32_t>(args, 1);
  const float *ring = buffer<float>(args, 2), *entries = buffer<float>(args, 3);
  float *y = buffer<float>(args, 4);
  for (int64_t program = begin; program < end; ++program) {
    int64_t i = program % args->grid[0], t = program / args->grid[0];
    float sum = 0;
    for (int age = 0; age < kWindow && age <= positions[t]; ++age)
      sum += ring[(slots[t] * kRingRows + (positions[t] - age) % kRingRows) * kWidth + i] / float(age + 1);
    for (int e = 0; e < (positions[t] + 1) / kRatio; ++e)
      sum += entries[(slots[t] * kEntryRows + e) * kWidth + i];
    y[t * kWidth + i] = sum;
  }
}

/// ages. A program does a position: shows that the extent of positions reaches a grid.
static void count(const KernelArgs *args, int64_t begin, int64_t end) {
  for (int64_t p = begin; p < end; ++p)
    buffer<float>(args, 0)[p] = float(p);
}

/// logit rows, y, embed, logits. Grid (panel of the vocabulary, row).
static void project(const KernelArgs *args, int64_t begin, int64_t end, float scale) {
  const int32_t *rows = buffer<int32_t>(args, 0);
  const float *y = buffer<float>(args, 1), *weights = buffer<float>(args, 2);
  float *logits = buffer<float>(args, 3);
  for (int64_t program = begin; program < end; ++program) {
    int64_t panel = program % args->grid[0], row = program / args->grid[0];
    for (int64_t v = panel * kVocabPanel; v < (panel + 1) * kVocabPanel && v < kVocab; ++v) {
      float sum = 0;
      for (int i = 0; i < kWidth; ++i)
        sum += y[rows[row] * kWidth + i] * weights[v * kWidth + i];
      logits[row * kVocab + v] = scale * sum;
    }
  }
}

/// As codegen does for the simulated device: what reaches beyond its memory is noted, and not done.
static bool isInside(const KernelArgs *args, int argument, int64_t program, int64_t offset, int64_t bytes) {
  if (offset + bytes <= args->bytes[argument])
    return true;
  if (__atomic_fetch_add(&args->fault->count, 1, __ATOMIC_RELAXED) == 0) {
    args->fault->argument = argument;
    args->fault->program = program;
    args->fault->offset = offset;
  }
  return false;
}

static void embedChecked(const KernelArgs *args, int64_t begin, int64_t end) {
  const int32_t *tokens = buffer<int32_t>(args, 0);
  const float *weights = buffer<float>(args, 1);
  constexpr int64_t row = kWidth * sizeof(float);
  for (int64_t t = 2 * begin; t < 2 * end && t < args->rows; ++t)
    if (isInside(args, 1, t / 2, tokens[t] * row, row) && isInside(args, 2, t / 2, t * row, row))
      for (int i = 0; i < kWidth; ++i)
        buffer<float>(args, 2)[t * kWidth + i] = weights[tokens[t] * kWidth + i];
}

/// By way of the workspace.
static void countInWorkspace(const KernelArgs *args, int64_t begin, int64_t end) {
  for (int64_t p = begin; p < end; ++p) {
    float *own = reinterpret_cast<float *>(args->workspace + p * kCountScratch);
    for (int i = 0; i < kCountScratch / 4; ++i)
      own[i] = float(p);
    if (isInside(args, 0, p, p * 4, 4))
      buffer<float>(args, 0)[p] = own[kCountScratch / 4 - 1];
  }
}

#define HEAD(variant, scale)                                                                                 \
  static void head_of_##variant(const KernelArgs *args, int64_t begin, int64_t end) {                        \
    project(args, begin, end, scale);                                                                        \
  }                                                                                                          \
  KERNEL_OF(head, head_of_##variant, variant)

#define VARIANT(variant, scale, embed_kernel, count_kernel)                                                  \
  KERNEL_OF(embed, embed_kernel, variant)                                                                    \
  KERNEL_OF(remember, remember, variant)                                                                     \
  KERNEL_OF(compress, compress, variant)                                                                     \
  KERNEL_OF(mix, mix, variant)                                                                               \
  KERNEL_OF(count, count_kernel, variant)                                                                    \
  HEAD(variant, scale)

VARIANT(plain, 1, embed, count)
VARIANT(doubled, 2, embed, count)
VARIANT(sim, 1, embedChecked, countInWorkspace)
