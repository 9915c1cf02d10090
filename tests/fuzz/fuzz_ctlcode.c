// Fuzzing the reader of headers: any bytes are a header, and every code it finds has a name that evaluates.
//
// A finding is a crash, a sanitizer's report, a leak, or a header that takes seconds.
#include "ctlcode_internal.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ctlcode_names *names = ctlcode_names_new();
    char text[160];
    uint32_t code;
    ctlcode_names_add(names, (const char *)data, size);
    for (size_t i = 0; i < names->codes; i++) {
        if (!ctlcode_name(names, names->code[i].code) || !ctlcode_evaluate(names, names->code[i].name, &code))
            abort();
        ctlcode_describe(code, text, sizeof text);
    }
    ctlcode_names_free(names);
    return 0;
}
