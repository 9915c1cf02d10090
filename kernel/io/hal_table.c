// HalDispatchTable: the routines that a HAL lets others replace or call. Every one refuses, as nothing is behind them: what
// returns a status says STATUS_NOT_SUPPORTED (a query of system information STATUS_INVALID_LEVEL, which is what a HAL
// says of a class it does not know), what returns a pointer returns NULL. The layout is ntddk.h's.
#include "dbg/dbg.h"
#include "io/io.h"

// Version 4 of the structure: a number, then routines.
enum { VERSION = 4, ROUTINES = 22 };

struct hal_table {
    ULONG version;
    const void *routines[ROUTINES];
};

static NTSTATUS NTAPI query(ULONG class, ULONG size, PVOID buffer, PULONG returned)
{
    (void)class, (void)size, (void)buffer;
    DBG_REFUSED("HalQuerySystemInformation knows no class (STATUS_INVALID_LEVEL)");
    *returned = 0;
    return STATUS_INVALID_LEVEL;
}

static NTSTATUS NTAPI set(ULONG class, ULONG size, PVOID buffer)
{
    (void)class, (void)size, (void)buffer;
    DBG_REFUSED("HalSetSystemInformation knows no class (STATUS_INVALID_LEVEL)");
    return STATUS_INVALID_LEVEL;
}

static NTSTATUS NTAPI status(void)
{
    DBG_REFUSED("nothing is behind HalDispatchTable (STATUS_NOT_SUPPORTED)");
    return STATUS_NOT_SUPPORTED;
}

static void *NTAPI nothing(void)
{
    DBG_REFUSED("nothing is behind HalDispatchTable (NULL)");
    return NULL;
}

struct hal_table nt_HalDispatchTable_value = {
    VERSION,
    {query,   set,     status,  // HalQueryBusSlots
     NULL,                      // not a routine
     nothing, nothing,          // HalExamineMBR, HalIoAssignDriveLetters
     status,  status,  status,  // HalIoReadPartitionTable, HalIoSetPartitionInformation, HalIoWritePartitionTable
     nothing, nothing, nothing, // HalReferenceHandlerForBus, HalReferenceBusHandler, HalDereferenceBusHandler
     status,  status,           // HalInitPnpDriver, HalInitPowerManagement
     nothing, status,           // HalGetDmaAdapter, HalGetInterruptTranslator
     status,  status,  status,  // HalStartMirroring, HalEndMirroring, HalMirrorPhysicalMemory
     nothing, status,           // HalEndOfBoot, HalMirrorVerify
     nothing},                  // HalGetCachedAcpiTable
};
