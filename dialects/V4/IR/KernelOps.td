// Groups of ops that become one kernel (no counterpart in the report).
#ifndef V4_IR_KERNELOPS
#define V4_IR_KERNELOPS

include "dialects/V4/IR/V4OpBase.td"
include "mlir/Interfaces/ControlFlowInterfaces.td"

def V4_KernelOp : V4_Op<"kernel", [SingleBlock, NoRegionArguments, RecursiveMemoryEffects]> {
  let summary = "group ops that become one kernel";
  let description = [{
    Made by `v4-fuse-kernels`. A program of the kernel computes what `parallelism` says: `rows` all of some rows, `heads` one head
    of them, `outputs` some columns of them, `entries` some entries' columns. `row_tile` rows go to a program together. Weights
    and states come from outside, and so do the rows that another kernel made.

    Every result of every op inside is a result of the kernel: each is a buffer of the step, which can be observed. What a
    program reads of a value made inside the kernel is what it made itself.

    (C1) The region holds compute ops and the `v4.yield`, at least one op before it. (C2) Each op divides its work as the
    kernel does; `heads` kernels may also hold `v4.head_norm` and `v4.rope` of [T, H, d], `outputs` kernels a
    `v4.fake_quantise` of whole blocks of what a `v4.grouped_linear` or `v4.expert_up` makes. (C3) Ops of a `heads` kernel have one
    number of heads. (C4) The yield gives every result of every op, in order. (C5) They have the types of the kernel's results.

    Numerics: those of the ops; a kernel changes no bit.

    ```mlir
    func.func @norm_and_scale(%x: tensor<?x64xf32>) -> tensor<?x64xf32> {
      %w = v4.weight "norm.weight" : <64xf32>
      %normed, %scaled = v4.kernel rows row_tile 8 {
        %a = v4.rms_norm %x, %w eps 1.0e-6 : (tensor<?x64xf32>, !v4.weight<64xf32>) -> tensor<?x64xf32>
        %b = v4.scale %a by 0.5 : (tensor<?x64xf32>) -> tensor<?x64xf32>
        v4.yield %a, %b : tensor<?x64xf32>, tensor<?x64xf32>
      } : tensor<?x64xf32>, tensor<?x64xf32>
      return %scaled : tensor<?x64xf32>
    }
    ```
  }];
  let arguments = (ins V4_Parallelism:$parallelism, OptionalAttr<V4_Count>:$row_tile, OptionalAttr<V4_ScheduleAttr>:$schedule);
  let results = (outs Variadic<AnyType>:$results);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = "$parallelism (`row_tile` $row_tile^)? (`schedule` $schedule^)? attr-dict-with-keyword $body (`:` type($results)^)?";
  let hasVerifier = 1;
}

def V4_YieldOp : V4_Op<"yield", [Pure, Terminator, ReturnLike, HasParent<"KernelOp">]> {
  let summary = "end a kernel's region";
  let description = [{
    Gives the kernel its results, one an operand (see `v4.kernel`).

    ```mlir
    func.func @one(%x: tensor<?x64xf32>) -> tensor<?x64xf32> {
      %half = v4.kernel rows {
        %a = v4.scale %x by 0.5 : (tensor<?x64xf32>) -> tensor<?x64xf32>
        v4.yield %a : tensor<?x64xf32>
      } : tensor<?x64xf32>
      return %half : tensor<?x64xf32>
    }
    ```
  }];
  let arguments = (ins Variadic<AnyType>:$operands);
  let assemblyFormat = "($operands^ `:` type($operands))? attr-dict";
  let builders = [OpBuilder<(ins), [{ build($_builder, $_state, ValueRange()); }]>];
}

#endif
