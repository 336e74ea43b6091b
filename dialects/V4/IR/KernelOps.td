// Groups of ops that become one kernel.
#ifndef V4_IR_KERNELOPS
#define V4_IR_KERNELOPS

include "dialects/V4/IR/V4OpBase.td"
include "mlir/Interfaces/ControlFlowInterfaces.td"

def V4_KernelOp : V4_Op<"kernel", [SingleBlock, NoRegionArguments, RecursiveMemoryEffects]> {
  let summary = "ops that become one kernel";
  let description = [{
    Made by `v4-fuse-kernels`. The region holds compute ops of one `parallelism` and yields every one of their results:
    each is a buffer of the step. Weights and states come from outside. `row_tile` rows go to a program together.
  }];
  let arguments = (ins V4_Parallelism:$parallelism, OptionalAttr<I64Attr>:$row_tile);
  let results = (outs Variadic<AnyType>:$results);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = "$parallelism (`row_tile` $row_tile^)? attr-dict-with-keyword $body (`:` type($results)^)?";
  let hasVerifier = 1;
}

def V4_YieldOp : V4_Op<"yield", [Pure, Terminator, ReturnLike, HasParent<"KernelOp">]> {
  let summary = "end a kernel's region";
  let arguments = (ins Variadic<AnyType>:$operands);
  let assemblyFormat = "($operands^ `:` type($operands))? attr-dict";
  let builders = [OpBuilder<(ins), [{ build($_builder, $_state, ValueRange()); }]>];
}

#endif
