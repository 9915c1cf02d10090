// Devices by name, for other drivers. wdm/nf-wdm-iogetdeviceobjectpointer, -ioattachdevice.
#include "io/io.h"

// *device is the top of the stack behind the file; the caller owns a reference to *file.
NTSTATUS NTAPI IoGetDeviceObjectPointer(PUNICODE_STRING name, ACCESS_MASK access, PFILE_OBJECT *file,
                                        PDEVICE_OBJECT *device)
{
    struct io_open open = {.access = access, .disposition = FILE_OPEN, .options = FILE_NON_DIRECTORY_FILE};
    struct ob_lookup lookup = {.path = name,
                               .attributes = OBJ_CASE_INSENSITIVE,
                               .mode = KernelMode,
                               .access = access,
                               .context = &open,
                               .type = &io_file_type};
    HANDLE handle;
    void *object;
    NTSTATUS status = ob_lookup_name(&lookup, &object);
    if (!NT_SUCCESS(status))
        return status;
    // The handle's close sends CLEANUP, as on Windows; the reference keeps the file open beyond it.
    status = ob_insert_handle(object, access, OBJ_KERNEL_HANDLE, &handle);
    if (NT_SUCCESS(status))
        status = ob_close_handle(handle, KernelMode);
    if (!NT_SUCCESS(status)) {
        ob_dereference(object);
        return status;
    }
    *file = object;
    *device = io_related_device(object);
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI IoAttachDevice(PDEVICE_OBJECT source, PUNICODE_STRING name, PDEVICE_OBJECT *attached)
{
    PFILE_OBJECT file;
    PDEVICE_OBJECT device;
    NTSTATUS status = IoGetDeviceObjectPointer(name, FILE_READ_ATTRIBUTES, &file, &device);
    if (!NT_SUCCESS(status))
        return status;
    status = IoAttachDeviceToDeviceStackSafe(source, device, attached);
    ob_dereference(file);
    return status;
}
