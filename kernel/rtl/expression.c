// Names and patterns as file systems match them.
//
//     *   any characters            <   any characters up to the last period (DOS *)
//     ?   one character             >   one character, or none before a period and at the end (DOS ?)
//                                   "   a period, or nothing at the end (DOS .)
//
// The set of places in the pattern that the name so far can have reached is moved on with each character, so no pattern
// is slow. https://learn.microsoft.com/windows-hardware/drivers/ddi/ntifs/nf-ntifs-_fsrtl_advanced_fcb_header-fsrtlisnameinexpression
#include "rtl/rtl.h"

#include "hal/hal.h"

#include <nt/ex.h>
#include <nt/ntstatus.h>
#include <nt/rtl.h>

#include <string.h>

enum { ON_STACK = 256 };

struct match {
    const WCHAR *pattern, *name;
    size_t pattern_length, name_length;
    size_t last_period; // in the name; name_length: none
    bool ignore_case;
};

// What may be skipped before character `at` of the name without matching one.
static void skip(const struct match *match, bool *reached, size_t at)
{
    bool at_end = at == match->name_length, at_period = !at_end && match->name[at] == '.';
    for (size_t i = 0; i < match->pattern_length; i++) {
        if (!reached[i])
            continue;
        WCHAR sign = match->pattern[i];
        if (sign == '*' || sign == '<' || (sign == '>' && (at_end || at_period)) || (sign == '"' && at_end))
            reached[i + 1] = true;
    }
}

// One character of the name.
static void advance(const struct match *match, const bool *reached, bool *next, size_t at)
{
    WCHAR c = match->name[at], folded = match->ignore_case ? rtl_upcase(c) : c;
    memset(next, 0, match->pattern_length + 1);
    for (size_t i = 0; i < match->pattern_length; i++) {
        if (!reached[i])
            continue;
        WCHAR sign = match->pattern[i];
        if (sign == '*' || (sign == '<' && at != match->last_period))
            next[i] = true;
        else if (sign == '?' || (sign == '>' && c != '.') || (sign == '"' && c == '.') || sign == folded)
            next[i + 1] = true;
    }
}

static bool run(const struct match *match, bool *reached, bool *next)
{
    memset(reached, 0, match->pattern_length + 1);
    reached[0] = true;
    for (size_t at = 0; at < match->name_length; at++) {
        skip(match, reached, at);
        advance(match, reached, next, at);
        bool *other = reached;
        reached = next;
        next = other;
    }
    skip(match, reached, match->name_length);
    return reached[match->pattern_length];
}

// With ignore_case the pattern has to be in upper case; table is not looked at. FALSE also when memory is short.
BOOLEAN NTAPI FsRtlIsNameInExpression(PUNICODE_STRING pattern, PUNICODE_STRING name, BOOLEAN ignore_case, PWCH table)
{
    bool small[2][ON_STACK], *memory = NULL;
    struct match match = {.pattern = pattern->Buffer,
                          .name = name->Buffer,
                          .pattern_length = pattern->Length / sizeof(WCHAR),
                          .name_length = name->Length / sizeof(WCHAR),
                          .ignore_case = ignore_case};
    (void)table;
    match.last_period = match.name_length;
    for (size_t i = 0; i < match.name_length; i++)
        if (match.name[i] == '.')
            match.last_period = i;
    if (match.pattern_length < ON_STACK)
        return run(&match, small[0], small[1]);
    memory = hal_alloc(2 * (match.pattern_length + 1));
    bool found = memory && run(&match, memory, memory + match.pattern_length + 1);
    hal_free(memory);
    return found;
}

// Whether there is any of the five signs.
BOOLEAN NTAPI FsRtlDoesNameContainWildCards(PUNICODE_STRING name)
{
    for (size_t i = 0; i < name->Length / sizeof(WCHAR); i++)
        if (name->Buffer[i] && name->Buffer[i] < 0x7f && strchr("*?<>\"", (char)name->Buffer[i]))
            return TRUE;
    return FALSE;
}
