// Every pass of the compiler, in the order in which the phases (Pipelines.cpp) run them.
#ifndef PASSES_PASSES
#define PASSES_PASSES

include "mlir/Pass/PassBase.td"

def SpecialiseSteps : Pass<"v4-specialise-steps", "::mlir::ModuleOp"> {
  let summary = "make a decode and a prefill program of the step";
  let description = [{
    `func @step` becomes `func @decode` and `func @prefill`, equal but for two attributes: `v4.max_tokens`, the largest step
    that the program takes, and `v4.row_tile`, the rows that a program of a kernel works on together. Bits do not change:
    every output element has the same summation order in both.
  }];
  let options = [
    Option<"decodeTokens", "decode-tokens", "int64_t", "0", "Largest step of @decode, in tokens; 0: as the target has it">,
    Option<"rowTile", "row-tile", "int64_t", "0", "Rows of a tile of @prefill; 0: as the target has it">,
  ];
}

def SplitExperts : Pass<"v4-split-experts", "::mlir::func::FuncOp"> {
  let summary = "split experts into their two matrix products";
  let dependentDialects = ["::mlir::v4::V4Dialect"];
}

def ProjectStreams : Pass<"v4-project-streams", "::mlir::func::FuncOp"> {
  let summary = "let the threads of a decode step share hyper-connections";
  let description = [{
    `v4.hc_pre` and `v4.hc_post` do all of a row in one program. In a step of one token most of that is the product of the streams
    and `fn`, which a `v4.linear` before `v4.hc_pre` divides among threads, unless a layer would take too many launches; and
    `v4.hc_post` goes with what makes its `output`. In larger steps threads have rows of their own. For CPUs.
  }];
  let dependentDialects = ["::mlir::v4::V4Dialect"];
}

def NarrowQuantised : Pass<"v4-narrow-quantised", "::mlir::func::FuncOp"> {
  let summary = "keep quantised activations in BF16 for GPUs";
  let description = [{
    `v4.fake_quantise` leaves numbers that BF16 holds exactly. For a CPU they are f32, which saves widening them; a GPU's matrix
    units take BF16. No value changes.
  }];
  let dependentDialects = ["::mlir::v4::V4Dialect"];
}

def UseDigits : Pass<"v4-use-digits", "::mlir::func::FuncOp"> {
  let summary = "let experts multiply quantised rows exactly, in digits";
  let description = [{
    Where E2M1 weights with a scale for 32 inputs multiply rows that `v4.fake_quantise` rounded to E4M3, all products of a block
    are integers times one power of two. Digits of a byte multiply them with a fraction of the instructions that decoding to f32
    takes; they are made once, by a second `v4.fake_quantise` with `digits`. For CPUs; matrix units of GPUs take the formats as they are.
  }];
  let dependentDialects = ["::mlir::v4::V4Dialect"];
}

def UseCodes : Pass<"v4-use-codes", "::mlir::func::FuncOp"> {
  let summary = "let index scores multiply codes";
  let description = [{
    Where both queries and keys of the indexer are E2M1 in blocks of 32, a block's products are small integers times one power of
    two, which bytes hold: keys need not be widened to f32. Keys must be packed (`v4-pack-entries`). For CPUs.
  }];
  let dependentDialects = ["::mlir::v4::V4Dialect"];
}

def PackEntries : Pass<"v4-pack-entries", "::mlir::ModuleOp"> {
  let summary = "store entries in the format that they were quantised to";
  let description = [{
    A table whose rows all come from `v4.fake_quantise` becomes `packed`, with the codes and scales of that op. What is read
    back has the same bits. For CPUs; kernels of GPUs take entries in BF16.
  }];
  let dependentDialects = ["::mlir::v4::V4Dialect"];
}

def FuseKernels : Pass<"v4-fuse-kernels", "::mlir::func::FuncOp"> {
  let summary = "group ops that one kernel computes";
  let description = [{
    Every compute op ends up inside a `v4.kernel`; the kernel's `row_tile` is the function's `v4.row_tile`. Bits do not change.
  }];
  let dependentDialects = ["::mlir::v4::V4Dialect"];
}

def FoldRowKernels : Pass<"v4-fold-row-kernels", "::mlir::func::FuncOp"> {
  let summary = "let the programs of products and attention do the small work on rows before them";
  let description = [{
    For the decode steps of GPUs, where a launch costs more than repeating a row's work: a row kernel of small ops alone (norms,
    quantisation, routing, selection, writes into rings) goes into the head or output kernel that first uses its results. Each of
    its programs does what it needs for its own rows; what none needs has a program of its own. Bits do not change.
  }];
  let dependentDialects = ["::mlir::v4::V4Dialect"];
}

def ChooseWeightLayouts : Pass<"v4-choose-weight-layouts", "::mlir::ModuleOp"> {
  let summary = "decide in which order each weight is packed";
  let description = [{Sets `layout` of every `v4.weight`; the same tensor has one layout in all functions.}];
  let dependentDialects = ["::mlir::v4::V4Dialect"];
}

def SelectSchedule : Pass<"tile-select-schedule", "::mlir::ModuleOp"> {
  let summary = "decide the tile sizes of every kernel";
  let description = [{
    Looks each `v4.kernel` up in the tuning table (passes/Schedule/schedules.json) by the module's `v4.target`, what the kernel
    does and how many rows go together, writes the row found as `schedule`, and says so in a remark. A kernel that has a
    schedule keeps it.
  }];
  let dependentDialects = ["::mlir::v4::V4Dialect"];
}

def ConvertV4ToTile : Pass<"convert-v4-to-tile", "::mlir::ModuleOp"> {
  let summary = "lower each v4.kernel to a tile.kernel and an rt.launch";
  let description = [{Kernels with the same body are emitted once.}];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::math::MathDialect", "::mlir::rt::RtDialect",
                           "::mlir::scf::SCFDialect", "::mlir::tile::TileDialect"];
}

def BuildProgram : Pass<"rt-build-program", "::mlir::ModuleOp"> {
  let summary = "turn functions of launches into programs of dispatches";
  let description = [{
    Each function becomes an `rt.program`, each `rt.launch` an `rt.dispatch`. Launch results, the functions' arguments and the
    logits become `rt.buffer` (the last two shared by all programs), states `rt.state`, weights `rt.weight`: one for the
    elements and one for the scales, shared where tensor and layout are equal, in the order of their first use. No buffer
    or weight has a place yet.
  }];
  let dependentDialects = ["::mlir::rt::RtDialect"];
}

def PlanMemory : Pass<"rt-plan-memory", "::mlir::ModuleOp"> {
  let summary = "place buffers in the arena and weights in their section";
  let description = [{
    Sets `offset` of every `rt.buffer` and `rt.weight`. Buffers of one program that are never alive at the same time may
    share bytes; programs share one arena. A buffer lives from the dispatch that writes it to the last one that reads it; one
    that crosses programs (the step's inputs, the logits) lives throughout. Larger buffers are placed first, each in the
    smallest gap that holds it.
  }];
  let dependentDialects = ["::mlir::rt::RtDialect"];
}

def VerifyPhase : Pass<"verify-phase", "::mlir::ModuleOp"> {
  let summary = "check what may no longer exist after a phase";
  let description = [{Runs after each phase; the rules are a table in VerifyPhase.cpp and a column of docs/phases.md.}];
  let options = [Option<"phase", "phase", "std::string", "", "Name of the phase that has just run">];
}

#endif
