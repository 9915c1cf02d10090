# What "cmake --install" puts where. client/ and completions/ have rules of their own.
include(GNUInstallDirs)
file(RELATIVE_PATH to_libraries "/${CMAKE_INSTALL_BINDIR}" "/${CMAKE_INSTALL_LIBDIR}")
set(CMAKE_INSTALL_RPATH "$ORIGIN/${to_libraries}") # programs find libnthost.so wherever the prefix is moved

# After the targets have been made.
function(nthost_install)
    install(TARGETS nthost host-drvctl RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
    install(TARGETS libnthost LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
    install(DIRECTORY ${CMAKE_SOURCE_DIR}/docs/man/ DESTINATION ${CMAKE_INSTALL_MANDIR}/man1 FILES_MATCHING PATTERN "*.1")
endfunction()
