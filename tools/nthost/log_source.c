// Reading messages: see log_source.h. The server's ring is shared memory, so looking never disturbs a driver.
#include "log_source.h"
#include "line.h"
#include "tool.h"

#include "client.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { LOOK_AGAIN_MS = 100, NS_PER_MS = 1000000 };

int log_source_attach(struct log_source *source, const char *socket)
{
    char message[512];
    struct gate_status status;
    size_t bytes;
    int fd, error = gate_client_open_log(socket, &fd, &bytes, message, sizeof message);
    if (!error)
        error = gate_client_status(socket, &status, message, sizeof message);
    if (error) {
        tool_error("log: %s", message);
        return TOOL_FAILED;
    }
    source->socket = socket;
    source->server = (int)syscall(SYS_pidfd_open, (pid_t)status.server_pid, 0);
    const void *memory = hal_map_file(0, bytes, HAL_READ, fd);
    close(fd);
    source->ring = memory ? dbg_ring_open(memory, bytes) : NULL;
    source->next = 1;
    if (source->ring)
        return TOOL_OK;
    tool_error("log: the server's log cannot be read: it is of another version of nthost\n"
               "restart the server");
    return TOOL_FAILED;
}

int log_source_open(struct log_source *source, const char *path)
{
    source->file_name = path;
    source->file = fopen(path, "re");
    source->server = -1;
    if (source->file)
        return TOOL_OK;
    tool_error("log: %s: cannot be read: %s", path, strerror(errno));
    return TOOL_FAILED;
}

// The ring stays mapped as long as the process.
void log_source_close(struct log_source *source)
{
    if (source->file)
        fclose(source->file);
    if (source->server >= 0)
        close(source->server);
}

static bool next_of_file(struct log_source *source, struct log_line *line)
{
    char *text = NULL;
    size_t room = 0;
    bool found = getline(&text, &room, source->file) > 0;
    if (found && !line_read(text, &line->record, &line->text, &line->lost)) {
        tool_error("log: %s: is no saved log; \"nthost log --format json --output FILE\" makes one", source->file_name);
        found = false;
    }
    free(text);
    return found;
}

bool log_source_next(struct log_source *source, struct log_line *line)
{
    *line = (struct log_line){0};
    if (source->file)
        return next_of_file(source, line);
    uint64_t next = dbg_ring_read(source->ring, source->next, &line->record, &line->lost);
    if (!next)
        return false;
    source->next = next;
    line->text = line_text(&line->record);
    return true;
}

uint32_t log_source_bell(const struct log_source *source)
{
    return source->ring ? rtl_ring_bell(source->ring) : 0;
}

// When the pidfd is readable the process is gone, and everything it ever wrote is in the ring.
bool log_source_has_ended(const struct log_source *source)
{
    struct pollfd process = {.fd = source->server, .events = POLLIN};
    struct gate_status status;
    if (source->file)
        return true;
    if (source->server >= 0)
        return poll(&process, 1, 0) > 0;
    return gate_client_status(source->socket, &status, NULL, 0) != 0;
}

bool log_source_wait(struct log_source *source, uint32_t bell, uint64_t deadline_ns)
{
    uint64_t wake = hal_monotonic_ns() + LOOK_AGAIN_MS * (uint64_t)NS_PER_MS;
    if (!source->ring)
        return false;
    rtl_ring_wait(source->ring, bell, wake < deadline_ns ? &wake : &deadline_ns);
    return !log_source_has_ended(source);
}
