// Checks of the manifest: after readManifest every index, extent, size and string in it may be used as it is.
//
// What readManifest guarantees, for its users:
//  - every table, vector and string below is present (vectors may be empty where the schema has no minimum),
//    enums have a known value, names are not empty and have no control bytes;
//  - a buffer holds at least rows(extent) rows and lies within the arena; a weight lies within weights_bytes
//  and
//    has the size that its layout gives; states * rows * row_elements do not overflow;
//  - programs ascend in max_tokens, the last takes max_step_tokens; every grid has at most 2^40 programs;
//  - the step's five buffers have the types and shapes that a session fills and reads.
#pragma once

#include "runtime/Status.h"
#include "runtime/format/artifact_generated.h"

#include <cstdint>

namespace v4rt {

struct Bytes;

Status readManifest(Bytes section, const format::Manifest *&manifest);

/// Whether the code of every device kernel lies inside the device section.
Status checkDeviceCode(const format::Manifest &manifest, Bytes section);

/// The largest value of an extent in a step that this artifact allows.
uint64_t largest(const format::Manifest &manifest, format::Extent extent);

/// Programs along one dimension when the extent has this value.
uint64_t gridPrograms(const format::GridDim &dim, uint64_t extentValue);

/// Bytes of `elements` values; false on overflow.
bool typeBytes(format::ElementType type, uint64_t elements, uint64_t &bytes);

/// "f32"
const char *typeName(format::ElementType type);

/// a * b into `product`; false on overflow.
inline bool multiply(uint64_t a, uint64_t b, uint64_t &product) {
  return !__builtin_mul_overflow(a, b, &product);
}

namespace detail {
Status checkPrograms(const format::Manifest &manifest);
Status checkName(const flatbuffers::String *name, const char *what, uint32_t index);
} // namespace detail

} // namespace v4rt
