// Strings of WCHAR.
#include "crt.h"

#define C               WCHAR
#define N(narrow, name) name
#define T(text)         L##text
#define TEXT_IS         CHECK_WIDE
#include "strings.h"

WCHAR towlower(WCHAR), towupper(WCHAR);

void CrtWide(void)
{
    Strings();
    CHECK_IS(wcscspn(L"one two", L" x"), 3);
    CHECK_IS(wcscspn(L"one", L""), 3);
    CHECK_IS(towlower('Q'), 'q');
    CHECK_IS(towupper('q'), 'Q');
    CHECK_IS(towupper('1'), '1');
}
