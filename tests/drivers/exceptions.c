// test-exceptions.sys: exceptions, faults and privileged instructions, one case a request.
//
// What may fault within a __try stands in a function that is not inlined: clang before version 16 guards calls only.

#include <ntddk.h>
#include <ddkcompat.h>

#include "exceptions.h"
#include "exceptions_asm.h"

DRIVER_INITIALIZE DriverEntry;
static DRIVER_UNLOAD Unload;
static DRIVER_DISPATCH DispatchOpen, DispatchControl, DispatchRaise;

#define NOINLINE __declspec(noinline)

static DEVICE_OBJECT *RaisingDevice; // its IRP_MJ_WRITE raises
static struct exceptions_request Request;
static struct exceptions_reply *Reply;

NTKERNELAPI USHORT NTAPI RtlCaptureStackBackTrace(ULONG skip, ULONG count, PVOID *trace, PULONG hash);
NTKERNELAPI ULONG NTAPI RtlWalkFrameChain(PVOID *callers, ULONG count, ULONG flags);
NTKERNELAPI PVOID NTAPI RtlPcToFileHeader(PVOID pc, PVOID *base);
NTKERNELAPI VOID NTAPI RtlCaptureContext(PCONTEXT context);
NTKERNELAPI VOID NTAPI RtlRestoreContext(PCONTEXT context, PEXCEPTION_RECORD record);
NTKERNELAPI VOID NTAPI RtlUnwind(PVOID frame, PVOID ip, PEXCEPTION_RECORD record, PVOID value);
NTKERNELAPI PVOID NTAPI RtlLookupFunctionEntry(ULONG64 pc, PULONG64 base, PVOID history);
extern const UCHAR __ImageBase[];

// ---- the journal ------------------------------------------------------------------------------------------------

static void Step(ULONG step)
{
    if (Reply->step_count < EXCEPTIONS_STEPS)
        Reply->steps[Reply->step_count++] = step;
}

static BOOLEAN InDriver(PVOID address)
{
    PVOID base;
    return RtlPcToFileHeader(address, &base) && base == (PVOID)__ImageBase;
}

static int Note(EXCEPTION_POINTERS *pointers, int answer)
{
    EXCEPTION_RECORD *record = pointers->ExceptionRecord;

    Reply->code = record->ExceptionCode;
    Reply->flags = record->ExceptionFlags;
    Reply->parameters = record->NumberParameters;
    Reply->in_driver = InDriver(record->ExceptionAddress);
    for (ULONG i = 0; i < 3; i++)
        Reply->information[i] = i < record->NumberParameters ? record->ExceptionInformation[i] : 0;
    return answer;
}

// ---- things that fault -------------------------------------------------------------------------------------------

static NOINLINE void Read(void)
{
    Reply->values[0] = ReadByRcx((PVOID)(ULONG_PTR)Request.address);
}

static NOINLINE void Write(void)
{
    *(volatile ULONG *)(ULONG_PTR)Request.address = 1;
}

static NOINLINE void RaiseStatus(void)
{
    ExRaiseStatus((NTSTATUS)Request.argument);
}

static NOINLINE void RaiseViolation(void)
{
    ExRaiseAccessViolation();
}

static NOINLINE void RaiseMisalignment(void)
{
    ExRaiseDatatypeMisalignment();
}

static NOINLINE void RaiseRtlStatus(void)
{
    ExRaiseStatus((NTSTATUS)Request.argument);
}

static NOINLINE void RaiseRecord(void)
{
    EXCEPTION_RECORD record = {.ExceptionCode = (NTSTATUS)Request.argument, .NumberParameters = 3};

    record.ExceptionInformation[0] = 11;
    record.ExceptionInformation[1] = 22;
    record.ExceptionInformation[2] = 33;
    RtlRaiseException(&record);
    Step(77); // only when a filter says "continue"
}

static NOINLINE void ProbeRead(void)
{
    ProbeForRead((PVOID)(ULONG_PTR)Request.address, Request.length, (ULONG)Request.argument);
}

static NOINLINE void ProbeWrite(void)
{
    ProbeForWrite((PVOID)(ULONG_PTR)Request.address, Request.length, (ULONG)Request.argument);
}

static NOINLINE void Copy(void)
{
    UCHAR buffer[256];

    memcpy(buffer, (PVOID)(ULONG_PTR)Request.address, Request.length);
    Reply->values[0] = buffer[0];
}

static NOINLINE void InitString(void)
{
    UNICODE_STRING string;

    RtlInitUnicodeString(&string, (PCWSTR)(ULONG_PTR)Request.address);
    Reply->values[0] = string.Length;
}

static NOINLINE void Print(void)
{
    DbgPrint("%s\n", (PCSTR)(ULONG_PTR)Request.address);
}

static NOINLINE void LockPages(void)
{
    MDL *mdl = IoAllocateMdl((PVOID)(ULONG_PTR)Request.address, Request.length, FALSE, FALSE, NULL);

    __try {
        MmProbeAndLockPages(mdl, UserMode, (LOCK_OPERATION)Request.argument);
        MmUnlockPages(mdl);
    } __finally {
        IoFreeMdl(mdl);
    }
}

static NOINLINE void Divide(void)
{
    Reply->values[0] = (ULONG64)DoDivide(1, (int)Request.argument);
}

static NOINLINE void DivideOverflow(void)
{
    Reply->values[0] = (ULONG64)DoDivide((int)0x80000000, -1);
}

static NOINLINE void CallNowhere(void)
{
    ((void (*)(void))(ULONG_PTR)Request.address)();
    Step(78);
}

static NOINLINE void FastFail(void)
{
    DoFastFail(3);
}

static NOINLINE void ReadWild(void)
{
    ReadByRcx((PVOID)0x8000000000001234);
}

static NOINLINE void ReadAtDispatchLevel(void)
{
    KIRQL irql;

    KeRaiseIrql(DISPATCH_LEVEL, &irql);
    Read();
    KeLowerIrql(irql);
}

static NOINLINE ULONG Recurse(volatile ULONG *depth)
{
    volatile UCHAR frame[512];

    frame[0] = (UCHAR)++ * depth;
    return *depth ? Recurse(depth) + frame[0] : 0; // four billion frames later
}

static NOINLINE void Overflow(void)
{
    volatile ULONG depth = 0;

    Recurse(&depth);
}

static NOINLINE void SetEvent(void)
{
    KeSetEvent((KEVENT *)(ULONG_PTR)Request.address, 0, FALSE);
}

static NOINLINE void CallRaisingDevice(void)
{
    IRP *irp = IoAllocateIrp(RaisingDevice->StackSize, FALSE);

    IoGetNextIrpStackLocation(irp)->MajorFunction = IRP_MJ_WRITE;
    __try {
        IoCallDriver(RaisingDevice, irp);
    } __finally {
        IoFreeIrp(irp);
    }
}

static NOINLINE void WriteSharedData(void)
{
    *(volatile ULONG *)0xFFFFF78000000000 = 1;
}

static NOINLINE void ReadMsr(void)
{
    Reply->values[0] = __readmsr((ULONG)Request.argument);
}

static void Nothing(void)
{
}

// ---- one __try around one of them --------------------------------------------------------------------------------

static NTSTATUS Catch(void (*faulting)(void))
{
    NTSTATUS status = STATUS_SUCCESS;

    __try {
        faulting();
        Step(1);
    } __except (Note(GetExceptionInformation(), EXCEPTION_EXECUTE_HANDLER)) {
        status = GetExceptionCode();
        Step(2);
    }
    return status;
}

static NTSTATUS CatchAndContinue(void (*faulting)(void))
{
    __try {
        faulting();
        Step(1);
    } __except (Note(GetExceptionInformation(),
                     Reply->step_count++ ? EXCEPTION_EXECUTE_HANDLER : EXCEPTION_CONTINUE_EXECUTION)) {
        return GetExceptionCode();
    }
    return STATUS_SUCCESS;
}

// ---- order -------------------------------------------------------------------------------------------------------

static int Filter(ULONG step, int answer)
{
    Step(step);
    return answer;
}

static NOINLINE void NestedInner(void)
{
    __try {
        __try {
            __try {
                RaiseStatus();
                Step(100);
            } __finally {
                Step(3);
                Step(AbnormalTermination() != 0);
            }
        } __except (Filter(1, EXCEPTION_CONTINUE_SEARCH)) {
            Step(101);
        }
    } __finally {
        Step(4);
    }
}

static NTSTATUS Nested(void)
{
    NTSTATUS status = STATUS_SUCCESS;

    __try {
        NestedInner();
        Step(102);
    } __except (Filter(2, EXCEPTION_EXECUTE_HANDLER)) {
        Step(5);
        status = GetExceptionCode();
    }
    Step(6);
    return status;
}

static NTSTATUS Finally(void)
{
    __try {
        Nothing();
        Step(1);
    } __finally {
        Step(AbnormalTermination() ? 100 : 2);
    }
    return STATUS_SUCCESS;
}

static NOINLINE void RaiseInFinally(void)
{
    __try {
        __try {
            RaiseStatus();
            Step(100); // also keeps the calls apart: clang's ranges for adjacent calls overlap by a byte
        } __finally {
            Step(1);
            ExRaiseStatus(STATUS_DATA_ERROR); // while the first exception is being unwound
        }
    } __finally {
        Step(3);
    }
}

// The outer handler takes the first exception, then the second one, from the frames that are left.
static NTSTATUS Collided(void)
{
    NTSTATUS status = STATUS_SUCCESS;

    __try {
        __try {
            RaiseInFinally();
            Step(100);
        } __except (Filter(2, GetExceptionCode() == STATUS_DATA_ERROR)) {
            status = GetExceptionCode();
            Step(4);
        }
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        status = GetExceptionCode();
        Step(5);
    }
    Step(6);
    return status;
}

static NOINLINE int RaisingFilter(void)
{
    int answer = EXCEPTION_CONTINUE_SEARCH;

    __try {
        ExRaiseStatus(STATUS_DATA_ERROR);
    } __except (Filter(2, EXCEPTION_EXECUTE_HANDLER)) {
        Step(GetExceptionCode() == STATUS_DATA_ERROR ? 3 : 100);
        answer = EXCEPTION_EXECUTE_HANDLER;
    }
    return answer;
}

static NTSTATUS FilterRaises(void)
{
    NTSTATUS status = STATUS_SUCCESS;

    __try {
        Step(1);
        RaiseStatus();
    } __except (RaisingFilter()) {
        status = GetExceptionCode(); // of the first
        Step(4);
    }
    return status;
}

static NTSTATUS HandlerRaises(void)
{
    NTSTATUS status = STATUS_SUCCESS;

    __try {
        __try {
            RaiseStatus();
        } __except (EXCEPTION_EXECUTE_HANDLER) {
            Step(1);
            ExRaiseStatus(STATUS_DATA_ERROR);
        }
    } __except (Filter(2, EXCEPTION_EXECUTE_HANDLER)) {
        status = GetExceptionCode();
        Step(3);
    }
    return status;
}

// ---- continuing --------------------------------------------------------------------------------------------------

static ULONG Good = 4711;

static int Repair(EXCEPTION_POINTERS *pointers)
{
    Note(pointers, 0);
    pointers->ContextRecord->Rcx = (ULONG64)&Good;
    return EXCEPTION_CONTINUE_EXECUTION;
}

static NTSTATUS Continue(void)
{
    __try {
        Reply->values[0] = ReadByRcx((PVOID)(ULONG_PTR)Request.address);
        Step(1);
    } __except (Repair(GetExceptionInformation())) {
        return GetExceptionCode();
    }
    return STATUS_SUCCESS;
}

static void RaiseThroughKernel(void)
{
    CallWithOthers(ProbeWrite);
}

static NTSTATUS Registers(void)
{
    Reply->values[0] = CheckRegisters(RaiseThroughKernel);
    Request.address = 16;
    Reply->values[1] = CheckRegisters(Copy);
    Reply->values[2] = CheckRegisters(Read);
    return STATUS_SUCCESS;
}

static NTSTATUS Restore(void)
{
    static CONTEXT context;
    volatile ULONG round = 0;

    RtlCaptureContext(&context);
    Step(++round);
    if (round < 3)
        RtlRestoreContext(&context, NULL);
    return STATUS_SUCCESS;
}

static NOINLINE void UnwindTo(PVOID frame, PVOID ip)
{
    __try {
        RtlUnwind(frame, ip, NULL, (PVOID)42);
        Step(100);
    } __finally {
        Step(2);
    }
}

// The establisher frame of a function without frame register is its stack pointer.
ULONG64 UnwindHere(void (*callee)(PVOID frame, PVOID ip));
__asm__(".text\n"
        ".globl UnwindHere\n"
        ".seh_proc UnwindHere\n"
        "UnwindHere:\n"
        "  subq $40, %rsp\n .seh_stackalloc 40\n .seh_endprologue\n"
        "  movq %rcx, %rax\n"
        "  movq %rsp, %rcx\n"
        "  leaq 1f(%rip), %rdx\n"
        "  call *%rax\n"
        "  xorl %eax, %eax\n"
        "1: addq $40, %rsp\n"
        "  ret\n"
        ".seh_endproc\n");

static NTSTATUS Unwind(void)
{
    Step(1);
    Reply->values[0] = UnwindHere(UnwindTo);
    Step(3);
    return STATUS_SUCCESS;
}

// ---- looking at the stack ------------------------------------------------------------------------------------------

static NOINLINE NTSTATUS Backtrace(void)
{
    PVOID trace[16] = {0}, chain[16] = {0};
    ULONG hash = 0;
    ULONG64 base = 0;
    USHORT count = RtlCaptureStackBackTrace(0, 16, trace, &hash);
    ULONG walked = RtlWalkFrameChain(chain, 16, 0);

    Reply->values[0] = count;
    Reply->values[1] = walked;
    Reply->values[2] = count > 1 && InDriver(trace[0]) && InDriver(trace[1]);
    Reply->values[3] = count > 1 && chain[1] == trace[1];
    Reply->values[4] = RtlCaptureStackBackTrace(1, 16, chain, NULL) == count - 1 && chain[0] == trace[1];
    Reply->values[5] = RtlLookupFunctionEntry((ULONG64)trace[0], &base, NULL) && base == (ULONG64)__ImageBase;
    Reply->values[6] = hash;
    return STATUS_SUCCESS;
}

// ---- IRQL, shared data, privileged instructions -----------------------------------------------------------------------

static NTSTATUS Irql(void)
{
    KIRQL before, middle;

    Reply->values[0] = KeGetCurrentIrql();
    KeRaiseIrql(APC_LEVEL, &before);
    Reply->values[1] = KeGetCurrentIrql();
    KeRaiseIrql(DISPATCH_LEVEL, &middle);
    Reply->values[2] = KeGetCurrentIrql();
    KeLowerIrql(middle);
    Reply->values[3] = KeGetCurrentIrql();
    KeLowerIrql(before);
    Reply->values[4] = KeGetCurrentIrql();
    Reply->values[5] = before;
    Reply->values[6] = middle;
    return STATUS_SUCCESS;
}

static NTSTATUS SharedData(void)
{
    const KUSER_SHARED_DATA *shared = (const KUSER_SHARED_DATA *)0xFFFFF78000000000;
    const volatile UCHAR *bytes = (const volatile UCHAR *)shared;
    LARGE_INTEGER ticks, system;

    Reply->values[0] = shared->NtMajorVersion;
    Reply->values[1] = *(volatile ULONG64 *)(bytes + 0x320); // TickCountQuad
    KeQueryTickCount(&ticks);
    Reply->values[2] = (ULONG64)ticks.QuadPart;
    Reply->values[3] = *(volatile ULONG64 *)(bytes + 0x14); // SystemTime
    KeQuerySystemTime(&system);
    Reply->values[4] = (ULONG64)system.QuadPart;
    Reply->values[5] = bytes[0x30] + bytes[0x32];                                                 // movzx of bytes
    Reply->values[6] = (ULONG64)(LONG64)((const volatile SHORT *)bytes)[0x2C / 2];                // movsx
    Reply->values[7] = *(volatile ULONG *)(bytes + 0x26C) == 10 ? shared->ProductTypeIsValid : 2; // cmp with memory
    return STATUS_SUCCESS;
}

static NTSTATUS SharedCopy(void)
{
    const UCHAR *shared = (const UCHAR *)0xFFFFF78000000000;
    static UCHAR copy[0x700];
    UNICODE_STRING root;

    memcpy(copy, shared, sizeof copy); // rep movsb in this kernel
    Reply->values[0] = *(ULONG *)(copy + 0x26C);
    memcpy(copy, shared + 0x260, 32);
    Reply->values[1] = *(ULONG *)(copy + 0xC);
    RtlInitUnicodeString(&root, (PCWSTR)(shared + 0x30));
    Reply->values[2] = root.Length;
    return STATUS_SUCCESS;
}

static NTSTATUS Privileged(void)
{
    ULONG64 cr0, value;
    ULONG32 port = 0;
    UCHAR byte = 0, bytes[4] = {0};
    PVOID to = bytes;
    ULONG64 count = sizeof bytes;

    __asm__ volatile("cli; sti");
    __asm__ volatile("movq %%cr0, %0" : "=r"(cr0));
    Reply->values[0] = cr0;
    __asm__ volatile("movq %0, %%cr0" : : "r"(cr0 & ~0x10000ull));
    __asm__ volatile("movq %%cr4, %0" : "=r"(value));
    Reply->values[1] = value;
    __asm__ volatile("inl %w1, %0" : "=a"(port) : "d"((USHORT)0xCF8));
    __asm__ volatile("inb $0x60, %0" : "=a"(byte));
    __asm__ volatile("outb %0, $0x80" : : "a"((UCHAR)1));
    __asm__ volatile("cld; rep insb" : "+D"(to), "+c"(count) : "d"((USHORT)0x1F0) : "memory");
    Reply->values[2] = port;
    Reply->values[3] = byte + bytes[0] + bytes[3];
    Reply->values[4] = __readmsr(0xC0000080);                        // EFER
    Reply->values[5] = __readmsr(0xC0000101) == __readgsqword(0x18); // GS base is the processor control region
    __asm__ volatile("invlpg (%0); wbinvd; hlt" : : "r"(bytes));
    __asm__ volatile("movq %%dr7, %0" : "=r"(value));
    Reply->values[6] = value;
    Reply->values[7] = (ULONG64)KeGetCurrentThread() == __readgsqword(0x188);
    return STATUS_SUCCESS;
}

static NTSTATUS Break(void)
{
    DoBreak();
    Step(1);
    DbgBreakPoint();
    Step(2);
    __asm__ volatile("int $0x2d; int3" : : "a"(0) : "memory");
    Step(3);
    return STATUS_SUCCESS;
}

// ---- other contexts --------------------------------------------------------------------------------------------------

static void NTAPI ThreadRoutine(PVOID address)
{
    ReadByRcx(address);
}

static NTSTATUS Thread(void)
{
    HANDLE handle;
    PVOID thread;
    NTSTATUS status =
        PsCreateSystemThread(&handle, 0, NULL, NULL, NULL, ThreadRoutine, (PVOID)(ULONG_PTR)Request.address);

    if (!NT_SUCCESS(status))
        return status;
    status = ObReferenceObjectByHandle(handle, SYNCHRONIZE, NULL, KernelMode, &thread, NULL);
    ZwClose(handle);
    if (!NT_SUCCESS(status))
        return status;
    KeWaitForSingleObject(thread, Executive, KernelMode, FALSE, NULL);
    ObDereferenceObject(thread);
    return STATUS_SUCCESS;
}

static void NTAPI DpcRoutine(KDPC *dpc, PVOID address, PVOID argument1, PVOID argument2)
{
    UNREFERENCED_PARAMETER(dpc);
    UNREFERENCED_PARAMETER(argument1);
    UNREFERENCED_PARAMETER(argument2);
    ReadByRcx(address);
}

static NTSTATUS Dpc(void)
{
    static KDPC dpc;

    KeInitializeDpc(&dpc, DpcRoutine, (PVOID)(ULONG_PTR)Request.address);
    KeInsertQueueDpc(&dpc, NULL, NULL);
    KeFlushQueuedDpcs();
    return STATUS_SUCCESS;
}

// ---- requests ------------------------------------------------------------------------------------------------------

static NTSTATUS RunOther(void)
{
    switch (Request.what) {
    case CASE_READ:
        Read();
        return STATUS_SUCCESS;
    case CASE_RAISE_CONTINUED:
        return CatchAndContinue(RaiseRecord);
    case CASE_RAISE_NONCONTINUABLE:
        return CatchAndContinue(RaiseStatus);
    case CASE_BREAK:
        return Break();
    case CASE_NESTED:
        return Nested();
    case CASE_FINALLY:
        return Finally();
    case CASE_COLLIDED:
        return Collided();
    case CASE_FILTER_RAISES:
        return FilterRaises();
    case CASE_HANDLER_RAISES:
        return HandlerRaises();
    case CASE_CONTINUE:
        return Continue();
    case CASE_REGISTERS:
        return Registers();
    case CASE_BACKTRACE:
        return Backtrace();
    case CASE_RESTORE:
        return Restore();
    case CASE_UNWIND:
        return Unwind();
    case CASE_IRQL:
        return Irql();
    case CASE_SHARED_DATA:
        return SharedData();
    case CASE_SHARED_COPY:
        return SharedCopy();
    case CASE_PRIVILEGED:
        return Privileged();
    case CASE_OVERFLOW:
        Overflow();
        return STATUS_SUCCESS;
    case CASE_SET_EVENT:
        SetEvent();
        return STATUS_SUCCESS;
    case CASE_THREAD:
        return Thread();
    case CASE_DPC:
        return Dpc();
    case CASE_VALID:
        Reply->values[0] = MmIsAddressValid((PVOID)(ULONG_PTR)Request.address);
        return STATUS_SUCCESS;
    default:
        return STATUS_INVALID_PARAMETER;
    }
}

static NTSTATUS Run(void)
{
    static void (*const caught[CASE_COUNT])(void) = {
        [CASE_READ_CAUGHT] = Read,
        [CASE_WRITE_CAUGHT] = Write,
        [CASE_RAISE_STATUS] = RaiseStatus,
        [CASE_RAISE_VIOLATION] = RaiseViolation,
        [CASE_RAISE_MISALIGNMENT] = RaiseMisalignment,
        [CASE_RAISE_RTL_STATUS] = RaiseRtlStatus,
        [CASE_RAISE_RECORD] = RaiseRecord,
        [CASE_PROBE_READ] = ProbeRead,
        [CASE_PROBE_WRITE] = ProbeWrite,
        [CASE_COPY] = Copy,
        [CASE_INIT_STRING] = InitString,
        [CASE_PRINT] = Print,
        [CASE_LOCK_PAGES] = LockPages,
        [CASE_DIVIDE] = Divide,
        [CASE_DIVIDE_OVERFLOW] = DivideOverflow,
        [CASE_ILLEGAL] = DoIllegal,
        [CASE_WILD] = ReadWild,
        [CASE_CALL_NOWHERE] = CallNowhere,
        [CASE_ASSERT] = DoAssert,
        [CASE_BREAK_CAUGHT] = DoBreak,
        [CASE_THROUGH_CALL] = CallRaisingDevice,
        [CASE_IRQL_READ] = ReadAtDispatchLevel,
        [CASE_SHARED_WRITE] = WriteSharedData,
        [CASE_UNKNOWN_MSR] = ReadMsr,
        [CASE_FAST_FAIL] = FastFail,
    };

    if (Request.what >= CASE_COUNT)
        return STATUS_INVALID_PARAMETER;
    return caught[Request.what] ? Catch(caught[Request.what]) : RunOther();
}

static NTSTATUS Complete(IRP *irp, NTSTATUS status, ULONG_PTR information)
{
    irp->IoStatus.Status = status;
    irp->IoStatus.Information = information;
    IoCompleteRequest(irp, IO_NO_INCREMENT);
    return status;
}

static NTSTATUS DispatchOpen(DEVICE_OBJECT *device, IRP *irp)
{
    UNREFERENCED_PARAMETER(device);
    return Complete(irp, STATUS_SUCCESS, 0);
}

// The case's status travels in the reply; the request itself succeeds whenever the driver lives to complete it.
static NTSTATUS DispatchControl(DEVICE_OBJECT *device, IRP *irp)
{
    IO_STACK_LOCATION *stack = IoGetCurrentIrpStackLocation(irp);

    UNREFERENCED_PARAMETER(device);
    if (stack->Parameters.DeviceIoControl.InputBufferLength < sizeof Request ||
        stack->Parameters.DeviceIoControl.OutputBufferLength < sizeof *Reply)
        return Complete(irp, STATUS_BUFFER_TOO_SMALL, 0);
    Request = *(struct exceptions_request *)irp->AssociatedIrp.SystemBuffer;
    Reply = irp->AssociatedIrp.SystemBuffer;
    RtlZeroMemory(Reply, sizeof *Reply);
    Reply->status = Run();
    return Complete(irp, STATUS_SUCCESS, sizeof *Reply);
}

static NTSTATUS DispatchRaise(DEVICE_OBJECT *device, IRP *irp)
{
    UNREFERENCED_PARAMETER(device);
    UNREFERENCED_PARAMETER(irp);
    ExRaiseStatus(STATUS_DEVICE_BUSY);
}

static void Unload(DRIVER_OBJECT *driver)
{
    UNICODE_STRING link = RTL_CONSTANT_STRING(L"\\??\\TestExceptions");

    IoDeleteSymbolicLink(&link);
    while (driver->DeviceObject)
        IoDeleteDevice(driver->DeviceObject);
}

NTSTATUS DriverEntry(DRIVER_OBJECT *driver, UNICODE_STRING *registry_path)
{
    UNICODE_STRING name = RTL_CONSTANT_STRING(L"\\Device\\TestExceptions");
    UNICODE_STRING link = RTL_CONSTANT_STRING(L"\\??\\TestExceptions");
    DEVICE_OBJECT *device;
    NTSTATUS status = IoCreateDevice(driver, 0, &name, FILE_DEVICE_UNKNOWN, 0, FALSE, &device);

    UNREFERENCED_PARAMETER(registry_path);
    if (!NT_SUCCESS(status))
        return status;
    status = IoCreateSymbolicLink(&link, &name);
    if (NT_SUCCESS(status))
        status = IoCreateDevice(driver, 0, NULL, FILE_DEVICE_UNKNOWN, 0, FALSE, &RaisingDevice);
    if (!NT_SUCCESS(status)) {
        Unload(driver);
        return status;
    }
    driver->MajorFunction[IRP_MJ_CREATE] = DispatchOpen;
    driver->MajorFunction[IRP_MJ_CLEANUP] = DispatchOpen;
    driver->MajorFunction[IRP_MJ_CLOSE] = DispatchOpen;
    driver->MajorFunction[IRP_MJ_DEVICE_CONTROL] = DispatchControl;
    driver->MajorFunction[IRP_MJ_WRITE] = DispatchRaise;
    driver->DriverUnload = Unload;
    return STATUS_SUCCESS;
}
