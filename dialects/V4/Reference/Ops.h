// The meaning of the `v4` ops: one plain function an op, in double precision. What the dialect defines as a
// float32 value (rotary angles, their cosines and sines, factors, scales of quantised blocks) is rounded to
// one. Other roundings are those of an op's `#v4.numerics`, here a `bf16` that tells whether its option has
// that value. Results are rounded to their types by the executor.
//
// Shapes are what the ops' verifiers guarantee, ids are in range: the executor checks them. Functions that
// read or write a state return an error when it does not hold the rows that they need.
#pragma once

#include "dialects/V4/IR/V4Dialect.h"
#include "dialects/V4/Reference/State.h"

namespace mlir::v4::reference {

using llvm::Error;
using llvm::Expected;

// Embedding, linear maps, norms, rotary position (LinearOps.cpp). Weights are [N, K] or [N].

Tensor embed(const Tensor &tokens, const Tensor &table);
Tensor gatherRows(const Tensor &input, const Tensor &rows);
/// [T, ...] times [N, K] -> [T, N].
Tensor linear(const Tensor &input, const Tensor &weight);
/// [T, G, K] times [G*N, K] -> [T, G, N].
Tensor groupedLinear(const Tensor &input, const Tensor &weight);
Tensor scale(const Tensor &input, double factor);
Tensor add(const Tensor &lhs, const Tensor &rhs);
Tensor rmsNorm(const Tensor &input, const Tensor &weight, double eps);
/// `bf16`: `q_norm`; `bf16Result`: the type of the result.
Tensor headNorm(const Tensor &input, double eps, bool bf16 = false, bool bf16Result = false);

struct RopeTable {
  Tensor cos, sin; // [T, dims/2]
};
/// How wide rotary angles are: the model's are float32; the float64 ones of other implementations are for
/// comparing.
enum class Angles { f32, f64 };
RopeTable ropeTable(const Tensor &positions, ArrayRef<float> frequencies, int64_t offset,
                    Angles angles = Angles::f32);
/// Rotates the last dimensions of [T, d] or [T, H, d]; `inverse` turns the other way.
Tensor rope(const Tensor &input, const Tensor &cos, const Tensor &sin, bool inverse = false);

// Hyper-connections (HyperConnectionOps.cpp).

struct HcMapping {
  Tensor collapsed; // [T, D]
  Tensor pre, post; // [T, n]
  Tensor comb;      // [T, n, n]
};
/// [T, D] -> [T, streams, D].
Tensor hcExpand(const Tensor &input, int64_t streams);
/// `fn`: the weight [(2+n)n, nD], or its products with the streams, [T, (2+n)n] as `isProjected` says.
HcMapping hcPre(const Tensor &streams, const Tensor &fn, const Tensor &base, const Tensor &scale,
                int64_t iters, double eps, double normEps, bool isProjected = false);
/// What hcPre() balances, before that: [T, n, n].
Tensor hcLogits(const Tensor &streams, const Tensor &fn, const Tensor &base, const Tensor &scale,
                double normEps);
/// Balances an n x n matrix of logits in place: softmax of each row plus eps, then columns, then `iters` - 1
/// times rows and columns, each divisor plus eps.
void sinkhorn(double *matrix, int64_t n, int64_t iters, double eps);
/// `bf16`: `mhc`.
Tensor hcPost(const Tensor &output, const Tensor &streams, const Tensor &post, const Tensor &comb,
              bool bf16 = false);
Tensor hcHead(const Tensor &streams, const Tensor &fn, const Tensor &base, const Tensor &scale, double eps,
              double normEps);

// Indexer and attention (AttentionOps.cpp).

/// First and one past the last position that a query at `position` sees through the window.
std::pair<int64_t, int64_t> visibleWindow(int64_t position, int64_t window);
/// Entries that a query at `position` may see: those that its token or an earlier one closed.
int64_t visibleEntries(int64_t position, int64_t ratio);

/// [T, columns]; minus infinity behind the visible entries. `bf16`: `index_score`.
Expected<Tensor> indexScores(const Tensor &query, const Tensor &weights, const State &keys,
                             const Tensor &slots, const Tensor &positions, int64_t ratio, int64_t columns,
                             bool bf16 = false);
/// [T, k], entries ascending, then -1.
Tensor indexTopk(const Tensor &scores, const Tensor &positions, int64_t ratio, int64_t k);

struct AttentionOptions {
  int64_t window;
  double scale;
  bool bf16 = false; // `activations`
};
Expected<Tensor> windowAttention(const Tensor &query, const State &ring, const Tensor &sink,
                                 const Tensor &slots, const Tensor &positions,
                                 const AttentionOptions &options);
Expected<Tensor> csaAttention(const Tensor &query, const State &ring, const State &entries,
                              const Tensor &topk, const Tensor &sink, const Tensor &slots,
                              const Tensor &positions, const AttentionOptions &options);
Expected<Tensor> hcaAttention(const Tensor &query, const State &ring, const State &entries,
                              const Tensor &sink, const Tensor &slots, const Tensor &positions, int64_t ratio,
                              const AttentionOptions &options);
/// [T, H, d] -> [T, groups, H/groups*d].
Tensor groupHeads(const Tensor &input, const Tensor &cos, const Tensor &sin, int64_t groups);

// Sequence state (StateOps.cpp).

Error ringWrite(const Tensor &input, State &ring, const Tensor &slots, const Tensor &positions);
Error entryWrite(const Tensor &input, State &entries, const Tensor &slots, const Tensor &positions,
                 int64_t ratio);
/// `bf16`: `compressor`.
Expected<Tensor> compress(const State &values, const State &gates, const Tensor &ape, const Tensor &slots,
                          const Tensor &positions, int64_t ratio, bool overlap, bool bf16 = false);

// Routing and experts (MoEOps.cpp).

struct Routing {
  Tensor scores;  // [T, E]
  Tensor indices; // [T, k]
  Tensor weights; // [T, k]
};
Tensor routerScores(const Tensor &logits, ScoringFunc scoring);
/// Unbiased scores of the chosen experts; all but softmax are normalised over the choice.
Tensor routingWeights(const Tensor &scores, const Tensor &indices, ScoringFunc scoring, double scaling);
Routing route(const Tensor &logits, const Tensor &bias, ScoringFunc scoring, double scaling, int64_t k);
Routing hashRoute(const Tensor &logits, const Tensor &tokens, const Tensor &table, ScoringFunc scoring,
                  double scaling);

/// What an expert does to its products and, unless the op is that half alone, to what its gated half makes.
struct ExpertOptions {
  double limit = 0;
  bool bf16 = false;       // `activations`: rounds both
  bool quantise = false;   // `act_quant`: the gated half's, to E4M3
  bool weightLast = false; // `expert_weight` = post_w2
};
/// [T, D] -> [T, k, I]; `weights` may be null. w1, w3: [E, I, D].
Tensor expertUp(const Tensor &input, const Tensor &indices, const Tensor *weights, const Tensor &w1,
                const Tensor &w3, const ExpertOptions &options);
/// [T, k, I] -> [T, D]; `weights` may be null. w2: [E, D, I].
Tensor expertDown(const Tensor &input, const Tensor &indices, const Tensor *weights, const Tensor &w2,
                  const ExpertOptions &options);
Tensor experts(const Tensor &input, const Tensor &indices, const Tensor &weights, const Tensor &w1,
               const Tensor &w3, const Tensor &w2, const ExpertOptions &options);
/// [T, D] -> [T, I]. w1, w3: [I, D].
Tensor sharedUp(const Tensor &input, const Tensor &w1, const Tensor &w3, const ExpertOptions &options);
Tensor sharedExpert(const Tensor &input, const Tensor &w1, const Tensor &w3, const Tensor &w2,
                    const ExpertOptions &options);

// Roundings of their own (QuantiseOps.cpp).

/// The first `first` elements of each innermost row of `shape`, which holds the rows of `input` cut
/// otherwise.
Tensor fakeQuantise(const Tensor &input, std::vector<int64_t> shape, QuantFormat format, int64_t block,
                    int64_t first);
Tensor hadamard(const Tensor &input);

} // namespace mlir::v4::reference
