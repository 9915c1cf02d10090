// Numbers from text and to text, random numbers, sorting.
#include "crt.h"

int atoi(const char *), _wtoi(const WCHAR *);
long atol(const char *), _wtol(const WCHAR *);
unsigned long wcstoul(const WCHAR *string, WCHAR **end, int base);
unsigned __int64 _strtoui64(const char *string, char **end, int base);
char *_itoa(int value, char *to, int base);
WCHAR *_itow(int value, WCHAR *to, int base);
int _itoa_s(int, char *, size_t, int), _itow_s(int, WCHAR *, size_t, int);
int _ltoa_s(long, char *, size_t, int), _ltow_s(long, WCHAR *, size_t, int);
int _ultoa_s(unsigned long, char *, size_t, int), _ultow_s(unsigned long, WCHAR *, size_t, int);
int _i64toa_s(__int64, char *, size_t, int), _i64tow_s(__int64, WCHAR *, size_t, int);
int _ui64toa_s(unsigned __int64, char *, size_t, int), _ui64tow_s(unsigned __int64, WCHAR *, size_t, int);
int rand(void);
void srand(unsigned seed);
void qsort(void *base, size_t count, size_t width, int (*compare)(const void *, const void *));
void *bsearch(const void *key, const void *base, size_t count, size_t width,
              int (*compare)(const void *, const void *));

static void FromText(void)
{
    char *end;
    WCHAR *wide_end;
    static const struct {
        const char *narrow;
        const WCHAR *wide;
        long value;
    } table[] = {{"0", L"0", 0},       {" -12x", L" -12x", -12},
                 {"+7", L"+7", 7},     {"\t 99", L"\t 99", 99},
                 {"x", L"x", 0},       {"", L"", 0},
                 {"0x10", L"0x10", 0}, {"2147483647", L"2147483647", 2147483647}};
    for (ULONG i = 0; i < RTL_NUMBER_OF(table); i++) {
        CHECK_IS(atoi(table[i].narrow), table[i].value);
        CHECK_IS(atol(table[i].narrow), table[i].value);
        CHECK_IS(_wtoi(table[i].wide), table[i].value);
        CHECK_IS(_wtol(table[i].wide), table[i].value);
    }
    CHECK_IS(wcstoul(L"0x1Fg", &wide_end, 0), 0x1F);
    CHECK_IS(*wide_end, 'g');
    CHECK_IS(wcstoul(L"017", NULL, 0), 15);
    CHECK_IS(wcstoul(L"99999999999", NULL, 10), 0xFFFFFFFF);
    CHECK_IS(_strtoui64("18446744073709551615!", &end, 10), 0xFFFFFFFFFFFFFFFF);
    CHECK_IS(*end, '!');
    CHECK_IS(_strtoui64("zz", NULL, 36), 35 * 36 + 35);
}

static void ToText(void)
{
    char narrow[72];
    WCHAR wide[72];
    static const struct {
        int value, base;
        const char *narrow;
        const WCHAR *wide;
    } table[] = {{0, 10, "0", L"0"},
                 {-1, 10, "-1", L"-1"},
                 {-1, 16, "ffffffff", L"ffffffff"},
                 {255, 2, "11111111", L"11111111"},
                 {35, 36, "z", L"z"},
                 {(int)0x80000000, 10, "-2147483648", L"-2147483648"}};
    for (ULONG i = 0; i < RTL_NUMBER_OF(table); i++) {
        CHECK_TEXT(_itoa(table[i].value, narrow, table[i].base), table[i].narrow);
        CHECK_WIDE(_itow(table[i].value, wide, table[i].base), table[i].wide);
        CHECK_IS(_itoa_s(table[i].value, narrow, 72, table[i].base), 0);
        CHECK_TEXT(narrow, table[i].narrow);
        CHECK_IS(_itow_s(table[i].value, wide, 72, table[i].base), 0);
        CHECK_WIDE(wide, table[i].wide);
        CHECK_IS(_ltoa_s(table[i].value, narrow, 72, table[i].base), 0);
        CHECK_TEXT(narrow, table[i].narrow);
        CHECK_IS(_ltow_s(table[i].value, wide, 72, table[i].base), 0);
        CHECK_WIDE(wide, table[i].wide);
    }
}

// What only the larger types can say, and a buffer that is too small by the terminator.
static void ToTextBounded(void)
{
    char narrow[24];
    WCHAR wide[24];
    CHECK_IS(_ultoa_s(0xFFFFFFFF, narrow, 11, 10), 0);
    CHECK_TEXT(narrow, "4294967295");
    CHECK_IS(_ultow_s(0xFFFFFFFF, wide, 11, 10), 0);
    CHECK_WIDE(wide, L"4294967295");
    CHECK_IS(_i64toa_s(-9223372036854775807LL - 1, narrow, 24, 10), 0);
    CHECK_TEXT(narrow, "-9223372036854775808");
    CHECK_IS(_i64tow_s(-5, wide, 24, 10), 0);
    CHECK_WIDE(wide, L"-5");
    CHECK_IS(_ui64toa_s(0xFFFFFFFFFFFFFFFF, narrow, 24, 16), 0);
    CHECK_TEXT(narrow, "ffffffffffffffff");
    CHECK_IS(_ui64tow_s(10000000000, wide, 24, 10), 0);
    CHECK_WIDE(wide, L"10000000000");
    CHECK_IS(_itoa_s(123, narrow, 3, 10), RANGE);
    CHECK_TEXT(narrow, "");
    CHECK_IS(_ultow_s(123, wide, 3, 10), RANGE);
    CHECK_WIDE(wide, L"");
    CHECK_IS(_itoa_s(1, narrow, 24, 37), INVALID);
}

static int Compare(const void *a, const void *b)
{
    return (*(const int *)a > *(const int *)b) - (*(const int *)a < *(const int *)b);
}

static void Sorting(void)
{
    int numbers[64], key = 0;
    srand(1);
    for (ULONG i = 0; i < RTL_NUMBER_OF(numbers); i++)
        numbers[i] = rand();
    CHECK_IS(numbers[0], 41); // the sequence that Microsoft's library has always begun with
    CHECK_IS(numbers[1], 18467);
    qsort(numbers, RTL_NUMBER_OF(numbers), sizeof *numbers, Compare);
    for (ULONG i = 1; i < RTL_NUMBER_OF(numbers); i++)
        CHECK(numbers[i - 1] <= numbers[i] && numbers[i] <= 32767);
    for (ULONG i = 0; i < RTL_NUMBER_OF(numbers); i++)
        numbers[i] = (int)(i * 2);
    for (key = -1; key < 130; key++) {
        int *found = bsearch(&key, numbers, RTL_NUMBER_OF(numbers), sizeof *numbers, Compare);
        CHECK(key % 2 == 0 && key < 128 ? found == numbers + key / 2 : found == NULL);
    }
}

void CrtNumbers(void)
{
    FromText();
    ToText();
    ToTextBounded();
    Sorting();
}
