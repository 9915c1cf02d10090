// Reading .reg files: what regedit and `reg export` write, and what people write by hand.
//
//     Windows Registry Editor Version 5.00
//
//     [HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Services\Name]    [-KEY] takes a key away, with what is
//     below "Value"="text"          @="text" is the value without a name "Value"=dword:0000000a
//     "Value"=hex(2):41,00,\  (the line goes on)
//       42,00                 hex: is REG_BINARY, hex(n): type n
//     "Value"=-               takes a value away
//     ; comment
//
// A file is untrusted. It is read twice: the first time nothing changes, so a file with an error changes
// nothing.
#include "cm/reg_text.h"
#include "rtl/rtl.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { MAX_FILE = 64 * 1024 * 1024, MAX_TEXT_SHOWN = 60 };

struct reader {
    const WCHAR *at, *end;
    unsigned line;
    bool apply;           // the second time: change the registry
    struct cm_node *node; // referenced; the key of the values that follow, NULL: none or (first time) not looked at
    bool has_key, key_deleted;
    unsigned char *data; // of a value, as large as the text that is left could need
    struct cm_file_report *report;
};

__attribute__((format(printf, 3, 4))) static NTSTATUS complain(struct reader *reader, NTSTATUS status,
                                                               const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    if (reader->report) {
        reader->report->line = reader->line;
        vsnprintf(reader->report->text, sizeof reader->report->text, format, arguments);
    }
    va_end(arguments);
    return status;
}

#define BAD(reader, ...) complain(reader, STATUS_REGISTRY_CORRUPT, __VA_ARGS__)

// ---- characters ---------------------------------------------------------------------------------

static bool at_end_of_line(const struct reader *reader)
{
    return reader->at == reader->end || *reader->at == '\n' || *reader->at == '\r';
}

static void skip_blanks(struct reader *reader)
{
    while (reader->at < reader->end && (*reader->at == ' ' || *reader->at == '\t'))
        reader->at++;
}

static void skip_line(struct reader *reader)
{
    while (reader->at < reader->end && *reader->at != '\n')
        reader->at++;
    if (reader->at < reader->end) {
        reader->at++;
        reader->line++;
    }
}

static bool take(struct reader *reader, WCHAR c)
{
    if (reader->at == reader->end || *reader->at != c)
        return false;
    reader->at++;
    return true;
}

// Takes a word, case ignored.
static bool take_word(struct reader *reader, const char *word)
{
    const WCHAR *at = reader->at;
    for (; *word; word++, at++)
        if (at == reader->end || rtl_downcase(*at) != (WCHAR)*word)
            return false;
    reader->at = at;
    return true;
}

static int hex_digit(WCHAR c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

// 1 to `digits` hexadecimal digits.
static bool take_hex(struct reader *reader, unsigned digits, uint32_t *number)
{
    unsigned count = 0;
    *number = 0;
    while (count < digits && reader->at < reader->end && hex_digit(*reader->at) >= 0) {
        *number = *number << 4 | (uint32_t)hex_digit(*reader->at++);
        count++;
    }
    return count > 0;
}

// ---- values -------------------------------------------------------------------------------------

// A string between quotes; \\ and \" stand for themselves, line ends belong to it. In reader->data.
static NTSTATUS read_string(struct reader *reader, size_t *units)
{
    WCHAR *out = (WCHAR *)(void *)reader->data;
    unsigned begin = reader->line;
    size_t count = 0;
    while (reader->at < reader->end && *reader->at != '"') {
        WCHAR c = *reader->at++;
        if (c == '\\') {
            if (reader->at == reader->end)
                break;
            WCHAR escaped = *reader->at++;
            c = escaped == 'n' ? '\n' : escaped == 'r' ? '\r' : escaped == '0' ? 0 : escaped;
        }
        if (c == '\n')
            reader->line++;
        out[count++] = c;
    }
    if (!take(reader, '"')) {
        reader->line = begin;
        return BAD(reader, "the string has no closing quote");
    }
    *units = count;
    return STATUS_SUCCESS;
}

// Bytes with commas between; a backslash at the end of a line continues on the next.
static NTSTATUS read_bytes(struct reader *reader, size_t *length)
{
    size_t count = 0;
    for (;;) {
        uint32_t byte;
        skip_blanks(reader);
        if (take(reader, '\\')) {
            skip_blanks(reader);
            if (!at_end_of_line(reader) && *reader->at != ';')
                return BAD(reader, "a backslash among the bytes that is not at the end of its line");
            skip_line(reader);
            continue;
        }
        if (at_end_of_line(reader) || *reader->at == ';')
            break;
        if (!take_hex(reader, 2, &byte))
            return BAD(reader, "a byte is two hexadecimal digits");
        reader->data[count++] = (unsigned char)byte;
        skip_blanks(reader);
        if (!take(reader, ',') && !at_end_of_line(reader) && *reader->at != '\\' && *reader->at != ';')
            return BAD(reader, "bytes have commas between them");
    }
    *length = count;
    return STATUS_SUCCESS;
}

static NTSTATUS read_hex_value(struct reader *reader, ULONG *type, size_t *length)
{
    uint32_t number = REG_BINARY;
    if (take(reader, '(') && (!take_hex(reader, 8, &number) || !take(reader, ')')))
        return BAD(reader, "hex(TYPE): needs the type as a hexadecimal number");
    if (!take(reader, ':'))
        return BAD(reader, "hex is followed by a colon");
    *type = number;
    return read_bytes(reader, length);
}

// What stands behind the equals sign; *deleted for a minus.
static NTSTATUS read_data(struct reader *reader, ULONG *type, size_t *length, bool *deleted)
{
    uint32_t number;
    size_t units = 0;
    NTSTATUS status;
    *deleted = false;
    if (take(reader, '-')) {
        *deleted = true;
        return STATUS_SUCCESS;
    }
    if (take(reader, '"')) {
        status = read_string(reader, &units);
        ((WCHAR *)(void *)reader->data)[NT_SUCCESS(status) ? units : 0] = 0;
        *type = REG_SZ;
        *length = NT_SUCCESS(status) ? (units + 1) * sizeof(WCHAR) : 0;
        return status;
    }
    if (take_word(reader, "dword:")) {
        skip_blanks(reader);
        if (!take_hex(reader, 8, &number))
            return BAD(reader, "dword: needs up to eight hexadecimal digits");
        memcpy(reader->data, &number, sizeof number);
        *type = REG_DWORD;
        *length = sizeof number;
        return STATUS_SUCCESS;
    }
    if (take_word(reader, "hex"))
        return read_hex_value(reader, type, length);
    return BAD(reader, "the value is none of \"text\", dword:, hex:, hex(TYPE): and -");
}

static NTSTATUS apply_value(struct reader *reader, const UNICODE_STRING *name, bool deleted, ULONG type, size_t length)
{
    NTSTATUS status;
    if (!reader->apply)
        return STATUS_SUCCESS;
    hal_mutex_lock(&cm_lock);
    if (deleted)
        status = cm_delete_value(reader->node, name);
    else
        status = cm_set_value(reader->node, name, type, reader->data, (ULONG)length);
    hal_mutex_unlock(&cm_lock);
    if (deleted && status == STATUS_OBJECT_NAME_NOT_FOUND)
        status = STATUS_SUCCESS;
    return NT_SUCCESS(status) ? status
                              : complain(reader, status, "the value cannot be set: %s", rtl_status_name(status));
}

static NTSTATUS read_value(struct reader *reader)
{
    WCHAR name_text[CM_MAX_VALUE_NAME];
    UNICODE_STRING name = {.Buffer = name_text};
    ULONG type = REG_NONE;
    size_t units = 0, length = 0;
    bool deleted;
    NTSTATUS status = STATUS_SUCCESS;
    if (!reader->has_key || reader->key_deleted)
        return BAD(reader, reader->has_key ? "a value below a key that is taken away" : "a value before the first key");
    if (!take(reader, '@')) {
        reader->at++; // the quote
        status = read_string(reader, &units);
        if (NT_SUCCESS(status) && units > CM_MAX_VALUE_NAME)
            status = BAD(reader, "a value's name has at most %d characters", CM_MAX_VALUE_NAME);
    }
    if (!NT_SUCCESS(status))
        return status;
    memcpy(name_text, reader->data, units * sizeof(WCHAR));
    name.Length = name.MaximumLength = (USHORT)(units * sizeof(WCHAR));
    skip_blanks(reader);
    if (!take(reader, '='))
        return BAD(reader, "a value's name is followed by =");
    skip_blanks(reader);
    status = read_data(reader, &type, &length, &deleted);
    if (!NT_SUCCESS(status))
        return status;
    skip_blanks(reader);
    if (!at_end_of_line(reader) && *reader->at != ';')
        return BAD(reader, "something stands behind the value");
    return apply_value(reader, &name, deleted, type, length);
}

// ---- keys ---------------------------------------------------------------------------------------

static NTSTATUS registry_path(struct reader *reader, const WCHAR *text, size_t units, UNICODE_STRING *path)
{
    for (size_t i = 0; i < CM_HIVE_NAMES; i++) {
        UNICODE_STRING hive, begin = {.Buffer = (WCHAR *)text}, root;
        RtlInitUnicodeString(&hive, cm_hive_names[i].file);
        begin.Length = begin.MaximumLength = hive.Length;
        size_t head = hive.Length / sizeof(WCHAR);
        if (units < head || !RtlEqualUnicodeString(&hive, &begin, TRUE) || (units > head && text[head] != '\\'))
            continue;
        RtlInitUnicodeString(&root, cm_hive_names[i].path);
        size_t bytes = root.Length + (units - head) * sizeof(WCHAR);
        if (bytes > 0xfffe)
            return BAD(reader, "the key's path is too long");
        if (!(path->Buffer = hal_alloc(bytes + sizeof(WCHAR))))
            return STATUS_INSUFFICIENT_RESOURCES;
        memcpy(path->Buffer, root.Buffer, root.Length);
        memcpy((char *)path->Buffer + root.Length, text + head, (units - head) * sizeof(WCHAR));
        path->Length = path->MaximumLength = (USHORT)bytes;
        return STATUS_SUCCESS;
    }
    return BAD(reader, "the key is below no root that exists (HKEY_LOCAL_MACHINE, HKEY_USERS, HKEY_CURRENT_USER, ...)");
}

static bool tree_is_fixed(const struct cm_node *node)
{
    bool fixed = node->fixed;
    for (ULONG i = 0; !fixed && i < node->child_count; i++)
        fixed = tree_is_fixed(node->children[i]);
    return fixed;
}

static NTSTATUS apply_key(struct reader *reader, const UNICODE_STRING *path, bool deleted)
{
    struct cm_walk walk = {.create = !deleted, .create_all = !deleted};
    struct cm_node *node;
    hal_mutex_lock(&cm_lock);
    if (reader->node)
        cm_dereference(reader->node);
    reader->node = NULL;
    NTSTATUS status = cm_walk_absolute(path, &walk, &node);
    if (NT_SUCCESS(status) && !deleted) {
        cm_reference(node);
        reader->node = node;
    } else if (NT_SUCCESS(status) && tree_is_fixed(node)) {
        status = STATUS_CANNOT_DELETE;
    } else if (NT_SUCCESS(status)) {
        cm_delete_tree(node);
    } else if (deleted && status == STATUS_OBJECT_NAME_NOT_FOUND) {
        status = STATUS_SUCCESS;
    }
    hal_mutex_unlock(&cm_lock);
    return NT_SUCCESS(status) ? status
                              : complain(reader, status, "the key cannot be %s: %s", deleted ? "taken away" : "made",
                                         rtl_status_name(status));
}

// Key names may hold brackets: the one that closes is the last of the line.
static NTSTATUS read_key(struct reader *reader)
{
    UNICODE_STRING path = {0};
    bool deleted = take(reader, '-');
    const WCHAR *begin = reader->at, *close = NULL;
    while (!at_end_of_line(reader)) {
        if (*reader->at == ']')
            close = reader->at;
        reader->at++;
    }
    if (!close)
        return BAD(reader, "the key has no closing bracket");
    for (const WCHAR *at = close + 1; at < reader->at && *at != ';'; at++)
        if (*at != ' ' && *at != '\t')
            return BAD(reader, "something stands behind the key");
    NTSTATUS status = registry_path(reader, begin, (size_t)(close - begin), &path);
    if (NT_SUCCESS(status) && reader->apply)
        status = apply_key(reader, &path, deleted);
    hal_free(path.Buffer);
    reader->has_key = true;
    reader->key_deleted = deleted;
    return status;
}

// ---- the file -----------------------------------------------------------------------------------

static NTSTATUS read_header(struct reader *reader)
{
    while (reader->at < reader->end && (at_end_of_line(reader) || *reader->at == ' ' || *reader->at == '\t')) {
        skip_blanks(reader);
        skip_line(reader);
    }
    if (take_word(reader, "regedit4"))
        return BAD(reader, "a file of the old format (REGEDIT4); export it again as version 5.00");
    if (!take_word(reader, "windows registry editor version 5.00"))
        return BAD(reader, "the first line is not \"Windows Registry Editor Version 5.00\"");
    skip_line(reader);
    return STATUS_SUCCESS;
}

static NTSTATUS read_all(struct reader *reader)
{
    NTSTATUS status = read_header(reader);
    while (NT_SUCCESS(status) && reader->at < reader->end) {
        skip_blanks(reader);
        if (at_end_of_line(reader) || *reader->at == ';')
            ;
        else if (take(reader, '['))
            status = read_key(reader);
        else if (*reader->at == '"' || *reader->at == '@')
            status = read_value(reader);
        else
            status = BAD(reader, "the line is no key, no value and no comment");
        if (NT_SUCCESS(status))
            skip_line(reader);
    }
    return status;
}

static NTSTATUS read_twice(const WCHAR *text, size_t units, struct cm_file_report *report)
{
    NTSTATUS status = STATUS_SUCCESS;
    unsigned char *data = hal_alloc((units + 2) * sizeof(WCHAR)); // no value is longer than its text
    if (!data)
        return STATUS_INSUFFICIENT_RESOURCES;
    for (int pass = 0; NT_SUCCESS(status) && pass < 2; pass++) {
        struct reader reader = {
            .at = text, .end = text + units, .line = 1, .apply = pass == 1, .data = data, .report = report};
        status = read_all(&reader);
        if (reader.node) {
            hal_mutex_lock(&cm_lock);
            cm_dereference(reader.node);
            hal_mutex_unlock(&cm_lock);
        }
    }
    hal_free(data);
    return status;
}

static NTSTATUS read_utf8(const char *text, size_t bytes, struct cm_file_report *report)
{
    WCHAR *wide = hal_alloc((bytes + 1) * sizeof(WCHAR));
    const char *at = text, *end = text + bytes;
    struct reader place = {.line = 1, .report = report};
    size_t units = 0;
    bool valid = true;
    if (!wide)
        return STATUS_INSUFFICIENT_RESOURCES;
    while (at < end && valid) {
        uint32_t code = rtl_utf8_decode(&at, end, &valid);
        place.line += code == '\n';
        units += rtl_utf16_encode(code, wide + units);
    }
    NTSTATUS status =
        valid ? read_twice(wide, units, report) : BAD(&place, "the file is neither UTF-16 with a mark nor UTF-8");
    hal_free(wide);
    return status;
}

NTSTATUS cm_load_text(const void *data, size_t bytes, struct cm_file_report *report)
{
    const unsigned char *raw = data;
    struct reader place = {.report = report};
    if (report)
        *report = (struct cm_file_report){0};
    if (bytes > MAX_FILE)
        return BAD(&place, "the file is larger than %d MiB", MAX_FILE >> 20);
    if (bytes >= 3 && raw[0] == 0xEF && raw[1] == 0xBB && raw[2] == 0xBF)
        return read_utf8((const char *)raw + 3, bytes - 3, report);
    if (bytes < 2 || raw[0] != 0xFF || raw[1] != 0xFE)
        return read_utf8((const char *)raw, bytes, report);
    WCHAR *text = hal_alloc(bytes); // aligned
    if (!text)
        return STATUS_INSUFFICIENT_RESOURCES;
    memcpy(text, raw + 2, bytes - 2);
    NTSTATUS status = read_twice(text, (bytes - 2) / sizeof(WCHAR), report);
    hal_free(text);
    return status;
}

NTSTATUS cm_load_file(const char *path, struct cm_file_report *report)
{
    struct reader place = {.report = report};
    void *data;
    size_t size;
    if (report)
        *report = (struct cm_file_report){0};
    int error = hal_read_file(path, MAX_FILE, &data, &size);
    if (error)
        return complain(&place, error == 2 ? STATUS_OBJECT_NAME_NOT_FOUND : STATUS_UNSUCCESSFUL, "cannot be read: %s",
                        strerror(error));
    NTSTATUS status = cm_load_text(data, size, report);
    hal_free(data);
    return status;
}
