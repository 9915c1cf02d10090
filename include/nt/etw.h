// Event tracing for drivers. Descriptors and data stay opaque: nobody here reads them.
#pragma once

#include <nt/ex.h>

NTSTATUS NTAPI EtwRegister(const GUID *provider, PVOID callback, PVOID context, ULONG64 *handle);
NTSTATUS NTAPI EtwUnregister(ULONG64 handle);
NTSTATUS NTAPI EtwWrite(ULONG64 handle, const void *descriptor, const GUID *activity, ULONG count, const void *data);
NTSTATUS NTAPI EtwWriteTransfer(ULONG64 handle, const void *descriptor, const GUID *activity, const GUID *related,
                                ULONG count, const void *data);
NTSTATUS NTAPI EtwWriteString(ULONG64 handle, UCHAR level, ULONG64 keyword, const GUID *activity, PCWSTR string);
NTSTATUS NTAPI EtwSetInformation(ULONG64 handle, int information_class, PVOID information, ULONG length);
BOOLEAN NTAPI EtwEventEnabled(ULONG64 handle, const void *descriptor);
BOOLEAN NTAPI EtwProviderEnabled(ULONG64 handle, UCHAR level, ULONG64 keyword);
