// Debug messages as lines. See line.h.
#include "line.h"
#include "line_internal.h"
#include "log_filter.h"

#include "rtl/rtl.h"

#include <iconv.h>
#include <stdlib.h>
#include <string.h>

enum { WIDEST = 4 }; // "\x1b": what one byte becomes at most; UTF-8 from GBK needs less

static bool is_utf8(const char *text, size_t length)
{
    const char *end = text + length;
    bool valid = true;
    while (text < end && valid)
        rtl_utf8_decode(&text, end, &valid);
    return valid;
}

// Into out, which has room for twice the length; 0 when it is not GBK either.
static size_t from_gbk(const char *text, size_t length, char *out)
{
    iconv_t converter = iconv_open("UTF-8", "GBK");
    char *in = (char *)text, *to = out;
    size_t in_left = length, out_left = 2 * length;
    if (converter == (iconv_t)-1)
        return 0;
    size_t result = iconv(converter, &in, &in_left, &to, &out_left);
    iconv_close(converter);
    return result == (size_t)-1 || in_left ? 0 : (size_t)(to - out);
}

static bool is_control(uint32_t code)
{
    return (code < 0x20 && code != '\t' && code != '\n') || (code >= 0x7f && code < 0xa0);
}

static size_t put_escaped(char *out, const char *bytes, size_t count)
{
    size_t used = 0;
    for (size_t i = 0; i < count; i++)
        used += (size_t)sprintf(out + used, "\\x%02x", (unsigned char)bytes[i]);
    return used;
}

char *line_showable(const char *text, size_t length)
{
    const char *at = text, *end = text + length;
    char *out = malloc(WIDEST * length + 1);
    size_t used = 0;
    while (out && at < end) {
        const char *begin = at;
        bool valid = true;
        uint32_t code = rtl_utf8_decode(&at, end, &valid);
        size_t bytes = (size_t)(at - begin);
        if (!valid || is_control(code)) {
            used += put_escaped(out + used, begin, bytes);
        } else {
            memcpy(out + used, begin, bytes);
            used += bytes;
        }
    }
    if (out)
        out[used] = 0;
    return out;
}

char *line_text(const struct dbg_record *record)
{
    const char *text = record->text;
    size_t length = record->length;
    char converted[2 * DBG_TEXT_LIMIT];
    if (length && text[length - 1] == '\n')
        length--;
    if (length && text[length - 1] == '\r')
        length--;
    if (!is_utf8(text, length)) {
        size_t bytes = from_gbk(text, length, converted);
        if (bytes) {
            text = converted;
            length = bytes;
        }
    }
    return line_showable(text, length);
}

// A message of several lines stays one: the lines after the first stand below its text.
static void put_text(FILE *out, const char *text, const char *indent)
{
    for (; *text; text++) {
        fputc(*text, out);
        if (*text == '\n')
            fputs(indent, out);
    }
}

static void put_columns(FILE *out, const struct dbg_record *record, enum line_style style)
{
    char level[16], component[16];
    if (style == LINE_PLAIN)
        return;
    fprintf(out, "%llu\t%.8f\t", (unsigned long long)record->number, (double)record->time_ns / 1e9);
    if (style == LINE_LONG)
        fprintf(out, "%s\t%u %s\t%u\t%s\t%s\t", record->driver, record->process_id, record->process, record->thread_id,
                log_level_name(record->level, level), log_component_name(record->component, component));
}

// The escape sequence's number.
static const char *paint(const struct dbg_record *record, enum pattern_colour own)
{
    static const char *const numbers[] = {
        [COLOUR_RED] = "31",     [COLOUR_GREEN] = "32", [COLOUR_YELLOW] = "33", [COLOUR_BLUE] = "34",
        [COLOUR_MAGENTA] = "35", [COLOUR_CYAN] = "36",  [COLOUR_BOLD] = "1",
    };
    return own ? numbers[own] : record->component == DBG_COMPONENT_NTHOST ? "33" : "2";
}

static void write_line(FILE *out, const struct dbg_record *record, const char *text, enum line_style style, bool colour,
                       enum pattern_colour own)
{
    if (colour)
        fprintf(out, "\033[%sm", paint(record, own));
    put_columns(out, record, style);
    put_text(out, text, style == LINE_PLAIN ? "" : style == LINE_FULL ? "\t\t" : "\t\t\t\t\t\t\t");
    if (record->truncated)
        fputs("...", out);
    fputs(colour ? "\033[0m\n" : "\n", out);
}

void line_write(FILE *out, const struct dbg_record *record, const char *text, enum line_style style, bool colour,
                enum pattern_colour own)
{
    if (style == LINE_CSV)
        line_write_csv(out, record, text);
    else if (style == LINE_JSON)
        line_write_json(out, record, text);
    else
        write_line(out, record, text, style, colour, own);
}

void line_write_lost(FILE *out, uint64_t lost, enum line_style style)
{
    if (style == LINE_JSON)
        fprintf(out, "{\"lost\": %llu}\n", (unsigned long long)lost);
    else if (style == LINE_CSV)
        fprintf(out, ",,,,,,,,,*** %llu lines are lost ***\n", (unsigned long long)lost);
    else
        fprintf(out, "-\t-\t*** %llu lines are lost: the log keeps only the newest ***\n", (unsigned long long)lost);
}
