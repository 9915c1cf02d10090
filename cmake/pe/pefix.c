// pefix FILE: writes what lld-link leaves open in a PE file's headers.
//
//   CheckSum                        the sum Windows's loader checks for drivers
//   MajorOperatingSystemVersion     10 for NATIVE images, whatever the linker's version wrote
//   DllCharacteristics              TERMINAL_SERVER_AWARE means nothing in a driver and is taken out
//
// It trusts the file only as far as it has looked: every offset is checked against the size.

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    DOS_LFANEW = 0x3C,
    OPTIONAL_HEADER = 24, // from the PE signature
    OPTIONAL_OS_VERSION = 40,
    OPTIONAL_CHECKSUM = 64,
    OPTIONAL_SUBSYSTEM = 68,
    OPTIONAL_CHARACTERISTICS = 70,
    OPTIONAL_SMALLEST = 112,
    PE32_PLUS = 0x20B,
    SUBSYSTEM_NATIVE = 1,
    TERMINAL_SERVER_AWARE = 0x8000,
};

static uint16_t get16(const unsigned char *at)
{
    return (uint16_t)(at[0] | at[1] << 8);
}

static void put16(unsigned char *at, uint16_t value)
{
    at[0] = (unsigned char)value;
    at[1] = (unsigned char)(value >> 8);
}

static void put32(unsigned char *at, uint32_t value)
{
    put16(at, (uint16_t)value);
    put16(at + 2, (uint16_t)(value >> 16));
}

// The sum of all 16-bit words with the carries folded in, the field itself as zero, plus the file's length.
static uint32_t pe_checksum(const unsigned char *file, size_t size)
{
    uint32_t sum = 0;
    for (size_t i = 0; i < size; i += 2) {
        sum += i + 1 < size ? get16(file + i) : file[i];
        sum = (sum & 0xFFFF) + (sum >> 16);
    }
    return sum + (uint32_t)size;
}

static int fail(const char *name, const char *why)
{
    fprintf(stderr, "pefix: %s: %s\n", name, why);
    return 1;
}

static int fix(unsigned char *file, size_t size, const char *name)
{
    if (size < DOS_LFANEW + 4 || memcmp(file, "MZ", 2) != 0)
        return fail(name, "not a PE file");
    size_t pe = get16(file + DOS_LFANEW) | (size_t)get16(file + DOS_LFANEW + 2) << 16;
    if (pe > size || size - pe < OPTIONAL_HEADER + OPTIONAL_SMALLEST || memcmp(file + pe, "PE\0", 4) != 0)
        return fail(name, "no PE header where the DOS header says");
    unsigned char *optional = file + pe + OPTIONAL_HEADER;
    if (get16(optional) != PE32_PLUS)
        return fail(name, "not a 64-bit image");
    if (get16(optional + OPTIONAL_SUBSYSTEM) == SUBSYSTEM_NATIVE) {
        put32(optional + OPTIONAL_OS_VERSION, 10);
        uint16_t characteristics = get16(optional + OPTIONAL_CHARACTERISTICS);
        put16(optional + OPTIONAL_CHARACTERISTICS, characteristics & (uint16_t)~TERMINAL_SERVER_AWARE);
    }
    put32(optional + OPTIONAL_CHECKSUM, 0);
    put32(optional + OPTIONAL_CHECKSUM, pe_checksum(file, size));
    return 0;
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        fprintf(stderr, "usage: pefix FILE\n");
        return 2;
    }
    FILE *stream = fopen(argv[1], "r+b");
    if (!stream || fseek(stream, 0, SEEK_END) != 0)
        return fail(argv[1], "cannot open it for writing");
    long size = ftell(stream);
    unsigned char *file = size > 0 ? malloc((size_t)size) : NULL;
    rewind(stream);
    if (!file || fread(file, 1, (size_t)size, stream) != (size_t)size)
        return fail(argv[1], "cannot read it");
    int status = fix(file, (size_t)size, argv[1]);
    rewind(stream);
    if (status == 0 && fwrite(file, 1, (size_t)size, stream) != (size_t)size)
        status = fail(argv[1], "cannot write it");
    free(file);
    if (fclose(stream) != 0)
        status = fail(argv[1], "cannot write it");
    return status;
}
