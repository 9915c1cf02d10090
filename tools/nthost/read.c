// nthost read: one ReadFile on a device.
#include "device.h"
#include "output.h"
#include "tool.h"

#include <stdlib.h>

static const char usage[] =
    "usage: nthost read DEVICE [-n BYTES] [OPTIONS]\n"
    "\n"
    "Opens a device of the kernel server, reads from it once, and shows the bytes. DEVICE is X or \\\\.\\X for\n"
    "the link that programs open, or \\Device\\X.\n"
    "\n"
    "  -n, --bytes N      ask for N bytes; default: 4096\n"
    "  --offset N         from that offset on; default: 0\n"
    "  --text             show text instead of hexadecimal and ASCII\n"
    "  --raw              write the bytes to standard output as they are\n"
    "  --output FILE      write the bytes to FILE as they are\n"
    "  --access MODE      open it for read (the default), write, rw or none\n"
    "  --timeout SECONDS  cancel the request after that time\n"
    "  --socket PATH      the server that listens there; default: NTHOST_SERVER, or\n"
    "                     ${XDG_RUNTIME_DIR:-/tmp/nthost-$UID}/nthost.sock\n"
    "  --help             this page\n"
    "\n"
    "Example:\n"
    "  nthost read LySharkDriver -n 5\n"
    "\n"
    "Exit status: 0; 1 when there is no server, the device cannot be opened or the request fails; 2 for a\n"
    "wrong command line.\n";

struct read {
    struct device_options device;
    unsigned long long bytes, offset;
    struct output output;
};

static int parse(struct read *wanted, int argc, char **argv)
{
    const struct option_row rows[] = {
        {"bytes", 'n', .number = &wanted->bytes, .unit = "a number of bytes"},
        {"offset", .number = &wanted->offset, .most = INT64_MAX, .unit = "a number of bytes"},
        OUTPUT_OPTIONS(&wanted->output),
        DEVICE_OPTIONS(&wanted->device),
        {0},
    };
    const struct options options = {.command = "read",
                                    .usage = usage,
                                    .rows = rows,
                                    .operand = &wanted->device.name,
                                    .missing = "which device?",
                                    .surplus = "one device at a time"};
    return options_parse(&options, argc, argv);
}

int read_main(int argc, char **argv)
{
    struct read wanted = {.bytes = 4096, .device.access = GENERIC_READ};
    struct device device;
    ULONG_PTR count;
    int result = parse(&wanted, argc, argv);
    if (!result)
        result = device_open(&device, "read", &wanted.device);
    if (result)
        return result;
    unsigned char *buffer = calloc(wanted.bytes ? wanted.bytes : 1, 1);
    if (!buffer) {
        tool_error("read: not enough memory for %llu bytes", wanted.bytes);
        device_close(&device);
        return TOOL_FAILED;
    }
    NTSTATUS status = device_read(&device, buffer, (ULONG)wanted.bytes, (LONGLONG)wanted.offset, &count);
    if (!NT_ERROR(status) || status == STATUS_END_OF_FILE)
        result = output_write(&wanted.output, "read", buffer, count);
    if (!NT_SUCCESS(status) && status != STATUS_END_OF_FILE)
        result = device_failed(&device, "cannot be read", status);
    free(buffer);
    device_close(&device);
    return result;
}
