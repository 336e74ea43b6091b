// The passes of the PTX exit, in the order in which they run.
#ifndef CODEGEN_TILETOTRITON_PASSES
#define CODEGEN_TILETOTRITON_PASSES

include "mlir/Pass/PassBase.td"

def InsertTileBarriers : Pass<"insert-tile-barriers", "::mlir::tile::KernelOp"> {
  let summary = "put barriers between accesses of a program's threads to the same memory";
  let description = [{
    A program is a block of threads on a GPU, and a tile's elements are spread over them differently from op to op. So between a
    store and a later load or store of the same argument or scratch, and between a load and a later store, there is a
    `gpu.barrier`, loops' next iterations included, unless the accesses are apart by their offsets. Different arguments are different
    memory. A barrier that a loop's accesses need
    only towards what precedes the loop stands before the loop: loops that nothing is written in have none.
  }];
  let dependentDialects = ["::mlir::gpu::GPUDialect"];
}

def ConvertTileToTriton : Pass<"convert-tile-to-triton", "::mlir::ModuleOp"> {
  let summary = "turn kernels into Triton functions";
  let description = [{
    `tile.kernel @k(memref..., ...)` becomes `tt.func public @k`: a pointer for each argument, then `i32` rows (`tile.num_rows`), then
    `!tt.ptr<i8>` workspace, of which each program has `scratchBytes()` for its `tile.scratch`.

    Dimensions of tiles are padded to powers of two, as Triton wants them. What is beyond a tile's own size is not loaded (it is
    zero after a load) and not stored, left out of reductions, and zero where a product sums over it; elsewhere it is anything.

    `index` becomes i64. f32 division and square root are rounded to the nearest; exp, log, log1p and tanh are computed with
    the arithmetic of expand-math-functions, so they have the CPU's bits. Sums of products and reductions have Triton's order.

    Products of tiles are for tensor cores: of bf16 numbers, summed in f32. An f32 factor is cut into three bf16 numbers whose sum
    it is, and the products of the parts are summed, but for those that lie beyond f32's last bit; a factor that was widened from
    bf16 stays one part. So nothing is rounded more coarsely than f32 does; but an infinite factor makes the sum NaN. Small
    products are chains of fused multiply-adds, and those of f64 sums of products.
  }];
  let options = [
    Option<"capability", "capability", "unsigned", "90", "compute capability: 80, 90, 100 or 120">,
  ];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::gpu::GPUDialect", "::mlir::math::MathDialect", "::mlir::scf::SCFDialect",
    "::mlir::tt::TritonDialect",
  ];
}

#endif
