// Shared by conformance-pnp.sys and its application.
#pragma once

// Output: the interface's name as the driver got it, zero-terminated WCHARs.
#define IOCTL_NAME CTL_CODE(FILE_DEVICE_UNKNOWN, 0x800, METHOD_BUFFERED, FILE_ANY_ACCESS)
// Disables the interface; enables it again.
#define IOCTL_DISABLE CTL_CODE(FILE_DEVICE_UNKNOWN, 0x801, METHOD_BUFFERED, FILE_ANY_ACCESS)
#define IOCTL_ENABLE  CTL_CODE(FILE_DEVICE_UNKNOWN, 0x802, METHOD_BUFFERED, FILE_ANY_ACCESS)

// What everybody knows of the name: \\?\ROOT#service#0000#{class of the interface}.
#define INTERFACE_PATH "\\\\?\\ROOT#conformance-pnp#0000#{6b1d3b52-7c11-4c3a-9d55-0a1f60e3c9a1}"
