// RUN: v4-opt %s --split-input-file --verify-diagnostics --v4-specialise-steps

// expected-error @+1 {{has no function 'step' to specialise}}
module {
}

// -----

// expected-error @+1 {{needs 'max_step_tokens' in its 'v4.model' attribute}}
module {
  func.func @step() {
    return
  }
}
