// Columns: see width.h. Compiled with the C library's own wchar_t, which the rest of nthost does not use.
#include "width.h"

#include <string.h>
#include <wchar.h>

_Static_assert(sizeof(wchar_t) == 4, "wcwidth takes the C library's wchar_t");

unsigned width_of_code(uint32_t code)
{
    int width = wcwidth((wchar_t)code);
    return width < 0 ? 1 : (unsigned)width;
}

unsigned width_of_text(const char *text)
{
    mbstate_t state = {0};
    size_t left = strlen(text), used;
    unsigned width = 0;
    wchar_t code;
    while (left) {
        used = mbrtowc(&code, text, left, &state);
        if (used == 0 || used == (size_t)-1 || used == (size_t)-2) {
            used = 1;
            code = '?';
            state = (mbstate_t){0};
        }
        width += width_of_code((uint32_t)code);
        text += used;
        left -= used;
    }
    return width;
}
