// Serving devices as files.
#pragma once

#include <stdbool.h>

struct mount_options {
    const char *directory, *socket; // socket NULL: the default
    int server;                     // pidfd of the kernel server
    bool foreground, allow_other;
};

// Mounts, and serves until a signal, the end of the server or an unmount ends it. TOOL_OK, or TOOL_FAILED after a
// message.
int mount_run(const struct mount_options *options);
