// Control codes for devices that "nthost mount" shows as files.
//
// On Linux the number of an ioctl says how many bytes travel, a Windows control code does not. So one ioctl carries the
// code, both lengths and both buffers in one piece of at most 16,383 bytes:
//
//     struct nthost_ioctl
//     input         input_length bytes, and as many as it takes to a multiple of 8
//     output        output_length bytes; what stands there before the call is what a driver sees in the output
//                   buffer of METHOD_IN_DIRECT
//
//     request->code = ..., request->input_length = ..., request->output_length = ...
//     ioctl(file, NTHOST_IOCTL(NTHOST_IOCTL_BYTES(request)), request)
//
// The result is the number of bytes the driver reports (Information); -1 with errno when the request fails. In both
// cases the request's final NTSTATUS stands in it. A warning (STATUS_BUFFER_OVERFLOW) is a failure that has filled the
// output all the same.
//
// A code without input and output, of a device type from 1 to 0x3fff, may be sent as it is: ioctl(file, 0x222003, 0).
#pragma once

#include <stdint.h>
#include <sys/ioctl.h>

struct nthost_ioctl {
    uint32_t code;
    uint32_t input_length, output_length;
    uint32_t status;      // NTSTATUS, after the call
    uint64_t information; // after the call
};

// Where the output stands, and how long the whole is.
#define NTHOST_IOCTL_OUTPUT(request) (sizeof *(request) + (((uint64_t)(request)->input_length + 7) & ~7ull))
#define NTHOST_IOCTL_BYTES(request)  (NTHOST_IOCTL_OUTPUT(request) + (request)->output_length)

#define NTHOST_IOCTL(bytes) _IOC(_IOC_READ | _IOC_WRITE, 'N', 0x54, bytes)
#define NTHOST_IOCTL_MAX    16383u
