// Frameworks that are not here: minifilters (fltmgr.sys), KMDF (wdfldr.sys), network sockets (netio.sys). What a driver calls
// first refuses with the status that is documented for "not there", so that the driver can say so and end; the rest is
// reached with handles that nobody has.
//
// fltkernel/nf-fltkernel-fltregisterfilter: STATUS_FLT_NOT_INITIALIZED; wsk/nf-wsk-wskcaptureprovidernpi:
// STATUS_NOT_SUPPORTED.
#include "dbg/dbg.h"
#include "io/io.h"

#ifndef STATUS_FLT_NOT_INITIALIZED
#define STATUS_FLT_NOT_INITIALIZED ((NTSTATUS)0xC01C0007)
#endif

NTSTATUS NTAPI FltRegisterFilter(PDRIVER_OBJECT driver, const void *registration, PVOID *filter);
NTSTATUS NTAPI FltStartFiltering(PVOID filter);
VOID NTAPI FltUnregisterFilter(PVOID filter);
NTSTATUS NTAPI FltBuildDefaultSecurityDescriptor(PSECURITY_DESCRIPTOR *descriptor, ACCESS_MASK access);
NTSTATUS NTAPI WdfVersionBind(PDRIVER_OBJECT driver, PUNICODE_STRING path, PVOID bind, PVOID *globals);
NTSTATUS NTAPI WdfVersionUnbind(PUNICODE_STRING path, PVOID bind, PVOID globals);
NTSTATUS NTAPI WskRegister(PVOID client, PVOID registration);
NTSTATUS NTAPI WskCaptureProviderNPI(PVOID registration, ULONG timeout, PVOID provider);
VOID NTAPI WskDeregister(PVOID registration);

NTSTATUS NTAPI FltRegisterFilter(PDRIVER_OBJECT driver, const void *registration, PVOID *filter)
{
    (void)driver, (void)registration;
    DBG_REFUSED("no filter manager here (STATUS_FLT_NOT_INITIALIZED)");
    *filter = NULL;
    return STATUS_FLT_NOT_INITIALIZED;
}

NTSTATUS NTAPI FltStartFiltering(PVOID filter)
{
    (void)filter;
    DBG_REFUSED("no filter manager here (STATUS_FLT_NOT_INITIALIZED)");
    return STATUS_FLT_NOT_INITIALIZED;
}

VOID NTAPI FltUnregisterFilter(PVOID filter)
{
    (void)filter;
    DBG_REFUSED("no filter is registered");
}

NTSTATUS NTAPI FltBuildDefaultSecurityDescriptor(PSECURITY_DESCRIPTOR *descriptor, ACCESS_MASK access)
{
    (void)access;
    DBG_REFUSED("no filter manager here (STATUS_FLT_NOT_INITIALIZED)");
    *descriptor = NULL;
    return STATUS_FLT_NOT_INITIALIZED;
}

// The entry point of every KMDF driver; DriverEntry fails with what it returns.
NTSTATUS NTAPI WdfVersionBind(PDRIVER_OBJECT driver, PUNICODE_STRING path, PVOID bind, PVOID *globals)
{
    (void)driver, (void)path, (void)bind;
    DBG_REFUSED("the kernel-mode driver framework (KMDF) is not here (STATUS_NOT_SUPPORTED)");
    *globals = NULL;
    return STATUS_NOT_SUPPORTED;
}

NTSTATUS NTAPI WdfVersionUnbind(PUNICODE_STRING path, PVOID bind, PVOID globals)
{
    (void)path, (void)bind, (void)globals;
    DBG_REFUSED("nothing is bound to the framework (STATUS_NOT_SUPPORTED)");
    return STATUS_NOT_SUPPORTED;
}

NTSTATUS NTAPI WskRegister(PVOID client, PVOID registration)
{
    (void)client, (void)registration;
    DBG_REFUSED("no network here (STATUS_NOT_SUPPORTED)");
    return STATUS_NOT_SUPPORTED;
}

NTSTATUS NTAPI WskCaptureProviderNPI(PVOID registration, ULONG timeout, PVOID provider)
{
    (void)registration, (void)timeout, (void)provider;
    DBG_REFUSED("no network here (STATUS_NOT_SUPPORTED)");
    return STATUS_NOT_SUPPORTED;
}

VOID NTAPI WskDeregister(PVOID registration)
{
    (void)registration;
    DBG_REFUSED("nothing is registered with the network");
}
