// Variables that drivers import to look at the system.
//
// ntddk.h and wdm.h of the WDK declare them; NtBuildNumber and InitSafeBootMode are documented with
// RtlGetVersion's family and in kernel/determining-whether-the-operating-system-is-running-in-safe-mode.
#include "ke/ke.h"

// No kernel debugger is attached. KdDebuggerEnabled is TRUE when one may be, KdDebuggerNotPresent when none is there.
BOOLEAN nt_KdDebuggerEnabled_value = FALSE;
BOOLEAN nt_KdDebuggerNotPresent_value = TRUE;

// 0: a normal start; 1 minimal, 2 with network, 3 directory services repair.
ULONG nt_InitSafeBootMode_value = 0;

// The build with the letter of a release build in its upper bits.
ULONG nt_NtBuildNumber_value = 0xF0000000 | 19045;
