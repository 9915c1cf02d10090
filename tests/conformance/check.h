// What the drivers that test families of exports share: cases, checks, and the text they print.
//
//     static void Numbers(void) { CHECK_IS(RtlFoo(1), STATUS_SUCCESS); }
//     CHECK_DRIVER({"numbers", Numbers}, ...)       in one file of the driver: DriverEntry runs the cases, in order
//
// A case prints "numbers: ok", or a line for each check that failed and how many there were. An exception ends its case
// with a line of its own: so does a routine that Wine has not (80000100), and the next case goes on.
#pragma once

#include <ntifs.h>
#include <ddkcompat.h>

// Declares the import of `name` as Imported_name, where the headers have an inline function or a macro of its
// own name: IMPORTED(KIRQL, KeGetCurrentIrql, (void));
#define IMPORTED(type, name, arguments) extern type(NTAPI *const Imported_##name) arguments __asm__("__imp_" #name)

typedef struct CHECK_CASE {
    const char *Name;
    void (*Run)(void);
} CHECK_CASE;

extern const char *CheckName; // of the case that runs
extern ULONG CheckFailures;
extern PDRIVER_OBJECT CheckDriver;

// The condition holds.
#define CHECK(condition) CheckTrue((condition) != 0, #condition)
// Integers, handles, statuses: equal as 64-bit numbers.
#define CHECK_IS(got, expected)   CheckIs((ULONG64)(got), (ULONG64)(expected), #got)
#define CHECK_TEXT(got, expected) CheckText((got), (expected), #got)
#define CHECK_WIDE(got, expected) CheckWide((got), (expected), #got)
// A UNICODE_STRING's Length and characters.
#define CHECK_UNICODE(got, expected) CheckUnicode((got), (expected), #got)
// The statement raises that status.
#define CHECK_RAISES(statement, status)                                                                                \
    do {                                                                                                               \
        NTSTATUS CheckRaised = STATUS_SUCCESS;                                                                         \
        __try {                                                                                                        \
            statement;                                                                                                 \
        } __except (EXCEPTION_EXECUTE_HANDLER) {                                                                       \
            CheckRaised = GetExceptionCode();                                                                          \
        }                                                                                                              \
        CheckIs((ULONG64)CheckRaised, (ULONG64)(status), "the exception of " #statement);                              \
    } while (0)

static inline void CheckTrue(BOOLEAN holds, const char *text)
{
    if (holds)
        return;
    DbgPrint("%s: not so: %s\n", CheckName, text);
    CheckFailures++;
}

static inline void CheckIs(ULONG64 got, ULONG64 expected, const char *text)
{
    if (got == expected)
        return;
    DbgPrint("%s: %s = %I64X, not %I64X\n", CheckName, text, got, expected);
    CheckFailures++;
}

static inline void CheckText(const char *got, const char *expected, const char *text)
{
    ULONG i = 0;
    while (got[i] && got[i] == expected[i])
        i++;
    if (got[i] == expected[i])
        return;
    DbgPrint("%s: %s = \"%s\", not \"%s\"\n", CheckName, text, got, expected);
    CheckFailures++;
}

static inline void CheckUnicode(PCUNICODE_STRING got, const WCHAR *expected, const char *text)
{
    ULONG i = 0, length = got->Length / sizeof(WCHAR);
    while (i < length && got->Buffer[i] == expected[i] && expected[i])
        i++;
    if (i == length && !expected[i])
        return;
    DbgPrint("%s: %s = \"%wZ\", not \"%ws\"\n", CheckName, text, got, expected);
    CheckFailures++;
}

static inline void CheckWide(const WCHAR *got, const WCHAR *expected, const char *text)
{
    UNICODE_STRING string = {.Buffer = (WCHAR *)got};
    while (got[string.Length / sizeof(WCHAR)])
        string.Length += sizeof(WCHAR);
    CheckUnicode(&string, expected, text);
}

static inline void CheckRun(const CHECK_CASE *cases, ULONG count)
{
    for (ULONG i = 0; i < count; i++) {
        CheckName = cases[i].Name;
        CheckFailures = 0;
        __try {
            cases[i].Run();
        } __except (EXCEPTION_EXECUTE_HANDLER) {
            DbgPrint("%s: exception %08lX\n", CheckName, GetExceptionCode());
            CheckFailures++;
        }
        if (CheckFailures)
            DbgPrint("%s: %lu failed\n", CheckName, CheckFailures);
        else
            DbgPrint("%s: ok\n", CheckName);
    }
}

#define CHECK_DRIVER(...)                                                                                              \
    const char *CheckName;                                                                                             \
    ULONG CheckFailures;                                                                                               \
    PDRIVER_OBJECT CheckDriver;                                                                                        \
    static DRIVER_UNLOAD CheckUnload;                                                                                  \
    static void CheckUnload(PDRIVER_OBJECT driver)                                                                     \
    {                                                                                                                  \
        UNREFERENCED_PARAMETER(driver);                                                                                \
        DbgPrint("unload\n");                                                                                          \
    }                                                                                                                  \
    DRIVER_INITIALIZE DriverEntry;                                                                                     \
    NTSTATUS DriverEntry(PDRIVER_OBJECT driver, PUNICODE_STRING path)                                                  \
    {                                                                                                                  \
        static const CHECK_CASE cases[] = {__VA_ARGS__};                                                               \
        UNREFERENCED_PARAMETER(path);                                                                                  \
        CheckDriver = driver;                                                                                          \
        driver->DriverUnload = CheckUnload;                                                                            \
        CheckRun(cases, RTL_NUMBER_OF(cases));                                                                         \
        return STATUS_SUCCESS;                                                                                         \
    }
