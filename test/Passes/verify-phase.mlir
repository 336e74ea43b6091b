// RUN: v4-opt %s --split-input-file --verify-diagnostics --verify-phase='phase=import'

// expected-error @+1 {{breaks a rule of phase 'import': the module says what it is a model of, in `v4.model`}}
module {
}
