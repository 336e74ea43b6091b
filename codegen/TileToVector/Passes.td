// The passes of the CPU exit, in the order in which they run.
#ifndef CODEGEN_TILETOVECTOR_PASSES
#define CODEGEN_TILETOVECTOR_PASSES

include "mlir/Pass/PassBase.td"

def ConvertTileToVector : Pass<"convert-tile-to-vector", "::mlir::ModuleOp"> {
  let summary = "turn kernels into functions on rows of vectors";
  let description = [{
    `tile.kernel @k` becomes `func.func @k(%args: !llvm.ptr, %begin: i64, %end: i64)`, of the type that
    runtime/format/KernelAbi.h declares: a loop over the programs [begin, end) around the kernel's body.

    `memref<...>` becomes its base pointer, `tensor<CxT>` one `vector<CxT>`, `tensor<RxCxT>` a `vector<CxT>` a row. Loops
    carry the rows side by side: LLVM keeps vectors in registers across iterations, but not arrays of vectors.
  }];
  let options = [Option<"vectorBits", "vector-bits", "unsigned", "256",
                        "width of the processor's vectors, 256 or 512; registers follow from it">,
                 Option<"sumsBytes", "sums-bytes", "bool", "false",
                        "whether it adds products of bytes to 32 bits at once, as AVX-512 VNNI does">,
                 Option<"dotsBf16", "dots-bf16", "bool", "false",
                        "whether it adds products of bf16 numbers to f32, as AVX-512 BF16 does">];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::func::FuncDialect", "::mlir::LLVM::LLVMDialect",
    "::mlir::math::MathDialect", "::mlir::scf::SCFDialect", "::mlir::vector::VectorDialect",
  ];
}

def ExpandMathFunctions : Pass<"expand-math-functions", "::mlir::func::FuncOp"> {
  let summary = "compute exp, log, log1p, tanh and rsqrt with arithmetic";
  let description = [{
    What processors have no instruction for is computed with fused multiply-adds, within 2 ulp in f32, the
    same bits on every processor and at every vector length; `rsqrt` is `1 / sqrt`. Conversions to and from bf16 become
    integer operations; to bf16 rounds to the nearest, ties to even.
    A function for which there is no expansion (f64 ones, `math.powf`, ...) is an error: kernels call no library.
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::math::MathDialect"];
}

def SplitCarriedVectors : Pass<"split-carried-vectors", "::mlir::func::FuncOp"> {
  let summary = "let loops carry vectors as pieces of a power of two of elements";
  let description = [{
    LLVM takes other vectors apart where they pass from block to block: 24 sums would leave their registers for 24 others
    and come back in every iteration.
  }];
  let dependentDialects = ["::mlir::scf::SCFDialect", "::mlir::vector::VectorDialect"];
}

def ConvertVectorToHost : Pass<"convert-vector-to-host", "::mlir::ModuleOp"> {
  let summary = "convert what convert-tile-to-vector leaves to the LLVM dialect";
  let dependentDialects = ["::mlir::LLVM::LLVMDialect"];
}

#endif
