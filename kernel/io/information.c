// What is known about an open file: NtQueryInformationFile, NtSetInformationFile, NtFlushBuffersFile.
//
// Position of synchronous files, mode, access, completion port and notification modes are the I/O manager's own;
// everything else is the driver's: IRP_MJ_QUERY_INFORMATION, IRP_MJ_SET_INFORMATION, IRP_MJ_FLUSH_BUFFERS.
// ntifs/nf-ntifs-ntqueryinformationfile, -ntsetinformationfile, -ntflushbuffersfile.
#include "io/information.h"

enum { MOST_INFORMATION = 64 * 1024 };

static NTSTATUS finish_here(struct io_call *call, ULONG_PTR information, NTSTATUS status)
{
    IO_STATUS_BLOCK iosb = {.Status = status, .Information = information};
    NTSTATUS copied = NT_ERROR(status) ? STATUS_SUCCESS : mm_copy_out(call->iosb, &iosb, sizeof iosb, call->mode);
    return io_abandon(call, NT_SUCCESS(copied) ? status : copied);
}

// ---- the I/O manager's own ----------------------------------------------------------------------------------

static ULONG mode_of(const FILE_OBJECT *file)
{
    ULONG mode = 0;
    if (file->Flags & FO_WRITE_THROUGH)
        mode |= FILE_WRITE_THROUGH;
    if (file->Flags & FO_SEQUENTIAL_ONLY)
        mode |= FILE_SEQUENTIAL_ONLY;
    if (file->Flags & FO_NO_INTERMEDIATE_BUFFERING)
        mode |= FILE_NO_INTERMEDIATE_BUFFERING;
    if (file->Flags & FO_SYNCHRONOUS_IO)
        mode |= file->Flags & FO_ALERTABLE_IO ? FILE_SYNCHRONOUS_IO_ALERT : FILE_SYNCHRONOUS_IO_NONALERT;
    return mode;
}

static ULONG notification_flags(const FILE_OBJECT *file)
{
    return (file->Flags & FO_SKIP_COMPLETION_PORT ? FILE_SKIP_COMPLETION_PORT_ON_SUCCESS : 0) |
           (file->Flags & FO_SKIP_SET_EVENT ? FILE_SKIP_SET_EVENT_ON_HANDLE : 0) |
           (file->Flags & FO_SKIP_SET_FAST_IO ? FILE_SKIP_SET_USER_EVENT_ON_FAST_IO : 0);
}

// True when the class is answered here; *answer and *bytes hold it.
static bool own_query(struct io_call *call, FILE_INFORMATION_CLASS class, void *answer, ULONG *bytes)
{
    PFILE_OBJECT file = call->file;
    switch (class) {
    case FilePositionInformation:
        if (!call->synchronous)
            return false;
        *(FILE_POSITION_INFORMATION *)answer =
            (FILE_POSITION_INFORMATION){.CurrentByteOffset = file->CurrentByteOffset};
        *bytes = sizeof(FILE_POSITION_INFORMATION);
        return true;
    case FileModeInformation:
        *(FILE_MODE_INFORMATION *)answer = (FILE_MODE_INFORMATION){.Mode = mode_of(file)};
        *bytes = sizeof(FILE_MODE_INFORMATION);
        return true;
    case FileAccessInformation:
        *(FILE_ACCESS_INFORMATION *)answer = (FILE_ACCESS_INFORMATION){.AccessFlags = call->granted};
        *bytes = sizeof(FILE_ACCESS_INFORMATION);
        return true;
    case FileAlignmentInformation:
        *(FILE_ALIGNMENT_INFORMATION *)answer =
            (FILE_ALIGNMENT_INFORMATION){.AlignmentRequirement = call->device->AlignmentRequirement};
        *bytes = sizeof(FILE_ALIGNMENT_INFORMATION);
        return true;
    case FileIoCompletionNotificationInformation:
        *(FILE_IO_COMPLETION_NOTIFICATION_INFORMATION *)answer =
            (FILE_IO_COMPLETION_NOTIFICATION_INFORMATION){.Flags = notification_flags(file)};
        *bytes = sizeof(FILE_IO_COMPLETION_NOTIFICATION_INFORMATION);
        return true;
    default:
        return false;
    }
}

static NTSTATUS set_position(struct io_call *call, const FILE_POSITION_INFORMATION *position)
{
    if (position->CurrentByteOffset.QuadPart < 0)
        return STATUS_INVALID_PARAMETER;
    call->file->CurrentByteOffset = position->CurrentByteOffset;
    return STATUS_SUCCESS;
}

// A file gets a port once, and only an asynchronous one.
static NTSTATUS set_port(struct io_call *call, const FILE_COMPLETION_INFORMATION *completion)
{
    PFILE_OBJECT file = call->file;
    PIO_COMPLETION_CONTEXT expected = NULL;
    void *port;
    if (call->synchronous)
        return STATUS_INVALID_PARAMETER;
    NTSTATUS status = ob_reference_by_handle(completion->Port, IO_COMPLETION_MODIFY_STATE, &io_completion_type,
                                             call->mode, &port, NULL);
    if (!NT_SUCCESS(status))
        return status;
    PIO_COMPLETION_CONTEXT context = ex_allocate(sizeof *context, EX_TAG('I', 'o', 'C', 'c'));
    if (!context) {
        ob_dereference(port);
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    *context = (IO_COMPLETION_CONTEXT){.Port = port, .Key = completion->Key};
    if (__atomic_compare_exchange_n(&file->CompletionContext, &expected, context, false, __ATOMIC_SEQ_CST,
                                    __ATOMIC_SEQ_CST))
        return STATUS_SUCCESS;
    ob_dereference(port);
    ex_free(context);
    return STATUS_INVALID_PARAMETER;
}

static NTSTATUS set_notification(struct io_call *call, ULONG flags)
{
    ULONG set = (flags & FILE_SKIP_COMPLETION_PORT_ON_SUCCESS ? FO_SKIP_COMPLETION_PORT : 0) |
                (flags & FILE_SKIP_SET_EVENT_ON_HANDLE ? FO_SKIP_SET_EVENT : 0) |
                (flags & FILE_SKIP_SET_USER_EVENT_ON_FAST_IO ? FO_SKIP_SET_FAST_IO : 0);
    if (call->synchronous)
        return STATUS_INVALID_PARAMETER;
    __atomic_fetch_or(&call->file->Flags, set, __ATOMIC_SEQ_CST); // once set they stay
    return STATUS_SUCCESS;
}

// True when the class is served here.
static bool own_set(struct io_call *call, const struct io_query *query, NTSTATUS *status)
{
    union {
        FILE_POSITION_INFORMATION position;
        FILE_COMPLETION_INFORMATION completion;
        FILE_IO_COMPLETION_NOTIFICATION_INFORMATION notification;
    } data;
    ULONG needed;
    switch (query->class) {
    case FilePositionInformation:
        needed = sizeof data.position;
        break;
    case FileCompletionInformation:
        needed = sizeof data.completion;
        break;
    case FileIoCompletionNotificationInformation:
        needed = sizeof data.notification;
        break;
    default:
        return false;
    }
    *status =
        query->length < needed ? STATUS_INFO_LENGTH_MISMATCH : mm_copy_in(&data, query->buffer, needed, call->mode);
    if (!NT_SUCCESS(*status))
        return true;
    *status = query->class == FilePositionInformation     ? set_position(call, &data.position)
              : query->class == FileCompletionInformation ? set_port(call, &data.completion)
                                                          : set_notification(call, data.notification.Flags);
    return true;
}

// ---- the driver's -------------------------------------------------------------------------------------------

NTSTATUS io_attach_information(struct io_call *call, const struct io_query *query, bool is_query)
{
    PIRP irp = call->irp;
    if (query->length == 0)
        return STATUS_SUCCESS;
    void *system = ex_allocate_zeroed(query->length, EX_TAG('I', 'o', 'S', 'B'));
    if (!system)
        return STATUS_INSUFFICIENT_RESOURCES;
    irp->AssociatedIrp.SystemBuffer = system;
    irp->Flags |= IRP_BUFFERED_IO | IRP_DEALLOCATE_BUFFER | (is_query ? IRP_INPUT_OPERATION : 0);
    irp->UserBuffer = query->buffer;
    call->request->user_length = query->length;
    return is_query ? STATUS_SUCCESS : mm_copy_in(system, query->buffer, query->length, call->mode);
}

static NTSTATUS ask_driver(struct io_call *call, const struct io_query *query, bool is_query)
{
    if (query->length > MOST_INFORMATION)
        return io_abandon(call, STATUS_INVALID_PARAMETER);
    call->synchronous = true; // these services return when the driver has answered
    NTSTATUS status = io_prepare(call);
    if (NT_SUCCESS(status))
        status = io_attach_information(call, query, is_query);
    if (!NT_SUCCESS(status))
        return io_abandon(call, status);
    call->irp->Flags |= IRP_DEFER_IO_COMPLETION;
    if (is_query) {
        call->stack->Parameters.QueryFile.Length = query->length;
        call->stack->Parameters.QueryFile.FileInformationClass = query->class;
    } else {
        call->stack->Parameters.SetFile.Length = query->length;
        call->stack->Parameters.SetFile.FileInformationClass = query->class;
    }
    return io_dispatch(call);
}

NTSTATUS NTAPI NtQueryInformationFile(HANDLE file, PIO_STATUS_BLOCK iosb, PVOID buffer, ULONG length,
                                      FILE_INFORMATION_CLASS class)
{
    struct io_parameters parameters = {.file = file, .iosb = iosb};
    struct io_query query = {class, length, buffer};
    unsigned char answer[64];
    struct io_call call;
    ULONG bytes;
    if (class <= 0 || class > FileRenameInformationEx)
        return STATUS_INVALID_INFO_CLASS;
    NTSTATUS status = io_begin(&call, IRP_MJ_QUERY_INFORMATION, &parameters, 0, false);
    if (!NT_SUCCESS(status))
        return status;
    if (!own_query(&call, class, answer, &bytes)) {
        status = mm_probe_write(buffer, length, call.mode);
        return NT_SUCCESS(status) ? ask_driver(&call, &query, true) : io_abandon(&call, status);
    }
    status = length < bytes ? STATUS_INFO_LENGTH_MISMATCH : mm_copy_out(buffer, answer, bytes, call.mode);
    return finish_here(&call, bytes, status);
}

NTSTATUS NTAPI NtSetInformationFile(HANDLE file, PIO_STATUS_BLOCK iosb, PVOID buffer, ULONG length,
                                    FILE_INFORMATION_CLASS class)
{
    struct io_parameters parameters = {.file = file, .iosb = iosb};
    struct io_query query = {class, length, buffer};
    struct io_call call;
    ACCESS_MASK wanted = class == FileEndOfFileInformation || class == FileAllocationInformation ? FILE_WRITE_DATA
                         : class == FileBasicInformation                                         ? FILE_WRITE_ATTRIBUTES
                         : class == FileDispositionInformation                                   ? DELETE
                                                                                                 : 0;
    if (class <= 0 || class > FileRenameInformationEx)
        return STATUS_INVALID_INFO_CLASS;
    NTSTATUS status = io_begin(&call, IRP_MJ_SET_INFORMATION, &parameters, wanted, false);
    if (!NT_SUCCESS(status))
        return status;
    return own_set(&call, &query, &status) ? finish_here(&call, 0, status) : ask_driver(&call, &query, false);
}

NTSTATUS NTAPI NtFlushBuffersFile(HANDLE file, PIO_STATUS_BLOCK iosb)
{
    struct io_parameters parameters = {.file = file, .iosb = iosb};
    struct io_query nothing = {0};
    struct io_call call;
    NTSTATUS status = io_begin(&call, IRP_MJ_FLUSH_BUFFERS, &parameters, FILE_WRITE_DATA | FILE_APPEND_DATA, true);
    return NT_SUCCESS(status) ? ask_driver(&call, &nothing, false) : status;
}
