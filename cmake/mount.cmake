# nthost_mount(TARGET): "nthost mount" with libfuse3; where that is missing the command says so.
find_library(FUSE3_LIBRARY fuse3)
find_path(FUSE3_INCLUDE fuse_lowlevel.h PATH_SUFFIXES fuse3)
if(FUSE3_INCLUDE)
    file(STRINGS "${FUSE3_INCLUDE}/fuse_common.h" fuse3_new_enough REGEX "fuse_loop_cfg_set_max_threads") # 3.12
endif()

function(nthost_mount target)
    nthost_glob(sources tools/mount/*.c)
    if(FUSE3_LIBRARY AND fuse3_new_enough)
        list(FILTER sources EXCLUDE REGEX "/missing\\.c$")
        target_include_directories(${target} SYSTEM PRIVATE ${FUSE3_INCLUDE})
        target_link_libraries(${target} PRIVATE ${FUSE3_LIBRARY})
    else()
        message(STATUS "libfuse3 (3.12 or newer) is missing, so no \"nthost mount\": scripts/install-packages build")
        list(FILTER sources INCLUDE REGEX "/missing\\.c$")
    endif()
    target_sources(${target} PRIVATE ${sources})
endfunction()
