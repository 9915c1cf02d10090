// What the driver and the application of this case agree on.
#pragma once

// How the driver shall answer the transfers to come: reads and IOCTL_MATRIX_BUFFERED, _DIRECT and _NEITHER.
struct matrix_order {
    LONG returned;     // what the dispatch routine returns
    LONG status;       // IoStatus.Status
    ULONG information; // IoStatus.Information
    ULONG pend;        // MATRIX_...
};

enum {
    MATRIX_AT_ONCE, // not marked pending
    MATRIX_MARKED,  // marked pending, completed before the dispatch routine returns
    MATRIX_LATER,   // marked pending, completed by IOCTL_MATRIX_FINISH
};

#define MATRIX_LENGTH 5 // bytes of a transfer; the driver puts "ABCDE" there, whatever its answer is

// To \\.\NthostMatrix. Input: struct matrix_order.
#define IOCTL_MATRIX_ORDER CTL_CODE(FILE_DEVICE_UNKNOWN, 0x800, METHOD_BUFFERED, FILE_ANY_ACCESS)
// Completes the transfer that was left pending; ERROR_NOT_FOUND: there is none (yet).
#define IOCTL_MATRIX_FINISH CTL_CODE(FILE_DEVICE_UNKNOWN, 0x801, METHOD_BUFFERED, FILE_ANY_ACCESS)

// The transfers, to any of the devices that transfer.
#define IOCTL_MATRIX_BUFFERED CTL_CODE(FILE_DEVICE_UNKNOWN, 0x802, METHOD_BUFFERED, FILE_ANY_ACCESS)
#define IOCTL_MATRIX_DIRECT   CTL_CODE(FILE_DEVICE_UNKNOWN, 0x803, METHOD_OUT_DIRECT, FILE_ANY_ACCESS)
#define IOCTL_MATRIX_NEITHER  CTL_CODE(FILE_DEVICE_UNKNOWN, 0x804, METHOD_NEITHER, FILE_ANY_ACCESS)
