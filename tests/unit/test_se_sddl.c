// Security descriptors as text: what is read, what is refused, what comes back.
// clang-format off
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
// clang-format on

#include "se/se.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// The text, each byte a character; the caller frees *descriptor.
static NTSTATUS parse(const char *text, size_t length, void **descriptor)
{
    WCHAR *wide = malloc(length * sizeof(WCHAR) + 1); // exactly, so that AddressSanitizer sees a step beyond
    UNICODE_STRING string = {.Buffer = wide, .Length = (USHORT)(length * sizeof(WCHAR))};
    for (size_t i = 0; i < length; i++)
        wide[i] = (WCHAR)(unsigned char)text[i];
    NTSTATUS status = se_sddl_to_descriptor(&string, descriptor);
    free(wide);
    return status;
}

// Texts that come back as they are.
static void device_descriptors_survive(void **state)
{
    static const char *const cases[] = {
        "",
        "D:P",
        "D:",
        "D:P(A;;GA;;;SY)",
        "D:P(A;;GA;;;SY)(A;;GA;;;BA)",
        "D:P(A;;GA;;;SY)(A;;GRGX;;;BA)",
        "D:P(A;;GA;;;SY)(A;;GRGWGX;;;BA)(A;;GR;;;WD)",
        "D:P(A;;GA;;;SY)(A;;GRGWGX;;;BA)(A;;GR;;;WD)(A;;GR;;;RC)",
        "D:P(A;;GA;;;SY)(A;;GRGWGX;;;BA)(A;;GRGW;;;WD)(A;;GR;;;RC)",
        "D:P(A;;GA;;;SY)(A;;GRGWGX;;;BA)(A;;GRGWGX;;;WD)(A;;GRGWGX;;;RC)",
        "D:P(A;;GA;;;UD)",
        "O:BAG:SYD:(A;;FR;;;WD)(A;;FA;;;SY)(A;;FA;;;BA)",
        "D:PARAI(D;;GW;;;BG)(A;;GRGW;;;AU)",
        "D:NO_ACCESS_CONTROL",
        "D:(A;OICINPIOID;GA;;;CO)",
        "D:(A;;GRSDRCWDWO;;;S-1-5-21-1-2-3-500)",
        "D:(A;;0x12345678;;;S-1-22-1-1000)",
        "D:(A;;0x0;;;WD)",
        "D:(A;;CCDCLCSWRPDTLOCR;;;IU)",
        "O:S-1-0x010203040506-7D:",
        "D:P(A;;GA;;;SY)S:(ML;;NW;;;LW)",
        "S:(AU;SAFA;GA;;;WD)",
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        void *descriptor;
        char text[512];
        NTSTATUS status = parse(cases[i], strlen(cases[i]), &descriptor);
        if (status != STATUS_SUCCESS)
            fail_msg("%s: 0x%08X", cases[i], (unsigned)status);
        if (!se_check_descriptor(descriptor, se_descriptor_bytes(descriptor)))
            fail_msg("%s: not what it should be", cases[i]);
        size_t written = se_descriptor_to_sddl(descriptor, text, sizeof text);
        assert_int_equal(written, strlen(text));
        assert_string_equal(text, cases[i]);
        ex_free(descriptor);
    }
}

// Texts that mean the same as others.
static void spellings_are_understood(void **state)
{
    static const struct {
        const char *text, *as;
    } cases[] = {
        {"D:P(A;;0x10000000;;;SY)", "D:P(A;;GA;;;SY)"},
        {"D:P(A;;268435456;;;S-1-5-18)", "D:P(A;;GA;;;SY)"},
        {"D:P(A;;GXGWGR;;;S-1-5-32-544)", "D:P(A;;GRGWGX;;;BA)"},
        {"D:P(A;;0x1f01ff;;;WD)", "D:P(A;;FA;;;WD)"},
        {"D:P(A;;FRFW;;;WD)", "D:P(A;;0x12019f;;;WD)"},
        {"D:P(A;;KA;;;WD)", "D:P(A;;KA;;;WD)"},
        {"d:p(a;;ga;;;sy)", "D:P(A;;GA;;;SY)"},
        {"G:SYO:BAD:", "O:BAG:SYD:"},
        {"D:AIP", "D:PAI"},
        {"D:(A;;GR;;;S-1-0x5-0x12)", "D:(A;;GR;;;SY)"},
        {"D:(A;;;;;WD)", "D:(A;;0x0;;;WD)"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        void *descriptor;
        char text[512];
        NTSTATUS status = parse(cases[i].text, strlen(cases[i].text), &descriptor);
        if (status != STATUS_SUCCESS)
            fail_msg("%s: 0x%08X", cases[i].text, (unsigned)status);
        se_descriptor_to_sddl(descriptor, text, sizeof text);
        assert_string_equal(text, cases[i].as);
        ex_free(descriptor);
    }
}

static void nonsense_is_refused(void **state)
{
    static const char *const cases[] = {
        "X",
        "D",
        "D;",
        "P",
        "D:X",
        "D:(",
        "D:()",
        "D:(A",
        "D:(A;",
        "D:(A;;",
        "D:(A;;GA",
        "D:(A;;GA;",
        "D:(A;;GA;;;",
        "D:(A;;GA;;;SY",
        "D:(A;;GA;;;S",
        "D:(A;;GA;;;XX)",
        "D:(A;;GA;;;SY))",
        "D:(A;;GA;;;SY)x",
        "D:(A;;GA;;SY)",
        "D:(A;;G;;;SY)",
        "D:(A;;GZ;;;SY)",
        "D:(A;XX;GA;;;SY)",
        "D:(Z;;GA;;;SY)",
        "D:(;;GA;;;SY)",
        "D:(A;SA;GA;;;SY)",
        "D:(AU;;GA;;;SY)",
        "D:(ML;;NW;;;LW)",
        "S:(A;;GA;;;SY)",
        "S:(ML;;GA;;;LW)",
        "D:(OA;;GA;;;SY)",
        "D:(XA;;GA;;;SY;(1))",
        "D:(A;;GA;00000000-0000-0000-0000-000000000000;;SY)",
        "D:(A;;0x;;;SY)",
        "D:(A;;0x100000000;;;SY)",
        "D:(A;;-1;;;SY)",
        "D:(A;;GA;;;S-1)",
        "D:(A;;GA;;;S-1-)",
        "D:(A;;GA;;;S-1-5)",
        "D:(A;;GA;;;S-1-5-)",
        "D:(A;;GA;;;S-2-5-18)",
        "D:(A;;GA;;;S-1-5-4294967296)",
        "D:(A;;GA;;;S-1-281474976710656-1)",
        "D:(A;;GA;;;S-1-5-1-2-3-4-5-6-7-8-9-10-11-12-13-14-15-16)",
        "O:",
        "O:B",
        "O:BAO:BA",
        "G:SYG:SY",
        "D:D:",
        "S:S:",
        "D:NO_ACCESS_CONTROLD:",
        "D: (A;;GA;;;SY)",
        " D:P",
        "D:P ",
        "D:(A;;GA;;;DA)", // a domain's administrators: there is no domain here
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        void *descriptor = (void *)1;
        NTSTATUS status = parse(cases[i], strlen(cases[i]), &descriptor);
        if (status != STATUS_INVALID_PARAMETER || descriptor)
            fail_msg("%s: 0x%08X", cases[i], (unsigned)status);
    }
    WCHAR wide[] = L"D:P(A;;GA;;;\u4e16\u754c)";
    UNICODE_STRING string = {.Buffer = wide, .Length = sizeof wide - 2};
    void *descriptor;
    assert_int_equal(se_sddl_to_descriptor(&string, &descriptor), STATUS_INVALID_PARAMETER);
    string.Length = 7; // half a character
    assert_int_equal(se_sddl_to_descriptor(&string, &descriptor), STATUS_INVALID_PARAMETER);
}

static void parts_are_what_the_text_says(void **state)
{
    static const char text[] = "O:BAG:SYD:P(A;;GA;;;SY)(D;IO;0x1;;;WD)";
    void *descriptor;
    PVOID ace;
    (void)state;
    assert_int_equal(parse(text, strlen(text), &descriptor), STATUS_SUCCESS);
    struct se_parts parts = se_parts_of(descriptor);
    assert_int_equal(parts.control, SE_SELF_RELATIVE | SE_DACL_PRESENT | SE_DACL_PROTECTED);
    assert_true(RtlEqualSid((PSID)parts.owner, SeExports->SeAliasAdminsSid));
    assert_true(RtlEqualSid((PSID)parts.group, SeExports->SeLocalSystemSid));
    assert_int_equal(parts.dacl->AceCount, 2);
    assert_null(parts.sacl);
    RtlGetAce((PACL)parts.dacl, 1, &ace);
    assert_int_equal(((ACE_HEADER *)ace)->AceType, ACCESS_DENIED_ACE_TYPE);
    assert_int_equal(((ACE_HEADER *)ace)->AceFlags, INHERIT_ONLY_ACE);
    assert_int_equal(((ACCESS_DENIED_ACE *)ace)->Mask, 1);
    ex_free(descriptor);
}

static void an_answer_that_does_not_fit_is_cut(void **state)
{
    static const char text[] = "D:P(A;;GA;;;SY)(A;;GA;;;BA)";
    void *descriptor;
    char *out;
    (void)state;
    assert_int_equal(parse(text, strlen(text), &descriptor), STATUS_SUCCESS);
    assert_int_equal(se_descriptor_to_sddl(descriptor, NULL, 0), strlen(text));
    for (size_t size = 1; size <= sizeof text; size++) {
        out = malloc(size);
        assert_int_equal(se_descriptor_to_sddl(descriptor, out, size), strlen(text));
        assert_int_equal(strlen(out), size - 1);
        assert_memory_equal(out, text, size - 1);
        free(out);
    }
    ex_free(descriptor);
}

// 64 KiB is what an ACL can be; more ACEs than that are an error, not an overflow.
static void very_long_texts_are_refused_or_read(void **state)
{
    static const char ace[] = "(A;;GA;;;SY)";
    static char text[32768];
    void *descriptor;
    (void)state;
    strcpy(text, "D:");
    size_t length = 2, count = 0;
    for (; length + sizeof ace < 0x7fff; length += strlen(ace), count++)
        memcpy(text + length, ace, sizeof ace);
    assert_int_equal(parse(text, length, &descriptor), STATUS_SUCCESS);
    assert_int_equal(se_parts_of(descriptor).dacl->AceCount, count);
    ex_free(descriptor);
    static const char large[] = "(A;;GA;;;S-1-1-1-1-1-1-1-1-1-1-1-1-1-1-1-1-1)"; // 76 bytes of ACE in 46 characters
    length = 2;
    for (size_t i = 0; i < 700; i++, length += strlen(large))
        memcpy(text + length, large, sizeof large);
    assert_int_equal(parse(text, length, &descriptor), STATUS_SUCCESS);
    ex_free(descriptor);
}

// Texts with random changes: any answer will do, as long as nothing is read or written beyond, and what is
// accepted can be written and read again.
static void random_changes_do_no_harm(void **state)
{
    static const char *const seeds[] = {
        "O:BAG:SYD:P(A;;GA;;;SY)(D;IO;0x1200a9;;;S-1-5-21-1-2-3)S:(AU;SAFA;GA;;;WD)(ML;;NR;;;LW)",
        "D:NO_ACCESS_CONTROL", "D:PARAI(A;OICI;FRFWFX;;;S-1-0x010203040506-4294967295)"};
    static const char letters[] = "OGDSAPMLU:();-0123456789xXFRWCTIBYN_ \xff";
    unsigned random = 12345, accepted = 0;
    (void)state;
    for (unsigned round = 0; round < 60000; round++) {
        char text[200], out[2048], again[2048];
        void *descriptor;
        strcpy(text, seeds[round % 3]);
        size_t length = strlen(text);
        for (unsigned change = 0; change < 1 + round % 4; change++) {
            random = random * 1103515245 + 12345;
            size_t at = (random >> 8) % length;
            char letter = letters[(random >> 20) % (sizeof letters - 1)];
            switch (random >> 30) {
            case 0: // put in
                memmove(text + at + 1, text + at, length - at);
                length++;
                text[at] = letter;
                break;
            case 1: // take out
                memmove(text + at, text + at + 1, length - at - 1);
                length -= length > 1;
                break;
            case 2: // cut
                length = at ? at : 1;
                break;
            default:
                text[at] = letter;
            }
        }
        NTSTATUS status = parse(text, length, &descriptor);
        if (status != STATUS_SUCCESS) {
            assert_int_equal(status, STATUS_INVALID_PARAMETER);
            continue;
        }
        accepted++;
        assert_true(se_check_descriptor(descriptor, se_descriptor_bytes(descriptor)));
        se_descriptor_to_sddl(descriptor, out, sizeof out);
        ex_free(descriptor);
        assert_int_equal(parse(out, strlen(out), &descriptor), STATUS_SUCCESS);
        se_descriptor_to_sddl(descriptor, again, sizeof again);
        assert_string_equal(out, again);
        ex_free(descriptor);
    }
    assert_true(accepted > 500);
}

static void memory_may_run_out(void **state)
{
    static const char text[] = "O:BAD:P(A;;GA;;;SY)S:(AU;SA;GA;;;WD)";
    NTSTATUS status = STATUS_INSUFFICIENT_RESOURCES;
    void *descriptor;
    unsigned failures = 0;
    (void)state;
    for (unsigned n = 1; status == STATUS_INSUFFICIENT_RESOURCES; n++, failures++) {
        size_t before = ex_pool_usage().blocks;
        ex_pool_fail_after(n);
        status = parse(text, strlen(text), &descriptor);
        ex_pool_fail_after(0);
        if (status == STATUS_INSUFFICIENT_RESOURCES)
            assert_int_equal(ex_pool_usage().blocks, before);
    }
    assert_int_equal(status, STATUS_SUCCESS);
    assert_true(failures >= 3);
    ex_free(descriptor);
}

static int start(void **state)
{
    (void)state;
    ex_pool_init();
    return 0;
}

static int stop(void **state)
{
    (void)state;
    size_t blocks = ex_pool_usage().blocks;
    ex_pool_shutdown();
    return blocks ? -1 : 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(device_descriptors_survive),
        cmocka_unit_test(spellings_are_understood),
        cmocka_unit_test(nonsense_is_refused),
        cmocka_unit_test(parts_are_what_the_text_says),
        cmocka_unit_test(an_answer_that_does_not_fit_is_cut),
        cmocka_unit_test(very_long_texts_are_refused_or_read),
        cmocka_unit_test(random_changes_do_no_harm),
        cmocka_unit_test(memory_may_run_out),
    };
    return cmocka_run_group_tests_name("SDDL", tests, start, stop);
}
