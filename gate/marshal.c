// Packing and unpacking by the table of services. See marshal.h and services.def.
#include "marshal_pack.h"

#include <string.h>

enum kind {
    KIND_VALUE,
    KIND_IN,
    KIND_OUT,
    KIND_IOSB,
    KIND_REQUEST,
    KIND_BYTES_IN,
    KIND_BYTES_OUT,
    KIND_BYTES_READ,
    KIND_CONTROL_IN,
    KIND_CONTROL_OUT,
    KIND_ARRAY_IN,
    KIND_ARRAY_OUT,
    KIND_ATTRIBUTES,
    KIND_STRING,
    KIND_STRING_OUT,
    KIND_SECURITY,
    KIND_NAMED,
    KIND_LISTING,
};

// What comes back of a region.
enum back {
    BACK_NOTHING,
    BACK_CHANGES, // all of it, if it changed; the original stands behind the copy
    BACK_ALL,
    BACK_INFORMATION, // as many bytes as the IOSB says
    BACK_LENGTH,      // the Length of a UNICODE_STRING
    BACK_NAMED,       // all of it; the string at its beginning points into it
    BACK_LISTING,     // all of it; its records point into it
};

enum { ALIGNMENT = 16, CONTROL_CODE = 5, METHOD_MASK = 3 };

// clang-format off
#define VALUE               {KIND_VALUE, 0, 0}
#define IN(type)            {KIND_IN, 0, sizeof(type)}
#define OUT(type)           {KIND_OUT, 0, sizeof(type)}
#define IOSB                {KIND_IOSB, 0, sizeof(IO_STATUS_BLOCK)}
#define REQUEST             {KIND_REQUEST, 0, 0}
#define BYTES_IN(n)         {KIND_BYTES_IN, n, 1}
#define BYTES_OUT(n)        {KIND_BYTES_OUT, n, 1}
#define BYTES_READ(n)       {KIND_BYTES_READ, n, 1}
#define CONTROL_IN(n)       {KIND_CONTROL_IN, n, 1}
#define CONTROL_OUT(n)      {KIND_CONTROL_OUT, n, 1}
#define ARRAY_IN(type, n)   {KIND_ARRAY_IN, n, sizeof(type)}
#define ARRAY_OUT(type, n)  {KIND_ARRAY_OUT, n, sizeof(type)}
#define ATTRIBUTES          {KIND_ATTRIBUTES, 0, sizeof(OBJECT_ATTRIBUTES)}
#define STRING              {KIND_STRING, 0, sizeof(UNICODE_STRING)}
#define STRING_OUT          {KIND_STRING_OUT, 0, sizeof(UNICODE_STRING)}
#define SECURITY            {KIND_SECURITY, 0, 0}
#define NAMED(n)            {KIND_NAMED, n, 1}
#define LISTING(n)          {KIND_LISTING, n, 1}
// clang-format on

// A terminator, so that services without arguments have a table too.
#define SERVICE(name, number, ...)                                                                                     \
    static const struct marshal_argument arguments_##name[] = {__VA_ARGS__ __VA_OPT__(, ) VALUE};                      \
    _Static_assert(sizeof arguments_##name == ((number) + 1) * sizeof *arguments_##name,                               \
                   #name ": the number of arguments");                                                                 \
    _Static_assert((number) <= WIRE_WORDS, #name ": too many arguments");
#include "services.def"

const struct marshal_service marshal_services[] = {
#define SERVICE(name, number, ...) {#name, arguments_##name, number, .waits = false},
#define WAIT(name, number, ...)    {#name, arguments_##name, number, .waits = true},
#define PLANNED(name, number, ...) {#name, arguments_##name, number, .planned = true},
#include "services.def"
};
const uint32_t marshal_service_count = sizeof marshal_services / sizeof *marshal_services;

bool marshal_may_pend(uint32_t service)
{
    return marshal_services[service].count > 4 && marshal_services[service].arguments[4].kind == KIND_IOSB;
}

// ---- memory for copies --------------------------------------------------------------------------------------------

static bool is_shared(const struct marshal_call *call, uintptr_t address, size_t bytes)
{
    return address >= call->space->shared_begin && address < call->space->shared_end &&
           bytes <= call->space->shared_end - address;
}

// A region for that many bytes, and `spare` more behind them, `skew` bytes off the usual alignment. NULL when
// the slice is full.
static struct marshal_region *reserve(struct marshal_call *call, void *home, size_t skew, uint32_t bytes,
                                      uint32_t spare, enum back back)
{
    size_t size = hal_round_up(skew + bytes + spare, ALIGNMENT);
    if (call->regions_used == MARSHAL_REGIONS)
        return NULL;
    struct marshal_region *region = &call->regions[call->regions_used];
    *region = (struct marshal_region){.home = home, .bytes = bytes, .back = (uint8_t)back};
    if (size <= MARSHAL_ARENA - call->used) {
        region->copy = call->arena + call->used + skew;
        call->used += (uint32_t)size;
    } else {
        char *run = bounce_allocate(call->space->bounce, size);
        if (!run)
            return NULL;
        region->copy = run + skew;
        region->run = size;
    }
    call->regions_used++;
    return region;
}

// A buffer's copy is as little aligned as the buffer: drivers check that.
static size_t skew_of(const void *home)
{
    return (uintptr_t)home % ALIGNMENT;
}

// ---- packing ------------------------------------------------------------------------------------------------------

NTSTATUS marshal_pack_in(struct marshal_call *call, uint64_t *word, uint64_t bytes)
{
    void *home = (void *)*word;
    if (!home || bytes == 0 || is_shared(call, *word, bytes))
        return STATUS_SUCCESS;
    struct marshal_region *region =
        bytes <= UINT32_MAX ? reserve(call, home, skew_of(home), (uint32_t)bytes, 0, BACK_NOTHING) : NULL;
    if (!region)
        return STATUS_INSUFFICIENT_RESOURCES;
    if (!hal_copy(region->copy, home, bytes))
        return STATUS_ACCESS_VIOLATION;
    *word = (uint64_t)region->copy;
    return STATUS_SUCCESS;
}

static NTSTATUS pack_out(struct marshal_call *call, uint64_t *word, uint64_t bytes, enum back back)
{
    void *home = (void *)*word;
    if (!home || bytes == 0 || is_shared(call, *word, bytes))
        return STATUS_SUCCESS;
    if (!hal_touch_write(home, bytes))
        return STATUS_ACCESS_VIOLATION;
    uint32_t spare = back == BACK_CHANGES ? (uint32_t)hal_round_up(bytes, ALIGNMENT) : 0;
    struct marshal_region *region =
        bytes <= UINT32_MAX ? reserve(call, home, spare ? 0 : skew_of(home), (uint32_t)bytes, spare, back) : NULL;
    if (!region)
        return STATUS_INSUFFICIENT_RESOURCES;
    if (back != BACK_INFORMATION && !hal_copy(region->copy, home, bytes))
        return STATUS_ACCESS_VIOLATION;
    if (spare)
        memcpy(region->copy + spare, region->copy, bytes);
    *word = (uint64_t)region->copy;
    return STATUS_SUCCESS;
}

// Until the kernel writes it, the copy says STATUS_PENDING, which no finished request does.
static NTSTATUS pack_iosb(struct marshal_call *call, uint64_t *word)
{
    void *home = (void *)*word;
    if (!home)
        return STATUS_SUCCESS;
    struct marshal_region *region = reserve(call, home, 0, sizeof(IO_STATUS_BLOCK), 0, BACK_NOTHING);
    if (!region)
        return STATUS_INSUFFICIENT_RESOURCES;
    if (!hal_touch_write(home, sizeof(IO_STATUS_BLOCK)))
        return STATUS_ACCESS_VIOLATION;
    call->home_iosb = home;
    call->iosb = (IO_STATUS_BLOCK *)(void *)region->copy;
    *call->iosb = (IO_STATUS_BLOCK){.Status = STATUS_PENDING};
    *word = (uint64_t)region->copy;
    return STATUS_SUCCESS;
}

static NTSTATUS pack_string(struct marshal_call *call, uint64_t *word, bool out)
{
    UNICODE_STRING string;
    if (!*word)
        return STATUS_SUCCESS;
    struct marshal_region *region = reserve(call, (void *)*word, 0, sizeof string, 0, out ? BACK_LENGTH : BACK_NOTHING);
    if (!region)
        return STATUS_INSUFFICIENT_RESOURCES;
    if (!hal_copy(&string, (void *)*word, sizeof string) || (out && !hal_touch_write((void *)*word, sizeof string)))
        return STATUS_ACCESS_VIOLATION;
    uint64_t buffer = (uint64_t)string.Buffer;
    NTSTATUS status =
        out ? pack_out(call, &buffer, string.MaximumLength, BACK_ALL) : marshal_pack_in(call, &buffer, string.Length);
    string.Buffer = (WCHAR *)buffer;
    memcpy(region->copy, &string, sizeof string);
    *word = (uint64_t)region->copy;
    return status;
}

static NTSTATUS pack_attributes(struct marshal_call *call, uint64_t *word)
{
    OBJECT_ATTRIBUTES attributes;
    if (!*word)
        return STATUS_SUCCESS;
    struct marshal_region *region = reserve(call, (void *)*word, 0, sizeof attributes, 0, BACK_NOTHING);
    if (!region)
        return STATUS_INSUFFICIENT_RESOURCES;
    if (!hal_copy(&attributes, (void *)*word, sizeof attributes))
        return STATUS_ACCESS_VIOLATION;
    uint64_t name = (uint64_t)attributes.ObjectName;
    NTSTATUS status = pack_string(call, &name, false);
    uint64_t descriptor = (uint64_t)attributes.SecurityDescriptor;
    if (status == STATUS_SUCCESS)
        status = marshal_pack_security(call, &descriptor);
    attributes.ObjectName = (UNICODE_STRING *)name;
    attributes.SecurityDescriptor = (void *)descriptor;
    attributes.SecurityQualityOfService = NULL; // nobody looks at it
    memcpy(region->copy, &attributes, sizeof attributes);
    *word = (uint64_t)region->copy;
    return status;
}

// What a METHOD_NEITHER driver gets is the address itself, and whether it is any good is the driver's
// business: one that cannot be copied goes as it is, and the driver will find it bad.
static NTSTATUS forgive(NTSTATUS status)
{
    return status == STATUS_ACCESS_VIOLATION ? STATUS_SUCCESS : status;
}

static uint64_t method_of(const struct marshal_call *call)
{
    return call->words[CONTROL_CODE] & METHOD_MASK;
}

static NTSTATUS pack_control_in(struct marshal_call *call, uint64_t *word, uint64_t bytes)
{
    NTSTATUS status = marshal_pack_in(call, word, bytes);
    return method_of(call) == METHOD_NEITHER ? forgive(status) : status;
}

// A control code says itself how its output buffer travels (semantics 37).
static NTSTATUS pack_control_out(struct marshal_call *call, uint64_t *word, uint64_t bytes)
{
    switch (method_of(call)) {
    case METHOD_BUFFERED:
        return pack_out(call, word, bytes, BACK_INFORMATION);
    case METHOD_IN_DIRECT:
        return marshal_pack_in(call, word, bytes);
    case METHOD_OUT_DIRECT:
        return pack_out(call, word, bytes, BACK_ALL);
    default:
        return forgive(pack_out(call, word, bytes, BACK_ALL));
    }
}

static NTSTATUS pack_one(struct marshal_call *call, const struct marshal_argument *argument, const uint64_t *arguments,
                         uint64_t *word)
{
    uint64_t length = (uint64_t)argument->bytes * (uint32_t)arguments[argument->other];
    switch ((enum kind)argument->kind) {
    case KIND_VALUE:
        return STATUS_SUCCESS;
    case KIND_IN:
        return marshal_pack_in(call, word, argument->bytes);
    case KIND_OUT:
        return pack_out(call, word, argument->bytes, BACK_CHANGES);
    case KIND_IOSB:
        return pack_iosb(call, word);
    case KIND_REQUEST: {
        void *copy = call->find_request && *word ? call->find_request((void *)*word) : NULL;
        if (copy)
            *word = (uint64_t)copy;
        return STATUS_SUCCESS;
    }
    case KIND_BYTES_IN:
    case KIND_ARRAY_IN:
        return marshal_pack_in(call, word, length);
    case KIND_BYTES_OUT:
    case KIND_ARRAY_OUT:
        return pack_out(call, word, length, BACK_ALL);
    case KIND_BYTES_READ:
        return pack_out(call, word, length, call->buffered ? BACK_INFORMATION : BACK_ALL);
    case KIND_CONTROL_IN:
        return pack_control_in(call, word, length);
    case KIND_CONTROL_OUT:
        return pack_control_out(call, word, length);
    case KIND_ATTRIBUTES:
        return pack_attributes(call, word);
    case KIND_STRING:
        return pack_string(call, word, false);
    case KIND_STRING_OUT:
        return pack_string(call, word, true);
    case KIND_SECURITY:
        return marshal_pack_security(call, word);
    case KIND_NAMED:
        return pack_out(call, word, length, BACK_NAMED);
    case KIND_LISTING:
        return pack_out(call, word, length, BACK_LISTING);
    }
    return STATUS_INVALID_SYSTEM_SERVICE;
}

NTSTATUS marshal_pack(struct marshal_call *call, const uint64_t *arguments)
{
    const struct marshal_service *service = call->service;
    NTSTATUS status = STATUS_SUCCESS;
    for (unsigned i = 0; i < service->count; i++)
        call->words[i] = arguments[i];
    for (unsigned i = 0; i < service->count && status == STATUS_SUCCESS; i++)
        status = pack_one(call, &service->arguments[i], arguments, &call->words[i]);
    return status;
}

// ---- unpacking ----------------------------------------------------------------------------------------------------

// A pointer into the copy becomes one into its home.
static void relocate(const struct marshal_region *region, WCHAR **pointer)
{
    uintptr_t offset = (uintptr_t)*pointer - (uintptr_t)region->copy;
    if (offset < region->bytes)
        *pointer = (WCHAR *)((uintptr_t)region->home + offset);
}

static void relocate_listing(const struct marshal_region *region)
{
    OBJECT_DIRECTORY_INFORMATION *record = (void *)region->copy;
    for (size_t left = region->bytes; left >= sizeof *record && record->Name.Buffer; left -= sizeof *record, record++) {
        relocate(region, &record->Name.Buffer);
        relocate(region, &record->TypeName.Buffer);
    }
}

static size_t information_bytes(const struct marshal_call *call, const struct marshal_region *region)
{
    if (!call->iosb || !marshal_is_finished(call) || NT_ERROR(call->iosb->Status))
        return 0;
    return call->iosb->Information < region->bytes ? call->iosb->Information : region->bytes;
}

static bool unpack_region(const struct marshal_call *call, const struct marshal_region *region, NTSTATUS status)
{
    size_t bytes = region->bytes;
    switch ((enum back)region->back) {
    case BACK_NOTHING:
        return true;
    case BACK_CHANGES:
        return memcmp(region->copy, region->copy + hal_round_up(bytes, ALIGNMENT), bytes) == 0 ||
               hal_copy(region->home, region->copy, bytes);
    case BACK_ALL:
        break;
    case BACK_INFORMATION:
        bytes = information_bytes(call, region);
        break;
    case BACK_LENGTH:
        bytes = sizeof(USHORT);
        break;
    case BACK_NAMED:
        if (!NT_ERROR(status) && bytes >= sizeof(UNICODE_STRING))
            relocate(region, &((UNICODE_STRING *)(void *)region->copy)->Buffer);
        break;
    case BACK_LISTING:
        if (NT_ERROR(status))
            return true;
        relocate_listing(region);
        break;
    }
    return hal_copy(region->home, region->copy, bytes);
}

bool marshal_is_finished(const struct marshal_call *call)
{
    return !call->iosb || __atomic_load_n(&call->iosb->Status, __ATOMIC_ACQUIRE) != STATUS_PENDING;
}

// The IO_STATUS_BLOCK last, and its Status last of all: a program may look at nothing else.
NTSTATUS marshal_unpack(struct marshal_call *call, NTSTATUS status)
{
    bool ok = true;
    for (unsigned i = 0; i < call->regions_used; i++)
        ok = unpack_region(call, &call->regions[i], status) && ok;
    if (call->iosb && marshal_is_finished(call)) {
        IO_STATUS_BLOCK iosb = *call->iosb;
        ok = hal_copy(&call->home_iosb->Information, &iosb.Information, sizeof iosb.Information) && ok;
        atomic_thread_fence(memory_order_release);
        ok = hal_copy(&call->home_iosb->Status, &iosb.Status, sizeof iosb.Status) && ok;
    }
    return ok ? status : STATUS_ACCESS_VIOLATION;
}

void marshal_end(struct marshal_call *call)
{
    for (unsigned i = 0; i < call->regions_used; i++) {
        struct marshal_region *region = &call->regions[i];
        if (region->run)
            bounce_free(call->space->bounce, region->copy - (uintptr_t)region->copy % HAL_PAGE, region->run);
    }
}
