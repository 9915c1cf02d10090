// nthost ioctl: one DeviceIoControl on a device.
#include "bytes.h"
#include "ctlcode.h"
#include "device.h"
#include "header.h"
#include "output.h"
#include "tool.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

static const char usage[] =
    "usage: nthost ioctl DEVICE CODE [OPTIONS]\n"
    "       nthost ioctl DEVICE --function N [--type N] [--method METHOD] [--check MODE] [OPTIONS]\n"
    "\n"
    "Opens a device of the kernel server, sends it a control code, and shows the bytes of the answer. DEVICE\n"
    "is X or \\\\.\\X for the link that programs open, or \\Device\\X. CODE is a number (0x222003), a name from a\n"
    "header, or an expression: \"CTL_CODE(FILE_DEVICE_UNKNOWN, 0x800, METHOD_BUFFERED, FILE_ANY_ACCESS)\".\n"
    "\n"
    "  --header FILE.h    take the names of codes from the #defines of FILE.h; may be given several times\n"
    "  --function N       the parts of the code instead of CODE: its function\n"
    "  --type N           its device type; default: 0x22, FILE_DEVICE_UNKNOWN\n"
    "  --method METHOD    buffered (the default), in-direct, out-direct or neither\n"
    "  --check MODE       the access it asks for: any (the default), read, write or rw\n"
    "  --in TEXT          the input: text, in UTF-8 without a zero behind it\n"
    "  --in-hex BYTES     the input: bytes, \"01 02 ff\"\n"
    "  --in-file FILE     the input: a file; - is standard input\n"
    "  --out-size N       room for N bytes of output; default: 4096\n"
    "  --data TEXT        what the output buffer holds when it is sent, and how long it is: for METHOD_IN_DIRECT,\n"
    "                     where the driver reads it\n"
    "  --data-hex BYTES   the same\n"
    "  --data-file FILE   the same\n"
    "  --text             show text instead of hexadecimal and ASCII\n"
    "  --raw              write the answer to standard output as it is\n"
    "  --output FILE      write the answer to FILE as it is\n"
    "  --access MODE      open the device for read, write, rw (the default) or none\n"
    "  --timeout SECONDS  cancel the request after that time\n"
    "  --socket PATH      the server that listens there; default: NTHOST_SERVER, or\n"
    "                     ${XDG_RUNTIME_DIR:-/tmp/nthost-$UID}/nthost.sock\n"
    "  --help             this page\n"
    "\n"
    "Example:\n"
    "  nthost ioctl ModesBuffered IOCTL_MODES_SUM --header modes.h --in-hex \"00000000 05000000\"\n"
    "\n"
    "Exit status: 0; 1 when there is no server, the device cannot be opened or the request fails; 2 for a\n"
    "wrong command line.\n";

enum { MOST_FUNCTION = 0xfff, MOST_TYPE = 0xffff }; // of the parts of a code
enum { METHODS, CHECKS };                           // the words for others

struct control {
    struct device_options device;
    const char *code_text;
    struct ctlcode_names *names;
    uint32_t code, function, type, method, check;
    bool by_parts;
    struct bytes in, data;
    bool has_data;
    unsigned long long out_size;
    struct output output;
};

// A part of the code that is a number; `which` is the largest.
static int take_number(const char *command, const struct option_row *row, const char *value)
{
    struct control *wanted = row->into;
    uint32_t *part = row->which == MOST_FUNCTION ? &wanted->function : &wanted->type;
    if (ctlcode_evaluate(wanted->names, value, part) && *part <= (uint32_t)row->which)
        return TOOL_OK;
    return tool_usage_error(command, "%s: --%s is a number up to 0x%x, not \"%s\"", command, row->name,
                            (unsigned)row->which, value);
}

// A part of the code that is one of four words; `which` is the list.
static int take_word(const char *command, const struct option_row *row, const char *value)
{
    static const struct {
        const char *words[4], *together;
    } lists[] = {
        [METHODS] = {{"buffered", "in-direct", "out-direct", "neither"}, "buffered, in-direct, out-direct or neither"},
        [CHECKS] = {{"any", "read", "write", "rw"}, "any, read, write or rw"},
    };
    for (uint32_t i = 0; i < RTL_NUMBER_OF(lists->words); i++)
        if (strcmp(lists[row->which].words[i], value) == 0) {
            *(uint32_t *)row->into = i;
            return TOOL_OK;
        }
    return tool_usage_error(command, "%s: --%s is %s, not \"%s\"", command, row->name, lists[row->which].together,
                            value);
}

static int take_bytes(const char *command, const struct option_row *row, const char *value)
{
    struct bytes *bytes = row->into;
    if (bytes->data)
        return tool_usage_error(command, "%s: \"%s\": there is %s already", command, value,
                                strncmp(row->name, "in", 2) == 0 ? "an input" : "data");
    return bytes_get(bytes, (enum bytes_form)row->which, value, command) ? TOOL_OK : TOOL_FAILED;
}

// Evaluated at the end: a header may be named behind the code.
static int parse_code(struct control *wanted)
{
    if (wanted->by_parts) {
        wanted->code = wanted->type << 16 | wanted->check << 14 | wanted->function << 2 | wanted->method;
        return TOOL_OK;
    }
    if (ctlcode_evaluate(wanted->names, wanted->code_text, &wanted->code))
        return TOOL_OK;
    return tool_usage_error("ioctl", "ioctl: \"%s\" is no control code%s", wanted->code_text,
                            wanted->names ? " of the headers" : "; a name needs the --header that defines it");
}

static int parse_rest(struct control *wanted, int argc, char **argv)
{
    int expected = wanted->by_parts ? 1 : 2;
    if (optind == argc)
        return tool_usage_error("ioctl", "ioctl: which device?");
    if (argc - optind < expected)
        return tool_usage_error("ioctl", "ioctl: which control code? CODE, or --function N and the other parts");
    if (argc - optind > expected)
        return tool_usage_error("ioctl", "ioctl: \"%s\" is too much", argv[optind + expected]);
    wanted->device.name = argv[optind];
    wanted->code_text = argv[optind + 1];
    return parse_code(wanted);
}

static int parse(struct control *wanted, int argc, char **argv)
{
    bool *by_parts = &wanted->by_parts, *has_data = &wanted->has_data;
    const struct option_row rows[] = {
        {"header", .take = header_take, .into = &wanted->names},
        {"function", .take = take_number, .into = wanted, .which = MOST_FUNCTION, .flag = by_parts},
        {"type", .take = take_number, .into = wanted, .which = MOST_TYPE, .flag = by_parts},
        {"method", .take = take_word, .into = &wanted->method, .which = METHODS, .flag = by_parts},
        {"check", .take = take_word, .into = &wanted->check, .which = CHECKS, .flag = by_parts},
        {"in", .take = take_bytes, .into = &wanted->in, .which = BYTES_TEXT},
        {"in-hex", .take = take_bytes, .into = &wanted->in, .which = BYTES_HEX},
        {"in-file", .take = take_bytes, .into = &wanted->in, .which = BYTES_FILE},
        {"data", .take = take_bytes, .into = &wanted->data, .which = BYTES_TEXT, .flag = has_data},
        {"data-hex", .take = take_bytes, .into = &wanted->data, .which = BYTES_HEX, .flag = has_data},
        {"data-file", .take = take_bytes, .into = &wanted->data, .which = BYTES_FILE, .flag = has_data},
        {"out-size", .number = &wanted->out_size, .unit = "a number of bytes"},
        OUTPUT_OPTIONS(&wanted->output),
        DEVICE_OPTIONS(&wanted->device),
        {0},
    };
    const struct options options = {.command = "ioctl", .usage = usage, .rows = rows, .more = true};
    int result = options_parse(&options, argc, argv);
    return result ? result : parse_rest(wanted, argc, argv);
}

static int send(const struct control *wanted, struct device *device)
{
    unsigned char *out = wanted->data.data;
    ULONG_PTR count;
    char action[256], described[160];
    int result = TOOL_OK;
    if (!wanted->has_data)
        out = calloc(wanted->out_size ? wanted->out_size : 1, 1);
    if (!out) {
        tool_error("ioctl: not enough memory for %llu bytes", wanted->out_size);
        return TOOL_FAILED;
    }
    ULONG size = (ULONG)(wanted->has_data ? wanted->data.length : wanted->out_size);
    NTSTATUS status =
        device_control(device, wanted->code, wanted->in.data, (ULONG)wanted->in.length, out, size, &count);
    bool driver_reads_it = (wanted->code & 3) == METHOD_IN_DIRECT; // then Information counts what it took
    if (!NT_ERROR(status) && !driver_reads_it)
        result = output_write(&wanted->output, "ioctl", out, count < size ? count : size);
    else if (!NT_ERROR(status))
        printf("%zu of %zu bytes\n", (size_t)count, (size_t)size);
    if (!NT_SUCCESS(status)) {
        const char *name = ctlcode_name(wanted->names, wanted->code);
        ctlcode_describe(wanted->code, described, sizeof described);
        snprintf(action, sizeof action, "%s%s0x%x (%s) fails", name ? name : "", name ? ", " : "", wanted->code,
                 described);
        result = device_failed(device, action, status);
    }
    if (!wanted->has_data)
        free(out);
    return result;
}

int ioctl_main(int argc, char **argv)
{
    struct control wanted = {.type = 0x22, .out_size = 4096, .device.access = GENERIC_READ | GENERIC_WRITE};
    struct device device;
    int result = parse(&wanted, argc, argv);
    if (!result)
        result = device_open(&device, "ioctl", &wanted.device);
    if (!result) {
        result = send(&wanted, &device);
        device_close(&device);
    }
    free(wanted.in.data);
    free(wanted.data.data);
    ctlcode_names_free(wanted.names);
    return result;
}
