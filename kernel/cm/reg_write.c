// Writing the registry as a .reg file, in the form regedit writes: UTF-16LE with its mark, CRLF, long values
// broken into lines of at most 80 characters. Volatile keys, links and keys with a line end in their name
// stay out of it.
#include "cm/reg_text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LINE_WIDTH = 80 };

const struct cm_hive_name cm_hive_names[CM_HIVE_NAMES] = {
    {L"HKEY_LOCAL_MACHINE", L"\\Registry\\Machine"},
    {L"HKLM", L"\\Registry\\Machine"},
    {L"HKEY_USERS", L"\\Registry\\User"},
    {L"HKU", L"\\Registry\\User"},
    {L"HKEY_CURRENT_USER", L"\\Registry\\User\\.Default"},
    {L"HKCU", L"\\Registry\\User\\.Default"},
    {L"HKEY_CLASSES_ROOT", L"\\Registry\\Machine\\Software\\Classes"},
    {L"HKCR", L"\\Registry\\Machine\\Software\\Classes"},
};

// The text grows in memory, under cm_lock, and is written to the file without it.
struct writer {
    WCHAR *text;
    size_t units, capacity;
    size_t line; // where the last line begins
    bool failed; // out of memory
};

static void put(struct writer *writer, const WCHAR *text, size_t units)
{
    if (writer->failed)
        return;
    if (writer->units + units > writer->capacity) {
        size_t capacity = (writer->capacity + units) * 2;
        WCHAR *larger = hal_alloc(capacity * sizeof(WCHAR));
        if (!larger) {
            writer->failed = true;
            return;
        }
        if (writer->units)
            memcpy(larger, writer->text, writer->units * sizeof(WCHAR));
        hal_free(writer->text);
        writer->text = larger;
        writer->capacity = capacity;
    }
    if (units)
        memcpy(writer->text + writer->units, text, units * sizeof(WCHAR));
    writer->units += units;
}

static void put_ascii(struct writer *writer, const char *text)
{
    for (; *text; text++) {
        WCHAR c = (unsigned char)*text;
        put(writer, &c, 1);
    }
}

static void end_line(struct writer *writer)
{
    put(writer, L"\r\n", 2);
    writer->line = writer->units;
}

static void put_quoted(struct writer *writer, const WCHAR *text, size_t units)
{
    put(writer, L"\"", 1);
    for (size_t i = 0; i < units; i++) {
        if (text[i] == '"' || text[i] == '\\')
            put(writer, L"\\", 1);
        put(writer, &text[i], 1);
    }
    put(writer, L"\"", 1);
}

// Only what reads back the same may be written as text.
static bool is_plain_string(const struct cm_value *value)
{
    size_t units = value->length / sizeof(WCHAR);
    const WCHAR *text = (const WCHAR *)(void *)value->data;
    if (value->type != REG_SZ || value->length % sizeof(WCHAR) || units == 0 || text[units - 1] != 0)
        return false;
    for (size_t i = 0; i + 1 < units; i++)
        if (text[i] == 0 || text[i] == '\r' || text[i] == '\n')
            return false;
    return true;
}

static void put_bytes(struct writer *writer, const struct cm_value *value)
{
    char text[32];
    if (value->type == REG_BINARY)
        put_ascii(writer, "hex:");
    else
        snprintf(text, sizeof text, "hex(%x):", value->type), put_ascii(writer, text);
    for (ULONG i = 0; i < value->length; i++) {
        bool last = i + 1 == value->length;
        snprintf(text, sizeof text, "%02x%s", value->data[i], last ? "" : ",");
        put_ascii(writer, text);
        if (!last && writer->units - writer->line + 4 > LINE_WIDTH) {
            put_ascii(writer, "\\");
            end_line(writer);
            put_ascii(writer, "  ");
        }
    }
}

static void put_visible(struct writer *writer, const WCHAR *text, size_t units)
{
    for (size_t i = 0; i < units; i++)
        put(writer, text[i] == 0 ? L"," : text[i] < ' ' ? L"?" : &text[i], 1);
}

// What bytes hide, as a comment: most values that are no plain strings hold text all the same.
static void put_comment(struct writer *writer, const struct cm_value *value)
{
    const WCHAR *text = (const WCHAR *)(void *)value->data;
    size_t units = value->length / sizeof(WCHAR);
    if ((value->type != REG_EXPAND_SZ && value->type != REG_MULTI_SZ) || value->length % sizeof(WCHAR))
        return;
    while (units && text[units - 1] == 0)
        units--;
    if (!units)
        return;
    put_ascii(writer, "; ");
    put_visible(writer, value->name.Buffer, value->name.Length / sizeof(WCHAR));
    put_ascii(writer, ": ");
    put_visible(writer, text, units);
    end_line(writer);
}

static void put_value(struct writer *writer, const struct cm_value *value)
{
    char text[32];
    ULONG number;
    put_comment(writer, value);
    if (value->name.Length)
        put_quoted(writer, value->name.Buffer, value->name.Length / sizeof(WCHAR));
    else
        put_ascii(writer, "@");
    put_ascii(writer, "=");
    if (is_plain_string(value)) {
        put_quoted(writer, (const WCHAR *)(void *)value->data, value->length / sizeof(WCHAR) - 1);
    } else if (value->type == REG_DWORD && value->length == sizeof number) {
        memcpy(&number, value->data, sizeof number);
        snprintf(text, sizeof text, "dword:%08x", number);
        put_ascii(writer, text);
    } else {
        put_bytes(writer, value);
    }
    end_line(writer);
}

// \REGISTRY\MACHINE\X as HKEY_LOCAL_MACHINE\X.
static void put_path(struct writer *writer, const struct cm_node *node)
{
    if (node->parent == cm_root) {
        put_ascii(writer, node == cm_root->children[0] ? "HKEY_LOCAL_MACHINE" : "HKEY_USERS");
        return;
    }
    put_path(writer, node->parent);
    put(writer, L"\\", 1);
    put(writer, node->name.Buffer, node->name.Length / sizeof(WCHAR));
}

// The format has no way to write a line end in a key's name.
static bool can_be_written(const struct cm_node *node)
{
    for (size_t i = 0; i < node->name.Length / sizeof(WCHAR); i++)
        if (node->name.Buffer[i] == '\n' || node->name.Buffer[i] == '\r')
            return false;
    return !node->is_volatile && !node->is_link;
}

static void put_tree(struct writer *writer, const struct cm_node *node)
{
    if (!can_be_written(node) || writer->failed)
        return;
    if (node->value_count || !node->child_count) {
        end_line(writer);
        put_ascii(writer, "[");
        put_path(writer, node);
        put_ascii(writer, "]");
        end_line(writer);
        for (ULONG i = 0; i < node->value_count; i++)
            put_value(writer, &node->values[i]);
    }
    for (ULONG i = 0; i < node->child_count; i++)
        put_tree(writer, node->children[i]);
}

// With the mode of the file whose place it will take.
static bool write_file(const char *path, const char *old, const void *data, size_t bytes)
{
    struct stat facts;
    mode_t mode = stat(old, &facts) == 0 ? facts.st_mode & 0777 : S_IRUSR | S_IWUSR;
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, mode);
    FILE *file = fd >= 0 ? fdopen(fd, "wb") : NULL;
    if (!file) {
        if (fd >= 0)
            close(fd);
        return false;
    }
    bool written = fwrite(data, 1, bytes, file) == bytes && fflush(file) == 0 && fsync(fileno(file)) == 0;
    return fclose(file) == 0 && written;
}

NTSTATUS cm_save_file(const char *path)
{
    struct writer writer = {0};
    NTSTATUS status = STATUS_SUCCESS;
    size_t size = strlen(path) + sizeof ".new";
    char *temporary = hal_alloc(size);
    if (!temporary)
        return STATUS_INSUFFICIENT_RESOURCES;
    snprintf(temporary, size, "%s.new", path);
    put(&writer, L"\xFEFF", 1);
    put_ascii(&writer, "Windows Registry Editor Version 5.00");
    end_line(&writer);
    hal_mutex_lock(&cm_lock);
    for (ULONG i = 0; cm_root && i < cm_root->child_count; i++)
        put_tree(&writer, cm_root->children[i]);
    hal_mutex_unlock(&cm_lock);
    if (writer.failed)
        status = STATUS_INSUFFICIENT_RESOURCES;
    else if (!write_file(temporary, path, writer.text, writer.units * sizeof(WCHAR)) || rename(temporary, path) != 0)
        status = errno == EACCES ? STATUS_ACCESS_DENIED : errno == ENOSPC ? STATUS_DISK_FULL : STATUS_UNSUCCESSFUL;
    if (!NT_SUCCESS(status))
        unlink(temporary);
    hal_free(writer.text);
    hal_free(temporary);
    return status;
}
