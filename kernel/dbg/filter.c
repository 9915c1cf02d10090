// Which debug messages are shown.
//
// A level below 32 stands for one bit, 1 << level; a larger one is the bits itself. A message appears when
// one of its bits is set in its component's mask or in the mask called WIN2000, which serves all components.
// A component number that Windows does not know goes by the mask DEFAULT.
//
// On a fresh Windows WIN2000 is 1 and all others are 0, so only errors appear and DbgPrint (component
// DEFAULT, level INFO, bit 8) is silent. nthost exists to show what a driver says: here DEFAULT and the
// components for third-party drivers (IHVDRIVER ... IHVBUS) begin with 0xF: error, warning, trace, info.
// dbg_filter_reset(true) gives Windows's own state.
//
// https://learn.microsoft.com/windows-hardware/drivers/debugger/reading-and-filtering-debugging-messages
// Facts: semantics 55.
#include "dbg/dbg.h"

#include <string.h>
#include <strings.h>

enum { COMPONENTS = 256, WIN2000 = COMPONENTS, ALL_LEVELS_BELOW = 0xF };

static const char *const names[COMPONENTS] = {
#define COMPONENT(name, number) [number] = #name,
#include "dbg/component.def"
#undef COMPONENT
};

static uint32_t masks[COMPONENTS + 1] = {
    [DPFLTR_DEFAULT_ID] = ALL_LEVELS_BELOW,    [DPFLTR_IHVDRIVER_ID] = ALL_LEVELS_BELOW,
    [DPFLTR_IHVVIDEO_ID] = ALL_LEVELS_BELOW,   [DPFLTR_IHVAUDIO_ID] = ALL_LEVELS_BELOW,
    [DPFLTR_IHVNETWORK_ID] = ALL_LEVELS_BELOW, [DPFLTR_IHVSTREAMING_ID] = ALL_LEVELS_BELOW,
    [DPFLTR_IHVBUS_ID] = ALL_LEVELS_BELOW,     [WIN2000] = 1,
};

static uint32_t *mask_of(uint32_t component)
{
    if (component == MAXULONG)
        return &masks[WIN2000];
    return &masks[component < COMPONENTS && names[component] ? component : DPFLTR_DEFAULT_ID];
}

static uint32_t bits_of(uint32_t level)
{
    return level < 32 ? 1u << level : level;
}

static bool is_ours(uint32_t component)
{
    return component == DPFLTR_DEFAULT_ID || (component >= DPFLTR_IHVDRIVER_ID && component <= DPFLTR_IHVBUS_ID);
}

void dbg_filter_reset(bool faithful)
{
    for (uint32_t i = 0; i < COMPONENTS; i++)
        __atomic_store_n(&masks[i], !faithful && is_ours(i) ? ALL_LEVELS_BELOW : 0, __ATOMIC_RELAXED);
    __atomic_store_n(&masks[WIN2000], 1, __ATOMIC_RELAXED);
}

bool dbg_filter_set_mask(const char *name, uint32_t mask)
{
    uint32_t *found = strcasecmp(name, "WIN2000") == 0 ? &masks[WIN2000] : NULL;
    for (uint32_t i = 0; i < COMPONENTS && !found; i++)
        if (names[i] && strcasecmp(name, names[i]) == 0)
            found = &masks[i];
    if (found)
        __atomic_store_n(found, mask, __ATOMIC_RELAXED);
    return found != NULL;
}

bool dbg_filter_shows(uint32_t component, uint32_t level)
{
    uint32_t shown =
        __atomic_load_n(mask_of(component), __ATOMIC_RELAXED) | __atomic_load_n(&masks[WIN2000], __ATOMIC_RELAXED);
    return bits_of(level) & shown;
}

const char *dbg_component_name(uint32_t component)
{
    return component < COMPONENTS ? names[component] : NULL;
}

// TRUE and FALSE are documented as the answer, in an NTSTATUS.
NTSTATUS NTAPI DbgQueryDebugFilterState(ULONG component, ULONG level)
{
    return dbg_filter_shows(component, level);
}

NTSTATUS NTAPI DbgSetDebugFilterState(ULONG component, ULONG level, BOOLEAN state)
{
    if (state)
        __atomic_fetch_or(mask_of(component), bits_of(level), __ATOMIC_RELAXED);
    else
        __atomic_fetch_and(mask_of(component), ~bits_of(level), __ATOMIC_RELAXED);
    return 0;
}
