// From the name that CreateFile gets to the name that NtCreateFile gets.
#pragma once

#include "win32.h"

// Fills `path` (memory the caller frees with free(path->Buffer)). False with the last error set;
// device_path.c has the table.
bool device_path_make(UNICODE_STRING *path, const WCHAR *name);
