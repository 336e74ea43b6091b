// The passes of the PTX exit; see Passes.td for what each one does.
#pragma once

#include "dialects/Tile/IR/TileDialect.h"
#include "dialects/Triton/IR/TritonDialect.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/Pass.h"

namespace mlir::v4 {

#define GEN_PASS_DECL
#include "codegen/TileToTriton/Passes.h.inc"

// From `tile.kernel` to the text's last form.
void buildTileToTriton(OpPassManager &passes, unsigned capability);

// The workspace that each program of `kernel` has, in bytes: a multiple of 128.
int64_t scratchBytes(tile::KernelOp kernel);

// Registers the passes above and the pipeline `convert-tile-to-ttir`.
void registerTritonPasses();

} // namespace mlir::v4
