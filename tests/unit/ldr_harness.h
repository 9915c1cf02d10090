// The loader with its surroundings under a test's control.
//
// The loader's files are included here, so that each allocation, mapping and protection can be made to fail
// and what is alive can be counted; the exports are those of ldr_test_exports.def.
#pragma once

#include "pe_image.h"
#include "pe_mutate.h"

#include "hal/hal.h"
#include "ke/ke.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

static long alive;             // blocks and mappings
static int calls_to_fail = -1; // how many calls still succeed before one fails; negative: none fails

static bool fails_now(void)
{
    return calls_to_fail >= 0 && calls_to_fail-- == 0;
}

static void *counted_alloc(size_t bytes)
{
    void *memory = fails_now() ? NULL : hal_alloc(bytes);
    alive += memory != NULL;
    return memory;
}

static void counted_free(void *memory)
{
    alive -= memory != NULL;
    hal_free(memory);
}

static void *counted_map(uintptr_t preferred, size_t bytes, unsigned protection)
{
    void *memory = fails_now() ? NULL : hal_map(preferred, bytes, protection);
    alive += memory != NULL;
    return memory;
}

static void counted_unmap(void *address, size_t bytes)
{
    alive--;
    hal_unmap(address, bytes);
}

static bool fallible_protect(void *address, size_t bytes, unsigned protection)
{
    return !fails_now() && hal_protect(address, bytes, protection);
}

#define hal_alloc       counted_alloc
#define hal_free        counted_free
#define hal_map         counted_map
#define hal_unmap       counted_unmap
#define hal_protect     fallible_protect
#define LDR_EXPORTS_DEF "ldr_test_exports.def"
#include "../../kernel/ldr/image.c"
#include "../../kernel/ldr/imports.c"
#include "../../kernel/ldr/image_exports.c"
#include "../../kernel/ldr/exports.c"

// What FirstRoutine is. Its C name differs because exports.c declares test_first as bytes.
int NTAPI first_routine(int a, int b) __asm__("test_first");
int NTAPI first_routine(int a, int b)
{
    return a * 10 + b;
}

typedef int(NTAPI *routine)(int a, int b);

static struct good_image good;
static struct sigaction hal_faults; // cmocka puts its own handler in the place of hal's before each test
static char said[8192];             // the report, a line a message

static void remember(void *context, enum ldr_severity severity, const char *text)
{
    size_t length = strlen(said);
    (void)context;
    snprintf(said + length, sizeof said - length, "%s%s\n", severity == LDR_ERROR ? "error: " : "", text);
}

static int set_up(void **state)
{
    static struct ke_pcr pcr; // calls of imports look at IRQL
    (void)state;
    hal_set_gs(&pcr);
    good_image(&good);
    calls_to_fail = -1;
    said[0] = 0;
    ldr_missing_import_hook = missing_import;
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    if (alive)
        print_error("%ld blocks or mappings are left\n", alive);
    return alive != 0;
}

// Load from a copy that is gone (and overwritten) when the call returns.
static NTSTATUS load(const char *name, unsigned flags, struct ldr_image **image)
{
    struct ldr_report report = {.line = remember};
    void *copy = malloc(sizeof good);
    NTSTATUS status;
    sigaction(SIGSEGV, &hal_faults, NULL);
    memcpy(copy, &good, sizeof good);
    status = ldr_load_image(copy, sizeof good, name, flags, image, &report);
    memset(copy, 0xEE, sizeof good);
    free(copy);
    return status;
}

static struct ldr_image *must_load(const char *name)
{
    struct ldr_image *image;
    NTSTATUS status = load(name, 0, &image);
    if (!NT_SUCCESS(status))
        fail_msg("%s: 0x%08X: %s", name, (unsigned)status, said);
    return image;
}

static void *at(const struct ldr_image *image, uint32_t rva)
{
    return (char *)image->base + rva;
}

static int call(const struct ldr_image *image, uint32_t rva)
{
    return ((routine)(uintptr_t)at(image, rva))(4, 2);
}

static void *pointer_at(const struct ldr_image *image, uint32_t rva)
{
    void *value;
    memcpy(&value, at(image, rva), sizeof value);
    return value;
}

// good, exporting OtherRoutine (or forwarding it) as the module other.sys, from which good imports that name.
static struct ldr_image *load_exporter(const char *forwarder)
{
    strcpy(good.rdata.export_names[forwarder ? 1 : 0], "OtherRoutine");
    if (forwarder)
        strcpy(good.rdata.forwarder, forwarder);
    return must_load("OTHER.sys");
}

#define LDR_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
// The last line of main().
#define LDR_RUN(tests)                                                                                                 \
    (hal_faults_init(), sigaction(SIGSEGV, NULL, &hal_faults), cmocka_run_group_tests(tests, NULL, NULL))
