// What drivers leave behind: drivers that do not unload, names, pool, threads. Compared are two snapshots,
// one from before the first driver and one from after the last.
#include "run.h"
#include "tool.h"

#include "ex/ex.h"
#include "hal/hal.h"
#include "io/io.h"
#include "ob/ob.h"
#include "ps/ps.h"
#include "rtl/rtl.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MAX_NAMES = 256, NAME_BYTES = 128, MAX_TAGS = 128, UNLOAD_SECONDS = 5 };

struct tag_use {
    ULONG tag;
    size_t blocks, bytes;
};

struct run_snapshot {
    char names[MAX_NAMES][NAME_BYTES]; // \Device\X and \??\X
    unsigned name_count;
    struct tag_use tags[MAX_TAGS];
    unsigned tag_count;
    struct ex_pool_usage pool;
    unsigned threads; // of drivers
};

// ---- taking a snapshot --------------------------------------------------------------------------

struct listing {
    struct run_snapshot *snapshot;
    const char *directory;
};

static bool add_name(void *object, void *context)
{
    struct listing *listing = context;
    struct run_snapshot *snapshot = listing->snapshot;
    const UNICODE_STRING *name = &ob_header(object)->name;
    char text[NAME_BYTES / 2];
    ULONG bytes = 0;
    if (snapshot->name_count == MAX_NAMES)
        return false;
    RtlUnicodeToUTF8N(text, sizeof text - 1, &bytes, name->Buffer, name->Length);
    text[bytes] = 0;
    snprintf(snapshot->names[snapshot->name_count++], NAME_BYTES, "%s\\%s", listing->directory, text);
    return true;
}

static void list_directory(struct run_snapshot *snapshot, const WCHAR *path, const char *shown)
{
    struct listing listing = {.snapshot = snapshot, .directory = shown};
    UNICODE_STRING name;
    struct ob_lookup lookup = {.path = &name, .attributes = OBJ_CASE_INSENSITIVE, .type = &ob_directory_type};
    void *directory;
    RtlInitUnicodeString(&name, path);
    if (!NT_SUCCESS(ob_lookup_name(&lookup, &directory)))
        return;
    ob_walk_directory(directory, add_name, &listing);
    ob_dereference(directory);
}

static void add_block(void *block, ULONG tag, size_t bytes, void *context)
{
    struct run_snapshot *snapshot = context;
    unsigned i = 0;
    (void)block;
    while (i < snapshot->tag_count && snapshot->tags[i].tag != tag)
        i++;
    if (i == MAX_TAGS)
        return;
    if (i == snapshot->tag_count)
        snapshot->tags[snapshot->tag_count++] = (struct tag_use){.tag = tag};
    snapshot->tags[i].blocks++;
    snapshot->tags[i].bytes += bytes;
}

// In a system thread: looking at objects needs an NT thread.
static NTSTATUS take(void *argument)
{
    struct run_snapshot *snapshot = argument;
    list_directory(snapshot, L"\\Device", "\\Device");
    list_directory(snapshot, L"\\GLOBAL??", "\\??");
    return STATUS_SUCCESS;
}

struct run_snapshot *run_take_snapshot(void)
{
    struct run_snapshot *snapshot = calloc(1, sizeof *snapshot);
    if (!snapshot)
        return NULL;
    ps_call_in_system_thread(take, snapshot);
    ex_pool_walk(add_block, snapshot);
    snapshot->pool = ex_pool_usage();
    snapshot->threads = ps_driver_threads();
    return snapshot;
}

void run_free_snapshot(struct run_snapshot *snapshot)
{
    free(snapshot);
}

// ---- unloading ----------------------------------------------------------------------------------

struct unload {
    const char *name;
    int32_t status;
    bool still_there;
    _Atomic uint32_t done; // futex
};

static NTSTATUS look_for_driver(void *argument)
{
    struct unload *unload = argument;
    struct io_driver *driver;
    unload->still_there = NT_SUCCESS(io_find_driver(unload->name, &driver));
    if (unload->still_there)
        ob_dereference(driver);
    return STATUS_SUCCESS;
}

static void unload_one(void *argument)
{
    struct unload *unload = argument;
    unload->status = nthost_unload_driver(unload->name);
    if (unload->status == STATUS_SUCCESS)
        ps_call_in_system_thread(look_for_driver, unload);
    atomic_store(&unload->done, 1);
    hal_futex_wake(&unload->done, 1);
}

static bool judge(const struct unload *unload)
{
    if (unload->status == STATUS_SUCCESS && !unload->still_there)
        return true;
    if (unload->status == STATUS_OBJECT_NAME_NOT_FOUND)
        return true; // the program unloaded it itself
    if (unload->status == STATUS_INVALID_DEVICE_REQUEST)
        tool_error("%s: cannot be unloaded: it has no DriverUnload routine", unload->name);
    else if (unload->status == STATUS_SUCCESS)
        tool_error("%s: is not unloaded: somebody still holds one of its devices", unload->name);
    else
        tool_error("%s: cannot be unloaded: %s (0x%08X)", unload->name, rtl_status_name(unload->status),
                   (unsigned)unload->status);
    return false;
}

bool run_unload_drivers(struct run_driver *drivers, unsigned count)
{
    bool good = true;
    while (count-- > 0) {
        struct hal_thread *thread;
        static struct unload unload; // outlives a thread that does not come back
        if (!drivers[count].loaded)
            continue;
        unload = (struct unload){.name = drivers[count].name};
        uint64_t deadline = hal_monotonic_ns() + UNLOAD_SECONDS * 1000000000ull;
        if (hal_thread_start(&thread, unload_one, &unload, "nthost-unload") != 0)
            return false;
        while (!atomic_load(&unload.done) && hal_monotonic_ns() < deadline)
            hal_futex_wait(&unload.done, 0, &deadline);
        if (!atomic_load(&unload.done)) {
            tool_error("%s: DriverUnload has not returned after %d s; giving up\n"
                       "a debugger attached to process %d would show where it waits",
                       unload.name, UNLOAD_SECONDS, (int)getpid());
            return false;
        }
        hal_thread_join(thread);
        drivers[count].loaded = false;
        good = judge(&unload) && good;
    }
    return good;
}

// ---- comparing ----------------------------------------------------------------------------------

static bool is_in(const struct run_snapshot *snapshot, const char *name)
{
    for (unsigned i = 0; i < snapshot->name_count; i++)
        if (strcmp(snapshot->names[i], name) == 0)
            return true;
    return false;
}

static bool report_names(const struct run_snapshot *before, const struct run_snapshot *after)
{
    bool good = true;
    for (unsigned i = 0; i < after->name_count; i++) {
        bool link = strncmp(after->names[i], "\\??\\", 4) == 0;
        if (is_in(before, after->names[i]))
            continue;
        good = false;
        tool_error("%s %s was left behind\n%s", link ? "the symbolic link" : "the device", after->names[i],
                   link ? "the next start of the driver would fail with STATUS_OBJECT_NAME_COLLISION; "
                          "DriverUnload calls IoDeleteSymbolicLink"
                        : "DriverUnload calls IoDeleteDevice");
    }
    return good;
}

// What the kernel itself keeps for objects and their names; those are reported as what they are.
static bool is_bookkeeping(ULONG tag)
{
    static const char tags[][5] = {"Devi", "Dire", "Driv", "Even", "File", "IoCm", "IoNm",
                                   "Key ", "Muta", "ObNm", "Proc", "Sema", "Symb", "Thre"};
    for (size_t i = 0; i < sizeof tags / sizeof *tags; i++)
        if (memcmp(&tag, tags[i], sizeof tag) == 0)
            return true;
    return false;
}

static const struct tag_use *find_tag(const struct run_snapshot *snapshot, ULONG tag)
{
    static const struct tag_use none;
    for (unsigned i = 0; i < snapshot->tag_count; i++)
        if (snapshot->tags[i].tag == tag)
            return &snapshot->tags[i];
    return &none;
}

static bool report_pool(const struct run_snapshot *before, const struct run_snapshot *after)
{
    bool good = true;
    for (unsigned i = 0; i < after->tag_count; i++) {
        const struct tag_use *now = &after->tags[i], *then = find_tag(before, now->tag);
        char tag[5] = {0};
        if (now->blocks <= then->blocks || is_bookkeeping(now->tag))
            continue;
        memcpy(tag, &now->tag, sizeof now->tag);
        for (int c = 0; c < 4; c++)
            if (tag[c] < ' ' || tag[c] > '~')
                tag[c] = '.';
        size_t blocks = now->blocks - then->blocks;
        tool_error("pool with tag '%s' was left behind: %zu %s, %zu bytes", tag, blocks,
                   blocks == 1 ? "block" : "blocks", now->bytes - then->bytes);
        good = false;
    }
    return good;
}

bool run_report_leaks(const struct run_snapshot *before)
{
    struct run_snapshot *after = before ? run_take_snapshot() : NULL;
    if (!after)
        return true;
    bool good = report_names(before, after);
    good = report_pool(before, after) && good;
    if (after->threads > before->threads) {
        tool_error("%u system %s of a driver still %s\nDriverUnload waits for them before it returns",
                   after->threads - before->threads, after->threads - before->threads == 1 ? "thread" : "threads",
                   after->threads - before->threads == 1 ? "runs" : "run");
        good = false;
    }
    run_free_snapshot(after);
    return good;
}
