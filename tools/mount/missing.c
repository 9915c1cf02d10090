// Where libfuse3 was missing when nthost was built.
#include "run.h"

#include "nthost/tool.h"

int mount_run(const struct mount_options *options)
{
    (void)options;
    tool_error("mount: this nthost was built without libfuse3\n"
               "install libfuse3-dev and fuse3 (scripts/install-packages build run), then configure and build again");
    return TOOL_FAILED;
}
