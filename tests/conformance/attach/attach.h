// Shared by conformance-attach.sys and its application.
#pragma once

// Input: the address of a number in the application; it comes back plus one, by a thread of the system process.
#define IOCTL_ATTACH CTL_CODE(FILE_DEVICE_UNKNOWN, 0x800, METHOD_BUFFERED, FILE_ANY_ACCESS)
