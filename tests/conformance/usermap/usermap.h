// What the driver and the application of this case agree on.
#pragma once

#define USERMAP_BYTES 0x2000 // of the driver's buffer

#define USERMAP_CODE(number) CTL_CODE(FILE_DEVICE_UNKNOWN, 0x800 + (number), METHOD_BUFFERED, FILE_ANY_ACCESS)

// Output: the address, in the calling process, of the driver's buffer. A process has it mapped at most once.
#define IOCTL_USERMAP_MAP USERMAP_CODE(0)
// Takes the mapping back, which the last close of the file would do, too.
#define IOCTL_USERMAP_UNMAP USERMAP_CODE(1)
// The driver prints what the buffer holds.
#define IOCTL_USERMAP_LOOK USERMAP_CODE(2)
// The driver writes a text into the buffer.
#define IOCTL_USERMAP_WRITE USERMAP_CODE(3)
