// The file that the registry lives in between two runs.
//
//      closed --cm_open_store: lock, load--> open --cm_close_store: save, unlock--> closed
//
//      a change (cm_note_change) --+-- an application made it: its service waits for cm_commit
//                                  +-- a driver made it: the writer's thread saves some tenths of a second later
//
// So what an application was told is in the file, whatever happens to this process. The file is written whole,
// under another name, and takes the old one's place: nobody ever sees half of it. Changes that come while it is
// being written share the next writing.
#include "cm/cm.h"
#include "dbg/dbg.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { DRIVERS_WAIT_NS = 200 * 1000 * 1000 };

static struct hal_mutex writing; // saved, complained; held while the file is written
static _Atomic uint32_t changes; // futex of the writer's thread
static uint32_t saved;           // changes that are in the file
static bool complained;
static _Atomic(char *) path; // NULL: closed
static char *lock_path;
static int lock;
static _Atomic uint32_t closing; // futex
static struct hal_thread *writer;

void cm_note_change(void)
{
    if (!atomic_load(&path))
        return;
    atomic_fetch_add(&changes, 1);
    hal_futex_wake(&changes, 1);
}

// With `writing`.
static NTSTATUS save(void)
{
    uint32_t now = atomic_load(&changes);
    NTSTATUS status = cm_save_file(atomic_load(&path));
    if (NT_SUCCESS(status))
        saved = now;
    else if (!complained)
        dbg_kernel_message("the registry cannot be saved to %s: status 0x%08X; changes are refused until it can\n",
                           atomic_load(&path), (unsigned)status);
    complained = !NT_SUCCESS(status);
    return NT_SUCCESS(status) ? STATUS_SUCCESS : STATUS_REGISTRY_IO_FAILED;
}

static NTSTATUS save_changes(void)
{
    NTSTATUS status = STATUS_SUCCESS;
    uint32_t mine = atomic_load(&changes);
    hal_mutex_lock(&writing);
    if ((int32_t)(mine - saved) > 0)
        status = save();
    hal_mutex_unlock(&writing);
    return status;
}

NTSTATUS cm_commit(KPROCESSOR_MODE mode)
{
    return mode == KernelMode || !atomic_load(&path) ? STATUS_SUCCESS : save_changes();
}

static void write_for_drivers(void *argument)
{
    uint32_t seen = 0;
    (void)argument;
    while (!atomic_load(&closing)) {
        hal_futex_wait(&changes, seen, NULL);
        uint64_t until = hal_monotonic_ns() + DRIVERS_WAIT_NS;
        while (!atomic_load(&closing) && hal_monotonic_ns() < until)
            hal_futex_wait(&closing, 0, &until);
        seen = atomic_load(&changes);
        save_changes();
    }
}

// ---- opening and closing ----------------------------------------------------------------------------------------

static NTSTATUS fail(struct cm_file_report *report, NTSTATUS status, const char *text)
{
    *report = (struct cm_file_report){0};
    snprintf(report->text, sizeof report->text, "%s", text);
    return status;
}

static NTSTATUS take_lock(const char *file, struct cm_file_report *report)
{
    size_t size = strlen(file) + sizeof ".lock";
    lock_path = hal_alloc(size);
    if (!lock_path)
        return STATUS_INSUFFICIENT_RESOURCES;
    snprintf(lock_path, size, "%s.lock", file);
    int error = hal_lock_file(lock_path, &lock);
    if (error == EADDRINUSE)
        return fail(report, STATUS_SHARING_VIOLATION, "another kernel server uses it; give each a registry of its own");
    return error ? fail(report, STATUS_ACCESS_DENIED, strerror(error)) : STATUS_SUCCESS;
}

static void forget(void)
{
    free(atomic_exchange(&path, NULL));
    hal_free(lock_path);
    lock_path = NULL;
}

NTSTATUS cm_open_store(const char *file, struct cm_file_report *report)
{
    char *real = realpath(file, NULL); // what a symbolic link leads to is replaced, not the link
    bool exists = real != NULL;
    if (!real && errno != ENOENT)
        return fail(report, STATUS_ACCESS_DENIED, strerror(errno));
    if (!real)
        real = strdup(file);
    NTSTATUS status = real ? take_lock(real, report) : STATUS_INSUFFICIENT_RESOURCES;
    if (!NT_SUCCESS(status)) {
        free(real);
        forget();
        return status;
    }
    if (exists)
        status = cm_load_file(real, report);
    atomic_store(&closing, 0);
    atomic_store(&path, real);
    if (NT_SUCCESS(status) && !NT_SUCCESS(status = cm_save_file(real))) // now, and not at the first change
        fail(report, status, "it cannot be written; is its folder there, and is it yours?");
    if (NT_SUCCESS(status) && hal_thread_start(&writer, write_for_drivers, NULL, "nthost-registry") != 0)
        status = STATUS_INSUFFICIENT_RESOURCES;
    saved = atomic_load(&changes);
    if (!NT_SUCCESS(status)) {
        hal_unlock_file(lock_path, lock);
        forget();
    }
    return status;
}

NTSTATUS cm_close_store(void)
{
    if (!atomic_load(&path))
        return STATUS_SUCCESS;
    atomic_store(&closing, 1);
    hal_futex_wake(&closing, 1);
    cm_note_change();
    hal_thread_join(writer);
    NTSTATUS status = save_changes();
    hal_unlock_file(lock_path, lock);
    forget();
    return status;
}
