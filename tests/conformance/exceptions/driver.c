// conformance-exceptions.sys: structured exception handling in a driver, then runs without a device.
//
// Raised and hardware exceptions, filters, termination handlers, nesting, and exceptions that cross
// functions. Each line of driver.txt is one step; the order is the point.

#include <ntddk.h>
#include <ddkcompat.h>

DRIVER_INITIALIZE DriverEntry;
static DRIVER_UNLOAD Unload;

static int Filter(const char *name, ULONG code, int answer)
{
    DbgPrint("%s: filter, code %08lX\n", name, code);
    return answer;
}

// clang before version 16 guards only calls within a __try, whatever its options: so these are functions.
static __declspec(noinline) void WriteTo(volatile int *address, int value)
{
    *address = value;
}

static __declspec(noinline) int ReadFrom(const volatile int *address)
{
    return *address;
}

// What ExRaiseStatus does; Wine has RtlRaiseException only.
static __declspec(noinline) void Raise(NTSTATUS status)
{
    EXCEPTION_RECORD record = {.ExceptionCode = status, .ExceptionFlags = EXCEPTION_NONCONTINUABLE};

    RtlRaiseException(&record);
}

static __declspec(noinline) int Divide(volatile int dividend, volatile int divisor)
{
    return dividend / divisor;
}

static void CatchRaised(void)
{
    __try {
        DbgPrint("raised: before\n");
        Raise(STATUS_INVALID_PARAMETER);
    } __except (Filter("raised", GetExceptionCode(), EXCEPTION_EXECUTE_HANDLER)) {
        DbgPrint("raised: handler\n");
    }
    DbgPrint("raised: after\n");
}

// The address belongs to user mode, so that a handler may catch the fault on Windows, too.
static void CatchFault(void)
{
    volatile int *bad = (volatile int *)(ULONG_PTR)0x10;

    __try {
        WriteTo(bad, 1);
        DbgPrint("write fault: not reached\n");
    } __except (Filter("write fault", GetExceptionCode(), EXCEPTION_EXECUTE_HANDLER)) {
        DbgPrint("write fault: handler\n");
    }
    __try {
        DbgPrint("read fault: not reached, %d\n", ReadFrom(bad));
    } __except (Filter("read fault", GetExceptionCode(), EXCEPTION_EXECUTE_HANDLER)) {
        DbgPrint("read fault: handler\n");
    }
}

static void CatchDivision(void)
{
    __try {
        DbgPrint("division: not reached, %d\n", Divide(1, 0));
    } __except (Filter("division", GetExceptionCode(), EXCEPTION_EXECUTE_HANDLER)) {
        DbgPrint("division: handler\n");
    }
}

static void FinishNormally(void)
{
    __try {
        DbgPrint("finally: body\n");
    } __finally {
        DbgPrint("finally: abnormal %d\n", AbnormalTermination());
    }
}

static __declspec(noinline) void Inner(void)
{
    __try {
        __try {
            Raise(STATUS_ACCESS_DENIED);
            DbgPrint("nested: not reached\n");
        } __finally {
            DbgPrint("nested: innermost finally, abnormal %d\n", AbnormalTermination() != 0);
        }
    } __except (Filter("nested: inner", GetExceptionCode(), EXCEPTION_CONTINUE_SEARCH)) {
        DbgPrint("nested: not reached\n");
    }
}

// All filters run before the first termination handler.
static void CatchNested(void)
{
    volatile int kept = 7;

    __try {
        kept = 8;
        Inner();
        kept = 9;
    } __except (Filter("nested: outer", GetExceptionCode(), EXCEPTION_EXECUTE_HANDLER)) {
        DbgPrint("nested: handler, kept %d\n", kept);
    }
}

static void CatchProbe(void)
{
    __try {
        ProbeForRead((PVOID)(ULONG_PTR)0xFFFF800000000000, 16, 1);
        DbgPrint("probe: not reached\n");
    } __except (Filter("probe", GetExceptionCode(), EXCEPTION_EXECUTE_HANDLER)) {
        DbgPrint("probe: handler\n");
    }
}

static void Unload(DRIVER_OBJECT *driver)
{
    UNREFERENCED_PARAMETER(driver);
    DbgPrint("unload\n");
}

NTSTATUS DriverEntry(DRIVER_OBJECT *driver, UNICODE_STRING *registry_path)
{
    UNREFERENCED_PARAMETER(registry_path);
    CatchRaised();
    CatchFault();
    CatchDivision();
    FinishNormally();
    CatchNested();
    CatchProbe();
    driver->DriverUnload = Unload;
    return STATUS_SUCCESS;
}
