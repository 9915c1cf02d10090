// The I/O manager's object types.
#include "io/io.h"

static DISPATCHER_HEADER *file_waitable(void *object)
{
    return &((PFILE_OBJECT)object)->Event.Header;
}

static NTSTATUS parse_device(void *device, struct ob_lookup *lookup, const UNICODE_STRING *rest, void **found)
{
    if (lookup->context && lookup->type == &io_file_type) // not another opener's context, as the registry's
        return io_open_device(device, lookup, rest, found);
    if (rest->Length)
        return STATUS_OBJECT_TYPE_MISMATCH; // a name below a device, asked for without opening it
    ob_reference(device);
    *found = device;
    return STATUS_SUCCESS;
}

static void destroy_driver(void *object)
{
    struct io_driver *driver = object;
    io_free_extensions(driver);
    io_leave_section(driver);
    if (driver->image)
        ldr_unload_image(driver->image);
    if (driver->object.DriverName.Buffer)
        ex_free(driver->object.DriverName.Buffer);
    if (driver->extension.ServiceKeyName.Buffer)
        ex_free(driver->extension.ServiceKeyName.Buffer);
}

static void destroy_device(void *object)
{
    PDEVICE_OBJECT device = object;
    io_delete_timer(device);
    if (device->Vpb)
        ex_free(device->Vpb);
    if (device->DriverObject)
        ob_dereference(device->DriverObject);
}

// A file is as protected as its device; a name below the device has a protection only the driver knows.
static void *file_secured_by(void *object)
{
    PFILE_OBJECT file = object;
    return file->FileName.Length ? NULL : file->DeviceObject;
}

// The device's name and what follows it.
static NTSTATUS file_full_name(void *object, UNICODE_STRING *name)
{
    PFILE_OBJECT file = object;
    UNICODE_STRING device, below = file->FileName;
    *name = (UNICODE_STRING){0};
    if (!file->DeviceObject)
        return STATUS_SUCCESS;
    NTSTATUS status = ob_full_name(file->DeviceObject, &device);
    if (!NT_SUCCESS(status) || !below.Length) {
        *name = device;
        return status;
    }
    bool separate = below.Buffer[0] != '\\'; // opened relative to another file
    ULONG bytes = (ULONG)device.Length + below.Length + (separate ? sizeof(WCHAR) : 0);
    if (bytes > 0xfffc)
        status = STATUS_NAME_TOO_LONG;
    else if (!(name->Buffer = ex_allocate(bytes + sizeof(WCHAR), EX_TAG('I', 'o', 'N', 'm'))))
        status = STATUS_INSUFFICIENT_RESOURCES;
    if (NT_SUCCESS(status)) {
        name->MaximumLength = (USHORT)(bytes + sizeof(WCHAR));
        RtlCopyUnicodeString(name, &device);
        if (separate)
            RtlAppendUnicodeToString(name, L"\\");
        RtlAppendUnicodeStringToString(name, &below);
    }
    if (device.Buffer)
        ex_free(device.Buffer);
    return status;
}

struct _OBJECT_TYPE io_driver_type = {
    .name = L"Driver",
    .tag = EX_TAG('D', 'r', 'i', 'v'),
    .mapping = {.GenericAll = STANDARD_RIGHTS_ALL},
    .destroy = destroy_driver,
};

struct _OBJECT_TYPE io_device_type = {
    .name = L"Device",
    .tag = EX_TAG('D', 'e', 'v', 'i'),
    .mapping = {FILE_GENERIC_READ, FILE_GENERIC_WRITE, FILE_GENERIC_EXECUTE, FILE_ALL_ACCESS},
    .parse = parse_device,
    .destroy = destroy_device,
};

struct _OBJECT_TYPE io_file_type = {
    .name = L"File",
    .least_body = sizeof(struct io_file),
    .tag = EX_TAG('F', 'i', 'l', 'e'),
    .mapping = {FILE_GENERIC_READ, FILE_GENERIC_WRITE, FILE_GENERIC_EXECUTE, FILE_ALL_ACCESS},
    .close = io_close_handle,
    .destroy = io_destroy_file,
    .secured_by = file_secured_by,
    .full_name = file_full_name,
    .fixed_access = true,
    .waitable = file_waitable,
};

// What drivers import as data: pointers to the types.
POBJECT_TYPE nt_IoDriverObjectType_value = &io_driver_type;
POBJECT_TYPE nt_IoDeviceObjectType_value = &io_device_type;
POBJECT_TYPE nt_IoFileObjectType_value = &io_file_type;
