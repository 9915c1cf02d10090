// Names for devices that applications know. Facts: semantics 26, 48; wdm/nf-wdm-iocreatesymboliclink.
#include "io/io.h"
#include "ob/namespace.h"

// Permanent: the link stays until IoDeleteSymbolicLink, beyond the driver's unload.
NTSTATUS NTAPI IoCreateSymbolicLink(PUNICODE_STRING name, PUNICODE_STRING target)
{
    return ob_create_symbolic_link(name, target, OBJ_PERMANENT, NULL);
}

NTSTATUS NTAPI IoCreateUnprotectedSymbolicLink(PUNICODE_STRING name, PUNICODE_STRING target)
{
    return IoCreateSymbolicLink(name, target);
}

NTSTATUS NTAPI IoDeleteSymbolicLink(PUNICODE_STRING name)
{
    struct ob_lookup lookup = {.path = name, .attributes = OBJ_OPENLINK, .type = &ob_symbolic_link_type};
    void *link;
    NTSTATUS status = ob_lookup_name(&lookup, &link);
    if (!NT_SUCCESS(status))
        return status;
    ob_remove_name(link);
    ob_dereference(link);
    return STATUS_SUCCESS;
}
