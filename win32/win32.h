// What the sources of the Win32 library share. Applications see include/win32 only.
//
// Order matters: the NT headers define the types and constants of both worlds, windows.h adds the rest.
#pragma once

#include <nt/nt.h>
#define NTHOST_NT_TYPES 1
#include <win32/windows.h>
#include <stdbool.h>
#include "gate.h"

#define BASE_NAME_MAXIMUM 32767 // characters a UNICODE_STRING can hold

// --- results (last_error.c) ----------------------------------------------------------------------

// Sets the thread's last error. Returns FALSE, so that `return base_fail(...)` reads as what it is.
BOOL base_fail(DWORD error);

// Sets the last error that belongs to `status`. Returns FALSE.
BOOL base_set_nt_status(NTSTATUS status);

// TRUE for success and informational; otherwise the last error and FALSE.
BOOL base_result(NTSTATUS status);

// --- strings (string.c) --------------------------------------------------------------------------

// A UTF-16 copy of a UTF-8 argument; short ones live in the structure.
struct base_wide {
    WCHAR *text; // NULL when the argument was NULL
    WCHAR small[MAX_PATH];
};

// False with the last error set: ERROR_FILENAME_EXCED_RANGE above BASE_NAME_MAXIMUM, ERROR_NOT_ENOUGH_MEMORY.
bool base_wide_make(struct base_wide *wide, const char *text);
void base_wide_drop(struct base_wide *wide);

// A UTF-8 copy in new memory (free it with free), NULL and ERROR_NOT_ENOUGH_MEMORY on exhaustion.
char *base_utf8(const WCHAR *text);

size_t base_wcslen(const WCHAR *text);
bool base_wcsequal_i(const WCHAR *first, const WCHAR *second); // without regard to case

// --- waits and names (wait.c, named.c) -----------------------------------------------------------

// The NT timeout for milliseconds: NULL for INFINITE, otherwise `storage`, filled with a relative time.
LARGE_INTEGER *base_timeout(DWORD milliseconds, LARGE_INTEGER *storage);

// The attributes of a kernel object that Win32 names: NULL or empty means unnamed, otherwise
// \BaseNamedObjects\NAME.
struct base_named {
    OBJECT_ATTRIBUTES attributes;
    UNICODE_STRING name;
    WCHAR *buffer;
};

bool base_named_make(struct base_named *named, const SECURITY_ATTRIBUTES *security, const WCHAR *name);
bool base_named_open(struct base_named *named, BOOL inherit, const WCHAR *name);
void base_named_drop(struct base_named *named);

// The end of every Create call of a named object: the last error and the handle, NULL on failure.
HANDLE base_created(NTSTATUS status, HANDLE handle);
