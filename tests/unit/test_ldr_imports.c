// What a driver gets for its imports: exports of the kernel and of other images, stand-ins for what is
// missing.
#include "ldr_harness.h"

static void present_import_is_called(void **state)
{
    struct ldr_image *image = must_load("good.sys");
    (void)state;
    assert_int_equal(call(image, GOOD_TEXT_RVA(call_first)), 42);
    ldr_unload_image(image);
}

static void hal_and_other_modules_are_looked_up(void **state)
{
    struct ldr_image *image;
    (void)state;
    strcpy(good.rdata.module, "HAL.dll");
    strcpy(good.rdata.other_module, "WdfLdr.sys");
    strcpy(good.rdata.other.text, "WdfRoutine");
    image = must_load("good.sys");
    assert_int_equal(call(image, GOOD_TEXT_RVA(call_first)), 42);
    assert_int_equal(call(image, GOOD_TEXT_RVA(call_other)), 42);
    ldr_unload_image(image);
}

// Some linkers write no lookup table: the address table holds the names until it is bound.
static void imports_without_lookup_table(void **state)
{
    struct ldr_image *image;
    (void)state;
    good.rdata.descriptors[0].OriginalFirstThunk = 0;
    memset(good.rdata.lookup, 0, sizeof good.rdata.lookup);
    image = must_load("good.sys");
    assert_int_equal(call(image, GOOD_TEXT_RVA(call_first)), 42);
    assert_string_equal(ldr_find_missing(pointer_at(image, GOOD_RDATA_RVA(iat[1])))->name, "SecondRoutine");
    ldr_unload_image(image);
}

static void missing_imports_are_all_reported(void **state)
{
    struct ldr_report report = {.line = remember};
    struct ldr_image *image;
    (void)state;
    assert_int_equal(ldr_load_image(&good, sizeof good, "good.sys", 0, &image, &report), STATUS_SUCCESS);
    assert_int_equal(report.missing_imports, 4);
    assert_non_null(strstr(said, "good.sys: missing from ntoskrnl.exe: SecondRoutine, #123, NtBuildNumber\n"));
    assert_non_null(strstr(said, "good.sys: missing from other.sys: OtherRoutine\n"));
    assert_non_null(strstr(said, "4 imports do not exist here"));
    assert_null(strstr(said, "error:"));
    ldr_unload_image(image);
}

static void strict_imports_refuse_and_name_all(void **state)
{
    struct ldr_image *image = &(struct ldr_image){0};
    (void)state;
    assert_int_equal(load("good.sys", LDR_STRICT_IMPORTS, &image), STATUS_PROCEDURE_NOT_FOUND);
    assert_null(image);
    assert_non_null(strstr(said, "error: good.sys: missing from ntoskrnl.exe: SecondRoutine, #123, NtBuildNumber\n"));
    assert_non_null(strstr(said, "error: good.sys: missing from other.sys: OtherRoutine\n"));
    assert_non_null(strstr(said, "STATUS_PROCEDURE_NOT_FOUND (0xC000007A)"));
}

static jmp_buf back;
static char missing_called[128];

static void leave(const char *driver, const char *module, const char *name)
{
    snprintf(missing_called, sizeof missing_called, "%s %s %s", driver, module, name);
    longjmp(back, 1);
}

static void expect_missing(const struct ldr_image *image, uint32_t rva, const char *expected)
{
    missing_called[0] = 0;
    if (setjmp(back) == 0)
        call(image, rva);
    assert_string_equal(missing_called, expected);
}

static void missing_routine_ends_in_the_hook(void **state)
{
    struct ldr_image *image = must_load("good.sys");
    (void)state;
    ldr_missing_import_hook = leave;
    expect_missing(image, GOOD_TEXT_RVA(call_second), "good.sys ntoskrnl.exe SecondRoutine");
    ldr_discard_init(image);
    expect_missing(image, GOOD_TEXT_RVA(call_ordinal), "good.sys ntoskrnl.exe #123");
    expect_missing(image, GOOD_TEXT_RVA(call_other), "good.sys other.sys OtherRoutine");
    assert_string_equal(ldr_find_missing(pointer_at(image, GOOD_RDATA_RVA(iat[1])))->name, "SecondRoutine");
    assert_false(hal_touch_write(pointer_at(image, GOOD_RDATA_RVA(iat[1])), 1));
    ldr_unload_image(image);
}

static void missing_variable_faults_and_is_known(void **state)
{
    struct ldr_image *image = must_load("good.sys");
    char *variable = pointer_at(image, GOOD_RDATA_RVA(iat[3]));
    const struct ldr_missing *missing = ldr_find_missing(variable + 8);
    (void)state;
    assert_false(hal_touch_read(variable, 1));
    assert_non_null(missing);
    assert_string_equal(missing->name, "NtBuildNumber");
    assert_string_equal(missing->module, "ntoskrnl.exe");
    assert_true(missing->data);
    assert_ptr_equal(missing->image, image);
    assert_null(ldr_find_missing(image->base));
    ldr_unload_image(image);
    assert_null(ldr_find_missing(variable));
}

// A driver with more missing imports than fit in a line, and in a page of thunks.
static void many_missing_imports_fill_several_lines(void **state)
{
    enum { COUNT = 300, BYTES = 0x4000 };
    struct ldr_report report = {.line = remember};
    struct ldr_image *image;
    size_t size = sizeof good + BYTES;
    uint8_t *file = calloc(1, size), *lookup = file + sizeof good, *name = lookup + 0x1000;
    (void)state;
    good.nt.OptionalHeader.SizeOfImage += 0x1000 + BYTES;
    good_section(&good, 4, ".many", GOOD_RELOC, BYTES + 0x1000, sizeof good, BYTES,
                 IMAGE_SCN_MEM_READ | IMAGE_SCN_MEM_WRITE);
    good_directory(&good, IMAGE_DIRECTORY_ENTRY_BASERELOC, 0, 0);
    good.rdata.descriptors[0].OriginalFirstThunk = GOOD_RELOC;
    good.rdata.descriptors[0].FirstThunk = GOOD_RELOC + BYTES;
    memcpy(file, &good, sizeof good);
    for (unsigned i = 0; i < COUNT; i++, name += 32) {
        uint64_t rva = GOOD_RELOC + (uint64_t)(name - lookup);
        memcpy(lookup + i * 8, &rva, 8);
        snprintf((char *)name + 2, 30, "MissingRoutine%03u", i);
    }
    assert_int_equal(ldr_load_image(file, size, "many.sys", 0, &image, &report), STATUS_SUCCESS);
    assert_int_equal(report.missing_imports, COUNT + 1);
    for (unsigned i = 0; i < COUNT; i += 37) {
        char wanted[32];
        snprintf(wanted, sizeof wanted, "MissingRoutine%03u", i);
        assert_non_null(strstr(said, wanted));
        assert_string_equal(ldr_find_missing(pointer_at(image, GOOD_RELOC + BYTES + i * 8))->name, wanted);
    }
    for (char *line = strtok(said, "\n"); line; line = strtok(NULL, "\n"))
        assert_true(strlen(line) < LDR_LINE);
    free(file);
    ldr_unload_image(image);
}

// ---- images that import from each other -----------------------------------

static void import_from_another_image_keeps_it(void **state)
{
    struct ldr_image *other = load_exporter(NULL), *image;
    void *base = other->base;
    (void)state;
    image = must_load("user.sys");
    assert_int_equal(call(image, GOOD_TEXT_RVA(call_other)), 7);
    ldr_unload_image(other);
    assert_ptr_equal(ldr_find_image(base), other);
    assert_int_equal(call(image, GOOD_TEXT_RVA(call_other)), 7);
    ldr_unload_image(image);
    assert_null(ldr_find_image(base));
}

static void import_by_ordinal_from_another_image(void **state)
{
    struct ldr_image *other = load_exporter(NULL), *image;
    (void)state;
    good.rdata.lookup_other[0] = IMAGE_ORDINAL_FLAG64 | 1;
    image = must_load("user.sys");
    assert_int_equal(call(image, GOOD_TEXT_RVA(call_other)), 7);
    ldr_unload_image(image);
    ldr_unload_image(other);
}

static void forwarders_are_followed(void **state)
{
    struct ldr_image *other = load_exporter("ntoskrnl.FirstRoutine"), *image = must_load("user.sys");
    (void)state;
    assert_int_equal(call(image, GOOD_TEXT_RVA(call_other)), 42);
    ldr_unload_image(image);
    ldr_unload_image(other);
}

static void forwarder_to_itself_is_missing(void **state)
{
    struct ldr_image *other = load_exporter("other.OtherRoutine"), *image;
    (void)state;
    said[0] = 0;
    image = must_load("user.sys");
    assert_non_null(strstr(said, "missing from other.sys: OtherRoutine"));
    ldr_unload_image(image);
    ldr_unload_image(other);
}

static void failed_load_gives_the_other_image_back(void **state)
{
    struct ldr_image *other = load_exporter(NULL), *image;
    (void)state;
    assert_int_equal(load("user.sys", LDR_STRICT_IMPORTS, &image), STATUS_PROCEDURE_NOT_FOUND);
    ldr_unload_image(other); // really goes; tear_down counts
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        LDR_TEST(present_import_is_called),
        LDR_TEST(hal_and_other_modules_are_looked_up),
        LDR_TEST(imports_without_lookup_table),
        LDR_TEST(missing_imports_are_all_reported),
        LDR_TEST(strict_imports_refuse_and_name_all),
        LDR_TEST(missing_routine_ends_in_the_hook),
        LDR_TEST(missing_variable_faults_and_is_known),
        LDR_TEST(many_missing_imports_fill_several_lines),
        LDR_TEST(import_from_another_image_keeps_it),
        LDR_TEST(import_by_ordinal_from_another_image),
        LDR_TEST(forwarders_are_followed),
        LDR_TEST(forwarder_to_itself_is_missing),
        LDR_TEST(failed_load_gives_the_other_image_back),
    };
    return LDR_RUN(tests);
}
