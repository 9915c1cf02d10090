// Writing JSON. Facts: RFC 8259. Bytes that are not UTF-8 become U+FFFD.
#include "rtl/json.h"

// Bytes of the UTF-8 character at `text`, 0 when it is none (cut off, overlong, a surrogate, beyond
// U+10FFFF).
static unsigned character_length(const unsigned char *text)
{
    unsigned length = *text < 0x80 ? 1 : *text >= 0xC2 && *text < 0xE0 ? 2 : *text >= 0xE0 && *text < 0xF0 ? 3 : 4;
    if (*text >= 0x80 && (*text < 0xC2 || *text > 0xF4))
        return 0;
    for (unsigned i = 1; i < length; i++)
        if ((text[i] & 0xC0) != 0x80)
            return 0;
    if ((*text == 0xE0 && text[1] < 0xA0) || (*text == 0xED && text[1] > 0x9F) || (*text == 0xF0 && text[1] < 0x90) ||
        (*text == 0xF4 && text[1] > 0x8F))
        return 0;
    return length;
}

static void write_string(FILE *out, const char *value)
{
    const unsigned char *text = (const unsigned char *)value;
    fputc('"', out);
    while (*text) {
        unsigned length = character_length(text);
        if (length == 0)
            fputs("\\ufffd", out);
        else if (*text == '"' || *text == '\\')
            fprintf(out, "\\%c", *text);
        else if (*text < ' ' || *text == 0x7F)
            fprintf(out, "\\u%04x", *text);
        else
            fwrite(text, 1, length, out);
        text += length ? length : 1;
    }
    fputc('"', out);
}

// What stands before a value: a comma, a new line, the key.
static void lead(struct rtl_json *json, const char *key)
{
    if (json->comma)
        fputc(',', json->out);
    if (json->depth)
        fprintf(json->out, "\n%*s", (int)json->depth * 2, "");
    if (key) {
        write_string(json->out, key);
        fputs(": ", json->out);
    }
    json->comma = true;
}

void rtl_json_begin(struct rtl_json *json, const char *key, char bracket)
{
    lead(json, key);
    fputc(bracket, json->out);
    json->depth++;
    json->comma = false;
}

void rtl_json_end(struct rtl_json *json, char bracket)
{
    json->depth--;
    if (json->comma)
        fprintf(json->out, "\n%*s", (int)json->depth * 2, "");
    fputc(bracket, json->out);
    if (json->depth == 0)
        fputc('\n', json->out);
    json->comma = true;
}

void rtl_json_string(struct rtl_json *json, const char *key, const char *value)
{
    lead(json, key);
    if (value)
        write_string(json->out, value);
    else
        fputs("null", json->out);
}

void rtl_json_number(struct rtl_json *json, const char *key, uint64_t value)
{
    lead(json, key);
    fprintf(json->out, "%llu", (unsigned long long)value);
}

void rtl_json_bool(struct rtl_json *json, const char *key, bool value)
{
    lead(json, key);
    fputs(value ? "true" : "false", json->out);
}
