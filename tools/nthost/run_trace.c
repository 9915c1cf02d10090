// nthost run --trace FILE: every request of the run, for Perfetto's viewer.
#include "run.h"
#include "tool.h"
#include "trace_reader.h"

#include <errno.h>
#include <string.h>

enum { LOOK_AGAIN_MS = 10, NS_PER_MS = 1000000 };

static struct trace_reader reader = {.format = &trace_perfetto};
static struct hal_thread *thread;
static _Atomic uint32_t stopping; // futex

static void read_records(void *argument)
{
    (void)argument;
    bool over;
    do {
        uint64_t wake = hal_monotonic_ns() + LOOK_AGAIN_MS * (uint64_t)NS_PER_MS;
        over = atomic_load(&stopping);
        trace_reader_read(&reader);
        if (!over)
            hal_futex_wait(&stopping, 0, &wake);
    } while (!over);
}

int run_trace_start(const char *path)
{
    reader.output.out = fopen(path, "we");
    if (!reader.output.out) {
        tool_error("%s: cannot be written: %s", path, strerror(errno));
        return TOOL_FAILED;
    }
    if (io_trace_start() >= 0) {
        reader.ring = io_trace_ring();
        if (trace_reader_begin(&reader) && hal_thread_start(&thread, read_records, NULL, "nthost-trace") == 0)
            return TOOL_OK;
        io_trace_stop();
    }
    tool_error("run: there is no memory for the trace");
    return TOOL_FAILED;
}

void run_trace_stop(void)
{
    if (!thread)
        return;
    atomic_store(&stopping, 1);
    hal_futex_wake(&stopping, 1);
    hal_thread_join(thread);
    thread = NULL;
    io_trace_stop();
    trace_reader_end(&reader);
    if (fclose(reader.output.out) != 0)
        tool_error("run: the trace cannot be written: %s", strerror(errno));
}
