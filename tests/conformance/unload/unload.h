// What the driver and the application of this case agree on.
#pragma once

// What the next Unload leaves behind: the link, or a sign for the next DriverEntry that it shall fail.
#define IOCTL_UNLOAD_LEAVE_LINK CTL_CODE(FILE_DEVICE_UNKNOWN, 0x800, METHOD_BUFFERED, FILE_ANY_ACCESS)
#define IOCTL_UNLOAD_FAIL_NEXT  CTL_CODE(FILE_DEVICE_UNKNOWN, 0x801, METHOD_BUFFERED, FILE_ANY_ACCESS)
