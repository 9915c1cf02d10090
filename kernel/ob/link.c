// Symbolic links: names that stand for other names. wdm/nf-wdm-iocreatesymboliclink.
#include "ob/namespace.h"

struct link {
    UNICODE_STRING target; // pool
    LARGE_INTEGER created;
};

static void destroy(void *object)
{
    struct link *link = object;
    if (link->target.Buffer)
        ex_free(link->target.Buffer);
}

struct _OBJECT_TYPE ob_symbolic_link_type = {
    .name = L"SymbolicLink",
    .tag = EX_TAG('S', 'y', 'm', 'b'),
    .mapping = {.GenericRead = STANDARD_RIGHTS_READ | SYMBOLIC_LINK_QUERY,
                .GenericWrite = STANDARD_RIGHTS_WRITE,
                .GenericExecute = STANDARD_RIGHTS_EXECUTE | SYMBOLIC_LINK_QUERY,
                .GenericAll = SYMBOLIC_LINK_ALL_ACCESS},
    .destroy = destroy,
};

const UNICODE_STRING *ob_symbolic_link_target(void *object)
{
    return &((struct link *)object)->target;
}

NTSTATUS ob_create_link_object(const UNICODE_STRING *target, void **object)
{
    NTSTATUS status = ob_create(&ob_symbolic_link_type, sizeof(struct link), object);
    if (!NT_SUCCESS(status))
        return status;
    struct link *link = *object;
    link->target.Buffer = ex_allocate(target->Length + sizeof(WCHAR), EX_TAG('S', 'y', 'm', 'b'));
    if (!link->target.Buffer) {
        ob_dereference(link);
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    __builtin_memcpy(link->target.Buffer, target->Buffer, target->Length);
    link->target.Buffer[target->Length / sizeof(WCHAR)] = 0;
    link->target.Length = target->Length;
    link->target.MaximumLength = (USHORT)(target->Length + sizeof(WCHAR));
    link->created.QuadPart = (LONGLONG)hal_system_time_100ns();
    return STATUS_SUCCESS;
}

NTSTATUS ob_create_symbolic_link(const UNICODE_STRING *path, const UNICODE_STRING *target, ULONG attributes,
                                 void **link)
{
    void *object;
    NTSTATUS status = ob_create_link_object(target, &object);
    if (!NT_SUCCESS(status))
        return status;
    ob_header(object)->permanent = attributes & OBJ_PERMANENT;
    status = ob_insert_name(object, path, NULL, attributes, NULL);
    if (link && NT_SUCCESS(status))
        *link = object;
    else
        ob_dereference(object);
    return status;
}
