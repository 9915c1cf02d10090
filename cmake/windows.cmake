# The PE side: add_windows_driver and add_windows_program.
#
# clang compiles for x86_64-w64-windows-gnu and lld links; mingw-w64 gives headers and import libraries. There is no
# libgcc: cmake/pe/chkstk.S brings the one routine of it that is needed. Sanitizers of the ELF side do not reach here.
#
# clang guards only calls within a __try unless the front end is told about asynchronous exceptions (-Xclang
# -fasync-exceptions), and heeds that from version 16 on. Where an older clang shall work too, what may fault within a
# __try belongs in a function of its own that is not inlined.
find_program(PE_CLANG NAMES clang clang-19 clang-18 clang-17 clang-16 clang-15 clang-14)
find_program(PE_LINK NAMES lld-link lld-link-19 lld-link-18 lld-link-17 lld-link-16 lld-link-15 lld-link-14)
find_program(PE_DLLTOOL NAMES llvm-dlltool llvm-dlltool-19 llvm-dlltool-18 llvm-dlltool-17 llvm-dlltool-16
             llvm-dlltool-15 llvm-dlltool-14)
find_program(PE_NM NAMES llvm-nm llvm-nm-19 llvm-nm-18 llvm-nm-17 llvm-nm-16 llvm-nm-15 llvm-nm-14)
set(PE_SYSROOT /usr/x86_64-w64-mingw32 CACHE PATH "mingw-w64's headers and import libraries")
if(NOT PE_CLANG OR NOT PE_LINK OR NOT PE_DLLTOOL OR NOT PE_NM OR NOT EXISTS "${PE_SYSROOT}/include/ddk/wdm.h")
    message(FATAL_ERROR "clang, lld, llvm or mingw-w64's headers are missing; run: scripts/install-packages build")
endif()

set(PE_DIR "${CMAKE_BINARY_DIR}/pe")
set(PE_FLAGS --target=x86_64-w64-windows-gnu -std=gnu17 -O2 -fms-extensions -Xclang -fasync-exceptions
    -fno-ident -Wall -Wextra -Wshadow -Wundef -Wvla -Wstrict-prototypes -Wmissing-prototypes -Werror)
# Kernel code: no CRT, no red-zone questions (the ABI has none), no stack probe helper; stack cookies as with /GS (loadconfig.c).
set(PE_DRIVER_FLAGS -ffreestanding -fasynchronous-unwind-tables -mno-stack-arg-probe -fstack-protector-strong -D_AMD64_ -DNTDDI_VERSION=0x0A000000
    -D_WIN32_WINNT=0x0A00 -isystem ${PE_SYSROOT}/include/ddk -I${CMAKE_SOURCE_DIR}/include/ddk)
# wdm.h defines two functions that mingw-w64's intrin.h has declared as global ones, so each file of a driver would
# define them for the linker; these names keep intrin.h from it.
list(APPEND PE_DRIVER_FLAGS -D__INTRINSIC_DEFINED_InterlockedBitTestAndSet
     -D__INTRINSIC_DEFINED_InterlockedBitTestAndReset)
set(PE_PROGRAM_FLAGS -D_WIN32_WINNT=0x0A00 -DWINVER=0x0A00)

# pefix writes what the linker leaves open: the checksum and two header fields.
add_executable(pefix ${CMAKE_SOURCE_DIR}/cmake/pe/pefix.c)
set_target_properties(pefix PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${PE_DIR}")
target_compile_options(pefix PRIVATE ${NTHOST_WARNINGS} ${NTHOST_C_WARNINGS})

# The drivers' import libraries: mingw-w64's names and those of newer Windows versions (cmake/pe/*.def.in).
foreach(module ntoskrnl.exe hal.dll wmilib.sys ksecdd.sys netio.sys fltmgr.sys wdfldr.sys)
    get_filename_component(stem ${module} NAME_WE)
    add_custom_command(
        OUTPUT "${PE_DIR}/${stem}.lib"
        COMMAND ${CMAKE_SOURCE_DIR}/cmake/pe/make-import-library ${PE_NM} ${PE_DLLTOOL} ${module}
                ${PE_SYSROOT}/lib/lib${stem}.a ${CMAKE_SOURCE_DIR}/cmake/pe/${stem}.names ${PE_DIR}/${stem}.lib
        DEPENDS ${CMAKE_SOURCE_DIR}/cmake/pe/make-import-library ${CMAKE_SOURCE_DIR}/cmake/pe/${stem}.names
        COMMENT "Import library ${stem}.lib"
        VERBATIM)
    list(APPEND PE_IMPORT_LIBRARIES "${PE_DIR}/${stem}.lib")
endforeach()
add_custom_target(pe-import-libraries DEPENDS ${PE_IMPORT_LIBRARIES})

# All drivers and .exe files, for "cmake --build ... --target pe".
add_custom_target(pe)

# pe_objects(VARIABLE NAME FLAGS SOURCES): one object a source, with header dependencies.
function(pe_objects variable name flags sources)
    set(objects)
    foreach(source ${sources})
        get_filename_component(path "${source}" ABSOLUTE)
        get_filename_component(stem "${source}" NAME_WE)
        set(object "${PE_DIR}/${name}/${stem}.obj")
        file(RELATIVE_PATH shown "${CMAKE_SOURCE_DIR}" "${path}")
        add_custom_command(
            OUTPUT "${object}"
            COMMAND ${PE_CLANG} ${PE_FLAGS} ${flags} -MD -MF "${object}.d" -MT "${object}" -c "${path}"
                    -o "${object}"
            DEPENDS "${path}"
            DEPFILE "${object}.d"
            COMMENT "Compiling ${shown} for Windows"
            VERBATIM)
        list(APPEND objects "${object}")
    endforeach()
    file(MAKE_DIRECTORY "${PE_DIR}/${name}")
    set(${variable} "${objects}" PARENT_SCOPE)
endfunction()

# add_windows_driver(NAME sources... [OUTPUT FILE] [FLAGS ...] [LINK ...]): NAME.sys below drivers/.
function(add_windows_driver name)
    cmake_parse_arguments(ARG "" "OUTPUT" "FLAGS;LINK" ${ARGN})
    if(NOT ARG_OUTPUT)
        set(ARG_OUTPUT "${NTHOST_DRIVERS_DIR}/${name}.sys")
    endif()
    get_filename_component(directory "${ARG_OUTPUT}" DIRECTORY)
    file(MAKE_DIRECTORY "${directory}")
    pe_objects(objects "${name}.sys" "${PE_DRIVER_FLAGS};${ARG_FLAGS}"
               "${ARG_UNPARSED_ARGUMENTS};${CMAKE_SOURCE_DIR}/cmake/pe/loadconfig.c")
    add_custom_command(
        OUTPUT "${ARG_OUTPUT}"
        COMMAND ${PE_LINK} /nologo /driver:wdm /subsystem:native,10.0 /entry:DriverEntry /nodefaultlib /dynamicbase
                /nxcompat /highentropyva /filealign:512 /section:INIT,ERD /Brepro /include:_load_config_used /out:${ARG_OUTPUT} ${ARG_LINK}
                ${objects} ${PE_IMPORT_LIBRARIES}
        COMMAND pefix "${ARG_OUTPUT}"
        DEPENDS ${objects} ${PE_IMPORT_LIBRARIES} pefix
        COMMENT "Linking ${name}.sys"
        VERBATIM)
    add_custom_target(driver-${name} ALL DEPENDS "${ARG_OUTPUT}")
    add_dependencies(pe driver-${name})
    set_property(TARGET pe APPEND PROPERTY DRIVER_FILES "${ARG_OUTPUT}") # for tests/exports
endfunction()

# add_windows_program(NAME sources... [FLAGS ...] [LIBRARIES ...]): NAME.exe below bin/.
function(add_windows_program name)
    cmake_parse_arguments(ARG "" "" "FLAGS;LIBRARIES" ${ARGN})
    set(output "${CMAKE_BINARY_DIR}/bin/${name}.exe")
    set(libraries -lmingw32 -lmingwex -lmsvcrt)
    foreach(library ${ARG_LIBRARIES} advapi32 user32 kernel32)
        list(APPEND libraries -l${library})
    endforeach()
    pe_objects(objects "${name}.exe" "${PE_PROGRAM_FLAGS};${ARG_FLAGS}"
               "${ARG_UNPARSED_ARGUMENTS};${CMAKE_SOURCE_DIR}/cmake/pe/chkstk.S")
    add_custom_command(
        OUTPUT "${output}"
        COMMAND ${PE_CLANG} --target=x86_64-w64-windows-gnu -fuse-ld=lld -nostdlib -nostartfiles -s
                -Wl,--dynamicbase,--nxcompat,--high-entropy-va,--no-insert-timestamp -o ${output}
                ${PE_SYSROOT}/lib/crt2.o ${objects} ${libraries}
        COMMAND pefix "${output}"
        DEPENDS ${objects} pefix
        COMMENT "Linking ${name}.exe"
        VERBATIM)
    add_custom_target(program-${name} ALL DEPENDS "${output}")
    add_dependencies(pe program-${name})
endfunction()
