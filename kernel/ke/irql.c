// IRQL. It is a number of the thread's processor control region; drivers compiled against the DDK read and
// write it inline through CR8, the names here serve the others.
#include "ke/ke.h"

// irql_entry.S
_Static_assert(offsetof(KPCR, Irql) == 0x50 && offsetof(KPCR, Prcb) + offsetof(KPRCB, CurrentThread) == 0x188, "");
_Static_assert(offsetof(struct ke_pcr, cr8) == 0x400 && offsetof(struct ke_pcr, rax) == 0x408 &&
                   offsetof(struct ke_pcr, rcx) == 0x410,
               "");
_Static_assert(offsetof(struct _KTHREAD, kernel_apcs) == 0x18, "THREAD_KERNEL_APCS");

void ke_irql_settle(void)
{
    ke_deliver_kernel_apcs();
}

KIRQL NTAPI KeGetCurrentIrql(void)
{
    return ke_irql();
}

KIRQL NTAPI KfRaiseIrql(KIRQL irql)
{
    KIRQL before = ke_irql();
    if (irql < before)
        ke_bugcheck(IRQL_NOT_GREATER_OR_EQUAL, irql, before, 0, 0, "KeRaiseIrql to a lower level");
    ke_set_irql(irql);
    return before;
}

void NTAPI KeLowerIrql(KIRQL irql)
{
    KIRQL before = ke_irql();
    if (irql > before)
        ke_bugcheck(IRQL_NOT_LESS_OR_EQUAL, irql, before, 0, 0, "KeLowerIrql to a higher level");
    ke_set_irql(irql);
    if (irql < APC_LEVEL && before >= APC_LEVEL)
        ke_deliver_kernel_apcs();
}

KIRQL NTAPI KeRaiseIrqlToDpcLevel(void)
{
    return KfRaiseIrql(DISPATCH_LEVEL);
}

KIRQL NTAPI KeRaiseIrqlToSynchLevel(void)
{
    return KfRaiseIrql(DISPATCH_LEVEL);
}
