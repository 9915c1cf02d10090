// The fields of a control code, and the table of names: see ctlcode.h. The table's definitions are in order of name,
// for looking up; its codes in order of number.
#include "ctlcode_internal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { HEADER_MAX = 1 << 20 };

const char *ctlcode_device_type(uint32_t code)
{
    for (size_t i = 0; i < ctlcode_constants; i++)
        if (strncmp(ctlcode_constant[i].name, "FILE_DEVICE_", 12) == 0 && ctlcode_constant[i].value == code >> 16)
            return ctlcode_constant[i].name;
    return NULL;
}

const char *ctlcode_method(uint32_t code)
{
    static const char *const names[] = {"METHOD_BUFFERED", "METHOD_IN_DIRECT", "METHOD_OUT_DIRECT", "METHOD_NEITHER"};
    return names[code & 3];
}

const char *ctlcode_access(uint32_t code)
{
    static const char *const names[] = {"FILE_ANY_ACCESS", "FILE_READ_ACCESS", "FILE_WRITE_ACCESS",
                                        "FILE_READ_ACCESS | FILE_WRITE_ACCESS"};
    return names[code >> 14 & 3];
}

void ctlcode_describe(uint32_t code, char *text, size_t bytes)
{
    const char *type = ctlcode_device_type(code);
    snprintf(text, bytes, type ? "%s (0x%x), function 0x%x, %s, %s" : "%s0x%x, function 0x%x, %s, %s",
             type ? type : "device type ", code >> 16, CTLCODE_FUNCTION(code), ctlcode_method(code),
             ctlcode_access(code));
}

// ---- the table ----------------------------------------------------------------------------------------------------

struct ctlcode_names *ctlcode_names_new(void)
{
    return calloc(1, sizeof(struct ctlcode_names));
}

void ctlcode_names_free(struct ctlcode_names *names)
{
    if (!names)
        return;
    for (size_t i = 0; i < names->macros; i++)
        free(names->macro[i].name);
    free(names->macro);
    free(names->code);
    free(names);
}

static int by_name(const void *one, const void *other)
{
    const struct ctlcode_macro *a = one, *b = other;
    int order = strcmp(a->name, b->name);
    return order ? order : (a->place > b->place) - (a->place < b->place);
}

static int by_code(const void *one, const void *other)
{
    const struct ctlcode_code *a = one, *b = other;
    return a->code != b->code ? (a->code > b->code ? 1 : -1) : strcmp(a->name, b->name);
}

const struct ctlcode_macro *ctlcode_find(const struct ctlcode_names *names, const char *name, size_t length)
{
    size_t low = 0, high = names ? names->macros : 0;
    while (low < high) { // the first of that name
        size_t middle = low + (high - low) / 2;
        const char *candidate = names->macro[middle].name;
        int order = strncmp(candidate, name, length);
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    const struct ctlcode_macro *found = names && low < names->macros ? &names->macro[low] : NULL;
    return found && strncmp(found->name, name, length) == 0 && !found->name[length] ? found : NULL;
}

static bool is_code(const struct ctlcode_macro *macro, const struct ctlcode_result *result)
{
    bool named_so = strncmp(macro->name, "IOCTL_", 6) == 0 || strncmp(macro->name, "FSCTL_", 6) == 0;
    return result->is_code || (named_so && result->value > 0xffff);
}

// Evaluates all definitions: one may use those of a header that came before or after its own.
static size_t find_codes(struct ctlcode_names *names)
{
    enum { STEPS_OF_ALL = 1 << 20 };
    unsigned steps_left = STEPS_OF_ALL;
    struct ctlcode_result result;
    struct ctlcode_code *codes = calloc(names->macros + 1, sizeof *codes);
    size_t before = names->codes, count = 0;
    if (!codes)
        return 0;
    for (size_t i = 0; i < names->macros; i++) {
        const struct ctlcode_macro *macro = &names->macro[i];
        unsigned given = steps_left < CTLCODE_STEPS ? steps_left : CTLCODE_STEPS, steps = given;
        if (macro->parameters < 0 && ctlcode_find(names, macro->name, strlen(macro->name)) == macro &&
            ctlcode_compute(names, macro->body, &steps, &result) && is_code(macro, &result))
            codes[count++] = (struct ctlcode_code){.code = result.value, .name = macro->name};
        steps_left -= given - steps;
    }
    qsort(codes, count, sizeof *codes, by_code);
    free(names->code);
    names->code = codes;
    names->codes = count;
    return count > before ? count - before : 0;
}

size_t ctlcode_names_add(struct ctlcode_names *names, const char *text, size_t length)
{
    if (!ctlcode_collect(names, text, length))
        return 0;
    if (names->macros)
        qsort(names->macro, names->macros, sizeof *names->macro, by_name);
    return find_codes(names);
}

bool ctlcode_names_read(struct ctlcode_names *names, const char *path, char *message, size_t bytes)
{
    FILE *file = fopen(path, "rb");
    char *text = file ? malloc(HEADER_MAX + 1) : NULL;
    size_t length = text ? fread(text, 1, HEADER_MAX + 1, file) : 0;
    bool failed = !text || ferror(file);
    if (failed)
        snprintf(message, bytes, "%s: %s", path, strerror(errno));
    else if (length > HEADER_MAX)
        snprintf(message, bytes, "%s: larger than a header (%d KiB)", path, HEADER_MAX >> 10);
    else if (!ctlcode_names_add(names, text, length))
        snprintf(message, bytes, "%s: no control codes in it (#define NAME CTL_CODE(...))", path);
    else
        length = 0; // understood
    free(text);
    if (file)
        fclose(file);
    return !failed && length == 0;
}

const char *ctlcode_name(const struct ctlcode_names *names, uint32_t code)
{
    size_t low = 0, high = names ? names->codes : 0;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (names->code[middle].code < code)
            low = middle + 1;
        else
            high = middle;
    }
    return names && low < names->codes && names->code[low].code == code ? names->code[low].name : NULL;
}

bool ctlcode_evaluate(const struct ctlcode_names *names, const char *text, uint32_t *code)
{
    unsigned steps = CTLCODE_STEPS;
    struct ctlcode_result result;
    if (!ctlcode_compute(names, text, &steps, &result))
        return false;
    *code = result.value;
    return true;
}
