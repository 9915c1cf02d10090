// A loaded image's own named exports, copied out of the file for the images that import from it.
#include "ldr/image.h"

#include "hal/hal.h"

#include <string.h>

// Copy a string behind the array and move on; NULL stays NULL.
static const char *keep(char **text, const char *string)
{
    char *copy = *text;
    if (!string)
        return NULL;
    *text = stpcpy(copy, string) + 1;
    return copy;
}

NTSTATUS ldr_copy_exports(struct ldr_loaded *loaded, const struct ldr_pe *pe)
{
    struct ldr_pe_export_walk walk = {.pe = pe};
    struct ldr_pe_export item;
    struct ldr_reason reason;
    size_t bytes = 0;
    unsigned count = 0;
    char *text;
    while (ldr_pe_next_export(&walk, &item, &reason) == LDR_STEP_ITEM) {
        bytes += strlen(item.name) + 1 + (item.forwarder ? strlen(item.forwarder) + 1 : 0);
        count++;
    }
    if (count == 0)
        return STATUS_SUCCESS;
    loaded->exports = hal_alloc(count * sizeof *loaded->exports + bytes);
    if (!loaded->exports)
        return STATUS_NO_MEMORY;
    text = (char *)(loaded->exports + count);
    walk = (struct ldr_pe_export_walk){.pe = pe};
    while (ldr_pe_next_export(&walk, &item, &reason) == LDR_STEP_ITEM) {
        item.name = keep(&text, item.name);
        item.forwarder = keep(&text, item.forwarder);
        loaded->exports[loaded->export_count++] = item;
    }
    return STATUS_SUCCESS;
}

const struct ldr_pe_export *ldr_image_export(const struct ldr_loaded *loaded, const char *name, unsigned ordinal)
{
    for (unsigned i = 0; i < loaded->export_count; i++)
        if (name ? strcmp(loaded->exports[i].name, name) == 0 : loaded->exports[i].ordinal == ordinal)
            return &loaded->exports[i];
    return NULL;
}
