#ifndef V4_IR_V4OPS
#define V4_IR_V4OPS

include "dialects/V4/IR/LinearOps.td"
include "dialects/V4/IR/HyperConnectionOps.td"
include "dialects/V4/IR/AttentionOps.td"
include "dialects/V4/IR/StateOps.td"
include "dialects/V4/IR/MoEOps.td"
include "dialects/V4/IR/QuantiseOps.td"
include "dialects/V4/IR/KernelOps.td"

#endif
