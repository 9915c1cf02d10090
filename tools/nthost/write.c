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
    struct device_options device;
    const char *argument;
    enum bytes_form form;
    unsigned long long offset;
};

static int too_much(const char *what)
{
    return tool_usage_error("write", "write: %s: there is something to write already", what);
}

static int take_argument(const char *command, const struct option_row *row, const char *value)
{
    struct write *wanted = row->into;
    (void)command;
    if (wanted->argument)
        return too_much(value);
    wanted->argument = value;
    wanted->form = (enum bytes_form)row->which;
    return TOOL_OK;
}

// What stands behind the options: the device, and the text unless an option gave the bytes.
static int parse_rest(struct write *wanted, int argc, char **argv)
{
    if (optind == argc)
        return tool_usage_error("write", "write: which device?");
    wanted->device.name = argv[optind++];
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
    const struct option_row rows[] = {
        {"hex", .take = take_argument, .into = wanted, .which = BYTES_HEX},
        {"file", .take = take_argument, .into = wanted, .which = BYTES_FILE},
        {"offset", .number = &wanted->offset, .most = INT64_MAX, .unit = "a number of bytes"},
        DEVICE_OPTIONS(&wanted->device),
        {0},
    };
    const struct options options = {.command = "write", .usage = usage, .rows = rows, .more = true};
    int result = options_parse(&options, argc, argv);
    return result ? result : parse_rest(wanted, argc, argv);
}

int write_main(int argc, char **argv)
{
    struct write wanted = {.device.access = GENERIC_WRITE};
    struct bytes bytes;
    struct device device;
    ULONG_PTR count;
    int result = parse(&wanted, argc, argv);
    if (result)
        return result;
    if (!bytes_get(&bytes, wanted.form, wanted.argument, "write"))
        return TOOL_FAILED;
    result = device_open(&device, "write", &wanted.device);
    if (!result) {
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
