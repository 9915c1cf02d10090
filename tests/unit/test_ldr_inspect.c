// nthost inspect: what it says of good, incomplete and bad files, as text and as JSON.
#include "pe_image.h"
#include "pe_mutate.h"

#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <cmocka.h>

#define LDR_EXPORTS_DEF "ldr_test_exports.def"
#include "../../kernel/ldr/exports.c"
#include "../../tools/nthost/inspect.c"
#include "../../tools/nthost/inspect_text.c"
#include "../../tools/nthost/inspect_json.c"
#include "../../tools/signer/missing.c"

int test_routine __asm__("test_first");
int test_routine;

static struct good_image good;
static char *output;

static int set_up(void **state)
{
    (void)state;
    good_image(&good);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    free(output);
    output = NULL;
    return 0;
}

static int inspect(bool as_json)
{
    size_t size;
    FILE *out;
    int status;
    free(output);
    out = open_memstream(&output, &size);
    status = inspect_file(out, "good\033.sys", &good, sizeof good, as_json);
    fclose(out);
    return status;
}

static void expect(const char *text)
{
    if (!strstr(output, text))
        fail_msg("expected \"%s\" in:\n%s", text, output);
}

// ---- a JSON reader that only says whether the text is JSON (RFC 8259) -----

static const char *json_value(const char *at);

static const char *json_skip(const char *at)
{
    while (at && isspace((unsigned char)*at))
        at++;
    return at;
}

static const char *json_quoted(const char *at)
{
    if (*at++ != '"')
        return NULL;
    for (; *at != '"'; at++) {
        if ((unsigned char)*at < ' ')
            return NULL;
        if (*at == '\\' && !strchr("\"\\/bfnrtu", *++at))
            return NULL;
    }
    return at + 1;
}

static const char *json_members(const char *at, char end)
{
    if (*(at = json_skip(at)) == end)
        return at + 1;
    for (;; at++) {
        if (end == '}') {
            at = json_skip(json_quoted(json_skip(at)));
            if (!at || *at++ != ':')
                return NULL;
        }
        at = json_skip(json_value(json_skip(at)));
        if (!at || *at == end)
            return at ? at + 1 : NULL;
        if (*at != ',')
            return NULL;
    }
}

static const char *json_value(const char *at)
{
    static const char *const words[] = {"true", "false", "null"};
    if (*at == '{' || *at == '[')
        return json_members(at + 1, *at == '{' ? '}' : ']');
    if (*at == '"')
        return json_quoted(at);
    for (size_t i = 0; i < 3; i++)
        if (strncmp(at, words[i], strlen(words[i])) == 0)
            return at + strlen(words[i]);
    return isdigit((unsigned char)*at) ? at + strspn(at, "0123456789") : NULL;
}

static bool is_json(const char *text)
{
    const char *end = json_skip(json_value(text));
    return end && *end == 0;
}

// ---- the tests ------------------------------------------------------------

static void missing_imports_are_listed(void **state)
{
    (void)state;
    assert_int_equal(inspect(false), INSPECT_MISSING);
    expect("good?.sys: a Windows driver\n");
    expect("present   FirstRoutine\n");
    expect("missing   SecondRoutine\n");
    expect("missing   #123\n");
    expect("missing   NtBuildNumber (variable)\n");
    expect("imports from other.sys (not part of nthost; a loaded driver may be it)\n");
    expect("C:\\good\\good.pdb");
    expect("would load with 4 of 5 imports missing");
    expect("/GS cookie: yes; control flow guard: yes");
    expect("-> ntoskrnl.FirstRoutine");
    expect("wrong: Windows wants 0x");
}

static void complete_imports_give_status_0(void **state)
{
    (void)state;
    good.rdata.lookup[2] = good.rdata.lookup[0];
    good.rdata.lookup[3] = good.rdata.lookup[0];
    good.rdata.descriptors[1].Name = 0;
    strcpy(good.rdata.second.text, "AnotherRoutine");
    assert_int_equal(inspect(false), INSPECT_LOADS);
    expect("PARTIAL   AnotherRoutine\n");
    expect("would load: all 4 imports exist here, 1 of them PARTIAL\n");
    assert_int_equal(inspect(true), INSPECT_LOADS);
    expect("\"verdict\": \"loads\"");
}

static void imports_that_always_refuse_are_told_apart(void **state)
{
    (void)state;
    strcpy(good.rdata.second.text, "ThirdRoutine");
    assert_int_equal(inspect(false), INSPECT_MISSING);
    expect("REFUSES   ThirdRoutine\n");
    expect(", 1 REFUSES always");
    assert_int_equal(inspect(true), INSPECT_MISSING);
    expect("\"state\": \"REFUSES\"");
    expect("\"refusing_imports\": 1");
}

static void programs_are_described_and_refused(void **state)
{
    (void)state;
    good.nt.OptionalHeader.Subsystem = IMAGE_SUBSYSTEM_WINDOWS_CUI;
    assert_int_equal(inspect(false), INSPECT_REFUSED);
    expect("good?.sys: a console program\n");
    expect("would not load: not a driver but a console program (subsystem 3)");
}

static void bad_files_get_one_line(void **state)
{
    (void)state;
    good.dos.e_magic = 0;
    assert_int_equal(inspect(false), INSPECT_REFUSED);
    assert_string_equal(output, "good?.sys: would not load: not a Windows executable: it does not begin with \"MZ\"; "
                                "a driver is a PE32+ file, mostly .sys\n");
    assert_int_equal(inspect(true), INSPECT_REFUSED);
    assert_true(is_json(output));
    expect("\"verdict\": \"refused\"");
}

static void json_is_well_formed(void **state)
{
    (void)state;
    assert_int_equal(inspect(true), INSPECT_MISSING);
    assert_true(is_json(output));
    expect("\"file\": \"good\\u001b.sys\"");
    expect("\"state\": \"missing\"");
    expect("\"ordinal\": 123");
    expect("\"pdb\": \"C:\\\\good\\\\good.pdb\"");
}

static void json_survives_names_that_are_no_text(void **state)
{
    (void)state;
    strcpy(good.rdata.first.text, "a\"b\\c\n\xFF\xC3\xA9\xED\xA0\x80\xF5");
    assert_int_equal(inspect(true), INSPECT_MISSING);
    assert_true(is_json(output));
    expect("\"a\\\"b\\\\c\\u000a\\ufffd\xC3\xA9\\ufffd\\ufffd\\ufffd\\ufffd\"");
}

static void random_damage_gives_json(void **state)
{
    uint64_t random = 0xD1342543DE82EF95;
    (void)state;
    for (unsigned round = 0; round < 2000; round++) {
        good_image(&good);
        mutate((uint8_t *)&good, sizeof good, &random);
        inspect(false);
        inspect(true);
        if (!is_json(output))
            fail_msg("round %u: not JSON:\n%s", round, output);
    }
}

// The command itself, its output thrown away: exit statuses.
static int run(const char *first, const char *second)
{
    char name[] = "inspect", *arguments[] = {name, (char *)(uintptr_t)first, (char *)(uintptr_t)second, NULL};
    int out = dup(1), error = dup(2), status;
    fflush(stdout);
    assert_non_null(freopen("/dev/null", "w", stdout));
    assert_non_null(freopen("/dev/null", "w", stderr));
    status = inspect_main(first ? second ? 3 : 2 : 1, arguments);
    fflush(stdout);
    fflush(stderr);
    dup2(out, 1);
    dup2(error, 2);
    close(out);
    close(error);
    return status;
}

static void command_line_has_its_statuses(void **state)
{
    char path[] = "/tmp/nthost-inspect-XXXXXX";
    int fd = mkstemp(path);
    (void)state;
    assert_true(fd >= 0);
    assert_int_equal(write(fd, &good, sizeof good), sizeof good);
    close(fd);
    assert_int_equal(run("--help", NULL), 0);
    assert_int_equal(run(path, NULL), INSPECT_MISSING);
    assert_int_equal(run("--json", path), INSPECT_MISSING);
    assert_int_equal(run(path, path), INSPECT_REFUSED);
    assert_int_equal(run("--nonsense", path), INSPECT_REFUSED);
    assert_int_equal(run(NULL, NULL), INSPECT_REFUSED);
    assert_int_equal(run("/nonexistent.sys", NULL), INSPECT_REFUSED);
    assert_int_equal(run("/tmp", NULL), INSPECT_REFUSED);
    unlink(path);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(missing_imports_are_listed),
        TEST(complete_imports_give_status_0),
        TEST(imports_that_always_refuse_are_told_apart),
        TEST(programs_are_described_and_refused),
        TEST(bad_files_get_one_line),
        TEST(json_is_well_formed),
        TEST(json_survives_names_that_are_no_text),
        TEST(random_damage_gives_json),
        TEST(command_line_has_its_statuses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
