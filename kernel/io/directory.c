// NtQueryDirectoryFile: the entries of a directory, IRP_MJ_DIRECTORY_CONTROL with IRP_MN_QUERY_DIRECTORY.
// ntifs/nf-ntifs-ntquerydirectoryfile.
#include "io/io.h"
#include "io/information.h"

enum { MOST_BYTES = 1024 * 1024 };

struct directory_query {
    struct io_query query;
    UNICODE_STRING pattern; // pool; Buffer NULL: none
    bool single, restart;
};

static NTSTATUS capture_pattern(PUNICODE_STRING user, KPROCESSOR_MODE mode, UNICODE_STRING *pattern)
{
    UNICODE_STRING given;
    *pattern = (UNICODE_STRING){0};
    if (!user)
        return STATUS_SUCCESS;
    NTSTATUS status = mm_copy_in(&given, user, sizeof given, mode);
    if (!NT_SUCCESS(status) || !given.Length)
        return status;
    pattern->Buffer = ex_allocate(given.Length, EX_TAG('I', 'o', 'N', 'm'));
    if (!pattern->Buffer)
        return STATUS_INSUFFICIENT_RESOURCES;
    pattern->Length = pattern->MaximumLength = given.Length & ~1;
    return mm_copy_in(pattern->Buffer, given.Buffer, pattern->Length, mode);
}

static NTSTATUS ask(struct io_call *call, struct directory_query *directory)
{
    call->synchronous = true; // returns when the driver has answered
    NTSTATUS status = io_prepare(call);
    if (NT_SUCCESS(status))
        status = io_attach_information(call, &directory->query, true);
    if (!NT_SUCCESS(status))
        return io_abandon(call, status);
    call->irp->Flags |= IRP_DEFER_IO_COMPLETION;
    call->stack->MinorFunction = IRP_MN_QUERY_DIRECTORY;
    call->stack->Flags = (directory->single ? SL_RETURN_SINGLE_ENTRY : 0) | (directory->restart ? SL_RESTART_SCAN : 0);
    call->stack->Parameters.QueryDirectory.Length = directory->query.length;
    call->stack->Parameters.QueryDirectory.FileInformationClass = directory->query.class;
    call->stack->Parameters.QueryDirectory.FileName = directory->pattern.Buffer ? &directory->pattern : NULL;
    return io_dispatch(call);
}

// pattern counts at the first call for a handle; STATUS_NO_SUCH_FILE when nothing matches then, STATUS_NO_MORE_FILES at
// the end, STATUS_BUFFER_OVERFLOW when the name of a first entry does not fit.
NTSTATUS NTAPI NtQueryDirectoryFile(HANDLE file, HANDLE event, PIO_APC_ROUTINE apc, PVOID apc_context,
                                    PIO_STATUS_BLOCK iosb, PVOID buffer, ULONG length, FILE_INFORMATION_CLASS class,
                                    BOOLEAN single, PUNICODE_STRING pattern, BOOLEAN restart)
{
    struct io_parameters parameters = {
        .file = file, .event = event, .apc = (PVOID)(ULONG_PTR)apc, .apc_context = apc_context, .iosb = iosb};
    struct directory_query directory = {.query = {class, length, buffer}, .single = single, .restart = restart};
    struct io_call call;
    if (class <= 0 || class > FileRenameInformationEx)
        return STATUS_INVALID_INFO_CLASS;
    if (length > MOST_BYTES)
        directory.query.length = MOST_BYTES;
    NTSTATUS status = capture_pattern(pattern, ExGetPreviousMode(), &directory.pattern);
    if (NT_SUCCESS(status))
        status = io_begin(&call, IRP_MJ_DIRECTORY_CONTROL, &parameters, FILE_LIST_DIRECTORY, false);
    if (NT_SUCCESS(status)) {
        status = mm_probe_write(buffer, length, call.mode);
        status = NT_SUCCESS(status) ? ask(&call, &directory) : io_abandon(&call, status);
    }
    if (directory.pattern.Buffer)
        ex_free(directory.pattern.Buffer);
    return status;
}
