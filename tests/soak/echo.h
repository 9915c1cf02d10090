// What the Echo driver and its users share. Include wdm.h or winioctl.h before.
#pragma once

enum { ECHO_BYTES = 65536 }; // the most that a handle keeps

#define IOCTL_ECHO_LATER CTL_CODE(FILE_DEVICE_UNKNOWN, 0x901, METHOD_BUFFERED, FILE_ANY_ACCESS)
