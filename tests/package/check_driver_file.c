// check_driver_file [--signed] FILE.sys EXPORTS.def...: reads a driver file back, field by field.
//
// Checks what Windows's loader and code integrity ask of a driver: the headers, the sections and their
// protections, the relocations, the unwind data, the checksum, and imports by names that Windows exports (the
// .def files). It shares no code with the tool that writes those fields. Prints one line a check; exit status
// 1 when one of them failed.

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DIRECTORY_EXPORT, DIRECTORY_IMPORT, DIRECTORY_EXCEPTION = 3, DIRECTORY_SECURITY, DIRECTORY_RELOCATION };
enum { DIRECTORY_TLS = 9, DIRECTORY_LOAD_CONFIG, DIRECTORIES = 16 };
enum { SECTION_HEADER = 40, SECTION_CODE = 0x20 };
enum { IMAGE_RELOCS_STRIPPED = 0x1, IMAGE_EXECUTABLE = 0x2 };
#define SECTION_DISCARDABLE 0x02000000u
#define SECTION_EXECUTE     0x20000000u
#define SECTION_WRITE       0x80000000u

struct image {
    unsigned char *data;
    size_t size;
    size_t pe;       // offset of the signature
    size_t optional; // of the optional header
    size_t sections; // of the first section header
    unsigned section_count;
};

static int failures;

__attribute__((format(printf, 2, 3))) static bool check(bool holds, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    printf("%s  ", holds ? "ok  " : "FAIL");
    vprintf(format, arguments);
    putchar('\n');
    va_end(arguments);
    failures += !holds;
    return holds;
}

// Little-endian reading; outside of the file it reads zero, which then fails the check that asked.
static uint64_t get(const struct image *image, size_t offset, unsigned bytes)
{
    uint64_t value = 0;
    if (offset > image->size || image->size - offset < bytes)
        return 0;
    for (unsigned i = 0; i < bytes; i++)
        value |= (uint64_t)image->data[offset + i] << (8 * i);
    return value;
}

static uint32_t get32(const struct image *image, size_t offset)
{
    return (uint32_t)get(image, offset, 4);
}

static size_t section_at(const struct image *image, unsigned index)
{
    return image->sections + (size_t)index * SECTION_HEADER;
}

// The section that holds an RVA, or -1.
static int section_of(const struct image *image, uint32_t rva)
{
    for (unsigned i = 0; i < image->section_count; i++) {
        size_t header = section_at(image, i);
        uint32_t start = get32(image, header + 12);
        if (rva >= start && rva - start < get32(image, header + 8))
            return (int)i;
    }
    return -1;
}

// File offset of an RVA; the file's size (where everything reads as zero) when no section has bytes there.
static size_t offset_of(const struct image *image, uint32_t rva)
{
    int index = section_of(image, rva);
    if (index < 0)
        return image->size;
    size_t header = section_at(image, (unsigned)index);
    uint32_t within = rva - get32(image, header + 12);
    return within < get32(image, header + 16) ? get32(image, header + 20) + (size_t)within : image->size;
}

// A string of the image; "" where it would leave the file.
static const char *text_at(const struct image *image, uint32_t rva)
{
    size_t offset = offset_of(image, rva);
    if (offset >= image->size || !memchr(image->data + offset, 0, image->size - offset))
        return "";
    return (const char *)image->data + offset;
}

static uint32_t directory(const struct image *image, unsigned index, uint32_t *size)
{
    size_t entry = image->optional + 112 + (size_t)index * 8;
    *size = get32(image, entry + 4);
    return get32(image, entry);
}

static void check_headers(const struct image *image)
{
    size_t optional = image->optional;
    uint32_t characteristics = (uint32_t)get(image, image->pe + 22, 2);
    uint32_t dll = (uint32_t)get(image, optional + 70, 2);

    check(get(image, image->pe + 4, 2) == 0x8664, "Machine is x86-64");
    check(get(image, optional, 2) == 0x20B, "Magic is PE32+");
    check(characteristics & IMAGE_EXECUTABLE, "Characteristics: EXECUTABLE_IMAGE");
    check(!(characteristics & IMAGE_RELOCS_STRIPPED), "Characteristics: relocations are not stripped");
    check(get(image, optional + 68, 2) == 1, "Subsystem is NATIVE");
    check(get(image, optional + 48, 2) == 10 && get(image, optional + 50, 2) == 0, "Subsystem version is 10.0");
    check(get(image, optional + 40, 2) == 10 && get(image, optional + 42, 2) == 0, "System version is 10.0");
    check(dll & 0x2000, "DllCharacteristics: WDM_DRIVER");
    check(dll & 0x0100, "DllCharacteristics: NX_COMPAT");
    check(dll & 0x0040, "DllCharacteristics: DYNAMIC_BASE");
    check(dll & 0x0020, "DllCharacteristics: HIGH_ENTROPY_VA");
    check(!(dll & 0x8000), "DllCharacteristics: not TERMINAL_SERVER_AWARE, which is for programs");
    check(get32(image, optional + 32) == 0x1000, "SectionAlignment is 4 KiB");
    check(get32(image, optional + 36) == 0x200, "FileAlignment is 512");
    check(get32(image, optional + 108) == DIRECTORIES, "16 data directories");
    check(get(image, optional + 24, 8) % 0x10000 == 0, "ImageBase is a multiple of 64 KiB");
}

static void check_sections(const struct image *image)
{
    uint32_t next = 0x1000;
    bool contiguous = true, inside = true, write_or_execute = true, short_names = true, init = false;

    for (unsigned i = 0; i < image->section_count; i++) {
        size_t header = section_at(image, i);
        uint32_t flags = get32(image, header + 36);
        contiguous &= get32(image, header + 12) == next;
        next += (get32(image, header + 8) + 0xFFF) & ~0xFFFu;
        inside &= (size_t)get32(image, header + 20) + get32(image, header + 16) <= image->size;
        write_or_execute &= !((flags & SECTION_WRITE) && (flags & SECTION_EXECUTE));
        short_names &= image->data[header] != '/';
        if (memcmp(image->data + header, "INIT\0\0\0\0", 8) == 0)
            init = (flags & SECTION_DISCARDABLE) && (flags & SECTION_EXECUTE) && (flags & SECTION_CODE);
    }
    check(contiguous && next == get32(image, image->optional + 56), "sections are contiguous up to SizeOfImage");
    check(inside, "sections lie inside the file");
    check(write_or_execute, "no section is writable and executable");
    check(short_names, "no section name stands in a string table");
    check(init, "INIT is code and discardable");
    int entry = section_of(image, get32(image, image->optional + 16));
    check(entry >= 0 && memcmp(image->data + section_at(image, (unsigned)entry), "INIT", 5) == 0,
          "the entry point is in INIT");
}

static void check_relocations(const struct image *image)
{
    uint32_t size, at = directory(image, DIRECTORY_RELOCATION, &size), end = at + size;
    unsigned count = 0;
    bool sound = at != 0;

    while (sound && at + 8 <= end) {
        uint32_t page = get32(image, offset_of(image, at)), block = get32(image, offset_of(image, at + 4));
        sound = page % 0x1000 == 0 && block >= 8 && block % 4 == 0 && block <= end - at;
        for (uint32_t i = 8; sound && i < block; i += 2) {
            unsigned entry = (unsigned)get(image, offset_of(image, at + i), 2);
            sound = entry == 0 || (entry >> 12 == 10 && section_of(image, page + (entry & 0xFFF)) >= 0);
            count += entry != 0;
        }
        at += block;
    }
    check(sound && at == end && count > 0, "relocations: %u, all DIR64 and inside sections", count);
}

static void check_unwind(const struct image *image)
{
    uint32_t size, at = directory(image, DIRECTORY_EXCEPTION, &size), last = 0;
    bool sound = at != 0 && size % 12 == 0;

    for (uint32_t i = 0; sound && i < size; i += 12) {
        size_t entry = offset_of(image, at + i);
        uint32_t begin = get32(image, entry), end = get32(image, entry + 4), info = get32(image, entry + 8);
        sound = begin >= last && begin < end && section_of(image, begin) >= 0 && section_of(image, end - 1) >= 0 &&
                info % 4 == 0 && (get(image, offset_of(image, info), 1) & 7) == 1;
        last = end;
    }
    check(sound && size >= 12, "unwind data: %u functions, sorted, version 1", size / 12);
}

// The sum of the whole file as 16-bit words with end-around carry, without the field, plus the length.
static void check_checksum(const struct image *image)
{
    size_t field = image->optional + 64;
    uint64_t sum = 0;
    for (size_t i = 0; i < image->size; i++)
        if (i < field || i >= field + 4)
            sum += (uint64_t)image->data[i] << (8 * (i % 2));
    while (sum >> 16)
        sum = (sum & 0xFFFF) + (sum >> 16);
    sum += image->size;
    check(get32(image, field) == sum, "CheckSum is 0x%08X, computed 0x%08X", get32(image, field), (unsigned)sum);
}

// Whether a .def file for MODULE lists NAME on a line of its own.
static bool exported(char **definitions, const char *module, const char *name)
{
    bool found = false;
    for (; *definitions && !found; definitions++) {
        char line[256], library[64] = "";
        FILE *stream = fopen(*definitions, "r");
        if (!stream)
            continue;
        while (!found && fgets(line, sizeof line, stream)) {
            if (sscanf(line, "LIBRARY %63s", library) == 1)
                continue;
            line[strcspn(line, " \r\n")] = '\0';
            found = strcmp(library, module) == 0 && strcmp(line, name) == 0;
        }
        fclose(stream);
    }
    return found;
}

static void check_imports(const struct image *image, char **definitions)
{
    uint32_t size, at = directory(image, DIRECTORY_IMPORT, &size);

    if (!check(at != 0 && size >= 20, "there is an import directory"))
        return;
    for (; get32(image, offset_of(image, at + 12)); at += 20) {
        const char *module = text_at(image, get32(image, offset_of(image, at + 12)));
        check(strcmp(module, "ntoskrnl.exe") == 0 || strcmp(module, "hal.dll") == 0, "imports from %s", module);
        uint32_t lookup = get32(image, offset_of(image, at));
        for (uint64_t thunk; (thunk = get(image, offset_of(image, lookup), 8)) != 0; lookup += 8) {
            if (!check(thunk >> 63 == 0, "import by name"))
                continue;
            const char *name = text_at(image, (uint32_t)thunk + 2);
            check(exported(definitions, module, name), "%s exports %s", module, name);
        }
    }
}

static void check_directories(const struct image *image, bool is_signed)
{
    uint32_t size, at;

    check(directory(image, DIRECTORY_EXPORT, &size) == 0, "no exports");
    check(directory(image, DIRECTORY_TLS, &size) == 0, "no thread-local storage");
    at = directory(image, DIRECTORY_LOAD_CONFIG, &size);
    uint64_t cookie = get(image, offset_of(image, at) + 88, 8) - get(image, image->optional + 24, 8);
    int section = cookie <= UINT32_MAX ? section_of(image, (uint32_t)cookie) : -1;
    check(at && section >= 0 && (get32(image, section_at(image, (unsigned)section) + 36) & SECTION_WRITE),
          "the load configuration names a stack cookie in a writable section");
    at = directory(image, DIRECTORY_SECURITY, &size); // a file offset, not an RVA
    if (is_signed)
        check(at % 8 == 0 && at + (size_t)size == image->size && get(image, at + 4, 2) == 0x0200 &&
                  get(image, at + 6, 2) == 2,
              "the signature is the end of the file, PKCS#7");
    else
        check(at == 0, "not signed");
}

static bool load(struct image *image, const char *name)
{
    FILE *stream = fopen(name, "rb");
    if (!stream || fseek(stream, 0, SEEK_END) != 0 || ftell(stream) <= 0)
        return false;
    image->size = (size_t)ftell(stream);
    rewind(stream);
    image->data = malloc(image->size);
    bool read = image->data && fread(image->data, 1, image->size, stream) == image->size;
    fclose(stream);
    if (!read)
        return false;
    image->pe = get32(image, 0x3C);
    image->optional = image->pe + 24;
    image->section_count = (unsigned)get(image, image->pe + 6, 2);
    image->sections = image->optional + get(image, image->pe + 20, 2);
    return memcmp(image->data, "MZ", 2) == 0 && get32(image, image->pe) == 0x4550 &&
           section_at(image, image->section_count) <= image->size;
}

int main(int argc, char **argv)
{
    bool is_signed = argc > 1 && strcmp(argv[1], "--signed") == 0;
    char **arguments = argv + 1 + is_signed;
    struct image image = {0};

    if (argc - is_signed < 3) {
        fprintf(stderr, "usage: check_driver_file [--signed] FILE.sys EXPORTS.def...\n");
        return 2;
    }
    printf("%s\n", arguments[0]);
    if (check(load(&image, arguments[0]), "it is a PE file")) {
        check_headers(&image);
        check_sections(&image);
        check_relocations(&image);
        check_unwind(&image);
        check_checksum(&image);
        check_imports(&image, arguments + 1);
        check_directories(&image, is_signed);
    }
    free(image.data);
    return failures > 0;
}
