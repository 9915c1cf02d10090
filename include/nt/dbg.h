// Debug output and break points.
#pragma once

#include <nt/ntdef.h>

#define DPFLTR_ERROR_LEVEL   0
#define DPFLTR_WARNING_LEVEL 1
#define DPFLTR_TRACE_LEVEL   2
#define DPFLTR_INFO_LEVEL    3
#define DPFLTR_MASK          0x80000000

// The components that drivers use; the whole list has more than a hundred, one registry value each.
typedef enum _DPFLTR_TYPE {
    DPFLTR_SYSTEM_ID = 0,
    DPFLTR_SMSS_ID = 1,
    DPFLTR_SETUP_ID = 2,
    DPFLTR_NTFS_ID = 3,
    DPFLTR_FLTMGR_ID = 11,
    DPFLTR_IHVDRIVER_ID = 77,
    DPFLTR_IHVVIDEO_ID = 78,
    DPFLTR_IHVAUDIO_ID = 79,
    DPFLTR_IHVNETWORK_ID = 80,
    DPFLTR_IHVSTREAMING_ID = 81,
    DPFLTR_IHVBUS_ID = 82,
    DPFLTR_DEFAULT_ID = 101,
    DPFLTR_ENDOFTABLE_ID = 155,
} DPFLTR_TYPE;

ULONG NTAPI DbgPrint(const char *format, ...);
ULONG NTAPI DbgPrintEx(ULONG component, ULONG level, const char *format, ...);
ULONG NTAPI DbgPrintReturnControlC(const char *format, ...);
ULONG NTAPI vDbgPrintEx(ULONG component, ULONG level, PCCHAR format, __builtin_ms_va_list arguments);
ULONG NTAPI vDbgPrintExWithPrefix(PCCHAR prefix, ULONG component, ULONG level, PCCHAR format,
                                  __builtin_ms_va_list arguments);
NTSTATUS NTAPI DbgQueryDebugFilterState(ULONG component, ULONG level);
NTSTATUS NTAPI DbgSetDebugFilterState(ULONG component, ULONG level, BOOLEAN state);
NTSTATUS NTAPI DbgSetDebugPrintCallback(VOID(NTAPI *callback)(PSTRING output, ULONG component, ULONG level),
                                        BOOLEAN enable);
ULONG NTAPI DbgPrompt(PCCHAR prompt, PCHAR response, ULONG length);
VOID NTAPI DbgBreakPoint(void);
VOID NTAPI DbgBreakPointWithStatus(ULONG status);

#define KdPrint(arguments)   DbgPrint arguments
#define KdPrintEx(arguments) DbgPrintEx arguments
