// What kind of device a file is on: NtQueryVolumeInformationFile. The I/O manager answers FileFsDeviceInformation
// itself, other classes are the driver's (IRP_MJ_QUERY_VOLUME_INFORMATION), which software devices do not have.
// ntifs/nf-ntifs-ntqueryvolumeinformationfile.
#include "io/io.h"

NTSTATUS NTAPI NtQueryVolumeInformationFile(HANDLE handle, PIO_STATUS_BLOCK user_iosb, PVOID buffer, ULONG length,
                                            FS_INFORMATION_CLASS class)
{
    KPROCESSOR_MODE mode = ExGetPreviousMode();
    void *object;
    NTSTATUS status = mm_probe_write(user_iosb, sizeof *user_iosb, mode);
    if (NT_SUCCESS(status))
        status = ob_reference_by_handle(handle, 0, &io_file_type, mode, &object, NULL);
    if (!NT_SUCCESS(status))
        return status;
    PDEVICE_OBJECT device = ((PFILE_OBJECT)object)->DeviceObject;
    FILE_FS_DEVICE_INFORMATION answer = {.DeviceType = device->DeviceType, .Characteristics = device->Characteristics};
    IO_STATUS_BLOCK iosb = {.Information = sizeof answer};
    if (class != FileFsDeviceInformation)
        status = STATUS_INVALID_DEVICE_REQUEST;
    else if (length < sizeof answer)
        status = STATUS_INFO_LENGTH_MISMATCH;
    else if (NT_SUCCESS(status = mm_copy_out(buffer, &answer, sizeof answer, mode)))
        status = mm_copy_out(user_iosb, &iosb, sizeof iosb, mode);
    ob_dereference(object);
    return status;
}
