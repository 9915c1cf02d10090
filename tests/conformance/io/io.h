// What the driver and the application of this case agree on.
#pragma once

#define IO_CODE(function, method) CTL_CODE(FILE_DEVICE_UNKNOWN, function, method, FILE_ANY_ACCESS)

// The driver prints what reaches it.
#define IOCTL_IO_SHOW_BUFFERED   IO_CODE(0x800, METHOD_BUFFERED)
#define IOCTL_IO_SHOW_IN_DIRECT  IO_CODE(0x801, METHOD_IN_DIRECT)
#define IOCTL_IO_SHOW_OUT_DIRECT IO_CODE(0x802, METHOD_OUT_DIRECT)
#define IOCTL_IO_SHOW_NEITHER    IO_CODE(0x803, METHOD_NEITHER)
#define FSCTL_IO_SHOW            CTL_CODE(FILE_DEVICE_FILE_SYSTEM, 0x800, METHOD_BUFFERED, FILE_ANY_ACCESS)
// The driver's FastIoDeviceControl takes it; the IRP is for when it was not asked.
#define IOCTL_IO_FAST IO_CODE(0x804, METHOD_BUFFERED)

// Input: ULONG, one of IO_... How reads and writes on this handle behave from now on.
#define IOCTL_IO_BEHAVE IO_CODE(0x805, METHOD_BUFFERED)
enum {
    IO_NORMAL,
    IO_LAZY,    // writes are completed without a status
    IO_ADVANCE, // reads and writes move FileObject->CurrentByteOffset
};

// Input: struct io_answer; the answer to the next open, or to a request that is finished.
#define IOCTL_IO_ANSWER_OPEN IO_CODE(0x806, METHOD_BUFFERED)
#define IOCTL_IO_FINISH      IO_CODE(0x807, METHOD_BUFFERED) // the oldest request kept; ERROR_NOT_FOUND: none
#define IOCTL_IO_STATUS      IO_CODE(0x808, METHOD_BUFFERED) // itself
struct io_answer {
    LONG status;
    ULONG information;
    ULONG keep; // an open: keep it until IOCTL_IO_FINISH
};

// Requests that stay pending: with a cancel routine (input: ULONG, the request's name); without one, and not
// ended by the cleanup either; and with the caller's pages (input: ULONG, their offset in the first page).
#define IOCTL_IO_KEEP      IO_CODE(0x809, METHOD_BUFFERED)
#define IOCTL_IO_KEEP_HARD IO_CODE(0x80A, METHOD_BUFFERED)
#define IOCTL_IO_KEEP_MDL  IO_CODE(0x80B, METHOD_OUT_DIRECT)
// Input: ULONG, a byte. The driver prints the first byte of the pages it keeps and puts this one there.
#define IOCTL_IO_TOUCH IO_CODE(0x80C, METHOD_BUFFERED)
// Output: ULONG, how many requests are kept.
#define IOCTL_IO_KEPT IO_CODE(0x80D, METHOD_BUFFERED)

// Input: struct io_wait. The driver waits in the caller's thread and completes with what the wait returned.
#define IOCTL_IO_WAIT IO_CODE(0x80E, METHOD_BUFFERED)
struct io_wait {
    ULONG mode; // 0 KernelMode, 1 UserMode
    ULONG alertable;
    ULONG milliseconds;
};

// Input: struct io_probes, whose addresses the driver probes.
#define IOCTL_IO_PROBE IO_CODE(0x80F, METHOD_NEITHER)
struct io_probes {
    PVOID writable, read_only; // 16 bytes each, aligned
};

// A device that is made and deleted while the driver runs.
#define IOCTL_IO_LATE_CREATE IO_CODE(0x810, METHOD_BUFFERED) // with DO_DEVICE_INITIALIZING still set
#define IOCTL_IO_LATE_READY  IO_CODE(0x811, METHOD_BUFFERED)
#define IOCTL_IO_LATE_DELETE IO_CODE(0x812, METHOD_BUFFERED)

// What needs no application: the driver asks and prints.
#define IOCTL_IO_STACK  IO_CODE(0x813, METHOD_BUFFERED)
#define IOCTL_IO_CANCEL IO_CODE(0x814, METHOD_BUFFERED)
