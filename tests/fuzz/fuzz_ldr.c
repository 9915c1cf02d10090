// Fuzzing the loader: any bytes are inspected, loaded, their INIT discarded, and unloaded. Nothing of them is
// run.
//
// A finding is a crash, a sanitizer's report, a leak, or a mapping that is left behind.
#include "hal/hal.h"
#include "ldr/ldr.h"
#include "nthost/inspect.h"

#include <stdlib.h>
#include <string.h>

// What ldr_test_exports.def names.
int fuzz_routine __asm__("test_first");
int fuzz_routine;
// What the stubs of patches would call; no image runs.
void ke_write_cr8(void);
void ke_write_cr8(void)
{
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

// Takes the lines and throws them away, having read them.
static void swallow(void *context, enum ldr_severity severity, const char *text)
{
    (void)context, (void)severity;
    if (strnlen(text, LDR_LINE) >= LDR_LINE)
        abort();
}

static FILE *nowhere(void)
{
    static FILE *out;
    return out ? out : (out = fopen("/dev/null", "w"));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ldr_report report = {.line = swallow};
    struct ldr_image *image;
    void *base;
    inspect_file(nowhere(), "fuzz.sys", data, size, true);
    inspect_file(nowhere(), "fuzz.sys", data, size, false);
    if (!NT_SUCCESS(ldr_load_image(data, size, "fuzz.sys", 0, &image, &report)))
        return image ? abort(), 0 : 0;
    base = image->base;
    if (ldr_find_image(base) != image || !hal_touch_read(base, 1))
        abort();
    ldr_discard_init(image);
    ldr_unload_image(image);
    if (ldr_find_image(base))
        abort();
    return 0;
}
