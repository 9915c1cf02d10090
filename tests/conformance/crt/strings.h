// The string routines, once for each kind of character: N(narrow, wide) is a name, T("text") a text, TEXT_IS a check.
// Counts are in characters. The _s routines: https://learn.microsoft.com/cpp/c-runtime-library/security-features-in-the-crt

static void Lengths(void)
{
    static const C abc[] = T("abc");
    CHECK_IS(N(strlen, wcslen)(abc), 3);
    CHECK_IS(N(strlen, wcslen)(T("")), 0);
    CHECK_IS(N(strnlen, wcsnlen)(abc, 2), 2);
    CHECK_IS(N(strnlen, wcsnlen)(abc, 100), 3);
    CHECK_IS(N(strnlen, wcsnlen)(abc, 0), 0);
}

static void Copies(void)
{
    C to[8] = T("1234567");
    CHECK(N(strcpy, wcscpy)(to, T("abc")) == to);
    TEXT_IS(to, T("abc"));
    CHECK(N(strcat, wcscat)(to, T("de")) == to);
    TEXT_IS(to, T("abcde"));
    CHECK(N(strncpy, wcsncpy)(to, T("xy"), 2) == to);
    TEXT_IS(to, T("xycde")); // no terminator of its own
    N(strncpy, wcsncpy)(to, T("z"), 4);
    CHECK(to[0] == 'z' && !to[1] && !to[2] && !to[3] && to[4] == 'e'); // filled up with zeros
    CHECK(N(strncat, wcsncat)(to, T("12345"), 3) == to);
    TEXT_IS(to, T("z123"));
}

static void Comparisons(void)
{
    CHECK_IS(N(strcmp, wcscmp)(T("abc"), T("abc")), 0);
    CHECK(N(strcmp, wcscmp)(T("abc"), T("abd")) < 0);
    CHECK(N(strcmp, wcscmp)(T("b"), T("abc")) > 0);
    CHECK(N(strcmp, wcscmp)(T("ab"), T("abc")) < 0);
    CHECK_IS(N(strncmp, wcsncmp)(T("abc"), T("abd"), 2), 0);
    CHECK(N(strncmp, wcsncmp)(T("abc"), T("abd"), 3) < 0);
    CHECK_IS(N(strncmp, wcsncmp)(T("a"), T("b"), 0), 0);
    CHECK_IS(N(_stricmp, _wcsicmp)(T("aBc"), T("AbC")), 0);
    CHECK(N(_stricmp, _wcsicmp)(T("a_"), T("AZ")) < 0); // compared in lower case: '_' lies before 'z'
    CHECK_IS(N(_strnicmp, _wcsnicmp)(T("ABx"), T("aby"), 2), 0);
    CHECK(N(_strnicmp, _wcsnicmp)(T("ABx"), T("aby"), 3) < 0);
}

static void Searches(void)
{
    static const C text[] = T("one two one");
    CHECK(N(strchr, wcschr)(text, 'o') == text);
    CHECK(N(strrchr, wcsrchr)(text, 'o') == text + 8);
    CHECK(N(strchr, wcschr)(text, 0) == text + 11);
    CHECK(N(strchr, wcschr)(text, 'x') == NULL);
    CHECK(N(strrchr, wcsrchr)(text, 'x') == NULL);
    CHECK(N(strstr, wcsstr)(text, T("two")) == text + 4);
    CHECK(N(strstr, wcsstr)(text, T("")) == text);
    CHECK(N(strstr, wcsstr)(text, T("twone")) == NULL);
    CHECK_IS(N(strspn, wcsspn)(text, T("neo")), 3);
    CHECK_IS(N(strspn, wcsspn)(text, T("")), 0);
}

static void Changes(void)
{
    C text[8] = T("aBc");
    CHECK(N(_strupr, _wcsupr)(text) == text);
    TEXT_IS(text, T("ABC"));
    CHECK(N(_strlwr, _wcslwr)(text) == text);
    TEXT_IS(text, T("abc"));
    CHECK(N(_strrev, _wcsrev)(text) == text);
    TEXT_IS(text, T("cba"));
    CHECK(N(_strnset, _wcsnset)(text, '-', 2) == text);
    TEXT_IS(text, T("--a"));
    N(_strnset, _wcsnset)(text, '+', 100); // ends with the string
    TEXT_IS(text, T("+++"));
}

static void Bounded(void)
{
    C to[5] = T("1234");
    CHECK_IS(N(strcpy_s, wcscpy_s)(to, 5, T("abcd")), 0);
    TEXT_IS(to, T("abcd"));
    CHECK_IS(N(strcpy_s, wcscpy_s)(to, 4, T("1234")), RANGE); // and the destination is empty
    TEXT_IS(to, T(""));
    CHECK_IS(N(strncpy_s, wcsncpy_s)(to, 5, T("abcdef"), 3), 0);
    TEXT_IS(to, T("abc"));
    CHECK_IS(N(strncpy_s, wcsncpy_s)(to, 3, T("xyzw"), AS_MUCH_AS_FITS), TRUNCATED);
    TEXT_IS(to, T("xy"));
    CHECK_IS(N(strcat_s, wcscat_s)(to, 5, T("12")), 0);
    TEXT_IS(to, T("xy12"));
    CHECK_IS(N(strcat_s, wcscat_s)(to, 5, T("3")), RANGE);
    TEXT_IS(to, T(""));
    CHECK_IS(N(strncat_s, wcsncat_s)(to, 5, T("abcdef"), 2), 0);
    TEXT_IS(to, T("ab"));
    CHECK_IS(N(strncat_s, wcsncat_s)(to, 5, T("cdefg"), AS_MUCH_AS_FITS), TRUNCATED);
    TEXT_IS(to, T("abcd"));
}

static void Strings(void)
{
    Lengths();
    Copies();
    Comparisons();
    Searches();
    Changes();
    Bounded();
}
