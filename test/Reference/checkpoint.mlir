// RUN: echo "[3, 0, 210]" > %t.json
// RUN: v4-opt %s --v4-run-reference="checkpoint=%data/micro-odd tokens=%t.json out=%t.safetensors chunk=2" -o /dev/null
// RUN: %python %S/Inputs/tensors.py %t.safetensors | FileCheck %s
// RUN: echo "[[3, 0, 210], [210]]" > %t.json
// RUN: v4-opt %s --v4-run-reference="checkpoint=%data/micro-odd tokens=%t.json out=%t.safetensors" -o /dev/null
// RUN: %python %S/Inputs/tensors.py %t.safetensors | FileCheck %s --check-prefix=BATCH

// CHECK: keys.entries F64 [1, 96]
// CHECK-NEXT: logits F64 [3, 211]
// CHECK-NEXT: norm.out F64 [3, 96]
// CHECK-NEXT: x F64 [3, 96]

// BATCH: logits.0 F64 [3, 211]
// BATCH-NEXT: logits.1 F64 [1, 211]
// BATCH-NEXT: norm.out.0 F64 [3, 96]

// RUN: echo "[3, 211]" > %t.json
// RUN: not v4-opt %s --v4-run-reference="checkpoint=%data/micro-odd tokens=%t.json out=%t.2" 2>&1 \
// RUN:   | FileCheck %s --check-prefix=RANGE
// RANGE: 'v4.embed' op token 211 of row 1 is not in [0, 211)
// RUN: not ls %t.2
// RUN: not v4-opt %s --v4-run-reference="checkpoint=%t.none tokens=%t.json out=%t.2" 2>&1 | FileCheck %s --check-prefix=NONE
// NONE: error: {{.*}}.none
// RUN: not v4-opt %s --v4-run-reference="checkpoint=%data/micro-odd" 2>&1 | FileCheck %s --check-prefix=OPTIONS
// OPTIONS: error: a checkpoint needs the options tokens and out

func.func @step(%tokens: tensor<?xi32>, %slots: tensor<?xi32>, %positions: tensor<?xi32>, %rows: tensor<?xi32>)
    -> tensor<?x211xf32> {
  %table = v4.weight "embed.weight" : <211x96xbf16>
  %norm = v4.weight "norm.weight" : <96xbf16>
  %head = v4.weight "head.weight" : <211x96xbf16>
  %entries = v4.state "keys.entries" : !v4.entries<8, 96, f32>
  %x = v4.embed %tokens in %table : (tensor<?xi32>, !v4.weight<211x96xbf16>) -> tensor<?x96xf32> loc("x")
  v4.entry_write %x, %entries at %slots, %positions by 2
    : tensor<?x96xf32>, !v4.entries<8, 96, f32>, tensor<?xi32>, tensor<?xi32>
  %y = v4.rms_norm %x, %norm eps 1.000000e-03 : (tensor<?x96xf32>, !v4.weight<96xbf16>) -> tensor<?x96xf32> loc("norm.out")
  %wanted = v4.gather_rows %y at %rows : (tensor<?x96xf32>, tensor<?xi32>) -> tensor<?x96xf32>
  %logits = v4.linear %wanted, %head : (tensor<?x96xf32>, !v4.weight<211x96xbf16>) -> tensor<?x211xf32>
  return %logits : tensor<?x211xf32>
}
