// What a file's volume is: NtQueryVolumeInformationFile. The I/O manager answers FileFsDeviceInformation itself, other
// classes are the driver's (IRP_MJ_QUERY_VOLUME_INFORMATION), which software devices do not have.
// ntifs/nf-ntifs-ntqueryvolumeinformationfile.
#include "io/information.h"

enum { MOST_BYTES = 64 * 1024 };

static NTSTATUS answer_device(struct io_call *call, const struct io_query *query)
{
    PDEVICE_OBJECT device = call->file->DeviceObject;
    FILE_FS_DEVICE_INFORMATION answer = {.DeviceType = device->DeviceType, .Characteristics = device->Characteristics};
    IO_STATUS_BLOCK iosb = {.Information = sizeof answer};
    NTSTATUS status = query->length < sizeof answer ? STATUS_INFO_LENGTH_MISMATCH
                                                    : mm_copy_out(query->buffer, &answer, sizeof answer, call->mode);
    if (NT_SUCCESS(status))
        status = mm_copy_out(call->iosb, &iosb, sizeof iosb, call->mode);
    return io_abandon(call, status);
}

static NTSTATUS ask_driver(struct io_call *call, const struct io_query *query)
{
    if (query->length > MOST_BYTES)
        return io_abandon(call, STATUS_INVALID_PARAMETER);
    call->synchronous = true; // returns when the driver has answered
    NTSTATUS status = mm_probe_write(query->buffer, query->length, call->mode);
    if (NT_SUCCESS(status))
        status = io_prepare(call);
    if (NT_SUCCESS(status))
        status = io_attach_information(call, query, true);
    if (!NT_SUCCESS(status))
        return io_abandon(call, status);
    call->irp->Flags |= IRP_DEFER_IO_COMPLETION;
    call->stack->Parameters.QueryVolume.Length = query->length;
    call->stack->Parameters.QueryVolume.FsInformationClass = query->class;
    return io_dispatch(call);
}

NTSTATUS NTAPI NtQueryVolumeInformationFile(HANDLE file, PIO_STATUS_BLOCK iosb, PVOID buffer, ULONG length,
                                            FS_INFORMATION_CLASS class)
{
    struct io_parameters parameters = {.file = file, .iosb = iosb};
    struct io_query query = {class, length, buffer};
    struct io_call call;
    NTSTATUS status = io_begin(&call, IRP_MJ_QUERY_VOLUME_INFORMATION, &parameters, 0, false);
    if (!NT_SUCCESS(status))
        return status;
    return class == FileFsDeviceInformation ? answer_device(&call, &query) : ask_driver(&call, &query);
}
