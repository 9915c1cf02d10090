// Opening a device: IRP_MJ_CREATE.
//
//      name lookup ends at a device --io_reference_device--> file object --IRP_MJ_CREATE--> opened, or gone again
//
// The open is sent whatever follows the device's name; it is in FileObject->FileName. A failed create gets
// neither cleanup nor close.
//
// Who may open what: https://learn.microsoft.com/windows-hardware/drivers/kernel/controlling-device-namespace-access
// Facts: semantics 26-31, 33.
#include "io/create.h"
#include "ke/ke_mode.h"
#include "se/se.h"

enum { VALID_OPTIONS = FILE_VALID_OPTION_FLAGS };

static ULONG file_flags(const struct io_open *open)
{
    ULONG flags = 0;
    if (open->options & (FILE_SYNCHRONOUS_IO_ALERT | FILE_SYNCHRONOUS_IO_NONALERT))
        flags |= FO_SYNCHRONOUS_IO;
    if (open->options & FILE_SYNCHRONOUS_IO_ALERT)
        flags |= FO_ALERTABLE_IO;
    if (open->options & FILE_NO_INTERMEDIATE_BUFFERING)
        flags |= FO_NO_INTERMEDIATE_BUFFERING;
    if (open->options & FILE_WRITE_THROUGH)
        flags |= FO_WRITE_THROUGH;
    if (open->options & FILE_SEQUENTIAL_ONLY)
        flags |= FO_SEQUENTIAL_ONLY;
    if (open->options & FILE_RANDOM_ACCESS)
        flags |= FO_RANDOM_ACCESS;
    return flags;
}

static NTSTATUS make_file(PDEVICE_OBJECT device, const struct io_open *open, const UNICODE_STRING *rest,
                          PFILE_OBJECT *out)
{
    void *object;
    NTSTATUS status = ob_create(&io_file_type, sizeof(struct io_file), &object);
    if (!NT_SUCCESS(status))
        return status;
    PFILE_OBJECT file = object;
    file->Type = IO_TYPE_FILE;
    file->Size = sizeof *file;
    ((struct io_file *)file)->granted = open->access;
    file->RelatedFileObject = open->related;
    file->Flags = file_flags(open);
    KeInitializeEvent(&file->Lock, SynchronizationEvent, FALSE);
    KeInitializeEvent(&file->Event, NotificationEvent, FALSE);
    KeInitializeSpinLock(&file->IrpListLock);
    InitializeListHead(&file->IrpList);
    if (rest->Length) {
        file->FileName.Buffer = ex_allocate(rest->Length + sizeof(WCHAR), EX_TAG('I', 'o', 'N', 'm'));
        if (!file->FileName.Buffer) {
            ob_dereference(file);
            return STATUS_INSUFFICIENT_RESOURCES;
        }
        __builtin_memcpy(file->FileName.Buffer, rest->Buffer, rest->Length);
        file->FileName.Buffer[rest->Length / sizeof(WCHAR)] = 0;
        file->FileName.Length = rest->Length;
        file->FileName.MaximumLength = (USHORT)(rest->Length + sizeof(WCHAR));
    }
    file->DeviceObject = device;
    ob_reference(device);
    *out = file;
    return STATUS_SUCCESS;
}

// May the opener do that? The device's descriptor decides on opens of the device itself, and on every open where the
// device says so; names below other devices are the driver's business. `state` gets what has been granted, and what the
// driver is left to decide on.
static NTSTATUS check_access(PDEVICE_OBJECT device, const struct ob_lookup *lookup, const struct io_open *open,
                             const UNICODE_STRING *rest, ACCESS_STATE *state)
{
    PDEVICE_OBJECT top = device->AttachedDevice ? IoGetAttachedDevice(device) : device;
    ACCESS_MASK wanted = open->access, granted;
    NTSTATUS status = STATUS_SUCCESS;
    RtlMapGenericMask(&wanted, &io_file_type.mapping);
    *state = (ACCESS_STATE){.OriginalDesiredAccess = wanted, .RemainingDesiredAccess = wanted};
    if (rest->Length == 0 || (top->Characteristics & FILE_DEVICE_SECURE_OPEN)) {
        status = se_check_object(device, wanted, &io_file_type.mapping, lookup->mode, &granted);
        state->PreviouslyGrantedAccess = granted;
        state->RemainingDesiredAccess = 0;
    } else if (!se_has_privilege(SE_CHANGE_NOTIFY_PRIVILEGE, lookup->mode)) {
        status = se_check_object(device, FILE_TRAVERSE, &io_file_type.mapping, lookup->mode, &granted);
    }
    return status;
}

// What the handle will have. A driver that checks names below its device may have given less.
static ACCESS_MASK granted_access(const ACCESS_STATE *state)
{
    return ob_map_access(state->PreviouslyGrantedAccess | state->RemainingDesiredAccess, &io_file_type);
}

static NTSTATUS send_create(PFILE_OBJECT file, const struct ob_lookup *lookup, struct io_open *open,
                            ACCESS_STATE *state)
{
    PDEVICE_OBJECT top = io_related_device(file);
    IO_STATUS_BLOCK iosb = {0};
    IO_SECURITY_CONTEXT security = {
        .AccessState = state, .DesiredAccess = open->access, .FullCreateOptions = open->options};
    struct io_request *request = io_allocate_request(top->StackSize);
    if (!request)
        return STATUS_INSUFFICIENT_RESOURCES;
    PIRP irp = &request->irp;
    irp->RequestorMode = lookup->mode;
    irp->Flags = IRP_CREATE_OPERATION | IRP_SYNCHRONOUS_API | IRP_DEFER_IO_COMPLETION;
    irp->Tail.Overlay.OriginalFileObject = file;
    irp->UserIosb = &iosb;
    irp->UserEvent = &file->Event;
    PIO_STACK_LOCATION stack = IoGetNextIrpStackLocation(irp);
    stack->MajorFunction = IRP_MJ_CREATE;
    stack->FileObject = file;
    stack->Flags = lookup->attributes & OBJ_CASE_INSENSITIVE ? 0 : SL_CASE_SENSITIVE;
    stack->Parameters.Create.SecurityContext = &security;
    stack->Parameters.Create.Options = (open->disposition << 24) | (open->options & 0xffffff);
    stack->Parameters.Create.FileAttributes = (USHORT)open->file_attributes;
    stack->Parameters.Create.ShareAccess = (USHORT)open->share;
    stack->Parameters.Create.EaLength = open->ea_length;
    NTSTATUS status = io_send_and_wait(top, request, &iosb);
    open->information = iosb.Information;
    return NT_SUCCESS(status) ? iosb.Status : status;
}

NTSTATUS io_open_device(PDEVICE_OBJECT device, struct ob_lookup *lookup, const UNICODE_STRING *rest, void **found)
{
    const ACCESS_MASK direct =
        SYNCHRONIZE | FILE_READ_ATTRIBUTES | READ_CONTROL | WRITE_DAC | WRITE_OWNER | ACCESS_SYSTEM_SECURITY;
    struct io_open *open = lookup->context;
    ACCESS_STATE state;
    PFILE_OBJECT file;
    NTSTATUS status = io_reference_device(device, open->related != NULL);
    if (!NT_SUCCESS(status))
        return status;
    status = check_access(device, lookup, open, rest, &state);
    open->access = granted_access(&state);
    if (NT_SUCCESS(status))
        status = make_file(device, open, rest, &file);
    if (!NT_SUCCESS(status)) {
        io_dereference_device(device);
        return status;
    }
    if (rest->Length == 0 && !(open->access & ~direct))
        file->Flags |= FO_DIRECT_DEVICE_OPEN;
    status = send_create(file, lookup, open, &state);
    if (!NT_SUCCESS(status)) {
        file->DeviceObject = NULL; // so that its end sends nothing
        ob_dereference(file);
        io_dereference_device(device);
        ob_dereference(device);
        return status;
    }
    open->access = ((struct io_file *)file)->granted = granted_access(&state);
    KeSetEvent(&file->Event, 0, FALSE); // a fresh file is signalled
    *found = file;
    return STATUS_SUCCESS;
}

static NTSTATUS check_parameters(ULONG disposition, ULONG options, ACCESS_MASK access)
{
    ULONG synchronous = options & (FILE_SYNCHRONOUS_IO_ALERT | FILE_SYNCHRONOUS_IO_NONALERT);
    if (disposition > FILE_MAXIMUM_DISPOSITION || (options & ~(ULONG)VALID_OPTIONS))
        return STATUS_INVALID_PARAMETER;
    if (synchronous && (!(access & (SYNCHRONIZE | GENERIC_READ | GENERIC_WRITE | GENERIC_EXECUTE | GENERIC_ALL)) ||
                        synchronous == (FILE_SYNCHRONOUS_IO_ALERT | FILE_SYNCHRONOUS_IO_NONALERT)))
        return STATUS_INVALID_PARAMETER;
    if ((options & FILE_DIRECTORY_FILE) && (options & FILE_NON_DIRECTORY_FILE))
        return STATUS_INVALID_PARAMETER;
    if ((options & FILE_DELETE_ON_CLOSE) && !(access & (DELETE | GENERIC_ALL)))
        return STATUS_INVALID_PARAMETER;
    return STATUS_SUCCESS;
}

NTSTATUS io_open_captured(struct ob_attributes *captured, struct io_open *open, KPROCESSOR_MODE mode, HANDLE *handle)
{
    void *file;
    if (captured->root && ob_type(captured->root) == &io_file_type)
        open->related = captured->root;
    void *start = open->related ? (void *)open->related->DeviceObject : captured->root;
    struct ob_lookup lookup = {.path = &captured->name,
                               .root = start,
                               .attributes = captured->attributes,
                               .mode = mode,
                               .access = open->access,
                               .context = open,
                               .type = &io_file_type};
    NTSTATUS status = ob_lookup_name(&lookup, &file);
    if (!NT_SUCCESS(status))
        return status;
    status = ob_insert_handle(file, open->access, captured->attributes, handle);
    if (NT_SUCCESS(status))
        __atomic_fetch_or(&((PFILE_OBJECT)file)->Flags, FO_HANDLE_CREATED, __ATOMIC_RELAXED);
    ob_dereference(file);
    return status;
}

NTSTATUS NTAPI NtCreateFile(PHANDLE handle, ACCESS_MASK access, POBJECT_ATTRIBUTES attributes, PIO_STATUS_BLOCK iosb,
                            PLARGE_INTEGER allocation_size, ULONG file_attributes, ULONG share, ULONG disposition,
                            ULONG options, PVOID ea_buffer, ULONG ea_length)
{
    KPROCESSOR_MODE mode = ExGetPreviousMode();
    struct ob_attributes captured;
    HANDLE made;
    (void)allocation_size, (void)ea_buffer;
    struct io_open open = {.access = access,
                           .file_attributes = file_attributes,
                           .share = share,
                           .disposition = disposition,
                           .options = options,
                           .ea_length = ea_length};
    NTSTATUS status = check_parameters(disposition, options, access);
    if (NT_SUCCESS(status))
        status = mm_probe_write(handle, sizeof *handle, mode);
    if (NT_SUCCESS(status))
        status = mm_probe_write(iosb, sizeof *iosb, mode);
    if (NT_SUCCESS(status))
        status = ob_capture_attributes(attributes, mode, &captured);
    if (!NT_SUCCESS(status))
        return status;
    status = io_open_captured(&captured, &open, mode, &made);
    ob_release_attributes(&captured);
    if (NT_SUCCESS(status)) {
        IO_STATUS_BLOCK result = {.Status = status, .Information = open.information};
        NTSTATUS copied = mm_copy_out(handle, &made, sizeof made, mode);
        if (NT_SUCCESS(copied))
            copied = mm_copy_out(iosb, &result, sizeof result, mode);
        if (!NT_SUCCESS(copied)) {
            ob_close_handle(made, mode);
            status = copied;
        }
    }
    return status;
}

NTSTATUS NTAPI NtOpenFile(PHANDLE handle, ACCESS_MASK access, POBJECT_ATTRIBUTES attributes, PIO_STATUS_BLOCK iosb,
                          ULONG share, ULONG options)
{
    return NtCreateFile(handle, access, attributes, iosb, NULL, 0, share, FILE_OPEN, options, NULL, 0);
}

// NtCreateFile for drivers. With IO_NO_PARAMETER_CHECKING the arguments are the kernel's own, whatever the previous mode
// says. STATUS_NOT_SUPPORTED for pipes and mailslots.
NTSTATUS NTAPI IoCreateFile(PHANDLE handle, ACCESS_MASK access, POBJECT_ATTRIBUTES attributes, PIO_STATUS_BLOCK iosb,
                            PLARGE_INTEGER allocation_size, ULONG file_attributes, ULONG share, ULONG disposition,
                            ULONG create_options, PVOID ea, ULONG ea_length, CREATE_FILE_TYPE type, PVOID extra,
                            ULONG options)
{
    CCHAR before = ExGetPreviousMode();
    (void)extra;
    if (type != CreateFileTypeNone)
        return STATUS_NOT_SUPPORTED;
    if (options & IO_NO_PARAMETER_CHECKING)
        ke_set_previous_mode(KernelMode);
    NTSTATUS status = NtCreateFile(handle, access, attributes, iosb, allocation_size, file_attributes, share,
                                   disposition, create_options, ea, ea_length);
    ke_set_previous_mode(before);
    return status;
}
