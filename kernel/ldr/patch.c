// See patch.h.
#include "ldr/patch.h"

const void *ldr_patch_origin(const void *pc)
{
    return pc;
}
