// GetFullPathName.
//
// Here a full path is what the machine's files are named by: an absolute Linux path, with doubled separators,
// "." and ".." resolved in the text (links are not followed, the file need not exist). A relative name starts
// from the working directory. Device paths (\\.\X, \\?\X) and paths with a drive letter come back as they
// are. https://learn.microsoft.com/windows/win32/api/fileapi/nf-fileapi-getfullpathnamew

#include "win32.h"

#include <stdlib.h>
#include <unistd.h>

static bool is_windows_path(const char *name)
{
    bool drive = ((name[0] | 32) >= 'a' && (name[0] | 32) <= 'z') && name[1] == ':';
    return drive || (name[0] == '\\' && name[1] == '\\');
}

// Removes "//", "/./" and "/../" of an absolute path, in place.
static void resolve(char *path)
{
    char *out = path;
    const char *in = path;
    while (*in) {
        while (*in == '/')
            in++;
        size_t length = strcspn(in, "/");
        if (length == 2 && in[0] == '.' && in[1] == '.') {
            while (out > path && *--out != '/')
                ;
        } else if (length && !(length == 1 && in[0] == '.')) {
            *out++ = '/';
            memmove(out, in, length);
            out += length;
        }
        in += length;
    }
    if (out == path || (in > path && in[-1] == '/'))
        *out++ = '/';
    *out = 0;
}

// The full path in new memory, NULL with the last error set.
static char *full_path(const char *name)
{
    char *path = NULL;
    if (is_windows_path(name)) {
        path = strdup(name);
    } else if (*name == '/') {
        path = malloc(strlen(name) + 2);
        if (path)
            strcpy(path, name);
    } else {
        char *directory = getcwd(NULL, 0);
        if (!directory) {
            base_fail(ERROR_PATH_NOT_FOUND);
            return NULL;
        }
        path = malloc(strlen(directory) + strlen(name) + 3);
        if (path)
            strcat(strcat(strcpy(path, directory), "/"), name);
        free(directory);
    }
    if (!path)
        base_fail(ERROR_NOT_ENOUGH_MEMORY);
    else if (*path == '/')
        resolve(path);
    return path;
}

// The length without the terminator; the size with it when that does not fit; 0 on error.
DWORD WINAPI GetFullPathNameA(LPCSTR name, DWORD size, LPSTR buffer, LPSTR *file_part)
{
    if (file_part)
        *file_part = NULL;
    if (!name || !*name) {
        base_fail(ERROR_INVALID_NAME);
        return 0;
    }
    char *path = full_path(name);
    if (!path)
        return 0;
    size_t length = strlen(path);
    bool fits = length < size;
    if (fits) {
        memcpy(buffer, path, length + 1);
        char *last = buffer + length;
        while (last > buffer && last[-1] != '/' && last[-1] != '\\')
            last--;
        if (file_part && *last)
            *file_part = last;
    }
    free(path);
    return (DWORD)(fits ? length : length + 1);
}

// The same over UTF-8: the one of the pair that converts is this one, because Linux paths are bytes.
DWORD WINAPI GetFullPathNameW(LPCWSTR name, DWORD size, LPWSTR buffer, LPWSTR *file_part)
{
    if (file_part)
        *file_part = NULL;
    if (!name || !*name) {
        base_fail(ERROR_INVALID_NAME);
        return 0;
    }
    char *text = base_utf8(name), *path = text ? full_path(text) : NULL;
    free(text);
    if (!path)
        return 0;
    DWORD needed = (DWORD)MultiByteToWideChar(CP_UTF8, 0, path, -1, NULL, 0);
    bool fits = needed <= size;
    if (fits) {
        MultiByteToWideChar(CP_UTF8, 0, path, -1, buffer, (int)size);
        WCHAR *last = buffer + needed - 1;
        while (last > buffer && last[-1] != '/' && last[-1] != '\\')
            last--;
        if (file_part && *last)
            *file_part = last;
    }
    free(path);
    return fits ? needed - 1 : needed;
}
