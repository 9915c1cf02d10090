// What drivers are told about routines that always refuse (REFUSES in kernel/exports.def): once for each routine,
// because drivers that look for hardware look often.
#include "dbg/dbg.h"

void dbg_refused(_Atomic bool *said, const char *routine, const char *why)
{
    if (!atomic_exchange(said, true))
        dbg_kernel_message("%s refuses: %s\n", routine, why);
}
