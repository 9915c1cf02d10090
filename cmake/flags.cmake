# The flags of the ELF side, as the interface target nthost-flags.
find_package(Threads REQUIRED)

set(CMAKE_C_STANDARD 17)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS ON)
set(CMAKE_C_VISIBILITY_PRESET hidden)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)

set(NTHOST_WARNINGS -Wall -Wextra -Wshadow -Wundef -Wvla -Werror)
set(NTHOST_C_WARNINGS -Wstrict-prototypes -Wmissing-prototypes)

add_library(nthost-flags INTERFACE)
target_include_directories(nthost-flags INTERFACE ${CMAKE_SOURCE_DIR}/include ${CMAKE_SOURCE_DIR}/kernel)
target_compile_definitions(nthost-flags INTERFACE _GNU_SOURCE)
target_compile_options(nthost-flags INTERFACE -fshort-wchar -fno-strict-aliasing -fno-omit-frame-pointer
                       ${NTHOST_WARNINGS} "$<$<COMPILE_LANGUAGE:C>:${NTHOST_C_WARNINGS}>")

# The libraries of the system that the kernel uses.
add_library(nthost-system INTERFACE)
target_link_libraries(nthost-system INTERFACE Threads::Threads ${CMAKE_DL_LIBS} rt m)
find_library(ZYDIS_LIBRARY Zydis)
find_path(ZYDIS_INCLUDE Zydis/Zydis.h)
if(NOT ZYDIS_LIBRARY OR NOT ZYDIS_INCLUDE)
    message(FATAL_ERROR "Zydis is missing; run: scripts/install-packages build")
endif()
file(STRINGS "${ZYDIS_INCLUDE}/Zydis/Zydis.h" zydis_version REGEX "define ZYDIS_VERSION ")
if(zydis_version MATCHES "0x000[0-3]")
    message(FATAL_ERROR "Zydis 4 is needed; this one is older: ${zydis_version}")
endif()
target_link_libraries(nthost-system INTERFACE ${ZYDIS_LIBRARY})
target_include_directories(nthost-flags SYSTEM INTERFACE ${ZYDIS_INCLUDE})

if(NTHOST_SANITIZE)
    set(sanitize -fsanitize=${NTHOST_SANITIZE})
    if(NTHOST_SANITIZE MATCHES undefined)
        list(APPEND sanitize -fno-sanitize-recover=undefined)
        if(CMAKE_C_COMPILER_ID MATCHES Clang)
            list(APPEND sanitize -fno-sanitize=function) # reads a mark before each function called; drivers have none
        endif()
    endif()
    add_compile_options(${sanitize})
    add_link_options(${sanitize})
endif()
