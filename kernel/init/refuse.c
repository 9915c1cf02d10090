// Routines of lower rooms that always refuse: what says so in the log is above those rooms.
#include "dbg/dbg.h"
#include "ob/ob.h"

// TRUE when the driver's routine found the handle it looks for. Tables of handles are private here, and no driver can have
// the address of one.
BOOLEAN NTAPI ExEnumHandleTable(PVOID table, PVOID routine, PVOID context, PHANDLE handle)
{
    (void)table, (void)routine, (void)context, (void)handle;
    DBG_REFUSED("no driver can know a table of handles here (FALSE: nothing found)");
    return FALSE;
}
