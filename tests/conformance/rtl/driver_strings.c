// Counted strings: made, copied, appended, compared.
//
// https://learn.microsoft.com/windows-hardware/drivers/ddi/wdm/nf-wdm-rtlinitunicodestring and its neighbours
#include "rtl.h"

static UNICODE_STRING Wide(const WCHAR *text)
{
    UNICODE_STRING string;
    RtlInitUnicodeString(&string, text);
    return string;
}

static STRING Narrow(const char *text)
{
    STRING string;
    RtlInitString(&string, text);
    return string;
}

static void Initialise(void)
{
    ANSI_STRING ansi;
    UNICODE_STRING wide;
    RtlInitAnsiString(&ansi, "abc");
    CHECK(ansi.Length == 3 && ansi.MaximumLength == 4);
    RtlInitAnsiString(&ansi, NULL);
    CHECK(ansi.Length == 0 && ansi.MaximumLength == 0 && !ansi.Buffer);
    CHECK_IS(RtlInitAnsiStringEx(&ansi, "abcd"), STATUS_SUCCESS);
    CHECK_IS(ansi.Length, 4);
    CHECK_IS(RtlInitUnicodeStringEx(&wide, L"ab"), STATUS_SUCCESS);
    CHECK(wide.Length == 4 && wide.MaximumLength == 6);
    CHECK(RtlCreateUnicodeString(&wide, L"made"));
    CHECK_UNICODE(&wide, L"made");
    RtlFreeUnicodeString(&wide);
    CHECK(!wide.Buffer);
}

static void Copy(void)
{
    WCHAR room[5];
    char narrow_room[4];
    UNICODE_STRING to = {.MaximumLength = sizeof room, .Buffer = room}, from = Wide(L"abcdefg"), copy;
    STRING narrow = {.MaximumLength = sizeof narrow_room, .Buffer = narrow_room}, narrow_from = Narrow("123456");
    RtlCopyUnicodeString(&to, &from); // as much as fits
    CHECK_UNICODE(&to, L"abcde");
    RtlCopyUnicodeString(&to, NULL);
    CHECK_IS(to.Length, 0);
    CHECK_IS(RtlAppendUnicodeToString(&to, L"abc"), STATUS_SUCCESS);
    from = Wide(L"de");
    CHECK_IS(RtlAppendUnicodeStringToString(&to, &from), STATUS_SUCCESS);
    CHECK_UNICODE(&to, L"abcde");
    CHECK_IS(RtlAppendUnicodeToString(&to, L"f"), STATUS_BUFFER_TOO_SMALL);
    CHECK_IS(RtlAppendUnicodeStringToString(&to, &from), STATUS_BUFFER_TOO_SMALL);
    CHECK_UNICODE(&to, L"abcde");
    RtlCopyString(&narrow, &narrow_from);
    CHECK_IS(narrow.Length, 4);
    narrow.Length = 2;
    narrow_from = Narrow("xy");
    CHECK_IS(RtlAppendStringToString(&narrow, &narrow_from), STATUS_SUCCESS);
    CHECK(narrow.Length == 4 && narrow_room[1] == '2' && narrow_room[3] == 'y');
    CHECK_IS(RtlAppendStringToString(&narrow, &narrow_from), STATUS_BUFFER_TOO_SMALL);
    CHECK_IS(RtlDuplicateUnicodeString(RTL_DUPLICATE_UNICODE_STRING_NULL_TERMINATE, &to, &copy), STATUS_SUCCESS);
    CHECK_UNICODE(&copy, L"abcde");
    CHECK(copy.MaximumLength == 12 && copy.Buffer[5] == 0);
    RtlFreeUnicodeString(&copy);
}

static void Compare(void)
{
    static const struct {
        const WCHAR *a, *b;
        const char *narrow_a, *narrow_b;
        LONG exact, folded; // the sign
    } table[] = {
        {L"abc", L"abc", "abc", "abc", 0, 0}, {L"abc", L"ABC", "abc", "ABC", 1, 0},
        {L"ab", L"abc", "ab", "abc", -1, -1}, {L"", L"", "", "", 0, 0},
        {L"b", L"abc", "b", "abc", 1, 1},
    };
    for (ULONG i = 0; i < RTL_NUMBER_OF(table); i++) {
        UNICODE_STRING a = Wide(table[i].a), b = Wide(table[i].b);
        STRING c = Narrow(table[i].narrow_a), d = Narrow(table[i].narrow_b);
        LONG exact = RtlCompareUnicodeString(&a, &b, FALSE), folded = RtlCompareUnicodeString(&a, &b, TRUE);
        CHECK_IS((exact > 0) - (exact < 0), table[i].exact);
        CHECK_IS((folded > 0) - (folded < 0), table[i].folded);
        CHECK_IS(RtlCompareUnicodeStrings(a.Buffer, a.Length / 2, b.Buffer, b.Length / 2, FALSE), exact);
        CHECK_IS(RtlEqualUnicodeString(&a, &b, TRUE), table[i].folded == 0);
        CHECK_IS(RtlEqualUnicodeString(&a, &b, FALSE), table[i].exact == 0);
        exact = RtlCompareString(&c, &d, FALSE), folded = RtlCompareString(&c, &d, TRUE);
        CHECK_IS((exact > 0) - (exact < 0), table[i].exact);
        CHECK_IS((folded > 0) - (folded < 0), table[i].folded);
        CHECK_IS(RtlEqualString(&c, &d, TRUE), table[i].folded == 0);
    }
}

static void Prefixes(void)
{
    UNICODE_STRING whole = Wide(L"\\Device\\Foo"), upper = Wide(L"\\DEVICE"), empty = Wide(L"");
    STRING narrow = Narrow("abcdef"), prefix = Narrow("ABC");
    CHECK(RtlPrefixUnicodeString(&upper, &whole, TRUE));
    CHECK(!RtlPrefixUnicodeString(&upper, &whole, FALSE));
    CHECK(!RtlPrefixUnicodeString(&whole, &upper, TRUE));
    CHECK(RtlPrefixUnicodeString(&empty, &whole, FALSE));
    CHECK(RtlPrefixString(&prefix, &narrow, TRUE));
    CHECK(!RtlPrefixString(&prefix, &narrow, FALSE));
}

static void Odd(void)
{
    UNICODE_STRING string = Wide(L"abc");
    ULONG hash, other;
    CHECK_IS(RtlValidateUnicodeString(0, &string), STATUS_SUCCESS);
    string.Length = 5; // not whole characters
    CHECK_IS(RtlValidateUnicodeString(0, &string), STATUS_INVALID_PARAMETER);
    string.Length = 10; // more than its buffer
    CHECK_IS(RtlValidateUnicodeString(0, &string), STATUS_INVALID_PARAMETER);
    UNICODE_STRING lower = Wide(L"hash me"), upper = Wide(L"HASH ME"), ab = Wide(L"ab");
    CHECK_IS(RtlHashUnicodeString(&ab, FALSE, HASH_STRING_ALGORITHM_X65599, &hash), STATUS_SUCCESS);
    CHECK_IS(hash, 'a' * 65599 + 'b');
    CHECK_IS(RtlHashUnicodeString(&lower, TRUE, HASH_STRING_ALGORITHM_DEFAULT, &hash), STATUS_SUCCESS);
    CHECK_IS(RtlHashUnicodeString(&upper, TRUE, HASH_STRING_ALGORITHM_DEFAULT, &other), STATUS_SUCCESS);
    CHECK_IS(hash, other);
    CHECK_IS(RtlHashUnicodeString(&lower, FALSE, HASH_STRING_ALGORITHM_DEFAULT, &other), STATUS_SUCCESS);
    CHECK(hash != other);
    CHECK_IS(RtlHashUnicodeString(&lower, FALSE, 77, &other), STATUS_INVALID_PARAMETER);
}

void RtlStrings(void)
{
    Initialise();
    Copy();
    Compare();
    Prefixes();
    Odd();
}

void RtlCases(void)
{
    WCHAR room[8];
    UNICODE_STRING to = {.MaximumLength = sizeof room, .Buffer = room}, from = Wide(L"aB\x00E9\x0416"), made;
    STRING narrow = Narrow("aBz1");
    char narrow_room[5] = "";
    STRING narrow_to = {.MaximumLength = 4, .Buffer = narrow_room};
    CHECK_IS(RtlUpcaseUnicodeChar(L'\x00E9'), 0xC9);
    CHECK_IS(RtlUpcaseUnicodeChar(L'\x0436'), 0x416);
    CHECK_IS(RtlUpcaseUnicodeChar(L'1'), '1');
    CHECK_IS(RtlDowncaseUnicodeChar(L'\x0416'), 0x436);
    CHECK_IS(RtlUpperChar('q'), 'Q');
    CHECK_IS(RtlUpperChar('['), '[');
    CHECK_IS(RtlUpcaseUnicodeString(&to, &from, FALSE), STATUS_SUCCESS);
    CHECK_UNICODE(&to, L"AB\x00C9\x0416");
    CHECK_IS(RtlDowncaseUnicodeString(&to, &from, FALSE), STATUS_SUCCESS);
    CHECK_UNICODE(&to, L"ab\x00E9\x0436");
    to.MaximumLength = 4;
    CHECK_IS(RtlUpcaseUnicodeString(&to, &from, FALSE), STATUS_BUFFER_OVERFLOW);
    CHECK_IS(RtlUpcaseUnicodeString(&made, &from, TRUE), STATUS_SUCCESS);
    CHECK_UNICODE(&made, L"AB\x00C9\x0416");
    RtlFreeUnicodeString(&made);
    RtlUpperString(&narrow_to, &narrow);
    CHECK_TEXT(narrow_room, "ABZ1");
}
