// What the Modes driver offers, for the driver and for its applications.
//
// Three devices, each with a message of its own. They do the same; only the way the bytes travel differs:
//
//     \\.\ModesBuffered   the I/O manager copies them through a buffer in kernel memory
//     \\.\ModesDirect     the I/O manager locks the caller's pages, the driver works in them
//     \\.\ModesNeither    the driver gets the caller's address and has to look after everything itself
//
// WriteFile keeps its bytes as the device's message. ReadFile gives the message back; a buffer that is too
// small gets the beginning and ERROR_MORE_DATA. The four control codes work on every device: the way of their
// buffers is part of the code, not of the device.
//
// Include it after <wdm.h> in a driver, after <windows.h> and <winioctl.h> in an application.
#pragma once

#define MODES_CAPACITY    512 // bytes of the longest message
#define MODES_PATTERN_MAX 64  // bytes of the longest pattern IOCTL_MODES_FIND takes

// METHOD_BUFFERED. Input: struct modes_range, output: struct modes_sum. The sum of those bytes of the
// message. ERROR_INVALID_PARAMETER: the range is not within the message.
#define IOCTL_MODES_SUM CTL_CODE(FILE_DEVICE_UNKNOWN, 0x800, METHOD_BUFFERED, FILE_READ_ACCESS)

// METHOD_IN_DIRECT. Input: struct modes_place; the output buffer is what the driver reads: bytes to be put
// into the message from that place on. The message grows when it must. Bytes returned: how many were put
// there. ERROR_INVALID_PARAMETER: the place is behind the end of the message. ERROR_INVALID_USER_BUFFER: it
// would become longer than MODES_CAPACITY; nothing has changed.
#define IOCTL_MODES_PUT CTL_CODE(FILE_DEVICE_UNKNOWN, 0x801, METHOD_IN_DIRECT, FILE_WRITE_ACCESS)

// METHOD_OUT_DIRECT. Input: struct modes_place, output: the bytes of the message from that place on, as many
// as fit. ERROR_HANDLE_EOF: there are none.
#define IOCTL_MODES_GET CTL_CODE(FILE_DEVICE_UNKNOWN, 0x802, METHOD_OUT_DIRECT, FILE_READ_ACCESS)

// METHOD_NEITHER. Input: 1 to MODES_PATTERN_MAX bytes, output: struct modes_found. Where in the message they
// stand. ERROR_NOT_FOUND: nowhere.
#define IOCTL_MODES_FIND CTL_CODE(FILE_DEVICE_UNKNOWN, 0x803, METHOD_NEITHER, FILE_READ_ACCESS)

struct modes_place {
    ULONG offset; // bytes from the beginning of the message
};

struct modes_range {
    ULONG offset; // bytes from the beginning of the message
    ULONG length; // bytes
};

struct modes_sum {
    ULONG length; // bytes that were added up
    ULONG sum;    // modulo 2^32
};

struct modes_found {
    ULONG offset; // of the first occurrence
    ULONG count;  // of all occurrences, overlapping ones too
};
