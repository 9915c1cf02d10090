// The console's code pages.
//
// Linux terminals speak UTF-8. Any code page may be set, as programs for Windows do at their start; it
// changes nothing, and programs that go on to print UTF-8 print it.

#include "win32.h"

static _Atomic UINT input_page = CP_UTF8, output_page = CP_UTF8;

UINT WINAPI GetConsoleCP(void)
{
    return input_page;
}

UINT WINAPI GetConsoleOutputCP(void)
{
    return output_page;
}

BOOL WINAPI SetConsoleCP(UINT code_page)
{
    input_page = code_page;
    return TRUE;
}

BOOL WINAPI SetConsoleOutputCP(UINT code_page)
{
    output_page = code_page;
    return TRUE;
}
