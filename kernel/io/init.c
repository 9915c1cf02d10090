// The I/O manager's beginning and end.
#include "io/io.h"
#include "io/trace.h"
#include "dbg/dbg.h"

NTSTATUS io_init(void)
{
    ps_set_thread_exit_hook(io_cancel_thread_requests);
    ps_set_thread_irp_free(io_thread_free_irp);
    return STATUS_SUCCESS;
}

static bool find_any(void *object, void *context)
{
    if (ob_type(object) != &io_driver_type)
        return true;
    ob_reference(object);
    *(void **)context = object;
    return false;
}

static struct io_driver *any_driver(void)
{
    UNICODE_STRING path;
    void *directory, *driver = NULL;
    RtlInitUnicodeString(&path, L"\\Driver");
    struct ob_lookup lookup = {.path = &path, .type = &ob_directory_type};
    if (!NT_SUCCESS(ob_lookup_name(&lookup, &directory)))
        return NULL;
    ob_walk_directory(directory, find_any, &driver);
    ob_dereference(directory);
    return driver;
}

// Unloads every driver; what has no DriverUnload, or keeps devices, loses its devices all the same.
void io_shutdown(void)
{
    struct io_driver *driver;
    io_notify_shutdown();
    while ((driver = any_driver())) {
        NTSTATUS status = io_unload_driver(driver);
        if (!NT_SUCCESS(status) || driver->unloading == false)
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
