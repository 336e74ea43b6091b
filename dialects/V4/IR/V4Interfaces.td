#ifndef V4_IR_V4INTERFACES
#define V4_IR_V4INTERFACES

include "mlir/IR/OpBase.td"

def V4_ComputeOpInterface : OpInterface<"ComputeOpInterface"> {
  let cppNamespace = "::mlir::v4";
  let description = [{An op that computes rows and can go into a `v4.kernel`.}];
  let methods = [
    InterfaceMethod<"what one program computes", "::mlir::v4::Parallelism", "getParallelism">,
    InterfaceMethod<"name of result `index` behind the op's location; empty for ops with one result",
      "::llvm::StringRef", "getResultSuffix", (ins "unsigned":$index), "", [{ return ""; }]>,
  ];
}

#endif
