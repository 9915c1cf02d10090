// The I/O manager's beginning and end.
#include "io/io.h"
#include "io/trace.h"
#include "dbg/dbg.h"

enum { LAST_CLOSES_MS = 1000 };

NTSTATUS io_init(void)
{
    ps_set_thread_exit_hook(io_cancel_thread_requests);
    ps_set_thread_irp_free(io_thread_free_irp);
    ex_set_trusted_image_test(io_is_trusted_routine);
    io_pnp_init();
    return STATUS_SUCCESS;
}

// A driver in \Driver that is wanted, referenced; NULL none.
struct search {
    bool (*wanted)(struct io_driver *driver);
    struct io_driver *found;
};

static bool visit(void *object, void *context)
{
    struct search *search = context;
    if (ob_type(object) != &io_driver_type || !search->wanted(object))
        return true;
    ob_reference(object);
    search->found = object;
    return false;
}

static struct io_driver *find_driver(bool (*wanted)(struct io_driver *driver))
{
    UNICODE_STRING path;
    void *directory;
    RtlInitUnicodeString(&path, L"\\Driver");
    struct ob_lookup lookup = {.path = &path, .type = &ob_directory_type};
    if (!NT_SUCCESS(ob_lookup_name(&lookup, &directory)))
        return NULL;
    struct search search = {.wanted = wanted};
    ob_walk_directory(directory, visit, &search);
    ob_dereference(directory);
    return search.found;
}

static bool is_new_to_shutdown(struct io_driver *driver)
{
    bool is_new = !driver->at_shutdown;
    driver->at_shutdown = true;
    return is_new;
}

static bool will_unload(struct io_driver *driver)
{
    hal_mutex_lock(&io_database_lock);
    bool pending = driver->unload_pending;
    hal_mutex_unlock(&io_database_lock);
    return pending;
}

static bool is_left(struct io_driver *driver)
{
    (void)driver;
    return true;
}

// The last close of a device may be in a worker's hands: a request that ended in a DPC held the file.
static void wait_for_last_closes(void)
{
    uint64_t deadline = hal_monotonic_ns() + LAST_CLOSES_MS * 1000000ull;
    struct io_driver *driver;
    while ((driver = find_driver(will_unload))) {
        ob_dereference(driver);
        if (hal_monotonic_ns() > deadline)
            return;
        LARGE_INTEGER moment = {.QuadPart = -1000 * 10};
        KeDelayExecutionThread(KernelMode, FALSE, &moment);
    }
}

// Unloads every driver; what has no DriverUnload, or stays in use, loses its devices all the same.
void io_shutdown(void)
{
    struct io_driver *driver;
    io_notify_shutdown();
    while ((driver = find_driver(is_new_to_shutdown))) {
        io_unload_driver(driver);
        ob_dereference(driver);
    }
    wait_for_last_closes();
    io_pnp_shutdown();
    while ((driver = find_driver(is_left))) {
        dbg_kernel_message("%s: %s at shutdown\n", driver->name,
                           driver->object.DriverUnload ? "is still in use" : "has no DriverUnload");
        ob_remove_name(driver);
        while (driver->object.DeviceObject) {
            PDEVICE_OBJECT device = driver->object.DeviceObject;
            device->ReferenceCount = 0;
            IoDeleteDevice(device);
        }
        if (!driver->unloading) // its name held a reference; DriverUnload was not called
            driver->unloading = true;
        ob_dereference(driver);
    }
    io_trace_shutdown();
}
