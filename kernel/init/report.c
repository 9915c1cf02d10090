// What people get to read when something goes wrong: the origin of a debug line, bugchecks, missing imports.
#include "init/report.h"

#include "dbg/dbg.h"
#include "trap/trap.h"
#include "ldr/ldr.h"
#include "ps/ps.h"

#include <stdio.h>

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
        snprintf(record->process, sizeof record->process, "%.15s", thread->process->name);
    }
}

static void missing_import(const char *driver, const char *module, const char *name)
{
    static __thread char what[256];
    snprintf(what, sizeof what, "%s called %s of %s, which does not exist here", driver, name, module);
    ke_bugcheck(DRIVER_VERIFIER_DETECTED_VIOLATION, 0, 0, 0, 0, what);
}

void init_reports(void)
{
    static const struct ke_driver_finder finder = {.image_name = image_name, .caller = trap_calling_driver};
    dbg_context_hook = fill_context;
    ke_set_driver_finder(&finder);
    ke_set_bugcheck_reporter(report_bugcheck);
    ldr_missing_import_hook = missing_import;
    ldr_irql_limit_hook = init_irql_limit;
    hal_set_fault_handler(trap_on_fault);
}
