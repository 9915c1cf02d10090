// memcpy and its family.
//
// A routine with the Windows ABI must save ten vector registers before it calls one of ours, so short moves,
// the common ones, are done in place instead of in libc: up to 64 bytes all is loaded before anything is
// stored, which also makes them safe for overlapping ranges. On x64 Windows memcpy is memmove.
#include <nt/crt.h>

#include <string.h>

#include "hal/hal.h"

typedef long long vector __attribute__((vector_size(16), aligned(1), may_alias));

enum { BY_STRING_INSTRUCTION = 1024 }; // from this length on rep movsb, rep stosb are the fastest

// ---- the long ways, for lengths above 16 --------------------------------------------------------------------------

static void copy_forward(char *to, const char *from, size_t bytes)
{
    if (bytes >= BY_STRING_INSTRUCTION) {
        __asm__ volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(bytes) : : "memory");
        return;
    }
    vector last = *(const vector *)(from + bytes - 16); // before the loop writes over it
    char *last_to = to + bytes - 16;
    for (; to < last_to; to += 16, from += 16)
        *(vector *)to = *(const vector *)from;
    *(vector *)last_to = last;
}

static void copy_backward(char *to, const char *from, size_t bytes)
{
    vector first = *(const vector *)from;
    for (size_t at = bytes; at > 16; at -= 16)
        *(vector *)(to + at - 16) = *(const vector *)(from + at - 16);
    *(vector *)to = first;
}

static void copy_up_to_64(char *to, const char *from, size_t bytes)
{
    vector a = *(const vector *)from, d = *(const vector *)(from + bytes - 16);
    size_t middle = bytes > 32 ? 16 : 0;
    vector b = *(const vector *)(from + middle), c = *(const vector *)(from + bytes - 16 - middle);
    *(vector *)to = a;
    *(vector *)(to + middle) = b;
    *(vector *)(to + bytes - 16 - middle) = c;
    *(vector *)(to + bytes - 16) = d;
}

// ---- the short way: two moves that may overlap --------------------------------------------------------------------

#define MOVE_ENDS(type)                                                                                                \
    do {                                                                                                               \
        type first, last;                                                                                              \
        memcpy(&first, from, sizeof first);                                                                            \
        memcpy(&last, from + bytes - sizeof last, sizeof last);                                                        \
        memcpy(to, &first, sizeof first);                                                                              \
        memcpy(to + bytes - sizeof last, &last, sizeof last);                                                          \
    } while (0)

static inline __attribute__((always_inline)) void move(char *to, const char *from, size_t bytes)
{
    if (HAL_ASAN && bytes) // let it see whose bytes these are; no bytes may have no address either
        memmove(to, from, bytes);
    else if (bytes > 64 && (uintptr_t)to - (uintptr_t)from >= bytes)
        copy_forward(to, from, bytes);
    else if (bytes > 64)
        copy_backward(to, from, bytes);
    else if (bytes > 16)
        copy_up_to_64(to, from, bytes);
    else if (bytes >= 8)
        MOVE_ENDS(uint64_t);
    else if (bytes >= 4)
        MOVE_ENDS(uint32_t);
    else if (bytes >= 2)
        MOVE_ENDS(uint16_t);
    else if (bytes)
        *to = *from;
}

static inline __attribute__((always_inline)) void fill(char *to, int value, size_t bytes)
{
    if (HAL_ASAN) {
        memset(to, value, bytes);
    } else if (bytes >= BY_STRING_INSTRUCTION) {
        __asm__ volatile("rep stosb" : "+D"(to), "+c"(bytes) : "a"(value) : "memory");
    } else if (bytes >= 16) {
        long long eight = (long long)(0x0101010101010101ull * (unsigned char)value);
        vector sixteen = {eight, eight};
        for (size_t at = 0; at < bytes - 16; at += 16)
            *(vector *)(to + at) = sixteen;
        *(vector *)(to + bytes - 16) = sixteen;
    } else {
        for (volatile char *at = to; bytes; bytes--) // volatile: a loop, not a call of memset
            *at++ = (char)value;
    }
}

void *NTAPI nt_memcpy(void *to, const void *from, SIZE_T bytes)
{
    move(to, from, bytes);
    return to;
}

void *NTAPI nt_memmove(void *to, const void *from, SIZE_T bytes)
{
    move(to, from, bytes);
    return to;
}

void *NTAPI nt_memset(void *to, int value, SIZE_T bytes)
{
    fill(to, value, bytes);
    return to;
}

int NTAPI nt_memcmp(const void *one, const void *two, SIZE_T bytes)
{
    const unsigned char *a = one, *b = two;
    for (; bytes; a++, b++, bytes--)
        if (*a != *b)
            return *a < *b ? -1 : 1;
    return 0;
}

void *NTAPI nt_memchr(const void *in, int value, SIZE_T bytes)
{
    for (const unsigned char *at = in; bytes; at++, bytes--)
        if (*at == (unsigned char)value)
            return (void *)at;
    return NULL;
}

int NTAPI nt_memcpy_s(void *to, SIZE_T size, const void *from, SIZE_T bytes)
{
    if (!bytes)
        return 0;
    if (!to)
        return CRT_EINVAL;
    if (!from || size < bytes) {
        fill(to, 0, size);
        return from ? CRT_ERANGE : CRT_EINVAL;
    }
    move(to, from, bytes);
    return 0;
}

int NTAPI nt_memmove_s(void *to, SIZE_T size, const void *from, SIZE_T bytes)
{
    if (!bytes)
        return 0;
    if (!to || !from)
        return CRT_EINVAL;
    if (size < bytes)
        return CRT_ERANGE;
    move(to, from, bytes);
    return 0;
}

VOID NTAPI nt_fill_memory(void *to, SIZE_T bytes, int value)
{
    fill(to, value, bytes);
}

VOID NTAPI nt_zero_memory(void *to, SIZE_T bytes)
{
    fill(to, 0, bytes);
}
