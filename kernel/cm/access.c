// Who may do what with keys. One descriptor holds for all of them, as Windows has it for \Registry\Machine\System:
// everybody reads, administrators change. Drivers may do everything.
#include "cm/cm.h"
#include "se/se.h"

static const WCHAR sddl[] = L"O:BAG:SYD:(A;;KR;;;BU)(A;;KA;;;BA)(A;;KA;;;SY)";
static void *descriptor;

NTSTATUS cm_init_access(void)
{
    UNICODE_STRING text;
    RtlInitUnicodeString(&text, sddl);
    return se_sddl_to_descriptor(&text, &descriptor);
}

void cm_shutdown_access(void)
{
    if (descriptor)
        ex_free(descriptor);
    descriptor = NULL;
}

NTSTATUS cm_check_access(ACCESS_MASK desired, KPROCESSOR_MODE mode, ACCESS_MASK *granted)
{
    return se_access_check(descriptor, se_current_token(), desired, &cm_key_type.mapping, mode, granted);
}
