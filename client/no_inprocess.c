// The client library has no kernel in it: NTHOST_GATE=inprocess is refused here.
#include "form.h"

#include <errno.h>
#include <stdio.h>

static int open_kernel(char *message, size_t message_bytes)
{
    snprintf(message, message_bytes,
             "NTHOST_GATE=inprocess needs a kernel in the process, and libnthost-client.so has none; "
             "link with libnthost.so, or start \"nthost server\"");
    return ENOSYS;
}

const struct gate_form gate_inprocess_form = {.open = open_kernel};
