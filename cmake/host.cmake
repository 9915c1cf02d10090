# Functions of the ELF side: nthost_glob, nthost_room, add_host_program, add_unit_test.

# nthost_glob(VARIABLE patterns...): the files below the source root that match; watched for new ones.
function(nthost_glob variable)
    list(TRANSFORM ARGN PREPEND "${CMAKE_SOURCE_DIR}/")
    file(GLOB found CONFIGURE_DEPENDS ${ARGN})
    set(${variable} "${found}" PARENT_SCOPE)
endfunction()

# nthost_room(NAME patterns...): NAME-objects (the objects) and NAME (the same as a static library).
function(nthost_room name)
    nthost_glob(sources ${ARGN})
    if(NOT sources)
        set(placeholder "${CMAKE_BINARY_DIR}/${name}-empty.c")
        file(WRITE "${placeholder}" "extern int nthost_empty_room;\n")
        set(sources "${placeholder}")
    endif()
    add_library(${name}-objects OBJECT ${sources})
    target_link_libraries(${name}-objects PUBLIC nthost-flags)
    add_library(${name} STATIC $<TARGET_OBJECTS:${name}-objects>)
endfunction()

# add_host_program(NAME sources...): a Win32 program as a Linux executable, on our windows.h and libnthost.so.
function(add_host_program name)
    set(target "host-${name}")
    add_executable(${target} ${ARGN})
    set_target_properties(${target} PROPERTIES OUTPUT_NAME ${name} BUILD_RPATH_USE_ORIGIN ON)
    target_include_directories(${target} PRIVATE ${CMAKE_SOURCE_DIR}/include/win32 ${CMAKE_SOURCE_DIR}/include)
    target_compile_options(${target} PRIVATE -fshort-wchar ${NTHOST_WARNINGS} ${NTHOST_C_WARNINGS})
    target_link_libraries(${target} PRIVATE libnthost)
endfunction()

# add_unit_test(NAME SOURCE [libraries...]): a cmocka program and the CTest of the same name, label "unit".
# It links the static kernel library, so a test that includes the .c it tests replaces that file.
function(add_unit_test name source)
    add_executable(${name} ${source})
    set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/tests")
    target_include_directories(${name} PRIVATE ${CMAKE_SOURCE_DIR} ${CMAKE_SOURCE_DIR}/gate ${CMAKE_SOURCE_DIR}/tools
                               ${CMAKE_SOURCE_DIR}/tests/unit)
    target_compile_definitions(${name} PRIVATE NTHOST_BUILD_DIR="${CMAKE_BINARY_DIR}"
                               NTHOST_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
    target_link_libraries(${name} PRIVATE nthost-flags nthost-gate nthost-kernel nthost-system ${ARGN} cmocka)
    add_test(NAME ${name} COMMAND ${name})
    set_tests_properties(${name} PROPERTIES LABELS unit TIMEOUT 120)
endfunction()
