// ksecdd.sys: random numbers are given; other algorithms are not here, so there is no handle to work with.
// bcrypt/nf-bcrypt-bcryptgenrandom, -bcryptopenalgorithmprovider, -bcryptclosealgorithmprovider.
#include "ex/ex.h"

#include <nt/ntstatus.h>

#include <string.h>

enum { USE_SYSTEM_PREFERRED_RNG = 2 };

NTSTATUS NTAPI BCryptOpenAlgorithmProvider(PVOID *algorithm, PCWSTR name, PCWSTR implementation, ULONG flags);
NTSTATUS NTAPI BCryptCloseAlgorithmProvider(PVOID algorithm, ULONG flags);
NTSTATUS NTAPI BCryptGenRandom(PVOID algorithm, PUCHAR buffer, ULONG length, ULONG flags);

static char random_provider; // its address is the handle

static bool is_name(PCWSTR name, const char *wanted)
{
    while (*wanted && *name == (WCHAR)*wanted)
        name++, wanted++;
    return !*wanted && !*name;
}

// STATUS_NOT_FOUND for all but "RNG".
NTSTATUS NTAPI BCryptOpenAlgorithmProvider(PVOID *algorithm, PCWSTR name, PCWSTR implementation, ULONG flags)
{
    (void)implementation, (void)flags;
    if (!algorithm || !name)
        return STATUS_INVALID_PARAMETER;
    *algorithm = is_name(name, "RNG") ? &random_provider : NULL;
    return *algorithm ? STATUS_SUCCESS : STATUS_NOT_FOUND;
}

NTSTATUS NTAPI BCryptCloseAlgorithmProvider(PVOID algorithm, ULONG flags)
{
    (void)flags;
    return algorithm == &random_provider ? STATUS_SUCCESS : STATUS_INVALID_HANDLE;
}

// From a provider of random numbers, or from the system's with algorithm NULL and BCRYPT_USE_SYSTEM_PREFERRED_RNG.
NTSTATUS NTAPI BCryptGenRandom(PVOID algorithm, PUCHAR buffer, ULONG length, ULONG flags)
{
    if (algorithm != &random_provider && (algorithm || !(flags & USE_SYSTEM_PREFERRED_RNG)))
        return STATUS_INVALID_HANDLE;
    while (length) {
        uint64_t random = hal_random();
        ULONG part = length < sizeof random ? length : (ULONG)sizeof random;
        memcpy(buffer, &random, part);
        buffer += part;
        length -= part;
    }
    return STATUS_SUCCESS;
}
