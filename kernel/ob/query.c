// What an object and a handle say about themselves: NtQueryObject, NtSetInformationObject, ObQueryNameString.
//
// https://learn.microsoft.com/windows-hardware/drivers/ddi/ntifs/nf-ntifs-ntqueryobject
#include "ob/namespace.h"

static NTSTATUS full_name(void *object, UNICODE_STRING *name)
{
    struct _OBJECT_TYPE *type = ob_type(object);
    return type->full_name ? type->full_name(object, name) : ob_full_name(object, name);
}

static size_t wide_bytes(const WCHAR *text)
{
    size_t bytes = 0;
    while (text[bytes / sizeof(WCHAR)])
        bytes += sizeof(WCHAR);
    return bytes;
}

// ---- answers, each in pool ----------------------------------------------------------------------------------------

struct answer {
    void *data;
    ULONG bytes;
};

static NTSTATUS allocate(struct answer *answer, size_t bytes)
{
    answer->data = ex_allocate_zeroed(bytes, EX_TAG('O', 'b', 'Q', 'u'));
    answer->bytes = (ULONG)bytes;
    return answer->data ? STATUS_SUCCESS : STATUS_INSUFFICIENT_RESOURCES;
}

// A structure that begins with a UNICODE_STRING, and the text behind it, for a caller who finds it at
// `place`.
static NTSTATUS answer_string(struct answer *answer, size_t head, const WCHAR *text, size_t length, const void *place)
{
    NTSTATUS status = allocate(answer, head + (text ? length + sizeof(WCHAR) : 0));
    if (!NT_SUCCESS(status) || !text)
        return status;
    UNICODE_STRING *string = answer->data;
    __builtin_memcpy((char *)answer->data + head, text, length);
    string->Length = (USHORT)length;
    string->MaximumLength = (USHORT)(length + sizeof(WCHAR));
    string->Buffer = (WCHAR *)((uintptr_t)place + head);
    return status;
}

static NTSTATUS answer_name(void *object, struct answer *answer, const void *place)
{
    UNICODE_STRING name;
    NTSTATUS status = full_name(object, &name);
    if (!NT_SUCCESS(status))
        return status;
    status = answer_string(answer, sizeof(OBJECT_NAME_INFORMATION), name.Buffer, name.Length, place);
    if (name.Buffer)
        ex_free(name.Buffer);
    return status;
}

static NTSTATUS answer_type(void *object, struct answer *answer, const void *place)
{
    enum { OBJECTS = 0, MAPPING = 13, VALID_ACCESS = 17 }; // what the reserved words are to those who know
    struct _OBJECT_TYPE *type = ob_type(object);
    NTSTATUS status =
        answer_string(answer, sizeof(PUBLIC_OBJECT_TYPE_INFORMATION), type->name, wide_bytes(type->name), place);
    if (!NT_SUCCESS(status))
        return status;
    PUBLIC_OBJECT_TYPE_INFORMATION *information = answer->data;
    information->Reserved[OBJECTS] = atomic_load(&type->objects);
    __builtin_memcpy(&information->Reserved[MAPPING], &type->mapping, sizeof type->mapping);
    information->Reserved[VALID_ACCESS] = type->mapping.GenericAll;
    return status;
}

// PointerCount of Windows counts differently; what is told here are our references without the query's own.
static NTSTATUS answer_basic(HANDLE handle, void *object, ACCESS_MASK granted, KPROCESSOR_MODE mode,
                             struct answer *answer)
{
    struct ob_header *header = ob_header(object);
    UNICODE_STRING name;
    ULONG attributes = 0;
    NTSTATUS status = full_name(object, &name);
    if (!NT_SUCCESS(status))
        return status;
    status = allocate(answer, sizeof(OBJECT_BASIC_INFORMATION));
    if (NT_SUCCESS(status)) {
        ob_handle_attributes(handle, mode, 0, 0, &attributes);
        *(OBJECT_BASIC_INFORMATION *)answer->data = (OBJECT_BASIC_INFORMATION){
            .Attributes =
                (attributes & (OBJ_INHERIT | OB_PROTECT_FROM_CLOSE)) | (header->permanent ? OBJ_PERMANENT : 0),
            .GrantedAccess = granted,
            .HandleCount = (ULONG)atomic_load(&header->handles),
            .PointerCount = (ULONG)atomic_load(&header->pointers) - 1,
            .NameInfoSize = name.Buffer ? (ULONG)(sizeof(OBJECT_NAME_INFORMATION) + name.MaximumLength) : 0,
            .TypeInfoSize =
                (ULONG)(sizeof(PUBLIC_OBJECT_TYPE_INFORMATION) + wide_bytes(header->type->name) + sizeof(WCHAR)),
        };
    }
    if (name.Buffer)
        ex_free(name.Buffer);
    return status;
}

static NTSTATUS answer_flags(HANDLE handle, KPROCESSOR_MODE mode, struct answer *answer)
{
    ULONG attributes;
    NTSTATUS status = ob_handle_attributes(handle, mode, 0, 0, &attributes);
    if (NT_SUCCESS(status))
        status = allocate(answer, sizeof(OBJECT_HANDLE_FLAG_INFORMATION));
    if (NT_SUCCESS(status))
        *(OBJECT_HANDLE_FLAG_INFORMATION *)answer->data = (OBJECT_HANDLE_FLAG_INFORMATION){
            .Inherit = (attributes & OBJ_INHERIT) != 0, .ProtectFromClose = (attributes & OB_PROTECT_FROM_CLOSE) != 0};
    return status;
}

// ---- services -----------------------------------------------------------------------------------------------------

// Structures of fixed size want exactly their size. A name that does not fit: nothing is copied.
static NTSTATUS check_length(OBJECT_INFORMATION_CLASS information_class, const struct answer *answer, ULONG length)
{
    switch (information_class) {
    case ObjectBasicInformation:
        if (length == sizeof(PUBLIC_OBJECT_BASIC_INFORMATION))
            return STATUS_SUCCESS;
        // fall through
    case ObjectHandleFlagInformation:
        return length == answer->bytes ? STATUS_SUCCESS : STATUS_INFO_LENGTH_MISMATCH;
    case ObjectNameInformation:
        if (length >= sizeof(OBJECT_NAME_INFORMATION) && length < answer->bytes)
            return STATUS_BUFFER_OVERFLOW;
        // fall through
    default:
        return length >= answer->bytes ? STATUS_SUCCESS : STATUS_INFO_LENGTH_MISMATCH;
    }
}

static NTSTATUS make_answer(HANDLE handle, OBJECT_INFORMATION_CLASS information_class, KPROCESSOR_MODE mode,
                            const void *place, struct answer *answer)
{
    ACCESS_MASK granted;
    void *object;
    NTSTATUS status = ob_reference_by_handle(handle, 0, NULL, mode, &object, &granted);
    if (!NT_SUCCESS(status))
        return status;
    switch (information_class) {
    case ObjectBasicInformation:
        status = answer_basic(handle, object, granted, mode, answer);
        break;
    case ObjectNameInformation:
        status = answer_name(object, answer, place);
        break;
    case ObjectTypeInformation:
        status = answer_type(object, answer, place);
        break;
    case ObjectHandleFlagInformation:
        status = answer_flags(handle, mode, answer);
        break;
    default:
        status = STATUS_INVALID_INFO_CLASS;
    }
    ob_dereference(object);
    return status;
}

NTSTATUS NTAPI NtQueryObject(HANDLE handle, OBJECT_INFORMATION_CLASS information_class, PVOID information, ULONG length,
                             PULONG returned)
{
    KPROCESSOR_MODE mode = ExGetPreviousMode();
    struct answer answer;
    NTSTATUS status = make_answer(handle, information_class, mode, information, &answer);
    if (!NT_SUCCESS(status))
        return status;
    status = check_length(information_class, &answer, length);
    if (status == STATUS_SUCCESS)
        status = mm_copy_out(information, answer.data, answer.bytes < length ? answer.bytes : length, mode);
    if (returned) {
        NTSTATUS copied = mm_copy_out(returned, &answer.bytes, sizeof answer.bytes, mode);
        status = NT_SUCCESS(copied) ? status : copied;
    }
    ex_free(answer.data);
    return status;
}

static NTSTATUS set_flags(HANDLE handle, const OBJECT_HANDLE_FLAG_INFORMATION *flags, KPROCESSOR_MODE mode)
{
    ULONG attributes, set = (flags->Inherit ? OBJ_INHERIT : 0) | (flags->ProtectFromClose ? OB_PROTECT_FROM_CLOSE : 0);
    return ob_handle_attributes(handle, mode, set, OBJ_INHERIT | OB_PROTECT_FROM_CLOSE, &attributes);
}

NTSTATUS NTAPI NtSetInformationObject(HANDLE handle, OBJECT_INFORMATION_CLASS information_class, PVOID information,
                                      ULONG length)
{
    KPROCESSOR_MODE mode = ExGetPreviousMode();
    OBJECT_HANDLE_FLAG_INFORMATION flags;
    if (information_class != ObjectHandleFlagInformation)
        return STATUS_INVALID_INFO_CLASS;
    if (length != sizeof flags)
        return STATUS_INFO_LENGTH_MISMATCH;
    NTSTATUS status = mm_copy_in(&flags, information, sizeof flags, mode);
    return NT_SUCCESS(status) ? set_flags(handle, &flags, mode) : status;
}

// ---- what drivers call --------------------------------------------------------------------------------------------

NTSTATUS NTAPI ObSetHandleAttributes(HANDLE handle, POBJECT_HANDLE_FLAG_INFORMATION flags, KPROCESSOR_MODE mode)
{
    return set_flags(handle, flags, mode);
}

// STATUS_INFO_LENGTH_MISMATCH with the bytes it takes in *returned. An object without name has an empty one.
NTSTATUS NTAPI ObQueryNameString(PVOID object, POBJECT_NAME_INFORMATION information, ULONG length, PULONG returned)
{
    struct answer answer;
    NTSTATUS status = answer_name(object, &answer, information);
    if (!NT_SUCCESS(status))
        return status;
    *returned = answer.bytes;
    if (length < answer.bytes)
        status = STATUS_INFO_LENGTH_MISMATCH;
    else
        __builtin_memcpy(information, answer.data, answer.bytes);
    ex_free(answer.data);
    return status;
}

POBJECT_TYPE NTAPI ObGetObjectType(PVOID object)
{
    return ob_type(object);
}
