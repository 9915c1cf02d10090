// Devices of the running kernel, for the commands that talk to them.
#pragma once

#include "options.h"

#include "gate.h"

#include <stdbool.h>

enum { DEVICE_PATH = 512 }; // characters of the longest name

// A device that is open for requests one after the other. A request that pends is waited for.
struct device {
    const char *command, *name; // for messages: the command, the device as the user wrote it
    HANDLE file, event;
    unsigned long long timeout_ms; // 0: none. A request that takes longer is cancelled: STATUS_IO_TIMEOUT
};

// The kernel's name of what the user wrote, in `path` of DEVICE_PATH characters:
//
//     X   \\.\X   \\?\X   //./X     \??\X
//     \Device\X   /Device/X         \Device\X
//
// False: it is empty or too long.
bool device_path(const char *name, UNICODE_STRING *path, WCHAR *characters);

// What the command line of such a command says about the device.
struct device_options {
    const char *name, *socket;
    ACCESS_MASK access;
    unsigned long long timeout_s;
};

// The rows of its table for them: --access, --timeout, --socket. The name is an operand.
#define DEVICE_OPTIONS(wanted)                                                                                         \
    {"access", .take = device_take_access, .into = &(wanted)->access},                                                 \
        {"timeout", .number = &(wanted)->timeout_s, .unit = "a number of seconds"},                                    \
    {                                                                                                                  \
        "socket", .text = &(wanted)->socket                                                                            \
    }

// "read", "write", "rw", "none" as access rights.
int device_take_access(const char *command, const struct option_row *row, const char *value);

// Opens it. TOOL_OK; TOOL_USAGE, or TOOL_FAILED after a message, and then there is nothing to close.
int device_open(struct device *device, const char *command, const struct device_options *wanted);
void device_close(struct device *device);

// One request. The result is its final status; *information are the bytes that were transferred.
NTSTATUS device_read(struct device *device, void *buffer, ULONG length, LONGLONG offset, ULONG_PTR *information);
NTSTATUS device_write(struct device *device, const void *buffer, ULONG length, LONGLONG offset, ULONG_PTR *information);
NTSTATUS device_control(struct device *device, ULONG code, const void *input, ULONG input_length, void *output,
                        ULONG output_length, ULONG_PTR *information);

// The service that sends a control code: those of FILE_DEVICE_FILE_SYSTEM go as IRP_MJ_FILE_SYSTEM_CONTROL.
static inline __typeof__(NtDeviceIoControlFile) *device_control_service(ULONG code)
{
    bool is_file_system = DEVICE_TYPE_FROM_CTL_CODE(code) == FILE_DEVICE_FILE_SYSTEM;
    return is_file_system ? nt()->NtFsControlFile : nt()->NtDeviceIoControlFile;
}

// "nthost: read: X: ACTION: text: names and numbers" and what the user can do; TOOL_FAILED.
int device_failed(const struct device *device, const char *action, NTSTATUS status);

// Makes the kernel server at that socket the one of this process; before the first request. NULL: the default.
void device_server(const char *socket_path);

// ---- device_links.c -----------------------------------------------------------------------------------------------

// Calls `found` with each link of \GLOBAL??, in order of name, whose target is a device: "X" and "\Device\X", both
// UTF-8. The devices are not opened. Stops when `found` returns false.
NTSTATUS device_links(bool (*found)(void *context, const char *link, const char *target), void *context);
