// What the Win32 unit tests share: the NT and Win32 headers, cmocka, and a services table to fill.
//
// A test includes the .c files it tests, assigns the services they call, and looks at what arrived. A service
// that was not assigned is a NULL pointer: calling it ends the test with a crash, as it should.
#pragma once

// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>
// clang-format on

#include "../../win32/win32.h"

static struct nt_services table;

// These stand in for the gate's own; the library's are not linked then.
__thread const struct nt_services *gate_services __attribute__((tls_model("initial-exec")));
static int collected;

const struct nt_services *gate_attach(void)
{
    return gate_services = &table;
}

void gate_collect(void)
{
    collected++;
}

// "case name: expected 5, got 6" says more than the line number of a loop.
static int wrong;

__attribute__((unused)) static void expect_equal(const char *name, const char *what, long long got, long long expected)
{
    if (got == expected)
        return;
    print_error("%s: %s: expected %lld (0x%llX), got %lld (0x%llX)\n", name, what, expected, expected, got, got);
    wrong++;
}

__attribute__((unused)) static void all_right(void)
{
    int count = wrong;
    wrong = 0;
    assert_int_equal(count, 0);
}

// The UTF-8 of a counted string, in a buffer that the next call uses again.
__attribute__((unused)) static const char *shown(const UNICODE_STRING *string)
{
    static char text[4096];
    int length =
        WideCharToMultiByte(CP_UTF8, 0, string->Buffer, string->Length / 2, text, sizeof(text) - 1, NULL, NULL);
    text[length] = 0;
    return text;
}
