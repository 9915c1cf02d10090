// Random damage to an image, the same for the same seed.
#pragma once

#include "pe_image.h"

static inline uint64_t mutate_next(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

// One to eight fields of 1, 2, 4 or 8 bytes become random or interesting values; headers are hit more often.
static inline void mutate(uint8_t *bytes, size_t size, uint64_t *state)
{
    static const uint64_t interesting[] = {0,          1,          0x7F,   0x80,       0xFF,       0x7FFF,
                                           0x8000,     0xFFFF,     0x1000, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF,
                                           0xFFFFFFF8, 0x10000000, 0x6FFF, UINT64_MAX, INT64_MAX,  GOOD_BASE};
    unsigned changes = 1 + mutate_next(state) % 8;
    for (unsigned i = 0; i < changes; i++) {
        size_t width = (size_t)1 << mutate_next(state) % 4;
        size_t range = mutate_next(state) % 2 && size > GOOD_HEADERS ? GOOD_HEADERS : size;
        uint64_t value = mutate_next(state);
        if (value % 4)
            value = interesting[value / 4 % (sizeof interesting / sizeof *interesting)];
        if (range > width)
            memcpy(bytes + mutate_next(state) % (range - width), &value, width);
    }
}
