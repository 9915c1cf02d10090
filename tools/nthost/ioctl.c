// nthost ioctl: one DeviceIoControl on a device.
#include "bytes.h"
#include "ctlcode.h"
#include "device.h"
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

struct control {
    const char *device, *socket, *code_text;
    struct ctlcode_names *names;
    uint32_t code, function, type, method, check;
    bool by_parts;
    struct bytes in, data;
    bool has_data;
    unsigned long long out_size, timeout;
    ACCESS_MASK access;
    struct output output;
};

enum {
    OPTION_HEADER = 256,
    OPTION_FUNCTION,
    OPTION_TYPE,
    OPTION_METHOD,
    OPTION_CHECK,
    OPTION_IN, // the next two: the other forms of bytes_form
    OPTION_IN_HEX,
    OPTION_IN_FILE,
    OPTION_DATA,
    OPTION_DATA_HEX,
    OPTION_DATA_FILE,
    OPTION_OUT_SIZE,
    OPTION_TEXT,
    OPTION_RAW,
    OPTION_OUTPUT,
    OPTION_ACCESS,
    OPTION_TIMEOUT,
    OPTION_SOCKET
};

static const struct option options[] = {
    {"header", required_argument, NULL, OPTION_HEADER},
    {"function", required_argument, NULL, OPTION_FUNCTION},
    {"type", required_argument, NULL, OPTION_TYPE},
    {"method", required_argument, NULL, OPTION_METHOD},
    {"check", required_argument, NULL, OPTION_CHECK},
    {"in", required_argument, NULL, OPTION_IN},
    {"in-hex", required_argument, NULL, OPTION_IN_HEX},
    {"in-file", required_argument, NULL, OPTION_IN_FILE},
    {"data", required_argument, NULL, OPTION_DATA},
    {"data-hex", required_argument, NULL, OPTION_DATA_HEX},
    {"data-file", required_argument, NULL, OPTION_DATA_FILE},
    {"out-size", required_argument, NULL, OPTION_OUT_SIZE},
    {"text", no_argument, NULL, OPTION_TEXT},
    {"raw", no_argument, NULL, OPTION_RAW},
    {"output", required_argument, NULL, OPTION_OUTPUT},
    {"access", required_argument, NULL, OPTION_ACCESS},
    {"timeout", required_argument, NULL, OPTION_TIMEOUT},
    {"socket", required_argument, NULL, OPTION_SOCKET},
    {"help", no_argument, NULL, 'h'},
    {0},
};

// The number of the word in a list; -1.
static int word_number(const char *word, const char *const *words)
{
    for (int i = 0; words[i]; i++)
        if (strcmp(words[i], word) == 0)
            return i;
    return -1;
}

static int read_header(struct control *wanted, const char *path)
{
    char message[512];
    if (!wanted->names)
        wanted->names = ctlcode_names_new();
    if (wanted->names && ctlcode_names_read(wanted->names, path, message, sizeof message))
        return TOOL_OK;
    tool_error("ioctl: %s", wanted->names ? message : "not enough memory");
    return TOOL_FAILED;
}

// An option with a part of the code.
static int parse_part(struct control *wanted, int option)
{
    static const char *const methods[] = {"buffered", "in-direct", "out-direct", "neither", NULL};
    static const char *const checks[] = {"any", "read", "write", "rw", NULL};
    int number = 0;
    wanted->by_parts = true;
    if (option == OPTION_FUNCTION) {
        if (!ctlcode_evaluate(wanted->names, optarg, &wanted->function) || wanted->function > 0xfff)
            return tool_usage_error("ioctl", "ioctl: --function is a number up to 0xfff, not \"%s\"", optarg);
    } else if (option == OPTION_TYPE) {
        if (!ctlcode_evaluate(wanted->names, optarg, &wanted->type) || wanted->type > 0xffff)
            return tool_usage_error("ioctl", "ioctl: --type is a number up to 0xffff, not \"%s\"", optarg);
    } else if (option == OPTION_METHOD) {
        wanted->method = (uint32_t)(number = word_number(optarg, methods));
    } else {
        wanted->check = (uint32_t)(number = word_number(optarg, checks));
    }
    if (number >= 0)
        return TOOL_OK;
    return option == OPTION_METHOD
               ? tool_usage_error("ioctl", "ioctl: --method is buffered, in-direct, out-direct or neither, not \"%s\"",
                                  optarg)
               : tool_usage_error("ioctl", "ioctl: --check is any, read, write or rw, not \"%s\"", optarg);
}

static int parse_bytes(struct control *wanted, int option)
{
    bool is_input = option <= OPTION_IN_FILE;
    struct bytes *bytes = is_input ? &wanted->in : &wanted->data;
    if (bytes->data)
        return tool_usage_error("ioctl", "ioctl: \"%s\": there is %s already", optarg, is_input ? "an input" : "data");
    wanted->has_data |= !is_input;
    return bytes_get(bytes, (enum bytes_form)(option - (is_input ? OPTION_IN : OPTION_DATA)), optarg, "ioctl")
               ? TOOL_OK
               : TOOL_FAILED;
}

static int parse_option(struct control *wanted, int option)
{
    switch (option) {
    case OPTION_HEADER:
        return read_header(wanted, optarg);
    case OPTION_FUNCTION ... OPTION_CHECK:
        return parse_part(wanted, option);
    case OPTION_IN ... OPTION_DATA_FILE:
        return parse_bytes(wanted, option);
    case OPTION_OUT_SIZE:
        if (!tool_number(optarg, UINT32_MAX, &wanted->out_size))
            return tool_usage_error("ioctl", "ioctl: --out-size needs a number of bytes, not \"%s\"", optarg);
        return TOOL_OK;
    case OPTION_TEXT:
    case OPTION_RAW:
        wanted->output.form = option == OPTION_TEXT ? OUTPUT_TEXT : OUTPUT_RAW;
        return TOOL_OK;
    case OPTION_OUTPUT:
        wanted->output.path = optarg;
        return TOOL_OK;
    case OPTION_ACCESS:
        if (!device_access(optarg, &wanted->access))
            return tool_usage_error("ioctl", "ioctl: --access is read, write, rw or none, not \"%s\"", optarg);
        return TOOL_OK;
    case OPTION_TIMEOUT:
        if (!tool_number(optarg, UINT32_MAX, &wanted->timeout))
            return tool_usage_error("ioctl", "ioctl: --timeout needs a number of seconds, not \"%s\"", optarg);
        return TOOL_OK;
    default:
        wanted->socket = optarg;
        return TOOL_OK;
    }
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

static int parse(struct control *wanted, int argc, char **argv)
{
    int option, result = TOOL_OK;
    while (!result && (option = getopt_long(argc, argv, ":", options, NULL)) != -1) {
        if (option == 'h') {
            fputs(usage, stdout);
            return -1;
        }
        result = option == ':' || option == '?' ? tool_bad_option("ioctl", argv, option) : parse_option(wanted, option);
    }
    if (result)
        return result;
    int expected = wanted->by_parts ? 1 : 2;
    if (optind == argc)
        return tool_usage_error("ioctl", "ioctl: which device?");
    if (argc - optind < expected)
        return tool_usage_error("ioctl", "ioctl: which control code? CODE, or --function N and the other parts");
    if (argc - optind > expected)
        return tool_usage_error("ioctl", "ioctl: \"%s\" is too much", argv[optind + expected]);
    wanted->device = argv[optind];
    wanted->code_text = argv[optind + 1];
    return parse_code(wanted);
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
    struct control wanted = {.type = 0x22, .out_size = 4096, .access = GENERIC_READ | GENERIC_WRITE};
    struct device device = {0};
    int result = parse(&wanted, argc, argv);
    if (!result) {
        device_server(wanted.socket);
        result = device_open(&device, "ioctl", wanted.device, wanted.access);
        device.timeout_ms = wanted.timeout * 1000;
        if (!result) {
            result = send(&wanted, &device);
            device_close(&device);
        }
    }
    free(wanted.in.data);
    free(wanted.data.data);
    ctlcode_names_free(wanted.names);
    return result < 0 ? TOOL_OK : result;
}
