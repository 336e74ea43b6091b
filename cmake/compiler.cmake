# What dialects/, passes/, codegen/ and the compiler's tools build with.

# The package's version file accepts an exact major.minor only: "22" is refused.
find_package(MLIR 22.1 REQUIRED CONFIG HINTS /usr/lib/llvm-22)
list(APPEND CMAKE_MODULE_PATH "${MLIR_CMAKE_DIR}" "${LLVM_CMAKE_DIR}")
include(TableGen)
include(AddLLVM) # add_public_tablegen_target calls into it
include(AddMLIR)

# mlir_tablegen reads this directory property, so it cannot live on a target.
include_directories(SYSTEM ${MLIR_INCLUDE_DIRS})

# The one place that names LLVM. Nothing else may link an MLIR* or LLVM*
# archive: a static copy beside the shared one registers its options twice.
add_library(v4c_llvm INTERFACE)
separate_arguments(llvm_definitions NATIVE_COMMAND "${LLVM_DEFINITIONS}")
target_compile_options(v4c_llvm INTERFACE ${llvm_definitions} -fno-exceptions)
target_link_libraries(v4c_llvm INTERFACE MLIR LLVM)

v4_pch(v4c_pch DEPS v4c_llvm HEADERS
  <mlir/Dialect/Arith/IR/Arith.h>
  <mlir/Dialect/Func/IR/FuncOps.h>
  <mlir/Dialect/Math/IR/Math.h>
  <mlir/Dialect/MemRef/IR/MemRef.h>
  <mlir/Dialect/SCF/IR/SCF.h>
  <mlir/IR/Builders.h>
  <mlir/IR/DialectImplementation.h>
  <mlir/IR/OpImplementation.h>
  <mlir/IR/PatternMatch.h>
  <mlir/Pass/Pass.h>
  <mlir/Transforms/DialectConversion.h>
  <mlir/Transforms/GreedyPatternRewriteDriver.h>)

v4_pch(v4c_codegen_pch DEPS v4c_llvm HEADERS
  <mlir/Dialect/Arith/IR/Arith.h>
  <mlir/Dialect/Func/IR/FuncOps.h>
  <mlir/Dialect/LLVMIR/LLVMDialect.h>
  <mlir/Dialect/Math/IR/Math.h>
  <mlir/Dialect/MemRef/IR/MemRef.h>
  <mlir/Dialect/SCF/IR/SCF.h>
  <mlir/Dialect/Vector/IR/VectorOps.h>
  <mlir/IR/Builders.h>
  <mlir/IR/PatternMatch.h>
  <mlir/Pass/Pass.h>
  <mlir/Pass/PassManager.h>
  <mlir/Transforms/DialectConversion.h>)

# v4c_library(NAME SRCS file... [TABLEGEN target...] [DEPS library...] [CODEGEN])
# CODEGEN: reuse the precompiled headers with the LLVM and vector dialects.
function(v4c_library name)
  cmake_parse_arguments(PARSE_ARGV 1 ARG "CODEGEN" "" "SRCS;TABLEGEN;DEPS")
  add_library(${name} STATIC ${ARG_SRCS})
  target_link_libraries(${name} PUBLIC v4c_llvm ${ARG_DEPS})
  if(ARG_TABLEGEN)
    add_dependencies(${name} ${ARG_TABLEGEN})
  endif()
  v4c_reuse_pch(${name} "${ARG_CODEGEN}")
endfunction()

# v4c_tool(NAME SRCS file... [DEPS library...] [CODEGEN])
function(v4c_tool name)
  cmake_parse_arguments(PARSE_ARGV 1 ARG "CODEGEN" "" "SRCS;DEPS")
  add_executable(${name} ${ARG_SRCS})
  target_link_libraries(${name} PRIVATE v4c_llvm ${ARG_DEPS})
  v4c_reuse_pch(${name} "${ARG_CODEGEN}")
endfunction()

function(v4c_reuse_pch name codegen)
  if(codegen)
    v4_reuse_pch(${name} v4c_codegen_pch)
  else()
    v4_reuse_pch(${name} v4c_pch)
  endif()
endfunction()
