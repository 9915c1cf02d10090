// Services on a file that is named, not open: each opens it, does one thing and closes it.
// ntifs/nf-ntifs-ntdeletefile; wdm/nf-wdm-zwqueryfullattributesfile.
#include "io/io.h"
#include "io/create.h"

static NTSTATUS open_named(POBJECT_ATTRIBUTES attributes, ACCESS_MASK access, ULONG options, HANDLE *handle)
{
    KPROCESSOR_MODE mode = ExGetPreviousMode();
    struct ob_attributes captured;
    struct io_open open = {.access = access | SYNCHRONIZE,
                           .share = FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE,
                           .disposition = FILE_OPEN,
                           .options = options | FILE_SYNCHRONOUS_IO_NONALERT};
    NTSTATUS status = ob_capture_attributes(attributes, mode, &captured);
    if (!NT_SUCCESS(status))
        return status;
    status = io_open_captured(&captured, &open, mode, handle);
    ob_release_attributes(&captured);
    return status;
}

NTSTATUS NTAPI NtDeleteFile(POBJECT_ATTRIBUTES attributes)
{
    HANDLE handle;
    NTSTATUS status = open_named(attributes, DELETE, FILE_DELETE_ON_CLOSE, &handle);
    return NT_SUCCESS(status) ? ob_close_handle(handle, ExGetPreviousMode()) : status;
}

static NTSTATUS query_named(POBJECT_ATTRIBUTES attributes, FILE_INFORMATION_CLASS class, void *answer, ULONG bytes,
                            void *user)
{
    KPROCESSOR_MODE mode = ExGetPreviousMode();
    IO_STATUS_BLOCK iosb;
    HANDLE handle;
    NTSTATUS status = open_named(attributes, FILE_READ_ATTRIBUTES, 0, &handle);
    if (!NT_SUCCESS(status))
        return status;
    status = ZwQueryInformationFile(handle, &iosb, answer, bytes, class);
    ob_close_handle(handle, mode);
    return NT_SUCCESS(status) ? mm_copy_out(user, answer, bytes, mode) : status;
}

NTSTATUS NTAPI NtQueryAttributesFile(POBJECT_ATTRIBUTES attributes, PFILE_BASIC_INFORMATION information)
{
    FILE_BASIC_INFORMATION answer;
    return query_named(attributes, FileBasicInformation, &answer, sizeof answer, information);
}

NTSTATUS NTAPI NtQueryFullAttributesFile(POBJECT_ATTRIBUTES attributes, PFILE_NETWORK_OPEN_INFORMATION information)
{
    FILE_NETWORK_OPEN_INFORMATION answer;
    return query_named(attributes, FileNetworkOpenInformation, &answer, sizeof answer, information);
}
