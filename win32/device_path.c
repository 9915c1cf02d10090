// From the name that CreateFile gets to the name that NtCreateFile gets.
//
//     \\.\X   //./X    \??\X       cleaned: separators made backslashes, doubled ones dropped, "." and ".."
//                                  resolved, dots and spaces at the end dropped
//     \\?\X            \??\X       as it is; only this exact spelling
//     C:\X             \??\C:\X    cleaned (a driver may have made a drive letter)
//     COM1 LPT1 NUL    \??\COM1    the reserved names, with or without a colon
//     \??\X            ERROR_INVALID_NAME: the kernel's spelling; '?' is in no file name (fact 26)
//     \\server\share   ERROR_BAD_NETPATH
//     a/b  /a/b  \a    ERROR_PATH_NOT_FOUND    } files of the Linux machine are not served
//     a                ERROR_FILE_NOT_FOUND    }
//     NULL, ""         ERROR_PATH_NOT_FOUND
//
// https://learn.microsoft.com/windows/win32/fileio/naming-a-file
// https://learn.microsoft.com/dotnet/standard/io/file-path-formats (the order of the normalisation steps)

#include "device_path.h"

#include <stdlib.h>

static const WCHAR nt_prefix[] = L"\\??\\";
enum { NT_PREFIX = sizeof(nt_prefix) / sizeof(WCHAR) - 1 };

static bool is_separator(WCHAR c)
{
    return c == '\\' || c == '/';
}

static WCHAR upper(WCHAR c)
{
    return c >= 'a' && c <= 'z' ? (WCHAR)(c - 'a' + 'A') : c;
}

static bool starts_with_i(const WCHAR *name, const char *text)
{
    for (; *text; text++, name++)
        if (upper(*name) != (WCHAR)*text)
            return false;
    return true;
}

// NUL, CON, AUX, PRN, COM1 to COM9, LPT1 to LPT9, alone or with a colon: the length without the colon;
// otherwise 0.
static size_t reserved_name(const WCHAR *name)
{
    static const char *const names[] = {"NUL", "CON", "AUX", "PRN", "COM", "LPT"};
    size_t length = 0;
    for (unsigned i = 0; i < 6 && !length; i++)
        if (starts_with_i(name, names[i]))
            length = i < 4 ? 3 : name[3] >= '1' && name[3] <= '9' ? 4 : 0;
    if (!length || (name[length] == ':' ? name[length + 1] : name[length]))
        return 0;
    return length;
}

static bool is_drive_path(const WCHAR *name)
{
    return upper(name[0]) >= 'A' && upper(name[0]) <= 'Z' && name[1] == ':' && is_separator(name[2]);
}

// Where the component out[start..end) ends after trimming. The last one loses all its dots and spaces at the
// end, others a single dot.
static size_t trimmed(const WCHAR *out, size_t start, size_t end, bool last)
{
    if (last)
        while (end > start && (out[end - 1] == '.' || out[end - 1] == ' '))
            end--;
    else if (end > start + 1 && out[end - 1] == '.' && out[end - 2] != '.')
        end--;
    return end;
}

// One step back over the last component of out[0..length), keeping the separator before it.
static size_t parent(const WCHAR *out, size_t length)
{
    if (length)
        length--; // the separator after the component
    while (length && out[length - 1] != '\\')
        length--;
    return length;
}

static size_t component_length(const WCHAR *name)
{
    size_t length = 0;
    while (name[length] && !is_separator(name[length]))
        length++;
    return length;
}

// Appends one component, trimmed, and its separator if one follows.
static size_t append(WCHAR *out, size_t length, const WCHAR *name, size_t component)
{
    memcpy(out + length, name, component * sizeof(WCHAR));
    bool last = !name[component];
    length = trimmed(out, length, length + component, last);
    if (!last)
        out[length++] = '\\';
    return length;
}

// Writes the cleaned form of `name` to `out`, which has room for all of it; gives its length.
static size_t clean(WCHAR *out, const WCHAR *name)
{
    size_t length = 0;
    while (*name) {
        size_t component = component_length(name);
        bool dot = component == 1 && name[0] == '.';
        bool dots = component == 2 && name[0] == '.' && name[1] == '.';
        if (dots)
            length = parent(out, length);
        else if (component && !dot)
            length = append(out, length, name, component);
        name += component;
        if ((dot || dots) && !*name && length)
            length--; // a path that ends in "." or ".." does not end in a separator
        while (is_separator(*name))
            name++;
    }
    return length;
}

static bool make(UNICODE_STRING *path, const WCHAR *name, size_t length, bool verbatim)
{
    if (NT_PREFIX + length > BASE_NAME_MAXIMUM)
        return base_fail(ERROR_FILENAME_EXCED_RANGE);
    WCHAR *buffer = malloc((NT_PREFIX + length + 1) * sizeof(WCHAR));
    if (!buffer)
        return base_fail(ERROR_NOT_ENOUGH_MEMORY);
    memcpy(buffer, nt_prefix, NT_PREFIX * sizeof(WCHAR));
    if (verbatim)
        memcpy(buffer + NT_PREFIX, name, length * sizeof(WCHAR));
    else
        length = clean(buffer + NT_PREFIX, name);
    path->Buffer = buffer;
    path->Length = path->MaximumLength = (USHORT)((NT_PREFIX + length) * sizeof(WCHAR));
    return true;
}

static bool refuse_file(const WCHAR *name)
{
    while (*name && !is_separator(*name))
        name++;
    return base_fail(*name ? ERROR_PATH_NOT_FOUND : ERROR_FILE_NOT_FOUND);
}

bool device_path_make(UNICODE_STRING *path, const WCHAR *name)
{
    if (!name || !*name)
        return base_fail(ERROR_PATH_NOT_FOUND);
    size_t reserved = reserved_name(name);
    if (reserved)
        return make(path, name, reserved, true);
    if (is_drive_path(name))
        return make(path, name, base_wcslen(name), false);
    if (starts_with_i(name, "\\??\\"))
        return base_fail(ERROR_INVALID_NAME);
    if (!is_separator(name[0]) || !is_separator(name[1]))
        return refuse_file(name);
    if (starts_with_i(name, "\\\\?\\"))
        return make(path, name + 4, base_wcslen(name + 4), true);
    if ((name[2] == '.' || name[2] == '?') && (is_separator(name[3]) || !name[3])) {
        const WCHAR *rest = name + (name[3] ? 4 : 3);
        return make(path, rest, base_wcslen(rest), false);
    }
    return base_fail(ERROR_BAD_NETPATH);
}
