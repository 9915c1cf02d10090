// conformance-formats.sys: prints with every format specifier DbgPrint documents, then runs without a device.
//
// The specifiers are Microsoft's (64-bit integers %I64d, wide text %ws and %S, counted strings %wZ and %Z,
// pointers of 16 digits); what they print is in driver.txt.

#include <wdm.h>

DRIVER_INITIALIZE DriverEntry;
static DRIVER_UNLOAD Unload;

// The compiler knows the C library's specifiers only; these are the kernel's.
#pragma clang diagnostic ignored "-Wformat"

static void PrintIntegers(void)
{
    DbgPrint("decimal %d %i %u\n", -5, -6, 4000000000u);
    DbgPrint("hexadecimal %x %X %#x %08x %#010x\n", 0xabcd, 0xabcd, 0xabcd, 0xabcd, 0xabcd);
    DbgPrint("octal %o %#o\n", 8, 8);
    DbgPrint("width [%5d] [%-5d] [%05d] [%+d] [% d] [%*d] [%-*d]\n", 42, 42, 42, 42, 42, 6, 42, 6, 42);
    DbgPrint("precision [%.3d] [%8.3d] [%.0d]\n", 7, 7, 7);
    DbgPrint("sizes %hd %hu %ld %lu\n", 70000, 70000, -7L, 4000000000UL);
    DbgPrint("64 bits %I64d %I64u %I64x %I64X %lld %llx\n", -5000000000LL, 5000000000ULL, 0x123456789abLL,
             0x123456789abLL, -5000000000LL, 0x123456789abLL);
    DbgPrint("32 bits %I32d %I32u %I32x\n", -5, 5, 0xabc);
    DbgPrint("pointer-sized %Id %Iu %Ix\n", (INT_PTR)-5, (UINT_PTR)5, (UINT_PTR)0x123456789ab);
    DbgPrint("pointers %p %p [%20p]\n", NULL, (void *)0x1234abcd, (void *)0xffff800012345678);
}

static void PrintTexts(void)
{
    UNICODE_STRING wide = RTL_CONSTANT_STRING(L"\\Device\\Name");
    UNICODE_STRING part = {8, 8, L"cut off"}; // lengths are bytes: 4 characters
    ANSI_STRING narrow = {6, 6, "narrow, and more"};

    DbgPrint("characters %c%c [%3c] [%-3c] %C %wc %lc %hc\n", 'a', 'b', 'c', 'd', L'e', L'f', L'g', 'h');
    DbgPrint("text [%s] [%10s] [%-10s] [%.3s] [%.*s]\n", "text", "text", "text", "text", 2, "text");
    DbgPrint("wide text [%S] [%ws] [%ls] [%8ws] [%-8ws] [%.2ws]\n", L"wide", L"wide", L"wide", L"wide", L"wide",
             L"wide");
    DbgPrint("narrow text [%hs]\n", "narrow");
    DbgPrint("counted [%wZ] [%wZ] [%Z]\n", &wide, &part, &narrow);
    DbgPrint("nothing [%s] [%ws]\n", NULL, NULL);
    DbgPrint("percent 100%%\n");
}

static void PrintLevels(void)
{
    DbgPrintEx(DPFLTR_IHVDRIVER_ID, DPFLTR_ERROR_LEVEL, "DbgPrintEx at error level %d\n", DPFLTR_ERROR_LEVEL);
    DbgPrintEx(DPFLTR_DEFAULT_ID, DPFLTR_ERROR_LEVEL, "DbgPrintEx of the default component\n");
}

static void Unload(DRIVER_OBJECT *driver)
{
    UNREFERENCED_PARAMETER(driver);
    DbgPrint("unload\n");
}

NTSTATUS DriverEntry(DRIVER_OBJECT *driver, UNICODE_STRING *registry_path)
{
    UNREFERENCED_PARAMETER(registry_path);
    PrintIntegers();
    PrintTexts();
    PrintLevels();
    driver->DriverUnload = Unload;
    return STATUS_SUCCESS;
}
