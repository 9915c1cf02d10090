# nthost_tool_libraries(TARGET): what the nthost program needs beside the rooms.
find_library(JANSSON_LIBRARY jansson)
find_path(JANSSON_INCLUDE jansson.h)
if(NOT JANSSON_LIBRARY OR NOT JANSSON_INCLUDE)
    message(FATAL_ERROR "Jansson (libjansson-dev) is missing; run: scripts/install-packages build")
endif()

# Files that talk to the C library or to ncurses about wide characters use the C library's wchar_t.
set(tool_wide "${CMAKE_SOURCE_DIR}/tools/nthost/width.c" "${CMAKE_SOURCE_DIR}/tools/nthost/screen.c")
set_source_files_properties(${tool_wide} PROPERTIES COMPILE_OPTIONS -fno-short-wchar)

# The full screen of "nthost log --tui"; without ncurses (the wide version) there is a message in its place.
find_library(NCURSES_LIBRARY ncursesw)
find_library(TINFO_LIBRARY tinfo)
find_path(NCURSES_INCLUDE curses.h)
if(NCURSES_LIBRARY AND TINFO_LIBRARY AND NCURSES_INCLUDE)
    set(tool_unused screen_none.c)
    set(tool_screen ${NCURSES_LIBRARY} ${TINFO_LIBRARY})
else()
    message(STATUS "ncurses is missing: \"nthost log --tui\" will not be there; scripts/install-packages build installs it")
    set(tool_unused screen.c)
    set(tool_screen "")
endif()
set_source_files_properties("${CMAKE_SOURCE_DIR}/tools/nthost/${tool_unused}" PROPERTIES HEADER_FILE_ONLY ON)

function(nthost_tool_libraries target)
    target_include_directories(${target} SYSTEM PRIVATE ${JANSSON_INCLUDE})
    target_link_libraries(${target} PRIVATE ${JANSSON_LIBRARY} ${tool_screen})
endfunction()
