// Event tracing: providers register and write, and no session listens, which is what drivers meet on most systems.
// wdm/nf-wdm-etwregister, -etwunregister, -etwwrite, -etwwritetransfer, -etweventenabled, -etwproviderenabled.
#include "ex/ex.h"

#include <nt/etw.h>

#include <nt/ntstatus.h>

// A registration is a small number, so that one that has ended is told from one in use.
enum { PROVIDERS = 512 };
static _Atomic bool registered[PROVIDERS];

static bool is_registered(ULONG64 handle)
{
    return handle - 1 < PROVIDERS && atomic_load(&registered[handle - 1]);
}

// The callback would be told when a session enables the provider; none does. STATUS_INSUFFICIENT_RESOURCES when all
// places are taken.
NTSTATUS NTAPI EtwRegister(const GUID *provider, PVOID callback, PVOID context, ULONG64 *handle)
{
    (void)callback, (void)context;
    if (!provider || !handle)
        return STATUS_INVALID_PARAMETER;
    for (unsigned i = 0; i < PROVIDERS; i++) {
        bool is_free = false;
        if (atomic_compare_exchange_strong(&registered[i], &is_free, true)) {
            *handle = i + 1;
            return STATUS_SUCCESS;
        }
    }
    return STATUS_INSUFFICIENT_RESOURCES;
}

NTSTATUS NTAPI EtwUnregister(ULONG64 handle)
{
    bool is_used = true;
    if (handle - 1 >= PROVIDERS || !atomic_compare_exchange_strong(&registered[handle - 1], &is_used, false))
        return STATUS_INVALID_HANDLE;
    return STATUS_SUCCESS;
}

static NTSTATUS write_event(ULONG64 handle, const void *descriptor)
{
    if (!is_registered(handle))
        return STATUS_INVALID_HANDLE;
    return descriptor ? STATUS_SUCCESS : STATUS_INVALID_PARAMETER; // nobody listens
}

NTSTATUS NTAPI EtwWrite(ULONG64 handle, const void *descriptor, const GUID *activity, ULONG count, const void *data)
{
    (void)activity, (void)count, (void)data;
    return write_event(handle, descriptor);
}

NTSTATUS NTAPI EtwWriteTransfer(ULONG64 handle, const void *descriptor, const GUID *activity, const GUID *related,
                                ULONG count, const void *data)
{
    (void)activity, (void)related, (void)count, (void)data;
    return write_event(handle, descriptor);
}

NTSTATUS NTAPI EtwWriteString(ULONG64 handle, UCHAR level, ULONG64 keyword, const GUID *activity, PCWSTR string)
{
    (void)level, (void)keyword, (void)activity;
    return write_event(handle, string);
}

// Traits of a provider, which only sessions look at.
NTSTATUS NTAPI EtwSetInformation(ULONG64 handle, int class, PVOID information, ULONG length)
{
    (void)class, (void)information, (void)length;
    return is_registered(handle) ? STATUS_SUCCESS : STATUS_INVALID_HANDLE;
}

BOOLEAN NTAPI EtwEventEnabled(ULONG64 handle, const void *descriptor)
{
    (void)handle, (void)descriptor;
    return FALSE;
}

BOOLEAN NTAPI EtwProviderEnabled(ULONG64 handle, UCHAR level, ULONG64 keyword)
{
    (void)handle, (void)level, (void)keyword;
    return FALSE;
}
