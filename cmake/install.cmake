# `cmake --install`, and packages by `cpack`: the runtime with its headers, and the compiler.
include(CMakePackageConfigHelpers)

install(TARGETS v4 EXPORT v4-targets LIBRARY DESTINATION lib COMPONENT runtime INCLUDES DESTINATION include)
install(TARGETS v4run DESTINATION bin COMPONENT runtime)
install(FILES runtime/include/v4.h runtime/include/v4.hpp DESTINATION include COMPONENT runtime)
install(EXPORT v4-targets NAMESPACE v4:: DESTINATION lib/cmake/v4 COMPONENT runtime)
configure_package_config_file(cmake/v4-config.cmake.in ${PROJECT_BINARY_DIR}/v4-config.cmake
  INSTALL_DESTINATION lib/cmake/v4)
write_basic_package_version_file(${PROJECT_BINARY_DIR}/v4-config-version.cmake COMPATIBILITY SameMinorVersion)
configure_file(cmake/v4.pc.in ${PROJECT_BINARY_DIR}/v4.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/v4-config.cmake ${PROJECT_BINARY_DIR}/v4-config-version.cmake
  DESTINATION lib/cmake/v4 COMPONENT runtime)
install(FILES ${PROJECT_BINARY_DIR}/v4.pc DESTINATION lib/pkgconfig COMPONENT runtime)
install(DIRECTORY docs/examples DESTINATION share/doc/v4 COMPONENT runtime)
install(FILES LICENSE DESTINATION share/doc/v4 COMPONENT runtime)
set(CPACK_COMPONENTS_ALL runtime)

if(V4C_COMPILER)
  # Debian keeps MLIR in a folder of LLVM's.
  set_target_properties(v4c PROPERTIES INSTALL_RPATH "${LLVM_LIBRARY_DIRS}")
  install(TARGETS v4c DESTINATION bin COMPONENT compiler)
  install(FILES LICENSE DESTINATION share/doc/v4c COMPONENT compiler)
  list(APPEND CPACK_COMPONENTS_ALL compiler)
endif()

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME v4)
set(CPACK_PACKAGE_CONTACT "the v4c developers")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "Compiles DeepSeek-V4 checkpoints ahead of time, and runs them")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_RUNTIME_PACKAGE_NAME v4-runtime)
set(CPACK_DEBIAN_RUNTIME_PACKAGE_DEPENDS "libc6 (>= 2.36), libstdc++6 (>= 12), libgcc-s1")
set(CPACK_DEBIAN_RUNTIME_DESCRIPTION "Runs models that v4c compiled: v4run, and libv4 with its C and C++ API")
set(CPACK_DEBIAN_COMPILER_PACKAGE_NAME v4c)
set(CPACK_DEBIAN_COMPILER_PACKAGE_DEPENDS
  "libc6 (>= 2.36), libstdc++6 (>= 12), libgcc-s1, libmlir-22, libllvm22, libboost-program-options1.74.0")
set(CPACK_DEBIAN_COMPILER_DESCRIPTION "Compiles DeepSeek-V4 checkpoints into one file for v4run")
include(CPack)
