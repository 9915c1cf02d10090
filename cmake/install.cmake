# What "cmake --install" puts where. client/ and completions/ have rules of their own. "cpack" makes an archive and a .deb
# of it all.
include(GNUInstallDirs)
file(RELATIVE_PATH to_libraries "/${CMAKE_INSTALL_BINDIR}" "/${CMAKE_INSTALL_LIBDIR}")
set(CMAKE_INSTALL_RPATH "$ORIGIN/${to_libraries}") # programs find libnthost.so wherever the prefix is moved

# After the targets have been made.
function(nthost_install)
    install(TARGETS nthost host-drvctl RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
    install(TARGETS libnthost LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
    install(DIRECTORY ${CMAKE_SOURCE_DIR}/docs/man/ DESTINATION ${CMAKE_INSTALL_MANDIR}/man1 FILES_MATCHING PATTERN "*.1")
    install(FILES ${CMAKE_SOURCE_DIR}/share/systemd/nthost.service DESTINATION lib/systemd/user)
    install(FILES ${CMAKE_SOURCE_DIR}/README.md ${CMAKE_SOURCE_DIR}/LICENSE ${CMAKE_SOURCE_DIR}/docs/server.md
            DESTINATION ${CMAKE_INSTALL_DOCDIR})
endfunction()

set(CPACK_GENERATOR TGZ DEB)
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "Runs Windows drivers in a Linux process")
set(CPACK_PACKAGE_CONTACT "the nthost project")
set(CPACK_RESOURCE_FILE_LICENSE "${CMAKE_SOURCE_DIR}/LICENSE")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_SUGGESTS fuse3)
set(CPACK_OUTPUT_FILE_PREFIX "${CMAKE_BINARY_DIR}/packages")
include(CPack)
