// What the driver and the application of this case agree on.
#pragma once

#define ATFAULT_BYTES 4 // of the application's reads; the driver writes "ABCD"

#define ATFAULT_CODE(number) CTL_CODE(FILE_DEVICE_UNKNOWN, 0x800 + (number), METHOD_BUFFERED, FILE_ANY_ACCESS)

// How the next read is answered; no buffers.
#define IOCTL_ATFAULT_TOO_MUCH ATFAULT_CODE(0) // Information is larger than the buffer
#define IOCTL_ATFAULT_UNMARKED ATFAULT_CODE(1) // completed at once, STATUS_PENDING is returned, it was not marked
#define IOCTL_ATFAULT_DROPPED  ATFAULT_CODE(2) // STATUS_PENDING is returned, it was neither marked nor kept

// The driver breaks the rules of fact 19 one after the other, each in a thread of its own.
#define IOCTL_ATFAULT_STOPS ATFAULT_CODE(3)
// Returns from its dispatch routine at DISPATCH_LEVEL.
#define IOCTL_ATFAULT_LEVEL ATFAULT_CODE(4)
