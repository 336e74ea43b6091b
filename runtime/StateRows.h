// What a row of a state says, however it is stored.
#pragma once

#include "runtime/Status.h"
#include "runtime/format/artifact_generated.h"

#include <cstdint>

namespace v4rt {

/// Elements of a row, and their type, as they are read out.
uint64_t rowValues(const format::State &state);
format::ElementType valueType(const format::State &state);

/// Whether the parts of a packed row are those of a record.
Status checkPacking(const format::State &state);

/// Whether rows of this state can be read out.
bool canWiden(const format::State &state);

/// Row `stored` of the state, f32 or bf16 values or a record, as rowValues() numbers.
void widenRow(const format::State &state, const uint8_t *stored, float *values);

} // namespace v4rt
