// Memory a driver keeps with a driver object, found by an identifier; freed with the driver object.
// wdm/nf-wdm-ioallocatedriverobjectextension, -iogetdriverobjectextension. Also the list of a driver's devices.
#include "io/io.h"

// STATUS_OBJECT_NAME_COLLISION when the driver has one of that identifier. The memory is zeroed.
NTSTATUS NTAPI IoAllocateDriverObjectExtension(PDRIVER_OBJECT object, PVOID id, ULONG size, PVOID *out)
{
    struct io_driver *driver = CONTAINING_RECORD(object, struct io_driver, object);
    struct io_client_extension *extension = ex_allocate_zeroed(sizeof *extension + size, EX_TAG('I', 'o', 'D', 'x'));
    *out = NULL;
    if (!extension)
        return STATUS_INSUFFICIENT_RESOURCES;
    extension->id = id;
    hal_mutex_lock(&io_database_lock);
    bool exists = false;
    for (struct io_client_extension *other = driver->extensions; other; other = other->next)
        exists = exists || other->id == id;
    if (!exists) {
        extension->next = driver->extensions;
        driver->extensions = extension;
    }
    hal_mutex_unlock(&io_database_lock);
    if (exists) {
        ex_free(extension);
        return STATUS_OBJECT_NAME_COLLISION;
    }
    *out = extension + 1;
    return STATUS_SUCCESS;
}

PVOID NTAPI IoGetDriverObjectExtension(PDRIVER_OBJECT object, PVOID id)
{
    struct io_driver *driver = CONTAINING_RECORD(object, struct io_driver, object);
    hal_mutex_lock(&io_database_lock);
    struct io_client_extension *extension = driver->extensions;
    while (extension && extension->id != id)
        extension = extension->next;
    hal_mutex_unlock(&io_database_lock);
    return extension ? extension + 1 : NULL;
}

void io_free_extensions(struct io_driver *driver)
{
    while (driver->extensions) {
        struct io_client_extension *extension = driver->extensions;
        driver->extensions = extension->next;
        ex_free(extension);
    }
}

// References the driver's devices into list (size bytes); *count is how many there are. STATUS_BUFFER_TOO_SMALL when
// not all fit.
NTSTATUS NTAPI IoEnumerateDeviceObjectList(PDRIVER_OBJECT driver, PDEVICE_OBJECT *list, ULONG size, PULONG count)
{
    ULONG room = size / (ULONG)sizeof *list, found = 0;
    hal_mutex_lock(&io_database_lock);
    for (PDEVICE_OBJECT device = driver->DeviceObject; device; device = device->NextDevice, found++) {
        if (found >= room)
            continue;
        ob_reference(device);
        list[found] = device;
    }
    hal_mutex_unlock(&io_database_lock);
    *count = found;
    return found > room ? STATUS_BUFFER_TOO_SMALL : STATUS_SUCCESS;
}
