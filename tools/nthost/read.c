// nthost read: one ReadFile on a device.
#include "device.h"
#include "output.h"
#include "tool.h"

#include <getopt.h>
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
    const char *device, *socket;
    unsigned long long bytes, offset, timeout;
    ACCESS_MASK access;
    struct output output;
};

enum { OPTION_OFFSET = 256, OPTION_TEXT, OPTION_RAW, OPTION_OUTPUT, OPTION_ACCESS, OPTION_TIMEOUT, OPTION_SOCKET };

static const struct option options[] = {
    {"bytes", required_argument, NULL, 'n'},
    {"offset", required_argument, NULL, OPTION_OFFSET},
    {"text", no_argument, NULL, OPTION_TEXT},
    {"raw", no_argument, NULL, OPTION_RAW},
    {"output", required_argument, NULL, OPTION_OUTPUT},
    {"access", required_argument, NULL, OPTION_ACCESS},
    {"timeout", required_argument, NULL, OPTION_TIMEOUT},
    {"socket", required_argument, NULL, OPTION_SOCKET},
    {"help", no_argument, NULL, 'h'},
    {0},
};

static int parse(struct read *wanted, int argc, char **argv)
{
    int option;
    while ((option = getopt_long(argc, argv, ":n:", options, NULL)) != -1) {
        switch (option) {
        case 'n':
            if (!tool_number(optarg, UINT32_MAX, &wanted->bytes))
                return tool_usage_error("read", "read: -n needs a number of bytes, not \"%s\"", optarg);
            break;
        case OPTION_OFFSET:
            if (!tool_number(optarg, INT64_MAX, &wanted->offset))
                return tool_usage_error("read", "read: --offset needs a number of bytes, not \"%s\"", optarg);
            break;
        case OPTION_TEXT:
            wanted->output.form = OUTPUT_TEXT;
            break;
        case OPTION_RAW:
            wanted->output.form = OUTPUT_RAW;
            break;
        case OPTION_OUTPUT:
            wanted->output.path = optarg;
            break;
        case OPTION_ACCESS:
            if (!device_access(optarg, &wanted->access))
                return tool_usage_error("read", "read: --access is read, write, rw or none, not \"%s\"", optarg);
            break;
        case OPTION_TIMEOUT:
            if (!tool_number(optarg, UINT32_MAX, &wanted->timeout))
                return tool_usage_error("read", "read: --timeout needs a number of seconds, not \"%s\"", optarg);
            break;
        case OPTION_SOCKET:
            wanted->socket = optarg;
            break;
        case 'h':
            fputs(usage, stdout);
            return -1;
        default:
            return tool_bad_option("read", argv, option);
        }
    }
    if (argc - optind != 1)
        return tool_usage_error("read", optind < argc ? "read: one device at a time" : "read: which device?");
    wanted->device = argv[optind];
    return TOOL_OK;
}

int read_main(int argc, char **argv)
{
    struct read wanted = {.bytes = 4096, .access = GENERIC_READ};
    struct device device;
    ULONG_PTR count;
    int result = parse(&wanted, argc, argv);
    if (result)
        return result < 0 ? TOOL_OK : result;
    device_server(wanted.socket);
    result = device_open(&device, "read", wanted.device, wanted.access);
    if (result)
        return result;
    device.timeout_ms = wanted.timeout * 1000;
    unsigned char *buffer = calloc(wanted.bytes ? wanted.bytes : 1, 1);
    if (!buffer) {
        tool_error("read: not enough memory for %llu bytes", wanted.bytes);
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
