// Compiled for Windows: what the DDK headers do not have, <windows.h> must agree with.
#include <windows.h>
#include <winternl.h>

#include "layout-user.h"
