#include "test/Verify/Traps.h"

#include "dialects/V4/IR/V4Dialect.h"
#include "mlir/Dialect/Arith/IR/Arith.h"

#include <cmath>

namespace v4test {

using namespace mlir;

namespace {

/// Turns the rotation of a value by the table of that name.
void rotateBy(func::FuncOp step, StringRef value, StringRef table) {
  auto rope = find<v4::RopeOp>(step, value);
  auto other = find<v4::RopeTableOp>(step, table);
  rope.getCosMutable().assign(other.getCos());
  rope.getSinMutable().assign(other.getSin());
}

// (1) The keys of a layer with a compressor turn as those of a layer without.
Change wrongTheta() {
  Change change;
  change.step = [](func::FuncOp step) { rotateBy(step, "layers.3.attn.kv_rotated", "rope.main.cos"); };
  return change;
}

// (2) The softmax has YaRN's mscale, as in DeepSeek-V3.
Change withMscale() {
  Change change;
  change.step = [](func::FuncOp step) {
    auto attention = find<v4::CsaAttentionOp>(step, "layers.1.attn.core_out");
    double mscale = 0.1 * std::log(8.0) + 1, scale = attention.getScale().convertToDouble();
    attention.setScaleAttr(Builder(step).getF64FloatAttr(scale * mscale * mscale));
  };
  return change;
}

// (3) The heads keep their rotation: position 0 turns nothing, and the sequence is in slot 0.
Change withoutInverseRope() {
  Change change;
  change.step = [](func::FuncOp step) {
    auto heads = find<v4::GroupHeadsOp>(step, "layers.4.attn.o_grouped");
    auto table = heads.getCos().getDefiningOp<v4::RopeTableOp>();
    OpBuilder b(table);
    auto still = cast<v4::RopeTableOp>(b.clone(*table));
    still->setLoc(NameLoc::get(b.getStringAttr("rope.still")));
    still.getPositionsMutable().assign(step.getArgument(1));
    heads.getCosMutable().assign(still.getCos());
    heads.getSinMutable().assign(still.getSin());
  };
  return change;
}

// (4) Entries turn by the end of their block.
Change rotatedByTheEnd() {
  Change change;
  change.step = [](func::FuncOp step) {
    rotateBy(step, "layers.3.attn.compressor.entry", "rope.compress.cos");
  };
  return change;
}

// (5) A residual stream is mixed with the columns of C as rows.
Change transposedMixing() {
  Change change;
  change.kernels = [](ModuleOp module) {
    changeKernel(module, "layers.2.streams_mid", [](tile::KernelOp kernel) {
      kernel.walk([](tile::LoadScalarOp load) {
        auto memory = cast<MemRefType>(load.getMemory().getType());
        auto constant = load.getOffsets().back().getDefiningOp<arith::ConstantIndexOp>();
        if (memory.getRank() != 2 || memory.getDimSize(1) != 16 || !constant)
          return;
        int64_t from = constant.value() / 4, to = constant.value() % 4;
        OpBuilder b(load);
        Value index = arith::ConstantIndexOp::create(b, load.getLoc(), to * 4 + from);
        load.getOffsetsMutable().slice(1, 1).assign(index);
      });
    });
  };
  return change;
}

// (6) A query sees entries whose block its token does not close: of twice as many tokens as there are.
Change earlyIndexer() {
  Change change;
  change.step = [](func::FuncOp step) {
    find<v4::IndexScoresOp>(step, "layers.1.attn.indexer.scores").setRatio(2);
    find<v4::IndexTopkOp>(step, "layers.1.attn.indexer.topk").setRatio(2);
  };
  return change;
}

Change earlyHeavyEntries() {
  Change change;
  change.step = [](func::FuncOp step) {
    find<v4::HcaAttentionOp>(step, "layers.4.attn.core_out").setRatio(64);
  };
  return change;
}

// (8) The first half of the overlapped projection is the block's own.
Change swappedHalves() {
  Change change;
  change.kernels = [](ModuleOp module) {
    changeKernel(module, "layers.3.attn.compressor.pooled", [](tile::KernelOp kernel) {
      kernel.walk([](arith::SelectOp select) {
        auto own = select.getCondition().getDefiningOp<arith::CmpIOp>();
        if (!own || own.getPredicate() != arith::CmpIPredicate::uge || !select.getType().isIndex())
          return;
        Value ownColumn = select.getTrueValue();
        select.getTrueValueMutable().assign(select.getFalseValue());
        select.getFalseValueMutable().assign(ownColumn);
      });
    });
  };
  return change;
}

// (9), (12) compress_ratios has an entry for the MTP layer, which is not compiled. Read one place on, a layer
// has the ratio of the next one. The checkpoint has the tensors for that where the next one has no
// compressor: the last layer takes that of MTP, or layer 1 that of layer 2.
Change ratioOfTheNext(size_t layer) {
  Change change;
  change.config = [layer](v4::ModelConfig &config) { config.ratios[layer] = 0; };
  return change;
}

// (10) The gate is clamped on both sides, as the other half is.
Change gateClampedBelow() {
  Change change;
  change.kernels = [](ModuleOp module) {
    changeKernel(module, "layers.2.ffn.routed_out.up", [](tile::KernelOp kernel) {
      SmallVector<arith::MinNumFOp> gates;
      kernel.walk([&](arith::MinNumFOp clamp) {
        if (llvm::none_of(clamp->getUsers(), [](Operation *user) { return isa<arith::MaxNumFOp>(user); }))
          gates.push_back(clamp);
      });
      for (arith::MinNumFOp gate : gates) {
        OpBuilder b(gate->getContext());
        b.setInsertionPointAfter(gate);
        Value lowest = arith::NegFOp::create(b, gate.getLoc(), gate.getRhs());
        auto clamped = arith::MaxNumFOp::create(b, gate.getLoc(), gate.getResult(), lowest);
        gate.getResult().replaceAllUsesExcept(clamped, clamped);
      }
    });
  };
  return change;
}

// (11) The head's weights of the streams are made to sum to one.
Change balancedHead() {
  Change change;
  change.kernels = [](ModuleOp module) {
    changeKernel(module, "hc_head.out", [](tile::KernelOp kernel) {
      kernel.walk([](tile::StoreOp store) {
        auto type = dyn_cast<RankedTensorType>(store.getValue().getType());
        if (!type || type.getShape() != ArrayRef<int64_t>{4})
          return;
        OpBuilder b(store);
        Location loc = store.getLoc();
        Value sum =
            tile::ReduceOp::create(b, loc, type.getElementType(), tile::ReduceKind::add, store.getValue());
        Value all = tile::SplatOp::create(b, loc, type, sum);
        store.getValueMutable().assign(arith::DivFOp::create(b, loc, store.getValue(), all));
      });
    });
  };
  return change;
}

// (13) The indexer's keys are rotated by Hadamard's matrix, its queries are not.
Change plainIndexQuery() {
  Change change;
  change.step = [](func::FuncOp step) {
    auto rotation = find<v4::HadamardOp>(step, "layers.3.attn.indexer.q_hadamard");
    rotation.getResult().replaceAllUsesWith(rotation.getInput());
    rotation.erase();
  };
  return change;
}

// (14) A copy of a sequence takes as much of a ring as of a table with one row for every 128 tokens: it
// leaves the window, or the tail of an open block, behind.
Change forgetfulCopy(const char *ring) {
  Change change;
  change.manifest = [ring](v4rt::format::ManifestT &manifest) {
    for (auto &state : manifest.states)
      if (state->name == ring) {
        state->kind = v4rt::format::StateKind::entries;
        state->ratio = 128;
      }
  };
  return change;
}

} // namespace

std::vector<Trap> traps() {
  // The published numerics, where a mistake must be more than the roundings; the small model where those do
  // not matter.
  const char *micro = "micro-fp8fp4", *odd = "micro-odd", *rounded = "reference", *plain = "hf";
  return {
      {"01_theta", micro, rounded, wrongTheta(), "layers.3.attn.kv_rotated", "v4.rope", ""},
      {"02_mscale", odd, plain, withMscale(), "layers.1.attn.core_out", "v4.csa_attention", ""},
      {"03_inverse_rope", odd, plain, withoutInverseRope(), "layers.4.attn.o_grouped", "v4.group_heads", ""},
      {"04_entry_position", odd, plain, rotatedByTheEnd(), "layers.3.attn.compressor.entry", "v4.rope", ""},
      {"05_transposed_c", odd, plain, transposedMixing(), "layers.2.streams_mid", "v4.hc_post", ""},
      {"06_causal_indexer", odd, plain, earlyIndexer(), "layers.1.attn.indexer.topk", "v4.index_topk", ""},
      {"06_causal_hca", odd, plain, earlyHeavyEntries(), "layers.4.attn.core_out", "v4.hca_attention", ""},
      {"08_swapped_halves", odd, plain, swappedHalves(), "layers.3.attn.compressor.pooled", "v4.compress",
       ""},
      {"09_mtp_ratio", odd, plain, ratioOfTheNext(4), "layers.4.attn.compressor.values", "state",
       "layers.4.attn.kv"},
      {"10_gate_clamp", odd, plain, gateClampedBelow(), "layers.2.ffn.routed_out.up", "v4.expert_up", ""},
      {"11_balanced_head", odd, plain, balancedHead(), "hc_head.out", "v4.hc_head", ""},
      {"12_ratio_count", odd, plain, ratioOfTheNext(1), "layers.1.attn.compressor.values", "state",
       "layers.1.attn.kv"},
      {"13_hadamard", micro, rounded, plainIndexQuery(), "layers.3.attn.indexer.q", "v4.fake_quantise", ""},
      {"14_prefix_window", odd, plain, forgetfulCopy("layers.2.attn.window"), "layers.2.attn.window", "state",
       "layers.2.attn.core_out"},
      {"14_prefix_tail", odd, plain, forgetfulCopy("layers.1.attn.compressor.values"),
       "layers.1.attn.compressor.values", "state", "layers.1.attn.compressor.pooled"},
  };
}

} // namespace v4test
