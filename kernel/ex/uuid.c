// UUIDs and the processor's features. ntddk/nf-ntddk-exuuidcreate, wdm/nf-wdm-exisprocessorfeaturepresent.
#include "ex/ex.h"

// A random one (RFC 4122, version 4). PASSIVE_LEVEL.
NTSTATUS NTAPI ExUuidCreate(UUID *uuid)
{
    uint64_t random[2] = {hal_random(), hal_random()};
    _Static_assert(sizeof random == sizeof *uuid, "a UUID has 16 bytes");
    __builtin_memcpy(uuid, random, sizeof random);
    uuid->Data3 = (USHORT)((uuid->Data3 & 0x0fff) | 0x4000);
    uuid->Data4[0] = (UCHAR)((uuid->Data4[0] & 0x3f) | 0x80);
    return STATUS_SUCCESS;
}
