// nthost write: one WriteFile on a device.
#include "bytes.h"
#include "device.h"
#include "tool.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

static const char usage[] =
    "usage: nthost write DEVICE TEXT|- [OPTIONS]\n"
    "       nthost write DEVICE --hex BYTES|--file FILE [OPTIONS]\n"
    "\n"
    "Opens a device of the kernel server and writes to it once. DEVICE is X or \\\\.\\X for the link that\n"
    "programs open, or \\Device\\X. TEXT is written in UTF-8 without a zero or a line end behind it; - is what\n"
    "comes from standard input.\n"
    "\n"
    "  --hex BYTES        these bytes: \"01 02 ff\"\n"
    "  --file FILE        the bytes of FILE\n"
    "  --offset N         to that offset; default: 0\n"
    "  --access MODE      open it for read, write (the default), rw or none\n"
    "  --timeout SECONDS  cancel the request after that time\n"
    "  --socket PATH      the server that listens there; default: NTHOST_SERVER, or\n"
    "                     ${XDG_RUNTIME_DIR:-/tmp/nthost-$UID}/nthost.sock\n"
    "  --help             this page\n"
    "\n"
    "Example:\n"
    "  nthost write Mailbox \"good morning\"\n"
    "\n"
    "Exit status: 0; 1 when there is no server, the device cannot be opened or the request fails; 2 for a\n"
    "wrong command line.\n";

struct write {
    const char *device, *socket, *argument;
    enum bytes_form form;
    unsigned long long offset, timeout;
    ACCESS_MASK access;
};

enum { OPTION_HEX = 256, OPTION_FILE, OPTION_OFFSET, OPTION_ACCESS, OPTION_TIMEOUT, OPTION_SOCKET };

static const struct option options[] = {
    {"hex", required_argument, NULL, OPTION_HEX},
    {"file", required_argument, NULL, OPTION_FILE},
    {"offset", required_argument, NULL, OPTION_OFFSET},
    {"access", required_argument, NULL, OPTION_ACCESS},
    {"timeout", required_argument, NULL, OPTION_TIMEOUT},
    {"socket", required_argument, NULL, OPTION_SOCKET},
    {"help", no_argument, NULL, 'h'},
    {0},
};

static int too_much(const char *what)
{
    return tool_usage_error("write", "write: %s: there is something to write already", what);
}

// What stands behind the options: the device, and the text unless an option gave the bytes.
static int parse_rest(struct write *wanted, int argc, char **argv)
{
    if (optind == argc)
        return tool_usage_error("write", "write: which device?");
    wanted->device = argv[optind++];
    if (optind < argc && wanted->argument)
        return too_much(argv[optind]);
    if (optind == argc && !wanted->argument)
        return tool_usage_error("write", "write: write what? TEXT, --hex, --file, or - for standard input");
    if (!wanted->argument) {
        wanted->argument = argv[optind++];
        wanted->form = strcmp(wanted->argument, "-") == 0 ? BYTES_FILE : BYTES_TEXT;
    }
    return optind < argc
               ? tool_usage_error("write", "write: \"%s\" is too much; put the text into quotes", argv[optind])
               : TOOL_OK;
}

static int parse(struct write *wanted, int argc, char **argv)
{
    int option;
    while ((option = getopt_long(argc, argv, ":", options, NULL)) != -1) {
        switch (option) {
        case OPTION_HEX:
        case OPTION_FILE:
            if (wanted->argument)
                return too_much(optarg);
            wanted->argument = optarg;
            wanted->form = option == OPTION_HEX ? BYTES_HEX : BYTES_FILE;
            break;
        case OPTION_OFFSET:
            if (!tool_number(optarg, INT64_MAX, &wanted->offset))
                return tool_usage_error("write", "write: --offset needs a number of bytes, not \"%s\"", optarg);
            break;
        case OPTION_ACCESS:
            if (!device_access(optarg, &wanted->access))
                return tool_usage_error("write", "write: --access is read, write, rw or none, not \"%s\"", optarg);
            break;
        case OPTION_TIMEOUT:
            if (!tool_number(optarg, UINT32_MAX, &wanted->timeout))
                return tool_usage_error("write", "write: --timeout needs a number of seconds, not \"%s\"", optarg);
            break;
        case OPTION_SOCKET:
            wanted->socket = optarg;
            break;
        case 'h':
            fputs(usage, stdout);
            return -1;
        default:
            return tool_bad_option("write", argv, option);
        }
    }
    return parse_rest(wanted, argc, argv);
}

int write_main(int argc, char **argv)
{
    struct write wanted = {.access = GENERIC_WRITE};
    struct bytes bytes;
    struct device device;
    ULONG_PTR count;
    int result = parse(&wanted, argc, argv);
    if (result)
        return result < 0 ? TOOL_OK : result;
    if (!bytes_get(&bytes, wanted.form, wanted.argument, "write"))
        return TOOL_FAILED;
    device_server(wanted.socket);
    result = device_open(&device, "write", wanted.device, wanted.access);
    if (!result) {
        device.timeout_ms = wanted.timeout * 1000;
        NTSTATUS status = device_write(&device, bytes.data, (ULONG)bytes.length, (LONGLONG)wanted.offset, &count);
        if (NT_SUCCESS(status))
            printf("%zu of %zu bytes\n", (size_t)count, bytes.length);
        else
            result = device_failed(&device, "cannot be written", status);
        device_close(&device);
    }
    free(bytes.data);
    return result;
}
