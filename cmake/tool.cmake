# nthost_tool_libraries(TARGET): what the nthost program needs beside the rooms.
find_library(JANSSON_LIBRARY jansson)
find_path(JANSSON_INCLUDE jansson.h)
if(NOT JANSSON_LIBRARY OR NOT JANSSON_INCLUDE)
    message(FATAL_ERROR "Jansson (libjansson-dev) is missing; run: scripts/install-packages build")
endif()

# The one file that talks to the C library about wide characters uses the C library's wchar_t.
set_source_files_properties("${CMAKE_SOURCE_DIR}/tools/nthost/width.c" PROPERTIES COMPILE_OPTIONS -fno-short-wchar)

function(nthost_tool_libraries target)
    target_include_directories(${target} SYSTEM PRIVATE ${JANSSON_INCLUDE})
    target_link_libraries(${target} PRIVATE ${JANSSON_LIBRARY})
endfunction()
