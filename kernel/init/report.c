// What people get to read when something goes wrong: the origin of a debug line, bugchecks, missing imports, faults.
#include "init/report.h"

#include "dbg/dbg.h"
#include "io/io.h"
#include "ldr/ldr.h"

#include <stdio.h>
#include <ucontext.h>

static const char *image_name(const void *address)
{
    const struct ldr_image *image = ldr_find_image(address);
    return image ? image->name : NULL;
}

static void fill_context(struct dbg_record *record, const void *caller)
{
    const struct ldr_image *image = caller ? ldr_find_image(caller) : NULL;
    struct _ETHREAD *thread = ps_current_thread_or_null();
    snprintf(record->driver, sizeof record->driver, "%.31s", !caller ? "nthost" : image ? image->name : "");
    if (thread) {
        record->process_id = (uint32_t)(ULONG_PTR)thread->Cid.UniqueProcess;
        record->thread_id = (uint32_t)(ULONG_PTR)thread->Cid.UniqueThread;
    }
}

static void report_bugcheck(const struct ke_bugcheck *bugcheck)
{
    const struct ldr_image *image = ldr_find_image(bugcheck->instruction);
    char place[128] = "";
    if (image)
        snprintf(place, sizeof place, " at %s+0x%zx", image->name,
                 (size_t)((const char *)bugcheck->instruction - (const char *)image->base));
    dbg_kernel_message("*** bugcheck %s (0x%X)%s: %s\n", ke_bugcheck_name(bugcheck->code), bugcheck->code, place,
                       bugcheck->what ? bugcheck->what : "the driver called KeBugCheckEx");
    dbg_kernel_message("*** parameters 0x%llX 0x%llX 0x%llX 0x%llX; this driver is stopped, its requests fail from now on\n",
                       (unsigned long long)bugcheck->parameters[0], (unsigned long long)bugcheck->parameters[1],
                       (unsigned long long)bugcheck->parameters[2], (unsigned long long)bugcheck->parameters[3]);
}

static void missing_import(const char *driver, const char *module, const char *name)
{
    static __thread char what[256];
    snprintf(what, sizeof what, "%s called %s of %s, which does not exist here", driver, name, module);
    ke_bugcheck(DRIVER_VERIFIER_DETECTED_VIOLATION, 0, 0, 0, 0, what);
}

// Goes on after the signal handler has returned, on the thread's own stack, where a bugcheck may leave by longjmp.
static __thread struct hal_fault fault_in_hand;

static void fault_bugcheck(void)
{
    struct hal_fault fault = fault_in_hand;
    const struct ldr_missing *missing = ldr_find_missing(fault.address);
    static __thread char what[256];
    if (missing)
        snprintf(what, sizeof what, "%s touched %s of %s, which does not exist here", missing->image->name, missing->name, missing->module);
    else
        snprintf(what, sizeof what, "%s of address %p", fault.general ? "a privileged instruction or wild address"
                                    : fault.write ? "invalid write" : "invalid read", fault.address);
    ke_bugcheck_at(fault.instruction, fault.general ? SYSTEM_SERVICE_EXCEPTION : PAGE_FAULT_IN_NONPAGED_AREA,
                   (ULONG_PTR)fault.address, fault.write, (ULONG_PTR)fault.instruction, 0, what);
}

// Only faults of drivers are ours; a fault of the kernel or the application is a bug that deserves a core dump.
static bool on_fault(struct hal_fault *fault)
{
    ucontext_t *context = fault->context;
    greg_t *registers = context->uc_mcontext.gregs;
    struct _ETHREAD *thread = ps_current_thread_or_null();
    if (!thread || !thread->Tcb.recovery || !ldr_find_image(fault->instruction))
        return false;
    fault_in_hand = *fault;
    uintptr_t stack = ((uintptr_t)registers[REG_RSP] - 512) & ~(uintptr_t)15;
    registers[REG_RSP] = (greg_t)(stack - 8);
    registers[REG_RIP] = (greg_t)(uintptr_t)fault_bugcheck;
    return true;
}

void init_reports(void)
{
    dbg_context_hook = fill_context;
    ke_set_image_finder(image_name);
    ke_set_bugcheck_reporter(report_bugcheck);
    ldr_missing_import_hook = missing_import;
    hal_set_fault_handler(on_fault);
}
