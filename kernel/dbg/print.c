// DbgPrint and its relatives: format, filter, record.
//
//     DbgPrint -> filter -> format (512 bytes at most) -> ring -> sinks and driver callbacks -> return
//
// Each call makes one record, with or without a line end, as DebugView shows it. Everything has happened when
// the call returns. Without a sink or a callback nothing here takes a lock; with one, messages take turns, so
// that they are heard in the order of their numbers.
//
// https://learn.microsoft.com/windows-hardware/drivers/ddi/wdm/nf-wdm-dbgprint
// https://learn.microsoft.com/windows-hardware/drivers/ddi/wdm/nf-wdm-vdbgprintexwithprefix
// Facts: semantics 54, 55.
#include "dbg/dbg.h"

#include <stdio.h>
#include <string.h>

#include <nt/ntstatus.h>

#include "rtl/rtl.h"

#define CALLER __builtin_return_address(0)

enum { LISTENERS = 8 };

typedef VOID(NTAPI *print_callback)(PSTRING output, ULONG component, ULONG level);

struct sink {
    dbg_sink_function *function;
    void *context;
};

static struct hal_mutex listeners_lock; // guards what follows, and the turn of a message
static struct sink sinks[LISTENERS];
static print_callback callbacks[LISTENERS];
static _Atomic unsigned listening; // how many of both

static uint64_t unrecorded; // numbers while there is no ring; under the lock or nobody cares

// The frame of `submit` while this thread is inside a listener. A driver's callback that never comes back (a
// bugcheck abandons its stack) leaves it behind; it then lies deeper than any later caller and counts for
// nothing.
HAL_THREAD_LOCAL const char *speaking;

dbg_context_function *dbg_context_hook;

static void begin_record(struct dbg_record *record, ULONG component, ULONG level, const void *caller)
{
    memset(record, 0, offsetof(struct dbg_record, text));
    record->component = component;
    record->level = level;
    record->wall_100ns = hal_system_time_100ns();
    if (dbg_context_hook)
        dbg_context_hook(record, caller);
}

// Bytes to keep of a text that is cut at `limit`: not the beginning of a character whose end is cut off.
static size_t cut_length(const char *text, size_t limit)
{
    size_t start = limit;
    while (start && limit - start < 4 && (text[start - 1] & 0xC0) == 0x80)
        start--;
    unsigned char lead = start ? (unsigned char)text[start - 1] : 0;
    size_t wanted = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC0 ? 2 : 0;
    return wanted > limit - start + 1 ? start - 1 : limit;
}

// `length` bytes were produced; at most DBG_TEXT_LIMIT of them are in the text.
static void end_text(struct dbg_record *record, size_t length)
{
    record->truncated = length > DBG_TEXT_LIMIT;
    record->length = (uint32_t)(record->truncated ? cut_length(record->text, DBG_TEXT_LIMIT) : length);
    record->text[record->length] = 0;
}

static void append(struct dbg_record *record)
{
    struct rtl_ring *ring = dbg_ring_current();
    if (ring) {
        dbg_ring_write(ring, record);
        return;
    }
    record->number = __atomic_add_fetch(&unrecorded, 1, __ATOMIC_RELAXED);
    record->time_ns = hal_monotonic_ns();
}

static void call_sinks(const struct dbg_record *record)
{
    for (int i = 0; i < LISTENERS; i++)
        if (sinks[i].function)
            sinks[i].function(record, sinks[i].context);
}

// Driver code, so not under the lock.
static void call_callbacks(struct dbg_record *record, const print_callback *list)
{
    STRING output = {(USHORT)record->length, (USHORT)(record->length + 1), record->text};
    for (int i = 0; i < LISTENERS; i++)
        if (list[i])
            list[i](&output, record->component, record->level);
}

static void submit(struct dbg_record *record)
{
    const char *frame = __builtin_frame_address(0);
    if (frame < speaking || atomic_load_explicit(&listening, memory_order_acquire) == 0) {
        append(record);
        return;
    }
    print_callback list[LISTENERS];
    hal_mutex_lock(&listeners_lock);
    speaking = frame;
    append(record);
    call_sinks(record);
    memcpy(list, callbacks, sizeof list);
    hal_mutex_unlock(&listeners_lock);
    call_callbacks(record, list);
    speaking = NULL;
}

static ULONG print(const char *prefix, ULONG component, ULONG level, const char *format, __builtin_ms_va_list arguments,
                   const void *caller)
{
    if (!dbg_filter_shows(component, level))
        return STATUS_SUCCESS;
    struct dbg_record record;
    begin_record(&record, component, level, caller);
    struct rtl_output output = {.buffer = record.text, .capacity = DBG_TEXT_LIMIT};
    for (; *prefix; prefix++, output.length++)
        if (output.length < DBG_TEXT_LIMIT)
            record.text[output.length] = *prefix;
    rtl_format(&output, format, arguments);
    end_text(&record, output.length);
    submit(&record);
    return STATUS_SUCCESS;
}

// ---- for the other rooms ------------------------------------------------------------------------------------------

void dbg_kernel_message(const char *format, ...)
{
    struct dbg_record record;
    begin_record(&record, DBG_COMPONENT_NTHOST, DPFLTR_ERROR_LEVEL, NULL);
    strcpy(record.driver, "nthost");
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(record.text, DBG_TEXT_LIMIT + 1, format, arguments);
    va_end(arguments);
    end_text(&record, length < 0 ? 0 : (size_t)length);
    submit(&record);
}

bool dbg_set_sink(dbg_sink_function *sink, void *context)
{
    bool placed = false;
    hal_mutex_lock(&listeners_lock);
    for (int i = 0; i < LISTENERS && !placed; i++) {
        if (sinks[i].function)
            continue;
        sinks[i] = (struct sink){sink, context};
        atomic_fetch_add(&listening, 1);
        placed = true;
    }
    hal_mutex_unlock(&listeners_lock);
    return placed;
}

void dbg_clear_sink(dbg_sink_function *sink, void *context)
{
    hal_mutex_lock(&listeners_lock);
    for (int i = 0; i < LISTENERS; i++) {
        if (sinks[i].function != sink || sinks[i].context != context)
            continue;
        sinks[i] = (struct sink){0};
        atomic_fetch_sub(&listening, 1);
        break;
    }
    hal_mutex_unlock(&listeners_lock);
}

// ---- exports ------------------------------------------------------------------------------------------------------

ULONG NTAPI DbgPrint(const char *format, ...)
{
    __builtin_ms_va_list arguments;
    __builtin_ms_va_start(arguments, format);
    ULONG status = print("", DPFLTR_DEFAULT_ID, DPFLTR_INFO_LEVEL, format, arguments, CALLER);
    __builtin_ms_va_end(arguments);
    return status;
}

ULONG NTAPI DbgPrintEx(ULONG component, ULONG level, const char *format, ...)
{
    __builtin_ms_va_list arguments;
    __builtin_ms_va_start(arguments, format);
    ULONG status = print("", component, level, format, arguments, CALLER);
    __builtin_ms_va_end(arguments);
    return status;
}

// STATUS_BREAKPOINT would say that a person pressed Ctrl-C in the debugger; there is none.
ULONG NTAPI DbgPrintReturnControlC(const char *format, ...)
{
    __builtin_ms_va_list arguments;
    __builtin_ms_va_start(arguments, format);
    ULONG status = print("", DPFLTR_DEFAULT_ID, DPFLTR_INFO_LEVEL, format, arguments, CALLER);
    __builtin_ms_va_end(arguments);
    return status;
}

ULONG NTAPI vDbgPrintEx(ULONG component, ULONG level, PCCHAR format, __builtin_ms_va_list arguments)
{
    return print("", component, level, format, arguments, CALLER);
}

ULONG NTAPI vDbgPrintExWithPrefix(PCCHAR prefix, ULONG component, ULONG level, PCCHAR format,
                                  __builtin_ms_va_list arguments)
{
    return print(prefix, component, level, format, arguments, CALLER);
}

// A driver may listen too. Its callback hears what passes the filter.
NTSTATUS NTAPI DbgSetDebugPrintCallback(VOID(NTAPI *callback)(PSTRING output, ULONG component, ULONG level),
                                        BOOLEAN enable)
{
    NTSTATUS status = enable ? STATUS_INSUFFICIENT_RESOURCES : STATUS_NOT_FOUND;
    print_callback wanted = enable ? NULL : callback;
    hal_mutex_lock(&listeners_lock);
    for (int i = 0; i < LISTENERS && !NT_SUCCESS(status); i++) {
        if (callbacks[i] != wanted)
            continue;
        callbacks[i] = enable ? callback : NULL;
        atomic_fetch_add(&listening, enable ? 1 : -1u);
        status = STATUS_SUCCESS;
    }
    hal_mutex_unlock(&listeners_lock);
    return status;
}
