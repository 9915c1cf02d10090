// What no header on this machine can confirm, against the pages that documented.def names. Compiling is the
// test.
#include <nt/nt.h>

#define SIZE(type, bytes) _Static_assert(sizeof(type) == (bytes), "sizeof(" #type ") is documented as " #bytes);
#define AT(type, field, offset)                                                                                        \
    _Static_assert(__builtin_offsetof(type, field) == (offset), #type "." #field " is documented at " #offset);
#define IS(name, value)                                                                                                \
    _Static_assert((unsigned long long)(name) == (value##ULL) || (unsigned)(name) == (value##ULL),                     \
                   #name " is documented as " #value);
#include "documented.def"

int main(void)
{
    return 0;
}
