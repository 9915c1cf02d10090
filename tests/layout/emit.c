// Prints what the compiler makes of include/nt as a header full of assertions.
//
//     emit kernel     what <ntifs.h> must agree with
//     emit user       what <windows.h> must agree with (the DDK headers do not have it)
//
// The header is then compiled for Windows against mingw-w64's headers; each assertion names its structure and
// field.
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include <nt/nt.h>

#include "foreach.h"

static bool want_kernel;

static void emit_size(bool kernel, const char *type, size_t size)
{
    if (kernel == want_kernel)
        printf("_Static_assert(sizeof(%s) == %zu, \"sizeof(%s): nthost has %zu\");\n", type, size, type, size);
}

static void emit_sign(bool kernel, const char *type, bool is_signed)
{
    if (kernel == want_kernel)
        printf("_Static_assert(((%s)-1 < (%s)1) == %d, \"%s: nthost has it %s\");\n", type, type, is_signed, type,
               is_signed ? "signed" : "unsigned");
}

static void emit_field(bool kernel, const char *type, const char *field, size_t offset, size_t size)
{
    if (kernel != want_kernel)
        return;
    printf("_Static_assert(__builtin_offsetof(%s, %s) == %zu, \"%s.%s: nthost has it at offset %zu\");\n", type, field,
           offset, type, field, offset);
    printf("_Static_assert(sizeof(((%s *)0)->%s) == %zu, \"%s.%s: nthost has %zu bytes\");\n", type, field, size, type,
           field, size);
}

static void emit_value(bool kernel, const char *name, unsigned long long value)
{
    if (kernel == want_kernel)
        printf("_Static_assert((unsigned)(%s) == 0x%08llXu, \"%s: nthost has 0x%08llX\");\n", name, value & 0xFFFFFFFF,
               name, value & 0xFFFFFFFF);
}

#define KERNEL_FIELD(type, field)                                                                                      \
    emit_field(true, #type, #field, __builtin_offsetof(type, field), sizeof(((type *)0)->field));
#define USER_FIELD(type, field)                                                                                        \
    emit_field(false, #type, #field, __builtin_offsetof(type, field), sizeof(((type *)0)->field));

static void emit_structures(void)
{
#define INTEGER(type)                                                                                                  \
    emit_size(true, #type, sizeof(type));                                                                              \
    emit_sign(true, #type, (type)-1 < (type)1);
#define TYPE(type) emit_size(true, #type, sizeof(type));
#define STRUCT(type, ...)                                                                                              \
    emit_size(true, #type, sizeof(type));                                                                              \
    FOR_EACH(KERNEL_FIELD, type, __VA_ARGS__)
#define FIELDS(type, ...) FOR_EACH(KERNEL_FIELD, type, __VA_ARGS__)
#define USER_STRUCT(type, ...)                                                                                         \
    emit_size(false, #type, sizeof(type));                                                                             \
    FOR_EACH(USER_FIELD, type, __VA_ARGS__)
#include "structs.def"
}

static void emit_values(void)
{
#define VALUE(name)      emit_value(true, #name, (unsigned long long)(name));
#define USER_VALUE(name) emit_value(false, #name, (unsigned long long)(name));
#include "values.def"
}

int main(int argc, char **argv)
{
    if (argc != 2 || (strcmp(argv[1], "kernel") != 0 && strcmp(argv[1], "user") != 0)) {
        fprintf(stderr, "usage: %s kernel|user\n", argv[0]);
        return 2;
    }
    want_kernel = strcmp(argv[1], "kernel") == 0;
    emit_structures();
    emit_values();
    return 0;
}
