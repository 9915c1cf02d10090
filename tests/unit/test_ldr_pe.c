// The PE reader: a good image is read right, and each kind of damage is refused with a reason that names it.
#include "pe_image.h"
#include "pe_mutate.h"

#include "ldr/pe.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

static struct good_image good;

static int set_up(void **state)
{
    (void)state;
    good_image(&good);
    return 0;
}

// A copy of exactly `size` bytes, so that AddressSanitizer sees each step beyond it.
static uint8_t *exact_copy(const void *image, size_t size)
{
    uint8_t *copy = size ? malloc(size) : NULL;
    if (copy)
        memcpy(copy, image, size);
    return copy;
}

static bool opens(const void *file, size_t size, struct ldr_reason *reason)
{
    struct ldr_pe pe;
    uint8_t *copy = exact_copy(file, size);
    bool good_driver;
    memset(reason, 0, sizeof *reason);
    good_driver = ldr_pe_open(&pe, copy, size, reason) && ldr_pe_check_driver(&pe, reason);
    free(copy);
    return good_driver;
}

// ---- a good image ---------------------------------------------------------

static void good_image_is_read(void **state)
{
    struct ldr_pe pe;
    struct ldr_reason reason = {.text = ""};
    (void)state;
    if (!ldr_pe_open(&pe, &good, sizeof good, &reason) || !ldr_pe_check_driver(&pe, &reason))
        fail_msg("refused: %s", reason.text);
    assert_int_equal(pe.section_count, GOOD_SECTIONS);
    assert_string_equal(pe.sections[3].name, "INIT");
    assert_true(pe.relocatable);
    assert_string_equal(ldr_pe_pdb(&pe), "C:\\good\\good.pdb");
    assert_string_equal(ldr_pe_section_of(&pe, GOOD_INIT)->name, "INIT");
    assert_null(ldr_pe_section_of(&pe, GOOD_SIZE));
    assert_null(ldr_pe_section_of(&pe, 0));
}

static void imports_are_walked(void **state)
{
    static const struct {
        const char *module, *name;
        unsigned ordinal, slot;
    } expected[] = {
        {"ntoskrnl.exe", "FirstRoutine", 0, GOOD_RDATA_RVA(iat[0])},
        {"ntoskrnl.exe", "SecondRoutine", 0, GOOD_RDATA_RVA(iat[1])},
        {"ntoskrnl.exe", NULL, 123, GOOD_RDATA_RVA(iat[2])},
        {"ntoskrnl.exe", "NtBuildNumber", 0, GOOD_RDATA_RVA(iat[3])},
        {"other.sys", "OtherRoutine", 0, GOOD_RDATA_RVA(iat_other[0])},
    };
    struct ldr_pe pe;
    struct ldr_reason reason;
    struct ldr_import_walk walk = {.pe = &pe};
    struct ldr_import import;
    (void)state;
    assert_true(ldr_pe_open(&pe, &good, sizeof good, &reason));
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
        assert_int_equal(ldr_pe_next_import(&walk, &import, &reason), LDR_STEP_ITEM);
        assert_string_equal(import.module, expected[i].module);
        assert_int_equal(import.slot, expected[i].slot);
        assert_int_equal(import.ordinal, expected[i].ordinal);
        if (expected[i].name)
            assert_string_equal(import.name, expected[i].name);
        else
            assert_null(import.name);
    }
    assert_int_equal(ldr_pe_next_import(&walk, &import, &reason), LDR_STEP_END);
}

static void relocations_are_walked(void **state)
{
    static const uint32_t expected[] = {GOOD_DATA_RVA(pointer), GOOD_RDATA_RVA(config.SecurityCookie),
                                        GOOD_RDATA_RVA(config.GuardCFCheckFunctionPointer),
                                        GOOD_RDATA_RVA(config.GuardCFDispatchFunctionPointer)};
    struct ldr_pe pe;
    struct ldr_reason reason;
    struct ldr_relocation_walk walk = {.pe = &pe};
    uint32_t rva;
    (void)state;
    assert_true(ldr_pe_open(&pe, &good, sizeof good, &reason));
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
        assert_int_equal(ldr_pe_next_relocation(&walk, &rva, &reason), LDR_STEP_ITEM);
        assert_int_equal(rva, expected[i]);
    }
    assert_int_equal(ldr_pe_next_relocation(&walk, &rva, &reason), LDR_STEP_END);
}

static void exports_are_walked(void **state)
{
    struct ldr_pe pe;
    struct ldr_reason reason;
    struct ldr_pe_export_walk walk = {.pe = &pe};
    struct ldr_pe_export item;
    (void)state;
    assert_true(ldr_pe_open(&pe, &good, sizeof good, &reason));
    assert_int_equal(ldr_pe_next_export(&walk, &item, &reason), LDR_STEP_ITEM);
    assert_string_equal(item.name, "Exported");
    assert_int_equal(item.ordinal, 1);
    assert_int_equal(item.rva, GOOD_TEXT_RVA(exported));
    assert_null(item.forwarder);
    assert_int_equal(ldr_pe_next_export(&walk, &item, &reason), LDR_STEP_ITEM);
    assert_string_equal(item.name, "Forwarded");
    assert_string_equal(item.forwarder, "ntoskrnl.FirstRoutine");
    assert_int_equal(ldr_pe_next_export(&walk, &item, &reason), LDR_STEP_END);
}

static void reading_gives_zeros_behind_the_data(void **state)
{
    struct ldr_pe pe;
    struct ldr_reason reason;
    uint64_t value = 1;
    (void)state;
    assert_true(ldr_pe_open(&pe, &good, sizeof good, &reason));
    assert_true(ldr_pe_read(&pe, GOOD_DATA + 0x200 - 4, &value, sizeof value)); // half data, half zeros
    assert_int_equal(value, 0);
    assert_true(ldr_pe_read(&pe, GOOD_DATA + 0x1800 - 8, &value, sizeof value));
    assert_false(ldr_pe_read(&pe, GOOD_DATA + 0x1800 - 7, &value, sizeof value));
    assert_false(ldr_pe_read(&pe, 0xFFFFFFFF, &value, sizeof value));
    assert_null(ldr_pe_string(&pe, 0xFFFFFFFF));
}

static void checksum_leaves_its_own_field_out(void **state)
{
    struct ldr_pe pe;
    struct ldr_reason reason;
    uint32_t sum;
    (void)state;
    assert_true(ldr_pe_open(&pe, &good, sizeof good, &reason));
    sum = ldr_pe_checksum(&pe);
    good.nt.OptionalHeader.CheckSum = 0xDEADBEEF;
    assert_int_equal(ldr_pe_checksum(&pe), sum);
    good.rest[0] ^= 1;
    assert_int_not_equal(ldr_pe_checksum(&pe), sum);
}

// ---- damage ---------------------------------------------------------------

struct damage {
    const char *name;
    size_t offset, size;
    uint64_t value;
    const char *expected; // a part of the reason
};

#define FIELD(field)            offsetof(struct good_image, field), sizeof(((struct good_image *)0)->field)
#define OPTIONAL(field)         FIELD(nt.OptionalHeader.field)
#define DIRECTORY(index, field) FIELD(nt.OptionalHeader.DataDirectory[IMAGE_DIRECTORY_ENTRY_##index].field)

static const struct damage damages[] = {
    {"no MZ", FIELD(dos.e_magic), 0x4D5A + 1, "does not begin with \"MZ\""},
    {"an ELF file", offsetof(struct good_image, dos), 4, 0x464C457F, "Linux (ELF)"},
    {"a zip archive", offsetof(struct good_image, dos), 4, 0x04034B50, "zip archive"},
    {"e_lfanew beyond the file", FIELD(dos.e_lfanew), 0x7FFFFFFF, "e_lfanew (0x7FFFFFFF)"},
    {"e_lfanew negative", FIELD(dos.e_lfanew), 0xFFFFFFFF, "e_lfanew"},
    {"e_lfanew at the last bytes", FIELD(dos.e_lfanew), sizeof(struct good_image) - 4, "no \"PE\" signature"},
    {"16-bit program", FIELD(nt.Signature), 0x454E, "16-bit"},
    {"VxD", FIELD(nt.Signature), 0x454C, "VxD"},
    {"no PE signature", FIELD(nt.Signature), 0x4551, "no \"PE\" signature"},
    {"32-bit x86", FIELD(nt.FileHeader.Machine), 0x014C, "32-bit x86 (machine 0x014C)"},
    {"ARM64", FIELD(nt.FileHeader.Machine), 0xAA64, "ARM64 (machine 0xAA64)"},
    {"unknown machine", FIELD(nt.FileHeader.Machine), 0x1111, "0x1111"},
    {"not executable", FIELD(nt.FileHeader.Characteristics), 0x20, "IMAGE_FILE_EXECUTABLE_IMAGE"},
    {"PE32", OPTIONAL(Magic), 0x10B, "not PE32+ (optional header magic 0x10B"},
    {"no optional header", FIELD(nt.FileHeader.SizeOfOptionalHeader), 0, "optional header"},
    {"tiny optional header", FIELD(nt.FileHeader.SizeOfOptionalHeader), 111, "too small: 111 bytes"},
    {"directories cut off", FIELD(nt.FileHeader.SizeOfOptionalHeader), 112 + 15 * 8, "16 data directories"},
    {"huge optional header", FIELD(nt.FileHeader.SizeOfOptionalHeader), 0xFFFF, "truncated in the optional header"},
    {"SectionAlignment 0", OPTIONAL(SectionAlignment), 0, "bad alignments"},
    {"SectionAlignment odd", OPTIONAL(SectionAlignment), 0x1800, "bad alignments"},
    {"FileAlignment 0", OPTIONAL(FileAlignment), 0, "bad alignments"},
    {"FileAlignment above SectionAlignment", OPTIONAL(FileAlignment), 0x2000, "bad alignments"},
    {"FileAlignment 16", OPTIONAL(FileAlignment), 16, "bad alignments"},
    {"SectionAlignment below a page", OPTIONAL(SectionAlignment), 0x400, "below a page"},
    {"SizeOfImage 0", OPTIONAL(SizeOfImage), 0, "SizeOfImage 0x0"},
    {"SizeOfImage huge", OPTIONAL(SizeOfImage), 0xFFFFF000, "256 MiB"},
    {"SizeOfImage too small", OPTIONAL(SizeOfImage), GOOD_RELOC, "reaches beyond SizeOfImage"},
    {"SizeOfHeaders beyond the file", OPTIONAL(SizeOfHeaders), 0x6000, "SizeOfHeaders 0x6000"},
    {"SizeOfHeaders before the section table", OPTIONAL(SizeOfHeaders), 0x200, "beyond SizeOfHeaders 0x200"},
    {"SizeOfHeaders over the first section", OPTIONAL(SizeOfHeaders), 0x1001, "overlaps"},
    {"ImageBase unaligned", OPTIONAL(ImageBase), 0x140001000, "bad ImageBase"},
    {"no sections", FIELD(nt.FileHeader.NumberOfSections), 0, "0 sections"},
    {"too many sections", FIELD(nt.FileHeader.NumberOfSections), 97, "97 sections"},
    {"section table over SizeOfHeaders", FIELD(nt.FileHeader.NumberOfSections), 90, "beyond SizeOfHeaders"},
    {"section unaligned", FIELD(sections[1].VirtualAddress), 0x2010, "not aligned to SectionAlignment"},
    {"section on its predecessor", FIELD(sections[1].VirtualAddress), 0x1000, "\".rdata\" at RVA 0x1000 overlaps"},
    {"section on the headers", FIELD(sections[0].VirtualAddress), 0, "overlaps"},
    {"sections out of order", FIELD(sections[0].VirtualAddress), 0x6000, "overlaps"},
    {"section beyond the image", FIELD(sections[4].VirtualAddress), 0x7000, "beyond SizeOfImage"},
    {"section's size wraps around", FIELD(sections[4].Misc.VirtualSize), 0xFFFFFFFF, "beyond SizeOfImage"},
    {"section over its successor", FIELD(sections[2].Misc.VirtualSize), 0x2001, "\"INIT\" at RVA 0x5000 overlaps"},
    {"raw data beyond the file", FIELD(sections[4].PointerToRawData), 0x10000, "truncated: data of section \".reloc\""},
    {"raw data longer than the file", FIELD(sections[4].SizeOfRawData), 0x400, "truncated"},
    {"raw size wraps around", FIELD(sections[4].SizeOfRawData), 0xFFFFFE00, "truncated"},
    {"raw data unaligned", FIELD(sections[4].PointerToRawData), 0x401, "not aligned to FileAlignment"},
    {"directory outside the image", DIRECTORY(RESOURCE, VirtualAddress), 0xFFFFFFF0, NULL}, // size 0: does not exist
    {"import directory outside the image", DIRECTORY(IMPORT, VirtualAddress), 0xFFFFF000, "import directory"},
    {"import directory too long", DIRECTORY(IMPORT, Size), 0xFFFFFFFF, "import directory"},
    {"export directory too long", DIRECTORY(EXPORT, Size), 0x7000, "export directory"},
    {"relocation directory too long", DIRECTORY(BASERELOC, Size), 0x1001, "relocation directory"},
    {"relocation directory longer than its section", DIRECTORY(BASERELOC, Size), 0x300, "relocations are cut off"},
    {"import descriptors unterminated", FIELD(rdata.descriptors[2].Name), GOOD_RDATA_RVA(module), NULL}, // FirstThunk 0
    {"import descriptors at the image's end", DIRECTORY(IMPORT, VirtualAddress), GOOD_RELOC + 0x1F0, "not terminated"},
    {"module name outside", FIELD(rdata.descriptors[0].Name), 0x10000000, "name of an imported module"},
    {"module name in zeros", FIELD(rdata.descriptors[0].Name), GOOD_DATA + 0x1000, "name of an imported module"},
    {"lookup table outside", FIELD(rdata.descriptors[0].OriginalFirstThunk), 0x10000000, "list of imports"},
    {"address table outside", FIELD(rdata.descriptors[0].FirstThunk), GOOD_SIZE - 7, "import address lies outside"},
    {"imported name outside", FIELD(rdata.lookup[0]), 0x10000000, "imported name lies outside"},
    {"imported name far outside", FIELD(rdata.lookup[0]), 0x123456789, "imported name lies outside"},
    {"imported name at the last address", FIELD(rdata.lookup[0]), 0xFFFFFFFF, "imported name lies outside"},
    {"TLS", DIRECTORY(TLS, VirtualAddress), GOOD_RDATA, NULL}, // size 0
    {"relocation type HIGHLOW", FIELD(reloc.data_entries[0]), 3 << 12, "neither DIR64 nor ABSOLUTE"},
    {"relocation outside the image", FIELD(reloc.data.VirtualAddress), 0xFFFFF000, "points outside"},
    {"relocation at the image's end", FIELD(reloc.data.VirtualAddress), GOOD_SIZE - 15, "points outside"},
    {"relocation block too short", FIELD(reloc.data.SizeOfBlock), 7, "block has a bad size"},
    {"relocation block odd", FIELD(reloc.data.SizeOfBlock), 11, "block has a bad size"},
    {"relocation block too long", FIELD(reloc.data.SizeOfBlock), 0xFFFFFFFE, "block has a bad size"},
    {"relocation block of size 0", FIELD(reloc.data.SizeOfBlock), 0, "block has a bad size"},
    {"too many exports", FIELD(rdata.exports.NumberOfNames), 0xFFFFFFFF, "too many exports"},
    {"more names than there are", FIELD(rdata.exports.NumberOfNames), 9000, NULL}, // filled in below: any reason
    {"export names outside", FIELD(rdata.exports.AddressOfNames), 0xFFFFFFFF, "export tables"},
    {"export ordinal too large", FIELD(rdata.ordinals[0]), 2, "export tables"},
    {"export name outside", FIELD(rdata.names[0]), 0x10000000, "name of an export"},
    {"export outside the image", FIELD(rdata.functions[0]), GOOD_SIZE, "export lies outside"},
    {"load configuration's size", FIELD(rdata.config.Size), 0xFFFFFFFF,
     NULL}, // more than we know: we take what we know
    {"subsystem console", OPTIONAL(Subsystem), 3, "a console program (subsystem 3)"},
    {"subsystem EFI", OPTIONAL(Subsystem), 12, "EFI run-time driver"},
    {"subsystem unknown", OPTIONAL(Subsystem), 99, "subsystem 99"},
    {"no entry point", OPTIONAL(AddressOfEntryPoint), 0, "no entry point"},
    {"entry point in data", OPTIONAL(AddressOfEntryPoint), GOOD_DATA, "not lie in an executable section"},
    {"entry point in the headers", OPTIONAL(AddressOfEntryPoint), 0x100, "not lie in an executable section"},
    {"entry point outside", OPTIONAL(AddressOfEntryPoint), 0xFFFFFFFF, "not lie in an executable section"},
};

// Damage that means nothing, or more than one reason is right.
static bool must_open(const struct damage *damage)
{
    return !damage->expected && strcmp(damage->name, "more names than there are") != 0;
}

static void each_damage_is_named(void **state)
{
    unsigned failures = 0;
    (void)state;
    for (size_t i = 0; i < sizeof damages / sizeof *damages; i++) {
        const struct damage *damage = &damages[i];
        struct ldr_reason reason;
        bool opened;
        good_image(&good);
        memcpy((uint8_t *)&good + damage->offset, &damage->value, damage->size);
        opened = opens(&good, sizeof good, &reason);
        if (opened != must_open(damage) || (damage->expected && !strstr(reason.text, damage->expected))) {
            print_error("%s: expected \"%s\", got \"%s\"\n", damage->name,
                        damage->expected ? damage->expected : "accepted", opened ? "accepted" : reason.text);
            failures++;
        }
        if (!opened && NT_SUCCESS(reason.status)) {
            print_error("%s: refused with a success status\n", damage->name);
            failures++;
        }
    }
    assert_int_equal(failures, 0);
}

static void expect_refusal(const char *expected)
{
    struct ldr_reason reason;
    if (opens(&good, sizeof good, &reason))
        fail_msg("accepted; expected \"%s\"", expected);
    if (!strstr(reason.text, expected))
        fail_msg("expected \"%s\", got \"%s\"", expected, reason.text);
}

static void tls_is_refused(void **state)
{
    (void)state;
    good_directory(&good, IMAGE_DIRECTORY_ENTRY_TLS, GOOD_RDATA, 40);
    expect_refusal("thread-local storage");
}

static void certificate_outside_the_file_is_refused(void **state)
{
    (void)state;
    good_directory(&good, IMAGE_DIRECTORY_ENTRY_SECURITY, sizeof good, 8);
    expect_refusal("certificate directory");
}

static void load_configuration_cut_off_is_refused(void **state)
{
    (void)state;
    good_directory(&good, IMAGE_DIRECTORY_ENTRY_LOAD_CONFIG, GOOD_DATA + 0x1800 - 8, 8);
    good.sections[2].Misc.VirtualSize = 0x100;
    expect_refusal("load configuration");
}

static void imported_name_that_never_ends_is_refused(void **state)
{
    const size_t path = offsetof(struct good_rdata, codeview.path);
    memset(good.rdata_bytes + path, 'x', sizeof good.rdata_bytes - path);
    (void)state;
    good.rdata.lookup[0] = GOOD_RDATA_RVA(codeview.path);
    expect_refusal("imported name is not terminated");
}

static void import_list_that_never_ends_is_refused(void **state)
{
    (void)state;
    good.sections[3].Misc.VirtualSize = 0x200;
    for (size_t i = 0; i < sizeof good.init_bytes; i += 8)
        memcpy(good.init_bytes + i, &(uint64_t){IMAGE_ORDINAL_FLAG64 | 1}, 8);
    good.rdata.descriptors[0].OriginalFirstThunk = GOOD_INIT;
    expect_refusal("list of imports of a module is not terminated");
}

// Descriptors that all share one long list: work would grow with the square of the file.
static void overlapping_import_lists_are_bounded(void **state)
{
    enum { DATA = 1 << 20, HALF = DATA / 2 };
    size_t size = sizeof good + DATA;
    uint8_t *file = calloc(1, size);
    struct ldr_reason reason;
    struct ldr_pe pe;
    (void)state;
    good.nt.OptionalHeader.SizeOfImage += DATA;
    good_section(&good, 4, ".big", GOOD_RELOC, DATA, sizeof good, DATA, IMAGE_SCN_MEM_READ);
    good_directory(&good, IMAGE_DIRECTORY_ENTRY_BASERELOC, 0, 0);
    good_directory(&good, IMAGE_DIRECTORY_ENTRY_IMPORT, GOOD_RELOC, HALF);
    memcpy(file, &good, sizeof good);
    for (size_t at = 0; at + sizeof(IMAGE_IMPORT_DESCRIPTOR) < HALF; at += sizeof(IMAGE_IMPORT_DESCRIPTOR)) {
        IMAGE_IMPORT_DESCRIPTOR descriptor = {0};
        descriptor.OriginalFirstThunk = GOOD_RELOC + HALF;
        descriptor.Name = GOOD_RDATA_RVA(module);
        descriptor.FirstThunk = GOOD_DATA;
        memcpy(file + sizeof good + at, &descriptor, sizeof descriptor);
    }
    for (size_t at = HALF; at < DATA - 8; at += 8)
        memcpy(file + sizeof good + at, &(uint64_t){IMAGE_ORDINAL_FLAG64 | 1}, 8);
    assert_false(ldr_pe_open(&pe, file, size, &reason));
    free(file);
}

static void each_truncation_is_refused(void **state)
{
    (void)state;
    for (size_t size = 0; size < sizeof good; size++) {
        struct ldr_reason reason;
        if (opens(&good, size, &reason))
            fail_msg("the first %zu of %zu bytes were accepted", size, sizeof good);
        if (!reason.text[0] || NT_SUCCESS(reason.status))
            fail_msg("the first %zu bytes were refused without a reason", size);
    }
}

static void no_relocations_are_flagged(void **state)
{
    struct ldr_pe pe;
    struct ldr_reason reason;
    (void)state;
    good.nt.FileHeader.Characteristics |= IMAGE_FILE_RELOCS_STRIPPED;
    assert_true(ldr_pe_open(&pe, &good, sizeof good, &reason));
    assert_false(pe.relocatable);
    assert_true(ldr_pe_check_driver(&pe, &reason));
    good.nt.OptionalHeader.ImageBase = 0;
    good_directory(&good, IMAGE_DIRECTORY_ENTRY_BASERELOC, 0, 0);
    expect_refusal("runs nowhere");
}

static void random_damage_never_crashes(void **state)
{
    enum { ROUNDS = 20000 };
    uint64_t random = 0x9E3779B97F4A7C15;
    unsigned accepted = 0;
    (void)state;
    for (unsigned round = 0; round < ROUNDS; round++) {
        struct ldr_pe pe;
        struct ldr_reason reason;
        IMAGE_LOAD_CONFIG_DIRECTORY64 config;
        uint8_t *copy;
        good_image(&good);
        mutate((uint8_t *)&good, sizeof good, &random);
        copy = exact_copy(&good, sizeof good);
        if (ldr_pe_open(&pe, copy, sizeof good, &reason)) {
            accepted++;
            ldr_pe_check_driver(&pe, &reason);
            ldr_pe_pdb(&pe);
            ldr_pe_checksum(&pe);
            ldr_pe_load_config(&pe, &config);
        }
        free(copy);
    }
    assert_in_range(accepted, 1, ROUNDS - 1); // else the damage is no test
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(good_image_is_read, set_up),
        cmocka_unit_test_setup(imports_are_walked, set_up),
        cmocka_unit_test_setup(relocations_are_walked, set_up),
        cmocka_unit_test_setup(exports_are_walked, set_up),
        cmocka_unit_test_setup(reading_gives_zeros_behind_the_data, set_up),
        cmocka_unit_test_setup(checksum_leaves_its_own_field_out, set_up),
        cmocka_unit_test_setup(each_damage_is_named, set_up),
        cmocka_unit_test_setup(tls_is_refused, set_up),
        cmocka_unit_test_setup(certificate_outside_the_file_is_refused, set_up),
        cmocka_unit_test_setup(load_configuration_cut_off_is_refused, set_up),
        cmocka_unit_test_setup(imported_name_that_never_ends_is_refused, set_up),
        cmocka_unit_test_setup(import_list_that_never_ends_is_refused, set_up),
        cmocka_unit_test_setup(overlapping_import_lists_are_bounded, set_up),
        cmocka_unit_test_setup(each_truncation_is_refused, set_up),
        cmocka_unit_test_setup(no_relocations_are_flagged, set_up),
        cmocka_unit_test_setup(random_damage_never_crashes, set_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
