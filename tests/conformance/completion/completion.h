// What the driver and the application of this case agree on.
#pragma once

#define COMPLETION_BYTES 16

#define COMPLETION_CODE(number) CTL_CODE(FILE_DEVICE_UNKNOWN, 0x800 + (number), METHOD_BUFFERED, FILE_ANY_ACCESS)

// How the next read is answered; no buffers.
#define IOCTL_COMPLETION_UNWRITTEN COMPLETION_CODE(0) // at once; all bytes are counted, none is written
#define IOCTL_COMPLETION_MARKED    COMPLETION_CODE(1) // marked pending, completed at once
#define IOCTL_COMPLETION_KEPT      COMPLETION_CODE(2) // pending until IOCTL_COMPLETION_FINISH
#define IOCTL_COMPLETION_DPC       COMPLETION_CODE(3) // pending, completed by a timer's DPC

// Output: COMPLETION_BYTES bytes that the system buffer of the unwritten read held.
#define IOCTL_COMPLETION_HELD COMPLETION_CODE(4)
// A thread of the driver completes the kept read and then waits for IOCTL_COMPLETION_SEEN; the call waits for the thread.
#define IOCTL_COMPLETION_FINISH COMPLETION_CODE(5)
#define IOCTL_COMPLETION_SEEN   COMPLETION_CODE(6) // from who got the kept read
// The driver sends a request of its own and has it completed at DISPATCH_LEVEL.
#define IOCTL_COMPLETION_INSIDE COMPLETION_CODE(7)
