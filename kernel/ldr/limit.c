// See limit.h.
#include "ldr/limit.h"

#include "hal/hal.h"
#include "ke/ke.h"

#include <stddef.h>
#include <string.h>

struct limit {
    const void *routine; // first: limit_entry.S jumps there
    const void *entry;
    const struct ldr_export *export;
};

void ldr_limit_entry(void);
void ldr_limit_exceeded(const struct limit *limit, void *caller);

static void be_silent(const char *name, unsigned limit, void *routine, void *caller)
{
    (void)name, (void)limit, (void)routine, (void)caller;
}

void (*ldr_irql_limit_hook)(const char *name, unsigned limit, void *routine, void *caller) = be_silent;

bool ldr_is_limited(const struct ldr_export *export)
{
    return export->state != LDR_EXPORT_DATA && export->irql < DISPATCH_LEVEL;
}

// cmpb $limit, %gs:irql; ja 1f; jmp *routine(%rip); 1: lea limit(%rip), %rax; jmp *entry(%rip)
const void *ldr_limited_address(struct ldr_loaded *loaded, const struct ldr_export *export)
{
    enum { IRQL_AT = 4, LIMIT_AT = 8, DATA_AT = 32 };
    static const uint8_t code[DATA_AT] = {
        0x65,
        0x80,
        0x3C,
        0x25,
        0,
        0,
        0,
        0,
        0, // cmpb
        0x77,
        6, // ja
        0xFF,
        0x25,
        DATA_AT - 17,
        0,
        0,
        0, // jmp
        0x48,
        0x8D,
        0x05,
        DATA_AT - 24,
        0,
        0,
        0, // lea
        0xFF,
        0x25,
        DATA_AT - 30 + offsetof(struct limit, entry),
        0,
        0,
        0,
        0xCC,
        0xCC,
    };
    const uint32_t irql = offsetof(KPCR, Irql);
    struct limit limit = {
        .routine = export->address, .entry = (const void *)(uintptr_t)ldr_limit_entry, .export = export};
    uint8_t *thunk = (uint8_t *)loaded->image.base + loaded->image.size + loaded->thunk_bytes + loaded->patch_bytes +
                     loaded->limits++ * LDR_LIMIT_BYTES;
    memcpy(thunk, code, sizeof code);
    memcpy(thunk + IRQL_AT, &irql, sizeof irql);
    thunk[LIMIT_AT] = export->irql;
    memcpy(thunk + DATA_AT, &limit, sizeof limit);
    return thunk;
}

void ldr_limit_exceeded(const struct limit *limit, void *caller)
{
    ldr_irql_limit_hook(limit->export->name, limit->export->irql, (void *)(uintptr_t)limit->routine, caller);
}
