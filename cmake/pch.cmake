# Precompiled headers that several targets share; nothing of it without V4C_PCH.

# v4_pch(NAME HEADERS header... DEPS library...)
function(v4_pch name)
  cmake_parse_arguments(PARSE_ARGV 1 ARG "" "" "HEADERS;DEPS")
  if(NOT V4C_PCH)
    return()
  endif()
  file(CONFIGURE OUTPUT ${PROJECT_BINARY_DIR}/pch.cpp CONTENT "")
  add_library(${name} OBJECT ${PROJECT_BINARY_DIR}/pch.cpp)
  target_link_libraries(${name} PRIVATE ${ARG_DEPS})
  target_precompile_headers(${name} PRIVATE ${ARG_HEADERS})
endfunction()

function(v4_reuse_pch name pch)
  if(NOT V4C_PCH)
    return()
  endif()
  # Executables are compiled with -fPIE, the precompiled headers with -fPIC; they have to agree.
  target_compile_options(${name} PRIVATE -fPIC)
  target_precompile_headers(${name} REUSE_FROM ${pch})
endfunction()
