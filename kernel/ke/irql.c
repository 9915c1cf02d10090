// IRQL. It is a number of the thread's processor control region; drivers compiled against the DDK read and
// write it inline through CR8, the names here serve the others.
#include "ke/ke.h"

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
