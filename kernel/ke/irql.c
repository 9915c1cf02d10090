// IRQL: a number in the thread's processor control region, and from DISPATCH_LEVEL on a processor held (processor.h).
// Drivers compiled against the DDK read and write it inline through CR8 (irql_entry.S), the names here serve the others.
#include "ke/ke.h"

#include <string.h>

// irql_entry.S
_Static_assert(offsetof(KPCR, Irql) == 0x50 && offsetof(KPCR, Prcb) + offsetof(KPRCB, CurrentThread) == 0x188, "");
_Static_assert(offsetof(struct ke_pcr, cr8) == 0x400 && offsetof(struct ke_pcr, rax) == 0x408 &&
                   offsetof(struct ke_pcr, rcx) == 0x410,
               "");
_Static_assert(offsetof(struct ke_pcr, processor) == 0x418 && offsetof(struct ke_processor, state) == 0 &&
                   KE_PROCESSOR_HELD == 1,
               "");
_Static_assert(offsetof(struct _KTHREAD, kernel_apcs) == 0x18, "THREAD_KERNEL_APCS");

static void give_back(struct ke_pcr *pcr, bool may_run)
{
    uint32_t before = atomic_fetch_sub_explicit(&pcr->processor->state, KE_PROCESSOR_HELD, memory_order_release);
    if (hal_unlikely(before != KE_PROCESSOR_HELD))
        ke_processor_released(pcr, may_run);
}

void ke_cross_dispatch(KIRQL irql)
{
    struct ke_pcr *pcr = ke_current_thread()->pcr;
    if (irql >= DISPATCH_LEVEL && hal_unlikely(!ke_try_processor(pcr->processor)))
        ke_wait_for_processor(pcr);
    ke_store_irql(irql);
    if (irql < DISPATCH_LEVEL)
        give_back(pcr, true);
}

void ke_reset_irql(KIRQL irql)
{
    bool held = ke_irql() >= DISPATCH_LEVEL && irql < DISPATCH_LEVEL;
    if (!held) {
        ke_set_irql(irql);
        return;
    }
    ke_store_irql(irql);
    give_back(ke_current_thread()->pcr, false);
}

// What irql_entry.S does not save: the upper parts of vector registers, which a driver may use between two instructions.
enum { AVX_STATE = 0xE4, LEGACY_BYTES = 512, HEADER_BYTES = 64, EXTENDED_BYTES = 2816 };

__attribute__((target("xsave"))) static void save_vectors(unsigned char *area)
{
    memset(area + LEGACY_BYTES, 0, HEADER_BYTES);
    __builtin_ia32_xsave64(area, AVX_STATE);
}

__attribute__((target("xsave"))) static void restore_vectors(unsigned char *area)
{
    __builtin_ia32_xrstor64(area, AVX_STATE);
}

static void settle(void)
{
    enum { CR8_BITS = 15 };
    struct ke_pcr *pcr = ke_current_thread()->pcr;
    KIRQL irql = (KIRQL)(pcr->cr8 & CR8_BITS);
    if (irql >= DISPATCH_LEVEL) {
        ke_wait_for_processor(pcr);
        ke_store_irql(irql);
        return;
    }
    ke_processor_released(pcr, true);
    ke_deliver_kernel_apcs();
}

void ke_irql_settle(void)
{
    _Alignas(64) unsigned char area[EXTENDED_BYTES];
    if (!__builtin_cpu_supports("avx")) {
        settle();
        return;
    }
    save_vectors(area);
    settle();
    restore_vectors(area);
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
