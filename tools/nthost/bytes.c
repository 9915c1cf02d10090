// See bytes.h.
#include "bytes.h"
#include "tool.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { LARGEST = 1 << 30, DUMP_WIDTH = 16 };

static bool no_memory(const char *command)
{
    tool_error("%s: not enough memory", command);
    return false;
}

static int digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool is_gap(char c)
{
    return isspace((unsigned char)c) || c == ',' || c == ':' || c == '-';
}

static bool from_hex(struct bytes *bytes, const char *text, const char *command)
{
    bytes->length = 0;
    bytes->data = malloc(strlen(text) / 2 + 1);
    if (!bytes->data)
        return no_memory(command);
    for (const char *at = text; *at;) {
        if (is_gap(*at)) {
            at++;
        } else if (at[0] == '0' && (at[1] == 'x' || at[1] == 'X') && (at == text || is_gap(at[-1]))) {
            at += 2;
        } else if (digit(at[0]) >= 0 && digit(at[1]) >= 0) {
            bytes->data[bytes->length++] = (unsigned char)(digit(at[0]) << 4 | digit(at[1]));
            at += 2;
        } else {
            free(bytes->data);
            tool_error("%s: \"%s\" is not hexadecimal at \"%s\"\na byte has two digits: 01 02 ff", command, text, at);
            return false;
        }
    }
    return true;
}

static bool read_all(struct bytes *bytes, FILE *file)
{
    size_t room = 0;
    while (!feof(file) && !ferror(file) && bytes->length <= LARGEST) {
        if (bytes->length == room) {
            room = room ? 2 * room : 64 * 1024;
            unsigned char *grown = realloc(bytes->data, room);
            if (!grown)
                return false;
            bytes->data = grown;
        }
        bytes->length += fread(bytes->data + bytes->length, 1, room - bytes->length, file);
    }
    if (bytes->length > LARGEST)
        errno = EFBIG;
    return !ferror(file) && bytes->length <= LARGEST;
}

static bool from_file(struct bytes *bytes, const char *path, const char *command)
{
    bool standard = strcmp(path, "-") == 0;
    FILE *file = standard ? stdin : fopen(path, "rb");
    *bytes = (struct bytes){0};
    bool good = file && read_all(bytes, file);
    if (!good) {
        tool_error("%s: %s: %s", command, standard ? "standard input" : path, strerror(errno));
        free(bytes->data);
    }
    if (file && !standard)
        fclose(file);
    return good;
}

bool bytes_get(struct bytes *bytes, enum bytes_form form, const char *argument, const char *command)
{
    if (form == BYTES_HEX)
        return from_hex(bytes, argument, command);
    if (form == BYTES_FILE)
        return from_file(bytes, argument, command);
    bytes->length = strlen(argument);
    bytes->data = (unsigned char *)strdup(argument);
    return bytes->data || no_memory(command);
}

void bytes_dump(FILE *out, const unsigned char *data, size_t length)
{
    for (size_t at = 0; at < length; at += DUMP_WIDTH) {
        size_t count = length - at < DUMP_WIDTH ? length - at : DUMP_WIDTH;
        fprintf(out, "%08zx ", at);
        for (size_t i = 0; i < DUMP_WIDTH; i++) {
            fputs(i == DUMP_WIDTH / 2 ? "  " : " ", out);
            if (i < count)
                fprintf(out, "%02x", data[at + i]);
            else
                fputs("  ", out);
        }
        fputs("  |", out);
        for (size_t i = 0; i < count; i++)
            fputc(data[at + i] >= 0x20 && data[at + i] < 0x7f ? data[at + i] : '.', out);
        fputs("|\n", out);
    }
}
