// Strings of char, characters, memory.
#include "crt.h"

#define C             char
#define N(name, wide) name
#define T(text)       text
#define TEXT_IS       CHECK_TEXT
#include "strings.h"

int isdigit(int), isxdigit(int), islower(int), isupper(int), isspace(int), isprint(int), tolower(int), toupper(int);
int memcpy_s(void *to, size_t size, const void *from, size_t bytes);
int memmove_s(void *to, size_t size, const void *from, size_t bytes);
char *strtok_s(char *string, const char *delimiters, char **next);
size_t mbstowcs(WCHAR *to, const char *from, size_t count);
size_t wcstombs(char *to, const WCHAR *from, size_t count);
int mbtowc(WCHAR *to, const char *from, size_t count);
int wctomb(char *to, WCHAR character);

static void Characters(void)
{
    static const struct {
        char character;
        BOOLEAN digit, hex, lower, upper, space, print;
    } table[] = {{'0', 1, 1, 0, 0, 0, 1}, {'9', 1, 1, 0, 0, 0, 1},  {'a', 0, 1, 1, 0, 0, 1},  {'F', 0, 1, 0, 1, 0, 1},
                 {'g', 0, 0, 1, 0, 0, 1}, {'Z', 0, 0, 0, 1, 0, 1},  {' ', 0, 0, 0, 0, 1, 1},  {'\t', 0, 0, 0, 0, 1, 0},
                 {'~', 0, 0, 0, 0, 0, 1}, {'\n', 0, 0, 0, 0, 1, 0}, {0x7F, 0, 0, 0, 0, 0, 0}, {'/', 0, 0, 0, 0, 0, 1}};
    for (ULONG i = 0; i < RTL_NUMBER_OF(table); i++) {
        int c = table[i].character;
        CHECK_IS(isdigit(c) != 0, table[i].digit);
        CHECK_IS(isxdigit(c) != 0, table[i].hex);
        CHECK_IS(islower(c) != 0, table[i].lower);
        CHECK_IS(isupper(c) != 0, table[i].upper);
        CHECK_IS(isspace(c) != 0, table[i].space);
        CHECK_IS(isprint(c) != 0, table[i].print);
        CHECK_IS(tolower(c), table[i].upper ? c + 32 : c);
        CHECK_IS(toupper(c), table[i].lower ? c - 32 : c);
    }
}

static void Memory(void)
{
    char text[9] = "abcdefgh";
    CHECK(memmove(text + 2, text, 6) == text + 2);
    CHECK_TEXT(text, "ababcdef");
    memmove(text, text + 2, 6);
    CHECK_TEXT(text, "abcdefef");
    CHECK(memchr(text, 'c', 8) == text + 2);
    CHECK(memchr(text, 'c', 2) == NULL);
    CHECK_IS(memcmp("abc", "abd", 2), 0);
    CHECK(memcmp("abc", "abd", 3) < 0);
    CHECK(memcmp("\xFF", "\x01", 1) > 0); // unsigned
    CHECK_IS(memcpy_s(text, 8, "12345678", 8), 0);
    CHECK_TEXT(text, "12345678");
    CHECK_IS(memcpy_s(text, 4, "abcde", 5), RANGE); // and the destination is zeroed
    CHECK(text[0] == 0 && text[3] == 0 && text[4] == '5');
    CHECK_IS(memcpy_s(text, 8, NULL, 0), 0);
    CHECK_IS(memcpy_s(NULL, 8, "a", 1), INVALID);
    CHECK_IS(memmove_s(text, 8, text + 4, 4), 0);
    CHECK_TEXT(text, "56785678");
    CHECK_IS(memmove_s(text, 2, "abc", 3), RANGE);
}

static void Tokens(void)
{
    char text[] = ",one,,two", *next = NULL;
    CHECK_TEXT(strtok_s(text, ",", &next), "one");
    CHECK_TEXT(strtok_s(NULL, ",", &next), "two");
    CHECK(strtok_s(NULL, ",", &next) == NULL);
    char set[] = "abc";
    CHECK(_strset(set, 'x') == set);
    CHECK_TEXT(set, "xxx");
}

static void Multibyte(void)
{
    WCHAR wide[4] = L"123", one = 0;
    char narrow[4] = "123";
    CHECK_IS(mbstowcs(wide, "abcdef", 3), 3);
    CHECK(wide[0] == 'a' && wide[2] == 'c');
    CHECK_IS(mbstowcs(wide, "ab", 4), 2);
    CHECK_WIDE(wide, L"ab");
    CHECK_IS(wcstombs(narrow, L"xy", 4), 2);
    CHECK_TEXT(narrow, "xy");
    CHECK_IS(mbtowc(&one, "q", 1), 1);
    CHECK_IS(one, 'q');
    CHECK_IS(mbtowc(&one, "", 1), 0);
    CHECK_IS(wctomb(narrow, L'z'), 1);
    CHECK_IS(narrow[0], 'z');
}

void CrtNarrow(void)
{
    Strings();
    Characters();
    Memory();
    Tokens();
    Multibyte();
}
