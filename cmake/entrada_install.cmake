# What `cmake --install` puts where, so that find_package(entrada CONFIG REQUIRED) works.
include(CMakePackageConfigHelpers)

set(entrada_package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/entrada)
install(TARGETS entrada EXPORT entradaTargets FILE_SET HEADERS)
install(EXPORT entradaTargets NAMESPACE entrada:: DESTINATION ${entrada_package_dir})
configure_package_config_file(${PROJECT_SOURCE_DIR}/cmake/entradaConfig.cmake.in ${PROJECT_BINARY_DIR}/entradaConfig.cmake
                              INSTALL_DESTINATION ${entrada_package_dir})
# Before 1.0 each minor version may change the interface.
write_basic_package_version_file(${PROJECT_BINARY_DIR}/entradaConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/entradaConfig.cmake ${PROJECT_BINARY_DIR}/entradaConfigVersion.cmake
        DESTINATION ${entrada_package_dir})
install(FILES ${PROJECT_SOURCE_DIR}/LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})
set_target_properties(entrada PROPERTIES VERSION ${PROJECT_VERSION} SOVERSION ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR})
