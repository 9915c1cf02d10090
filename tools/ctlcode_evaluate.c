// The value of an expression of a header: numbers, the names of macros, C's operators on 32 bits without the
// comparisons, casts (which change nothing), CTL_CODE, and macros with parameters, whose arguments are evaluated first.
//
// A header may be anything, so every name and bracket costs a step, and they nest only so deep.
#include "ctlcode_internal.h"

#include <win32/windows.h>
#include <win32/winioctl.h>

#include <ctype.h>
#include <string.h>

enum { DEPTH_MAX = 64, ARGUMENTS_MAX = 8 };

#define CONSTANT(name) #name, name

const struct ctlcode_constant ctlcode_constant[] = {
    {CONSTANT(FILE_DEVICE_BEEP)},
    {CONSTANT(FILE_DEVICE_CD_ROM)},
    {CONSTANT(FILE_DEVICE_CD_ROM_FILE_SYSTEM)},
    {CONSTANT(FILE_DEVICE_CONTROLLER)},
    {CONSTANT(FILE_DEVICE_DATALINK)},
    {CONSTANT(FILE_DEVICE_DFS)},
    {CONSTANT(FILE_DEVICE_DISK)},
    {CONSTANT(FILE_DEVICE_DISK_FILE_SYSTEM)},
    {CONSTANT(FILE_DEVICE_FILE_SYSTEM)},
    {CONSTANT(FILE_DEVICE_INPORT_PORT)},
    {CONSTANT(FILE_DEVICE_KEYBOARD)},
    {CONSTANT(FILE_DEVICE_MAILSLOT)},
    {CONSTANT(FILE_DEVICE_MIDI_IN)},
    {CONSTANT(FILE_DEVICE_MIDI_OUT)},
    {CONSTANT(FILE_DEVICE_MOUSE)},
    {CONSTANT(FILE_DEVICE_MULTI_UNC_PROVIDER)},
    {CONSTANT(FILE_DEVICE_NAMED_PIPE)},
    {CONSTANT(FILE_DEVICE_NETWORK)},
    {CONSTANT(FILE_DEVICE_NETWORK_BROWSER)},
    {CONSTANT(FILE_DEVICE_NETWORK_FILE_SYSTEM)},
    {CONSTANT(FILE_DEVICE_NULL)},
    {CONSTANT(FILE_DEVICE_PARALLEL_PORT)},
    {CONSTANT(FILE_DEVICE_PHYSICAL_NETCARD)},
    {CONSTANT(FILE_DEVICE_PRINTER)},
    {CONSTANT(FILE_DEVICE_SCANNER)},
    {CONSTANT(FILE_DEVICE_SERIAL_MOUSE_PORT)},
    {CONSTANT(FILE_DEVICE_SERIAL_PORT)},
    {CONSTANT(FILE_DEVICE_SCREEN)},
    {CONSTANT(FILE_DEVICE_SOUND)},
    {CONSTANT(FILE_DEVICE_STREAMS)},
    {CONSTANT(FILE_DEVICE_TAPE)},
    {CONSTANT(FILE_DEVICE_TAPE_FILE_SYSTEM)},
    {CONSTANT(FILE_DEVICE_TRANSPORT)},
    {CONSTANT(FILE_DEVICE_UNKNOWN)},
    {CONSTANT(FILE_DEVICE_VIDEO)},
    {CONSTANT(FILE_DEVICE_VIRTUAL_DISK)},
    {CONSTANT(FILE_DEVICE_WAVE_IN)},
    {CONSTANT(FILE_DEVICE_WAVE_OUT)},
    {CONSTANT(FILE_DEVICE_8042_PORT)},
    {CONSTANT(FILE_DEVICE_NETWORK_REDIRECTOR)},
    {CONSTANT(FILE_DEVICE_BATTERY)},
    {CONSTANT(FILE_DEVICE_BUS_EXTENDER)},
    {CONSTANT(FILE_DEVICE_MODEM)},
    {CONSTANT(FILE_DEVICE_VDM)},
    {CONSTANT(FILE_DEVICE_MASS_STORAGE)},
    {CONSTANT(FILE_DEVICE_SMB)},
    {CONSTANT(FILE_DEVICE_KS)},
    {CONSTANT(FILE_DEVICE_CHANGER)},
    {CONSTANT(FILE_DEVICE_SMARTCARD)},
    {CONSTANT(FILE_DEVICE_ACPI)},
    {CONSTANT(FILE_DEVICE_DVD)},
    {CONSTANT(FILE_DEVICE_FULLSCREEN_VIDEO)},
    {CONSTANT(FILE_DEVICE_DFS_FILE_SYSTEM)},
    {CONSTANT(FILE_DEVICE_DFS_VOLUME)},
    {CONSTANT(FILE_DEVICE_SERENUM)},
    {CONSTANT(FILE_DEVICE_TERMSRV)},
    {CONSTANT(FILE_DEVICE_KSEC)},
    {CONSTANT(FILE_DEVICE_FIPS)},
    {CONSTANT(FILE_DEVICE_INFINIBAND)},
    {CONSTANT(METHOD_BUFFERED)},
    {CONSTANT(METHOD_IN_DIRECT)},
    {CONSTANT(METHOD_OUT_DIRECT)},
    {CONSTANT(METHOD_NEITHER)},
    {CONSTANT(METHOD_DIRECT_TO_HARDWARE)},
    {CONSTANT(METHOD_DIRECT_FROM_HARDWARE)},
    {CONSTANT(FILE_ANY_ACCESS)},
    {CONSTANT(FILE_SPECIAL_ACCESS)},
    {CONSTANT(FILE_READ_ACCESS)},
    {CONSTANT(FILE_WRITE_ACCESS)},
    {CONSTANT(FILE_READ_DATA)},
    {CONSTANT(FILE_WRITE_DATA)},
};
const size_t ctlcode_constants = sizeof ctlcode_constant / sizeof *ctlcode_constant;

struct scope {
    const struct ctlcode_macro *macro; // whose body it is; NULL: no parameters
    const uint32_t *arguments;
};

struct reader {
    const struct ctlcode_names *names;
    const char *at;
    struct scope scope;
    unsigned *steps;
    unsigned depth;
    bool is_code, failed;
};

static uint32_t read_level(struct reader *reader, unsigned level);

static uint32_t fail(struct reader *reader)
{
    reader->failed = true;
    return 0;
}

static bool take(struct reader *reader, const char *mark)
{
    while (isspace((unsigned char)*reader->at))
        reader->at++;
    size_t length = strlen(mark);
    if (strncmp(reader->at, mark, length) != 0)
        return false;
    reader->at += length;
    return true;
}

static uint32_t read_number(struct reader *reader)
{
    int base = 10;
    uint64_t value = 0;
    const char *first = reader->at;
    if (first[0] == '0') {
        base = first[1] == 'x' || first[1] == 'X' ? 16 : 8;
        reader->at += base == 16 ? 2 : 0;
    }
    first = reader->at;
    for (; isxdigit((unsigned char)*reader->at) && value <= UINT32_MAX; reader->at++) {
        int digit = isdigit((unsigned char)*reader->at) ? *reader->at - '0' : (*reader->at | 0x20) - 'a' + 10;
        if (digit >= base)
            return fail(reader);
        value = value * (unsigned)base + (unsigned)digit;
    }
    bool none = reader->at == first;
    while (*reader->at && strchr("uUlL", *reader->at))
        reader->at++;
    if (none || value > UINT32_MAX || isalnum((unsigned char)*reader->at) || *reader->at == '_')
        return fail(reader);
    return (uint32_t)value;
}

static uint32_t read_expression(struct reader *reader)
{
    if (*reader->steps == 0 || reader->depth == DEPTH_MAX || reader->failed)
        return fail(reader);
    --*reader->steps;
    reader->depth++;
    uint32_t value = read_level(reader, 0);
    reader->depth--;
    return value;
}

// The value of another macro's body.
static uint32_t read_body(struct reader *reader, const struct ctlcode_macro *macro, const uint32_t *arguments)
{
    const char *behind = reader->at;
    struct scope outer = reader->scope;
    reader->at = macro->body;
    reader->scope = (struct scope){macro, arguments};
    uint32_t value = read_expression(reader);
    take(reader, "");
    if (*reader->at)
        fail(reader);
    reader->at = behind;
    reader->scope = outer;
    return value;
}

// "(a, b)" behind a name; how many there are.
static int read_arguments(struct reader *reader, uint32_t *arguments)
{
    int count = 0;
    if (!take(reader, "("))
        return fail(reader), 0;
    if (take(reader, ")"))
        return 0;
    do {
        if (count == ARGUMENTS_MAX)
            return fail(reader), 0;
        arguments[count++] = read_expression(reader);
    } while (!reader->failed && take(reader, ","));
    if (!take(reader, ")"))
        fail(reader);
    return count;
}

static bool is_parameter(const struct reader *reader, const char *name, size_t length, uint32_t *value)
{
    const struct scope *scope = &reader->scope;
    const char *parameter = scope->macro ? scope->macro->parameter : NULL;
    for (int i = 0; scope->macro && i < scope->macro->parameters; i++) {
        if (strlen(parameter) == length && memcmp(parameter, name, length) == 0) {
            *value = scope->arguments[i];
            return true;
        }
        parameter += strlen(parameter) + 1;
    }
    return false;
}

static bool is_constant(const char *name, size_t length, uint32_t *value)
{
    for (size_t i = 0; i < ctlcode_constants; i++)
        if (strncmp(ctlcode_constant[i].name, name, length) == 0 && !ctlcode_constant[i].name[length]) {
            *value = ctlcode_constant[i].value;
            return true;
        }
    return false;
}

static uint32_t read_name(struct reader *reader)
{
    const char *name = reader->at;
    uint32_t value, arguments[ARGUMENTS_MAX];
    while (isalnum((unsigned char)*reader->at) || *reader->at == '_')
        reader->at++;
    size_t length = (size_t)(reader->at - name);
    if (is_parameter(reader, name, length, &value))
        return value;
    if (length == 8 && memcmp(name, "CTL_CODE", 8) == 0) {
        if (read_arguments(reader, arguments) != 4)
            return fail(reader);
        reader->is_code = true;
        return arguments[0] << 16 | arguments[3] << 14 | arguments[1] << 2 | arguments[2];
    }
    const struct ctlcode_macro *macro = ctlcode_find(reader->names, name, length);
    if (macro && macro->parameters < 0)
        return read_body(reader, macro, NULL);
    if (macro)
        return read_arguments(reader, arguments) == macro->parameters ? read_body(reader, macro, arguments)
                                                                      : fail(reader);
    return is_constant(name, length, &value) ? value : fail(reader);
}

// "(ULONG)" and the like: a word in brackets that means nothing here.
static bool take_cast(struct reader *reader)
{
    static const char *const types[] = {"ULONG",    "DWORD", "UINT32", "uint32_t",    "unsigned int", "unsigned long",
                                        "unsigned", "LONG",  "int",    "DEVICE_TYPE", "UINT"};
    const char *before = reader->at;
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        if (take(reader, "(") && take(reader, types[i]) && take(reader, ")"))
            return true;
        reader->at = before;
    }
    return false;
}

static uint32_t read_unary(struct reader *reader)
{
    if (*reader->steps == 0 || reader->depth == DEPTH_MAX)
        return fail(reader);
    uint32_t value;
    --*reader->steps;
    reader->depth++;
    if (take_cast(reader) || take(reader, "+"))
        value = read_unary(reader);
    else if (take(reader, "~"))
        value = ~read_unary(reader);
    else if (take(reader, "-"))
        value = -read_unary(reader);
    else if (take(reader, "(")) {
        value = read_expression(reader);
        if (!take(reader, ")"))
            fail(reader);
    } else if (isdigit((unsigned char)*reader->at))
        value = read_number(reader);
    else if (isalpha((unsigned char)*reader->at) || *reader->at == '_')
        value = read_name(reader);
    else
        value = fail(reader);
    reader->depth--;
    return value;
}

// Operators with two sides, weakest first.
static const char *const operators[][3] = {{"|"}, {"^"}, {"&"}, {"<<", ">>"}, {"+", "-"}, {"*", "/", "%"}};
enum { LEVELS = sizeof operators / sizeof *operators };

static uint32_t combine(struct reader *reader, char operator, uint32_t left, uint32_t right)
{
    switch (operator) {
    case '|':
        return left | right;
    case '^':
        return left ^ right;
    case '&':
        return left & right;
    case '<':
        return right < 32 ? left << right : fail(reader);
    case '>':
        return right < 32 ? left >> right : fail(reader);
    case '+':
        return left + right;
    case '-':
        return left - right;
    case '*':
        return left * right;
    case '/':
        return right ? left / right : fail(reader);
    default:
        return right ? left % right : fail(reader);
    }
}

static uint32_t read_level(struct reader *reader, unsigned level)
{
    if (level == LEVELS)
        return read_unary(reader);
    uint32_t value = read_level(reader, level + 1);
    for (unsigned i = 0; !reader->failed && i < 3 && operators[level][i];) {
        if (take(reader, operators[level][i])) {
            value = combine(reader, operators[level][i][0], value, read_level(reader, level + 1));
            i = 0;
        } else {
            i++;
        }
    }
    return value;
}

bool ctlcode_compute(const struct ctlcode_names *names, const char *text, unsigned *steps,
                     struct ctlcode_result *result)
{
    struct reader reader = {.names = names, .at = text, .steps = steps};
    result->value = read_expression(&reader);
    result->is_code = reader.is_code;
    take(&reader, "");
    return !reader.failed && !*reader.at;
}
