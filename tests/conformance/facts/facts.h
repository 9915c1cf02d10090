// What the driver and the application of this case agree on.
#pragma once

#define FACTS_MAGIC 0x74636146 // a write that begins with it is an order; every other write is data

// How the driver shall answer the next reads on this handle.
struct facts_order {
    ULONG magic;
    LONG status;       // IoStatus.Status
    ULONG information; // IoStatus.Information, never more than the read's length
    ULONG pend;        // mark the request pending and return STATUS_PENDING; it is completed before that
};

// Echoes its input, at most as much as the output takes; METHOD_BUFFERED, any access.
#define IOCTL_FACTS_ECHO CTL_CODE(FILE_DEVICE_UNKNOWN, 0x800, METHOD_BUFFERED, FILE_ANY_ACCESS)
// The same, but the handle must have been opened for reading (or writing).
#define IOCTL_FACTS_READ  CTL_CODE(FILE_DEVICE_UNKNOWN, 0x801, METHOD_BUFFERED, FILE_READ_ACCESS)
#define IOCTL_FACTS_WRITE CTL_CODE(FILE_DEVICE_UNKNOWN, 0x802, METHOD_BUFFERED, FILE_WRITE_ACCESS)
// A code the driver does not know.
#define IOCTL_FACTS_NONE CTL_CODE(FILE_DEVICE_UNKNOWN, 0x803, METHOD_BUFFERED, FILE_ANY_ACCESS)
