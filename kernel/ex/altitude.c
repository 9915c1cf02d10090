// Altitudes: where a filter stands among the others, a decimal number of any length with a fraction, in digits.
// ifs/load-order-groups-and-altitudes-for-minifilter-drivers.
#include "ex/ex.h"

struct parts {
    const WCHAR *whole, *fraction;
    size_t whole_length, fraction_length;
};

static struct parts split(const UNICODE_STRING *altitude)
{
    size_t length = altitude->Length / sizeof(WCHAR), point = 0, zeros = 0;
    const WCHAR *text = altitude->Buffer;
    while (point < length && text[point] != '.')
        point++;
    while (zeros < point && text[zeros] == '0')
        zeros++;
    return (struct parts){.whole = text + zeros,
                          .whole_length = point - zeros,
                          .fraction = text + point + 1,
                          .fraction_length = point < length ? length - point - 1 : 0};
}

bool ex_is_altitude(const UNICODE_STRING *altitude)
{
    size_t length = altitude->Length / sizeof(WCHAR), points = 0, digits = 0;
    for (size_t i = 0; i < length; i++) {
        WCHAR c = altitude->Buffer[i];
        if (c == '.')
            points++;
        else if (c >= '0' && c <= '9')
            digits++;
        else
            return false;
    }
    return digits && points <= 1;
}

// Negative, zero, positive: a is lower, the same, higher.
int ex_compare_altitudes(const UNICODE_STRING *a, const UNICODE_STRING *b)
{
    struct parts one = split(a), other = split(b);
    if (one.whole_length != other.whole_length)
        return one.whole_length < other.whole_length ? -1 : 1;
    for (size_t i = 0; i < one.whole_length; i++)
        if (one.whole[i] != other.whole[i])
            return one.whole[i] < other.whole[i] ? -1 : 1;
    for (size_t i = 0; i < one.fraction_length || i < other.fraction_length; i++) {
        int x = i < one.fraction_length ? one.fraction[i] : '0',
            y = i < other.fraction_length ? other.fraction[i] : '0';
        if (x != y)
            return x < y ? -1 : 1;
    }
    return 0;
}
