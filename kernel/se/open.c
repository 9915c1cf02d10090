// What the object manager asks, and the rules of the namespace that exists from boot on.
#include "se/se.h"

static NTSTATUS check(void *object, ACCESS_MASK wanted, KPROCESSOR_MODE mode, ACCESS_MASK *granted)
{
    return se_check_object(object, wanted, &ob_type(object)->mapping, mode, granted);
}

static NTSTATUS assign(void *object, const void *given)
{
    void *descriptor;
    NTSTATUS status = se_assign(given, se_current_token(), &ob_type(object)->mapping, &descriptor);
    if (NT_SUCCESS(status))
        se_set_descriptor(object, descriptor);
    return status;
}

static const struct ob_security security = {.check = check, .assign = assign, .capture = se_capture};

// Everybody may make events and the like there; what is made has a descriptor of its own.
static NTSTATUS open_base_named_objects(void)
{
    UNICODE_STRING path;
    void *directory;
    RtlInitUnicodeString(&path, L"\\BaseNamedObjects");
    struct ob_lookup lookup = {.path = &path, .type = &ob_directory_type};
    NTSTATUS status = ob_lookup_name(&lookup, &directory);
    if (!NT_SUCCESS(status))
        return status;
    status = se_set_sddl(directory, L"O:BAG:SYD:(A;;CCDCLCSWRC;;;WD)(A;;GA;;;SY)(A;;GA;;;BA)");
    ob_dereference(directory);
    return status;
}

// The object stays when its last handle is closed.
NTSTATUS NTAPI NtMakePermanentObject(HANDLE handle)
{
    KPROCESSOR_MODE mode = ExGetPreviousMode();
    void *object;
    if (!se_has_privilege(SE_CREATE_PERMANENT_PRIVILEGE, mode))
        return STATUS_PRIVILEGE_NOT_HELD;
    NTSTATUS status = ob_reference_by_handle(handle, 0, NULL, mode, &object, NULL);
    if (!NT_SUCCESS(status))
        return status;
    ob_header(object)->permanent = true;
    ob_dereference(object);
    return STATUS_SUCCESS;
}

NTSTATUS se_init(void)
{
    NTSTATUS status = se_init_objects();
    if (NT_SUCCESS(status))
        status = open_base_named_objects();
    if (NT_SUCCESS(status))
        ob_set_security(&security);
    return status;
}

void se_shutdown(void)
{
    ob_set_security(NULL);
    se_shutdown_objects();
}
