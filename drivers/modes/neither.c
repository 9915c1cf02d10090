// Neither buffered nor direct: the driver gets the addresses as the application passed them.
//
//     read, write       irp->UserBuffer
//     METHOD_NEITHER    input Parameters.DeviceIoControl.Type3InputBuffer, output irp->UserBuffer
//
// Nobody has checked them. They may be NULL, point into the kernel, be freed by another thread a moment
// later, or change their contents between two looks. So
//   - they are used only in the caller's context, which is where a dispatch routine of a top-level driver
//   runs,
//     and never from a DPC or a worker thread,
//   - every access is within __try, after a probe: the probe keeps the caller out of kernel memory (an access
//     there does not raise an exception, it stops the machine), __try catches what is gone in spite of it,
//   - data is captured: copied into kernel memory once, checked there, used from there,
//   - no lock is held during an access, for it may have to wait for a disk.
//
// https://learn.microsoft.com/windows-hardware/drivers/kernel/using-neither-buffered-nor-direct-i-o

#include "driver.h"

// A function of its own that is not inlined, because clang before version 16 guards only calls within __try.
static __declspec(noinline) void CopyGuarded(void *to, const void *from, SIZE_T length)
{
    RtlCopyMemory(to, from, length);
}

// A request that came from kernel code (Zw routines) has RequestorMode KernelMode, and its addresses are
// kernel addresses: a probe would refuse them. ExGetPreviousMode() is not the same when drivers are stacked.
static NTSTATUS CopyIn(IRP *irp, void *to, const void *user, ULONG length)
{
    NTSTATUS status = STATUS_SUCCESS;

    __try {
        if (irp->RequestorMode != KernelMode)
            ProbeForRead((void *)user, length, TYPE_ALIGNMENT(UCHAR));
        CopyGuarded(to, user, length);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        status = GetExceptionCode(); // what is wrong with the address is the caller's answer
    }
    return status;
}

static NTSTATUS CopyOut(IRP *irp, void *user, const void *from, ULONG length, ULONG alignment)
{
    NTSTATUS status = STATUS_SUCCESS;

    __try {
        if (irp->RequestorMode != KernelMode)
            ProbeForWrite(user, length, alignment);
        CopyGuarded(user, from, length);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        status = GetExceptionCode();
    }
    return status;
}

NTSTATUS NeitherRead(struct store *store, IRP *irp, ULONG length, ULONG_PTR *information)
{
    UCHAR message[MODES_CAPACITY];
    ULONG given;
    NTSTATUS status = StoreGet(store, 0, message, min(length, (ULONG)sizeof message), &given);

    // An error of the copy hides the warning that there is more.
    NTSTATUS copied = CopyOut(irp, irp->UserBuffer, message, given, TYPE_ALIGNMENT(UCHAR));
    if (!NT_SUCCESS(copied))
        return copied;
    *information = given;
    return status;
}

NTSTATUS NeitherWrite(struct store *store, IRP *irp, ULONG length, ULONG_PTR *information)
{
    UCHAR message[MODES_CAPACITY];

    if (length > sizeof message)
        return STATUS_INVALID_BUFFER_SIZE;
    NTSTATUS status = CopyIn(irp, message, irp->UserBuffer, length);
    if (NT_SUCCESS(status))
        status = StoreReplace(store, message, length);
    *information = NT_SUCCESS(status) ? length : 0;
    return status;
}

NTSTATUS NeitherFind(struct store *store, IRP *irp, IO_STACK_LOCATION *stack, ULONG_PTR *information)
{
    ULONG length = stack->Parameters.DeviceIoControl.InputBufferLength;
    UCHAR pattern[MODES_PATTERN_MAX];
    struct modes_found found;

    if (length == 0 || length > sizeof pattern)
        return STATUS_INVALID_PARAMETER;
    if (stack->Parameters.DeviceIoControl.OutputBufferLength < sizeof found)
        return STATUS_BUFFER_TOO_SMALL;
    NTSTATUS status = CopyIn(irp, pattern, stack->Parameters.DeviceIoControl.Type3InputBuffer, length);
    if (NT_SUCCESS(status))
        status = StoreFind(store, pattern, length, &found);
    if (NT_SUCCESS(status))
        status = CopyOut(irp, irp->UserBuffer, &found, sizeof found, TYPE_ALIGNMENT(struct modes_found));
    if (NT_SUCCESS(status))
        *information = sizeof found;
    return status;
}
