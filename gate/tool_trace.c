// A tool that watches requests. Requests are traced for as long as somebody does: the connection says how long, so that a viewer that
// is killed stops costing anything, too.
#include "tool_answer.h"

#include "io/trace.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <unistd.h>

int tool_read_only(int fd)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    return open(path, O_RDONLY | O_CLOEXEC);
}

// A tool says nothing more; whatever comes is its end.
static void wait_for_the_end(int socket)
{
    struct pollfd source = {.fd = socket, .events = POLLIN};
    while (poll(&source, 1, -1) < 0 && errno == EINTR)
        ;
}

void tool_serve_trace(int socket)
{
    struct wire_message answer = {.kind = WIRE_ANSWER};
    bool started = NT_SUCCESS(io_trace_start());
    int fd = started ? tool_read_only(io_trace_fd()) : -1;
    answer.answer.error = fd < 0 ? ENOMEM : 0;
    answer.answer.bytes = IO_TRACE_BYTES;
    answer.answer.pid = (uint32_t)getpid();
    bool sent = wire_send(socket, &answer, fd);
    if (fd >= 0)
        close(fd);
    if (sent && fd >= 0)
        wait_for_the_end(socket);
    if (started)
        io_trace_stop();
}
