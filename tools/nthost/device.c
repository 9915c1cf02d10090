// Opening devices and sending requests: see device.h. The commands speak to the kernel in its own terms (NtReadFile and
// the like), so that messages can name the status as well as Windows's error.
#include "device.h"
#include "tool.h"

#include "rtl/rtl.h"

#include <nt/rtl.h>

#include <stdlib.h>
#include <string.h>

enum { NS100_PER_MS = 10000 };

// What the user can do about a status.
static const struct {
    NTSTATUS status;
    const char *text;
} advice[] = {
    {STATUS_ACCESS_DENIED, "the device's security descriptor does not let you, or somebody has opened it for "
                           "exclusive use;\n\"--access read\" or \"--access write\" asks for less"},
    {STATUS_SHARING_VIOLATION, "somebody else has it open and does not share it"},
    {STATUS_INVALID_DEVICE_REQUEST, "the driver does not know this request"},
    {STATUS_INVALID_PARAMETER, "the driver does not accept what it was given: check the sizes of input and output"},
    {STATUS_BUFFER_TOO_SMALL, "the driver needs a larger buffer: \"-n\" of read, \"--out-size\" of ioctl"},
    {STATUS_INVALID_BUFFER_SIZE, "the driver wants a buffer of another size"},
    {STATUS_INVALID_USER_BUFFER, "the driver wants a buffer of another size"},
    {STATUS_INFO_LENGTH_MISMATCH, "the driver wants a buffer of another size"},
    {STATUS_BUFFER_OVERFLOW, "there is more: ask for more bytes"},
    {STATUS_IO_TIMEOUT, "the driver did not answer in that time, and the request was cancelled"},
    {STATUS_DRIVER_INTERNAL_ERROR, "the driver was stopped by a bugcheck: \"nthost log\" shows the report"},
    {STATUS_NO_SUCH_DEVICE, "the driver has gone"},
};

void device_server(const char *socket_path)
{
    if (socket_path)
        setenv("NTHOST_SERVER", socket_path, 1);
}

int device_take_access(const char *command, const struct option_row *row, const char *value)
{
    static const struct {
        const char *word;
        ACCESS_MASK access;
    } words[] = {{"read", GENERIC_READ}, {"write", GENERIC_WRITE}, {"rw", GENERIC_READ | GENERIC_WRITE}, {"none", 0}};
    for (size_t i = 0; i < RTL_NUMBER_OF(words); i++)
        if (strcmp(words[i].word, value) == 0) {
            *(ACCESS_MASK *)row->into = words[i].access;
            return TOOL_OK;
        }
    return tool_usage_error(command, "%s: --access is read, write, rw or none, not \"%s\"", command, value);
}

// ---- names --------------------------------------------------------------------------------------------------------

static bool is_separator(char c)
{
    return c == '\\' || c == '/';
}

bool device_path(const char *name, UNICODE_STRING *path, WCHAR *characters)
{
    char text[DEVICE_PATH];
    bool marked = is_separator(name[0]) && is_separator(name[1]) && (name[2] == '.' || name[2] == '?') &&
                  is_separator(name[3]); // \\.\ and its like
    const char *prefix = marked || !is_separator(name[0]) ? "\\??\\" : "";
    name += marked ? 4 : 0;
    int length = snprintf(text, sizeof text, "%s%s", prefix, name);
    if (!*name || length >= (int)sizeof text)
        return false;
    for (char *at = text; *at; at++)
        if (*at == '/')
            *at = '\\';
    ULONG bytes;
    if (RtlUTF8ToUnicodeN(characters, DEVICE_PATH * sizeof(WCHAR), &bytes, text, (ULONG)length) != STATUS_SUCCESS)
        return false;
    *path = (UNICODE_STRING){(USHORT)bytes, (USHORT)bytes, characters};
    return true;
}

// ---- messages -----------------------------------------------------------------------------------------------------

struct list {
    char text[400];
    bool cut;
};

static bool add_to_list(void *context, const char *link, const char *target)
{
    struct list *list = context;
    size_t used = strlen(list->text);
    (void)target;
    list->cut = strlen(link) + 6 > sizeof list->text - used;
    if (!list->cut)
        sprintf(list->text + used, "%s%s", used ? ", " : "", link);
    return !list->cut;
}

static void advise_about_name(void)
{
    struct list list = {.text = ""};
    if (!NT_SUCCESS(device_links(add_to_list, &list)))
        return;
    if (*list.text)
        fprintf(stderr, "        devices here: %s%s\n", list.text, list.cut ? ", ..." : "");
    else
        fputs("        there are no devices: has the driver been started? \"drvctl list\" shows it\n", stderr);
}

int device_failed(const struct device *device, const char *action, NTSTATUS status)
{
    ULONG error = RtlNtStatusToDosErrorNoTeb(status);
    const char *text = rtl_win32_text(error), *more = NULL;
    for (size_t i = 0; i < RTL_NUMBER_OF(advice) && !more; i++)
        more = advice[i].status == status ? advice[i].text : NULL;
    tool_error("%s: %s: %s: %s\n%s (%u), %s (0x%08X)%s%s", device->command, device->name, action,
               text ? text : "an error without a text", rtl_win32_name(error), (unsigned)error, rtl_status_name(status),
               (unsigned)status, more ? "\n" : "", more ? more : "");
    if (status == STATUS_OBJECT_NAME_NOT_FOUND || status == STATUS_OBJECT_PATH_NOT_FOUND)
        advise_about_name();
    return TOOL_FAILED;
}

// ---- requests -----------------------------------------------------------------------------------------------------

int device_open(struct device *device, const char *command, const struct device_options *wanted)
{
    WCHAR characters[DEVICE_PATH];
    UNICODE_STRING path;
    IO_STATUS_BLOCK iosb;
    *device = (struct device){.command = command, .name = wanted->name, .timeout_ms = wanted->timeout_s * 1000};
    device_server(wanted->socket);
    if (!device_path(wanted->name, &path, characters))
        return tool_usage_error(command, "%s: \"%s\" is no name of a device", command, wanted->name);
    OBJECT_ATTRIBUTES attributes = {
        .Length = sizeof attributes, .ObjectName = &path, .Attributes = OBJ_CASE_INSENSITIVE};
    NTSTATUS status = nt()->NtCreateEvent(&device->event, EVENT_ALL_ACCESS, NULL, NotificationEvent, FALSE);
    if (status == STATUS_CONNECTION_REFUSED) // there is no server, and the gate has said so
        return TOOL_FAILED;
    if (NT_SUCCESS(status))
        status = nt()->NtCreateFile(&device->file, wanted->access | FILE_READ_ATTRIBUTES, &attributes, &iosb, NULL, 0,
                                    FILE_SHARE_READ | FILE_SHARE_WRITE, FILE_OPEN, 0, NULL, 0);
    return NT_SUCCESS(status) ? TOOL_OK : device_failed(device, "cannot be opened", status);
}

void device_close(struct device *device)
{
    nt()->NtClose(device->file);
    nt()->NtClose(device->event);
}

static NTSTATUS cancel(struct device *device, IO_STATUS_BLOCK *iosb)
{
    IO_STATUS_BLOCK ignored;
    nt()->NtCancelIoFileEx(device->file, iosb, &ignored);
    nt()->NtWaitForSingleObject(device->event, FALSE, NULL);
    return iosb->Status == STATUS_CANCELLED ? STATUS_IO_TIMEOUT : iosb->Status; // it may have come just in time
}

static NTSTATUS finish(struct device *device, NTSTATUS status, IO_STATUS_BLOCK *iosb, ULONG_PTR *information)
{
    LARGE_INTEGER timeout = {.QuadPart = -(LONGLONG)(device->timeout_ms * NS100_PER_MS)};
    if (status == STATUS_PENDING) {
        status = nt()->NtWaitForSingleObject(device->event, FALSE, device->timeout_ms ? &timeout : NULL);
        if (status == STATUS_TIMEOUT)
            status = cancel(device, iosb);
        else if (status == STATUS_SUCCESS)
            status = iosb->Status;
    }
    *information = NT_ERROR(status) ? 0 : iosb->Information;
    return status;
}

NTSTATUS device_read(struct device *device, void *buffer, ULONG length, LONGLONG offset, ULONG_PTR *information)
{
    IO_STATUS_BLOCK iosb = {0};
    LARGE_INTEGER at = {.QuadPart = offset};
    NTSTATUS status = nt()->NtReadFile(device->file, device->event, NULL, NULL, &iosb, buffer, length, &at, NULL);
    return finish(device, status, &iosb, information);
}

NTSTATUS device_write(struct device *device, const void *buffer, ULONG length, LONGLONG offset, ULONG_PTR *information)
{
    IO_STATUS_BLOCK iosb = {0};
    LARGE_INTEGER at = {.QuadPart = offset};
    NTSTATUS status =
        nt()->NtWriteFile(device->file, device->event, NULL, NULL, &iosb, (PVOID)buffer, length, &at, NULL);
    return finish(device, status, &iosb, information);
}

NTSTATUS device_control(struct device *device, ULONG code, const void *input, ULONG input_length, void *output,
                        ULONG output_length, ULONG_PTR *information)
{
    IO_STATUS_BLOCK iosb = {0};
    NTSTATUS status = device_control_service(code)(device->file, device->event, NULL, NULL, &iosb, code, (PVOID)input,
                                                   input_length, output, output_length);
    return finish(device, status, &iosb, information);
}
