// Between the character sets. What is checked is the part that every code page shares, and UTF-8.
//
// https://learn.microsoft.com/windows-hardware/drivers/ddi/ntifs/nf-ntifs-rtlunicodetoutf8n
#include "rtl.h"

static void AnsiStrings(void)
{
    UNICODE_STRING wide, room = {.MaximumLength = 8, .Buffer = (WCHAR[4]){0}};
    ANSI_STRING ansi, from;
    OEM_STRING oem;
    RtlInitAnsiString(&from, "abc");
    CHECK_IS(RtlxAnsiStringToUnicodeSize(&from), 8); // with the terminator
    CHECK_IS(RtlxOemStringToUnicodeSize(&from), 8);
    CHECK_IS(RtlAnsiStringToUnicodeString(&wide, &from, TRUE), STATUS_SUCCESS);
    CHECK_UNICODE(&wide, L"abc");
    CHECK_IS(wide.MaximumLength, 8);
    CHECK_IS(RtlxUnicodeStringToAnsiSize(&wide), 4);
    CHECK_IS(RtlxUnicodeStringToOemSize(&wide), 4);
    CHECK_IS(RtlUnicodeStringToAnsiString(&ansi, &wide, TRUE), STATUS_SUCCESS);
    CHECK_IS(ansi.Length, 3);
    CHECK_TEXT(ansi.Buffer, "abc");
    RtlFreeAnsiString(&ansi);
    CHECK(!ansi.Buffer);
    CHECK_IS(RtlUnicodeStringToOemString(&oem, &wide, TRUE), STATUS_SUCCESS);
    CHECK_TEXT(oem.Buffer, "abc");
    CHECK_IS(RtlOemStringToUnicodeString(&room, &oem, FALSE), STATUS_SUCCESS);
    CHECK_UNICODE(&room, L"abc");
    RtlFreeOemString(&oem);
    RtlFreeUnicodeString(&wide);
    RtlInitAnsiString(&from, "abcd");
    CHECK_IS(RtlAnsiStringToUnicodeString(&room, &from, FALSE), STATUS_BUFFER_OVERFLOW);
    PUCHAR at = (PUCHAR) "xy";
    CHECK_IS(RtlAnsiCharToUnicodeChar(&at), 'x');
    CHECK_IS(*at, 'y');
}

static void Bytes(void)
{
    WCHAR wide[8] = L"1234567";
    char narrow[8] = "1234567";
    ULONG bytes;
    CHECK_IS(RtlMultiByteToUnicodeSize(&bytes, "abc", 3), STATUS_SUCCESS);
    CHECK_IS(bytes, 6);
    CHECK_IS(RtlUnicodeToMultiByteSize(&bytes, L"abc", 6), STATUS_SUCCESS);
    CHECK_IS(bytes, 3);
    CHECK_IS(RtlMultiByteToUnicodeN(wide, 4, &bytes, "abc", 3), STATUS_SUCCESS); // as much as fits, no terminator
    CHECK_IS(bytes, 4);
    CHECK_WIDE(wide, L"ab34567");
    CHECK_IS(RtlOemToUnicodeN(wide, sizeof wide, &bytes, "xyz", 3), STATUS_SUCCESS);
    CHECK_IS(bytes, 6);
    CHECK_WIDE(wide, L"xyz4567");
    CHECK_IS(RtlUnicodeToMultiByteN(narrow, sizeof narrow, &bytes, L"abc", 6), STATUS_SUCCESS);
    CHECK_IS(bytes, 3);
    CHECK_TEXT(narrow, "abc4567");
    CHECK_IS(RtlUpcaseUnicodeToMultiByteN(narrow, 2, &bytes, L"xyz", 6), STATUS_SUCCESS);
    CHECK_TEXT(narrow, "XYc4567");
    CHECK_IS(RtlUnicodeToOemN(narrow, sizeof narrow, &bytes, L"oem", 6), STATUS_SUCCESS);
    CHECK_TEXT(narrow, "oem4567");
}

static void Utf8(void)
{
    static const struct {
        const char *utf8;
        const WCHAR *wide;
        ULONG utf8_bytes, wide_bytes;
    } table[] = {
        {"abc", L"abc", 3, 6},
        {"\xC3\xA9", L"\x00E9", 2, 2},
        {"\xE4\xB8\xAD", L"\x4E2D", 3, 2},
        {"\xF0\x9F\x98\x80", L"\xD83D\xDE00", 4, 4},
    };
    char narrow[8];
    WCHAR wide[8];
    ULONG bytes;
    for (ULONG i = 0; i < RTL_NUMBER_OF(table); i++) {
        memset(narrow, 0, sizeof narrow);
        memset(wide, 0, sizeof wide);
        CHECK_IS(RtlUnicodeToUTF8N(narrow, sizeof narrow, &bytes, table[i].wide, table[i].wide_bytes), STATUS_SUCCESS);
        CHECK_IS(bytes, table[i].utf8_bytes);
        CHECK_TEXT(narrow, table[i].utf8);
        CHECK_IS(RtlUTF8ToUnicodeN(wide, sizeof wide, &bytes, table[i].utf8, table[i].utf8_bytes), STATUS_SUCCESS);
        CHECK_IS(bytes, table[i].wide_bytes);
        CHECK_WIDE(wide, table[i].wide);
    }
    CHECK_IS(RtlUnicodeToUTF8N(NULL, 0, &bytes, L"\x4E2D", 2), STATUS_SUCCESS); // how many would be needed
    CHECK_IS(bytes, 3);
    CHECK_IS(RtlUTF8ToUnicodeN(wide, sizeof wide, &bytes, "a\xFF", 2), STATUS_SOME_NOT_MAPPED);
    CHECK(wide[0] == 'a' && wide[1] == 0xFFFD);
    CHECK_IS(RtlUnicodeToUTF8N(narrow, sizeof narrow, &bytes, L"\xD800", 2), STATUS_SOME_NOT_MAPPED);
    CHECK_IS(RtlUnicodeToUTF8N(narrow, 2, &bytes, L"abc", 6), STATUS_BUFFER_TOO_SMALL);
}

void RtlConversions(void)
{
    AnsiStrings();
    Bytes();
    Utf8();
}
