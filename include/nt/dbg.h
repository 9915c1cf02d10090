// Debug output and break points.
#pragma once

#include <nt/ntdef.h>

#define DPFLTR_ERROR_LEVEL   0
#define DPFLTR_WARNING_LEVEL 1
#define DPFLTR_TRACE_LEVEL   2
#define DPFLTR_INFO_LEVEL    3
#define DPFLTR_MASK          0x80000000

// DPFLTR_DEFAULT_ID and its like, all of them from the one table kernel/dbg/component.def.
typedef enum _DPFLTR_TYPE {
#define COMPONENT(name, number) DPFLTR_##name##_ID = number,
#include "../../kernel/dbg/component.def"
#undef COMPONENT
    DPFLTR_ENDOFTABLE_ID
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
