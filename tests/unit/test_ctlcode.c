// Control codes for people: fields, expressions, and the #defines of headers.
#include "../../tools/ctlcode.c"
#include "../../tools/ctlcode_evaluate.c"
#include "../../tools/ctlcode_header.c"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static void describes(void **state)
{
    char text[128];
    (void)state;
    ctlcode_describe(0x222003, text, sizeof text);
    assert_string_equal(text, "FILE_DEVICE_UNKNOWN (0x22), function 0x800, METHOD_NEITHER, FILE_ANY_ACCESS");
    ctlcode_describe(0x80016004, text, sizeof text);
    assert_string_equal(text, "device type 0x8001, function 0x801, METHOD_BUFFERED, FILE_READ_ACCESS");
    ctlcode_describe(0xffffffff, text, sizeof text);
    assert_string_equal(text,
                        "device type 0xffff, function 0xfff, METHOD_NEITHER, FILE_READ_ACCESS | FILE_WRITE_ACCESS");
    ctlcode_describe(0x222003, text, 5);
    assert_string_equal(text, "FILE");
}

// A header, the name it is asked for, and the code; 0: it is none.
static const struct {
    const char *what, *header, *name;
    uint32_t code;
} headers[] = {
    {"the ordinary line", "#define IOCTL_X CTL_CODE(FILE_DEVICE_UNKNOWN, 0x800, METHOD_BUFFERED, FILE_ANY_ACCESS)\n",
     "IOCTL_X", 0x222000},
    {"no line end, spaces everywhere", "  #\tdefine  X\tCTL_CODE ( 0x22 ,0x801, METHOD_NEITHER , 0 ) ", "X", 0x222007},
    {"joined lines",
     "#define X \\\n  CTL_CODE(FILE_DEVICE_UNKNOWN, \\\r\n 0x800, METHOD_IN_DIRECT, \\\n FILE_WRITE_DATA)", "X",
     0x22a001},
    {"comments", "/* #define X 1 */ // x\n#define X /* a\nb */ CTL_CODE(0x22, 0x800, 0 /*m*/, 0) // #define X\n", "X",
     0x222000},
    {"a comment that nothing ends", "#define X CTL_CODE(0x22, 0x800, 0, 0)\n/* to the end", "X", 0x222000},
    {"own constants, also below",
     "#define X CTL_CODE(TYPE, BASE + 1, METHOD_BUFFERED, FILE_READ_DATA | FILE_WRITE_DATA)\n"
     "#define TYPE 0x8001u\n#define BASE (0x800)\n",
     "X", 0x8001e004},
    {"a macro that makes them",
     "#define C(n, m) CTL_CODE(32768, 0x800 + (n), METHOD_##m, 0)\n"
     "#define D(n, m) CTL_CODE(32768, 0x800 + (n), m, 0)\n#define X D(2, METHOD_OUT_DIRECT)\n",
     "X", 0x8000200a},
    {"its pasting of tokens is beyond us", "#define C(m) CTL_CODE(1, 2, METHOD_##m, 0)\n#define X C(NEITHER)\n", "X",
     0},
    {"a cast", "#define X (ULONG)CTL_CODE((ULONG) 0x22, 0x800, 0, 0)", "X", 0x222000},
    {"another name for it", "#define X CTL_CODE(0x22, 0x800, 0, 0)\n#define Y (X)\n", "Y", 0x222000},
    {"a number, by its name", "#define IOCTL_X 0x0022E004L\n", "IOCTL_X", 0x22e004},
    {"the first definition counts", "#define X CTL_CODE(0x22, 0x800, 0, 0)\n#define X CTL_CODE(0x23, 0x800, 0, 0)\n",
     "X", 0x222000},
    {"CTL_CODE's own definition",
     "#define CTL_CODE(t, f, m, a) (((t) << 16) | ((a) << 14) | ((f) << 2) | (m))\n"
     "#define X CTL_CODE(0x22, 0x800, 0, 0)\n",
     "X", 0x222000},
    {"precedence", "#define X CTL_CODE(1 + 2 * 3 << 1 | 0x40 & 0x60 ^ 1, ~-1, 0, 10 - 3 - 7)", "X", 0x4f0000},
    {"a number that is no code", "#define X 0x222000\n", "X", 0},
    {"a macro of itself", "#define X CTL_CODE(X, 1, 2, 3)\n", "X", 0},
    {"macros of each other", "#define X Y\n#define Y X\n", "X", 0},
    {"too few arguments", "#define X CTL_CODE(1, 2, 3)\n", "X", 0},
    {"rubbish behind it", "#define X CTL_CODE(1, 2, 3, 0) CTL_CODE\n", "X", 0},
    {"a number that is too large", "#define X CTL_CODE(0x100000000, 2, 3, 0)\n", "X", 0},
    {"a division by nothing", "#define X CTL_CODE(1 / 0, 2, 3, 0)\n", "X", 0},
    {"a shift out of the word", "#define X CTL_CODE(1 << 32, 2, 3, 0)\n", "X", 0},
};

static void reads_headers(void **state)
{
    int failures = 0;
    (void)state;
    for (size_t i = 0; i < sizeof headers / sizeof *headers; i++) {
        struct ctlcode_names *names = ctlcode_names_new();
        size_t length = strlen(headers[i].header);
        char *exact = malloc(length ? length : 1); // so that a sanitizer sees a byte too far
        assert_non_null(memcpy(exact, headers[i].header, length));
        ctlcode_names_add(names, exact, length);
        uint32_t code = 0;
        const char *name = headers[i].code ? ctlcode_name(names, headers[i].code) : NULL;
        bool known = name && ctlcode_evaluate(names, headers[i].name, &code);
        if (known != (headers[i].code != 0) || code != headers[i].code) {
            failures++;
            fprintf(stderr, "%s: expected %s = 0x%x, came %s, 0x%x\n", headers[i].what, headers[i].name,
                    headers[i].code, name ? name : "no code", code);
        }
        ctlcode_names_free(names);
        free(exact);
    }
    assert_int_equal(failures, 0);
}

static void several_headers(void **state)
{
    struct ctlcode_names *names = ctlcode_names_new();
    static const char first[] = "#define IOCTL_B CTL_CODE(TYPE, 0x801, METHOD_BUFFERED, FILE_ANY_ACCESS)\n"
                                "#define IOCTL_A CTL_CODE(0x22, 0x800, METHOD_BUFFERED, FILE_ANY_ACCESS)\n";
    static const char second[] = "#define TYPE 0x9000\n";
    uint32_t code;
    (void)state;
    assert_int_equal(ctlcode_names_add(names, first, sizeof first - 1), 1);
    assert_null(ctlcode_name(names, 0x90002004));
    assert_int_equal(ctlcode_names_add(names, second, sizeof second - 1), 1);
    assert_string_equal(ctlcode_name(names, 0x90002004), "IOCTL_B");
    assert_string_equal(ctlcode_name(names, 0x222000), "IOCTL_A");
    assert_null(ctlcode_name(names, 0x222004));
    assert_true(ctlcode_evaluate(names, "IOCTL_A | 3", &code));
    assert_int_equal(code, 0x222003);
    ctlcode_names_free(names);
}

static void without_headers(void **state)
{
    uint32_t code;
    (void)state;
    assert_null(ctlcode_name(NULL, 0x222003));
    assert_true(ctlcode_evaluate(NULL, "0x222003", &code) && code == 0x222003);
    assert_true(ctlcode_evaluate(NULL, " 2236419 ", &code) && code == 2236419);
    assert_true(ctlcode_evaluate(NULL, "CTL_CODE(FILE_DEVICE_DISK, 0, METHOD_BUFFERED, 0)", &code) && code == 0x70000);
    for (const char **bad =
             (const char *[]){"", " ", "0x", "08", "IOCTL_X", "0x222003x", "1 2", "(1", "1)", "1 +", NULL};
         *bad; bad++)
        assert_false(ctlcode_evaluate(NULL, *bad, &code));
}

static void reads_files(void **state)
{
    struct ctlcode_names *names = ctlcode_names_new();
    char message[256];
    (void)state;
    assert_true(ctlcode_names_read(names, NTHOST_SOURCE_DIR "/drivers/modes/modes.h", message, sizeof message));
    assert_string_equal(ctlcode_name(names, 0x222000 | 1 << 14), "IOCTL_MODES_SUM");
    assert_string_equal(ctlcode_name(names, 0x22600f), "IOCTL_MODES_FIND");
    assert_false(ctlcode_names_read(names, NTHOST_SOURCE_DIR "/no-such.h", message, sizeof message));
    assert_non_null(strstr(message, "No such file"));
    assert_false(ctlcode_names_read(names, NTHOST_SOURCE_DIR "/include/nthost.h", message, sizeof message));
    assert_non_null(strstr(message, "no control codes"));
    ctlcode_names_free(names);
}

// A few lines that would take longer than the universe has time.
static void expands_for_ever(void **state)
{
    struct ctlcode_names *names = ctlcode_names_new();
    char text[4096] = "#define X CTL_CODE(0x22, 0x800, 0, 0)\n";
    (void)state;
    for (int i = 0; i < 60; i++)
        snprintf(text + strlen(text), sizeof text - strlen(text), "#define A%d A%d + A%d\n", i, i + 1, i + 1);
    strcat(text, "#define A60 CTL_CODE(1, 1, 1, 1)\n");
    ctlcode_names_add(names, text, strlen(text));
    assert_string_equal(ctlcode_name(names, 0x222000), "X");
    ctlcode_names_free(names);
}

static void nests_deeply(void **state)
{
    static char text[300000] = "#define X ";
    struct ctlcode_names *names = ctlcode_names_new();
    (void)state;
    memset(text + 10, '(', 100000);
    assert_int_equal(ctlcode_names_add(names, text, strlen(text)), 0);
    memset(text + 10, '~', 100000);
    assert_int_equal(ctlcode_names_add(names, text, strlen(text)), 0);
    ctlcode_names_free(names);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(describes),       cmocka_unit_test(reads_headers), cmocka_unit_test(several_headers),
        cmocka_unit_test(without_headers), cmocka_unit_test(reads_files),   cmocka_unit_test(expands_for_ever),
        cmocka_unit_test(nests_deeply),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
