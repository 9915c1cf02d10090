// Functions whose arguments are words: what the ABI of Windows allows, since every integer and pointer
// argument has a slot of eight bytes. Upper halves of 32-bit arguments are undefined, as always in that ABI.
#pragma once

#include <nt/nt.h>

#define WORDS_0  void
#define WORDS_1  uint64_t a
#define WORDS_2  WORDS_1, uint64_t b
#define WORDS_3  WORDS_2, uint64_t c
#define WORDS_4  WORDS_3, uint64_t d
#define WORDS_5  WORDS_4, uint64_t e
#define WORDS_6  WORDS_5, uint64_t f
#define WORDS_7  WORDS_6, uint64_t g
#define WORDS_8  WORDS_7, uint64_t h
#define WORDS_9  WORDS_8, uint64_t i
#define WORDS_10 WORDS_9, uint64_t j
#define WORDS_11 WORDS_10, uint64_t k

// Their names; none is a zero.
#define NAMES_0  0
#define NAMES_1  a
#define NAMES_2  NAMES_1, b
#define NAMES_3  NAMES_2, c
#define NAMES_4  NAMES_3, d
#define NAMES_5  NAMES_4, e
#define NAMES_6  NAMES_5, f
#define NAMES_7  NAMES_6, g
#define NAMES_8  NAMES_7, h
#define NAMES_9  NAMES_8, i
#define NAMES_10 NAMES_9, j
#define NAMES_11 NAMES_10, k

// Any service, called with as many words as there may be; it looks at its own.
typedef NTSTATUS(NTAPI *words_function)(uint64_t, uint64_t, uint64_t, uint64_t, uint64_t, uint64_t, uint64_t, uint64_t,
                                        uint64_t, uint64_t, uint64_t, uint64_t);

static inline NTSTATUS words_call(words_function function, const uint64_t w[12])
{
    return function(w[0], w[1], w[2], w[3], w[4], w[5], w[6], w[7], w[8], w[9], w[10], w[11]);
}
