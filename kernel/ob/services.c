// The services on objects, directories and links: NtClose, NtDuplicateObject, NtCreate/Open/QueryDirectoryObject,
// NtCreate/Open/QuerySymbolicLinkObject, NtMakeTemporaryObject. NtQueryObject is in query.c.
#include "ob/namespace.h"

NTSTATUS NTAPI NtClose(HANDLE handle)
{
    return ob_close_handle(handle, ExGetPreviousMode());
}

// A duplicate may have less access than its source; more only where the type allows it and the object's descriptor does.
static NTSTATUS duplicate_access(void *object, ACCESS_MASK access, ACCESS_MASK source, KPROCESSOR_MODE mode,
                                 ACCESS_MASK *granted)
{
    ACCESS_MASK wanted = access;
    RtlMapGenericMask(&wanted, &ob_type(object)->mapping);
    if (!(wanted & ~source)) {
        *granted = wanted;
        return STATUS_SUCCESS;
    }
    if (mode == UserMode && ob_type(object)->fixed_access)
        return STATUS_ACCESS_DENIED;
    return ob_check_access(object, access, mode, granted);
}

// An application's handles stay among its own.
static ULONG duplicate_attributes(HANDLE source, KPROCESSOR_MODE mode, ULONG attributes, ULONG options)
{
    const ULONG kept = OBJ_INHERIT | OB_PROTECT_FROM_CLOSE;
    ULONG of_source = 0;
    if (options & DUPLICATE_SAME_ATTRIBUTES)
        ob_handle_attributes(source, mode, 0, 0, &of_source);
    return ((options & DUPLICATE_SAME_ATTRIBUTES ? of_source : attributes) & kept) |
           (mode == KernelMode ? attributes & OBJ_KERNEL_HANDLE : 0);
}

// Within the calling process (both process handles must be NtCurrentProcess()).
NTSTATUS NTAPI NtDuplicateObject(HANDLE source_process, HANDLE source, HANDLE target_process, PHANDLE target,
                                 ACCESS_MASK access, ULONG attributes, ULONG options)
{
    KPROCESSOR_MODE mode = ExGetPreviousMode();
    ACCESS_MASK granted;
    void *object;
    HANDLE made;
    if (source_process != NtCurrentProcess() || (target && target_process != NtCurrentProcess()))
        return STATUS_NOT_SUPPORTED;
    NTSTATUS status = ob_reference_by_handle(source, 0, NULL, mode, &object, &granted);
    if (!NT_SUCCESS(status))
        return status;
    if (target) {
        ACCESS_MASK wanted = granted;
        status =
            options & DUPLICATE_SAME_ACCESS ? STATUS_SUCCESS : duplicate_access(object, access, granted, mode, &wanted);
        if (NT_SUCCESS(status))
            status =
                ob_insert_duplicate(object, wanted, duplicate_attributes(source, mode, attributes, options), &made);
        if (NT_SUCCESS(status) && !NT_SUCCESS(status = mm_copy_out(target, &made, sizeof made, mode)))
            ob_close_handle(made, mode);
    }
    if (options & DUPLICATE_CLOSE_SOURCE)
        ob_close_handle(source, mode);
    ob_dereference(object);
    return status;
}

NTSTATUS NTAPI NtOpenDirectoryObject(PHANDLE handle, ACCESS_MASK access, POBJECT_ATTRIBUTES attributes)
{
    return ob_open(attributes, &ob_directory_type, access, handle);
}

NTSTATUS NTAPI NtCreateDirectoryObject(PHANDLE handle, ACCESS_MASK access, POBJECT_ATTRIBUTES attributes)
{
    KPROCESSOR_MODE mode = ExGetPreviousMode();
    struct ob_attributes captured;
    void *object;
    NTSTATUS status = ob_capture_attributes(attributes, mode, &captured);
    if (!NT_SUCCESS(status))
        return status;
    status = ob_create_directory_object(&object);
    if (NT_SUCCESS(status))
        status = ob_finish_create(object, &captured, access, mode, handle);
    ob_release_attributes(&captured);
    return status;
}

NTSTATUS NTAPI NtCreateSymbolicLinkObject(PHANDLE handle, ACCESS_MASK access, POBJECT_ATTRIBUTES attributes,
                                          PUNICODE_STRING target)
{
    KPROCESSOR_MODE mode = ExGetPreviousMode();
    struct ob_attributes captured, captured_target = {0};
    void *object;
    NTSTATUS status = ob_capture_attributes(attributes, mode, &captured);
    if (!NT_SUCCESS(status))
        return status;
    status = ob_capture_name(target, mode, &captured_target.name);
    if (NT_SUCCESS(status))
        status = ob_create_link_object(&captured_target.name, &object);
    if (NT_SUCCESS(status))
        status = ob_finish_create(object, &captured, access, mode, handle);
    ob_release_attributes(&captured_target);
    ob_release_attributes(&captured);
    return status;
}

NTSTATUS NTAPI NtOpenSymbolicLinkObject(PHANDLE handle, ACCESS_MASK access, POBJECT_ATTRIBUTES attributes)
{
    return ob_open(attributes, &ob_symbolic_link_type, access, handle);
}

// Fills the caller's UNICODE_STRING; *length (bytes, terminator included) when asked for.
NTSTATUS NTAPI NtQuerySymbolicLinkObject(HANDLE handle, PUNICODE_STRING target, PULONG length)
{
    KPROCESSOR_MODE mode = ExGetPreviousMode();
    UNICODE_STRING out;
    void *link;
    NTSTATUS status = ob_reference_by_handle(handle, SYMBOLIC_LINK_QUERY, &ob_symbolic_link_type, mode, &link, NULL);
    if (!NT_SUCCESS(status))
        return status;
    const UNICODE_STRING *value = ob_symbolic_link_target(link);
    ULONG needed = value->Length + (ULONG)sizeof(WCHAR);
    status = mm_copy_in(&out, target, sizeof out, mode);
    if (NT_SUCCESS(status) && length)
        status = mm_copy_out(length, &needed, sizeof needed, mode);
    if (NT_SUCCESS(status) && out.MaximumLength < value->Length)
        status = STATUS_BUFFER_TOO_SMALL;
    if (NT_SUCCESS(status))
        status = mm_copy_out(out.Buffer, value->Buffer, out.MaximumLength >= needed ? needed : value->Length, mode);
    if (NT_SUCCESS(status)) {
        out.Length = value->Length;
        status = mm_copy_out(target, &out, sizeof out, mode);
    }
    ob_dereference(link);
    return status;
}

// ---- listing a directory ----------------------------------------------------------------------------------------

struct listing {
    ULONG skip, taken;
    bool single, full;
    size_t records, strings; // bytes so far
    size_t limit;
    OBJECT_DIRECTORY_INFORMATION *out; // pool copy of what goes to the caller; NULL: only measure
    char *base_in_caller;
    size_t string_start;
};

static size_t wide_bytes(const WCHAR *text)
{
    size_t bytes = 0;
    while (text[bytes / sizeof(WCHAR)])
        bytes += sizeof(WCHAR);
    return bytes;
}

static void put_string(struct listing *listing, UNICODE_STRING *out, const WCHAR *text, size_t bytes)
{
    size_t at = listing->string_start + listing->strings;
    char *copy = (char *)listing->out + at;
    __builtin_memcpy(copy, text, bytes);
    __builtin_memset(copy + bytes, 0, sizeof(WCHAR));
    *out = (UNICODE_STRING){.Length = (USHORT)bytes,
                            .MaximumLength = (USHORT)(bytes + sizeof(WCHAR)),
                            .Buffer = (WCHAR *)(void *)(listing->base_in_caller + at)};
    listing->strings += bytes + sizeof(WCHAR);
}

static bool list_entry(void *object, void *context)
{
    struct listing *listing = context;
    struct ob_header *header = ob_header(object);
    if (listing->skip) {
        listing->skip--;
        return true;
    }
    size_t type_bytes = wide_bytes(header->type->name);
    size_t strings = header->name.Length + type_bytes + 2 * sizeof(WCHAR);
    if (!listing->out) { // measuring: one record more for the terminator
        size_t all = listing->records + listing->strings + 2 * sizeof *listing->out + strings;
        if (all > listing->limit) {
            listing->full = true;
            return false;
        }
        listing->strings += strings;
    } else {
        OBJECT_DIRECTORY_INFORMATION *record = &listing->out[listing->taken];
        if (listing->records + 2 * sizeof *record > listing->string_start ||
            listing->string_start + listing->strings + strings > listing->limit)
            return false; // the directory changed between the passes
        put_string(listing, &record->Name, header->name.Buffer, header->name.Length);
        put_string(listing, &record->TypeName, header->type->name, type_bytes);
    }
    listing->records += sizeof *listing->out;
    listing->taken++;
    return !listing->single;
}

// One pass measures how many entries fit, a second fills them in; records first, then a zero record, then strings.
NTSTATUS NTAPI NtQueryDirectoryObject(HANDLE handle, PVOID buffer, ULONG length, BOOLEAN single, BOOLEAN restart,
                                      PULONG context, PULONG returned)
{
    KPROCESSOR_MODE mode = ExGetPreviousMode();
    ULONG position = 0, bytes = 0;
    void *directory;
    NTSTATUS status = ob_reference_by_handle(handle, DIRECTORY_QUERY, &ob_directory_type, mode, &directory, NULL);
    if (!NT_SUCCESS(status))
        return status;
    if (!restart)
        status = mm_copy_in(&position, context, sizeof position, mode);
    struct listing measure = {.skip = position, .single = single, .limit = length};
    ob_walk_directory(directory, list_entry, &measure);
    if (NT_SUCCESS(status) && measure.taken == 0)
        status = measure.full ? STATUS_BUFFER_TOO_SMALL : STATUS_NO_MORE_ENTRIES;
    if (status == STATUS_SUCCESS) {
        size_t string_start = (measure.taken + 1) * sizeof(OBJECT_DIRECTORY_INFORMATION);
        bytes = (ULONG)(string_start + measure.strings);
        struct listing fill = {
            .skip = position, .single = single, .base_in_caller = buffer, .string_start = string_start};
        fill.limit = bytes;
        fill.out = ex_allocate_zeroed(bytes, EX_TAG('O', 'b', 'D', 'i'));
        if (!fill.out) {
            status = STATUS_INSUFFICIENT_RESOURCES;
        } else {
            ob_walk_directory(directory, list_entry, &fill);
            position += fill.taken;
            status = mm_copy_out(buffer, fill.out, bytes, mode);
            ex_free(fill.out);
        }
        if (NT_SUCCESS(status) && measure.full)
            status = STATUS_MORE_ENTRIES;
    }
    if (NT_SUCCESS(status) && status != STATUS_NO_MORE_ENTRIES && context)
        mm_copy_out(context, &position, sizeof position, mode);
    if (returned)
        mm_copy_out(returned, &bytes, sizeof bytes, mode);
    ob_dereference(directory);
    return status;
}

NTSTATUS NTAPI NtMakeTemporaryObject(HANDLE handle)
{
    void *object;
    NTSTATUS status = ob_reference_by_handle(handle, DELETE, NULL, ExGetPreviousMode(), &object, NULL);
    if (!NT_SUCCESS(status))
        return status;
    ob_make_temporary(object);
    ob_dereference(object);
    return STATUS_SUCCESS;
}

void NTAPI ObMakeTemporaryObject(PVOID object)
{
    ob_make_temporary(object);
}
