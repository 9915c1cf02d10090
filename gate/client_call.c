// The services of a process whose kernel is a server: each packs its arguments, rings the thread's twin, and
// unpacks.
#include "connection.h"
#include "files.h"
#include "form.h"
#include "pending.h"
#include "words.h"

#include <unistd.h>

static __thread struct connection_thread *self __attribute__((tls_model("initial-exec")));

// ---- one round trip -----------------------------------------------------------------------------------------------

static NTSTATUS lost(void)
{
    while (connection_is_leaving()) // another thread ends the process
        pause();
    return STATUS_CONNECTION_DISCONNECTED;
}

// ThreadSanitizer does not see how the server orders what threads do: for it, each call comes after all that
// ended before.
static void order_for_tsan(void)
{
    static _Atomic unsigned calls;
    if (HAL_TSAN)
        atomic_fetch_add(&calls, 1);
}

// The server is dead before the ring, or it rings back, or the connection's reader does when it dies.
static NTSTATUS transact(uint32_t service, const uint64_t *words, unsigned count)
{
    struct wire_channel *channel = self->channel;
    channel->service = service;
    for (unsigned i = 0; i < count; i++)
        channel->words[i] = words[i];
    order_for_tsan();
    bell_ring(&channel->request);
    if (hal_unlikely(connection_is_dead()) || hal_unlikely(bell_wait(&channel->reply, &self->waiter) != BELL_RUNG))
        return lost();
    order_for_tsan();
    return channel->status;
}

// ---- what some services mean to the client ------------------------------------------------------------------------

static void run_apcs(void)
{
    while (transact(WIRE_TAKE_APC, NULL, 0) == STATUS_SUCCESS) {
        const uint64_t *apc = self->channel->results;
        PKNORMAL_ROUTINE routine = (PKNORMAL_ROUTINE)apc[0];
        void *context = (void *)apc[1], *argument1 = (void *)apc[2], *argument2 = (void *)apc[3];
        pending_collect();
        void *iosb = pending_take_home(argument1);
        routine(context, iosb ? iosb : argument1, argument2);
    }
}

static void before_call(uint32_t service, const uint64_t *arguments)
{
    enum { OPTIONS = 6 };
    if (service == MARSHAL_NtClose)
        files_closing(arguments[0]);
    else if (service == MARSHAL_NtDuplicateObject && ((uint32_t)arguments[OPTIONS] & DUPLICATE_CLOSE_SOURCE))
        files_closing(arguments[1]);
}

static NTSTATUS after_call(uint32_t service, const uint64_t *arguments, NTSTATUS status)
{
    HANDLE file;
    if ((service == MARSHAL_NtCreateFile || service == MARSHAL_NtOpenFile) && NT_SUCCESS(status) &&
        hal_copy(&file, (void *)arguments[0], sizeof file))
        files_opened((uint64_t)file, (unsigned)self->channel->results[0]);
    pending_collect();
    if (self->channel->results[WIRE_RESULTS - 1])
        run_apcs();
    return status;
}

// ---- calls --------------------------------------------------------------------------------------------------------

// A request on a file that may answer later: its copies outlive this call.
static NTSTATUS call_request(uint32_t service, const uint64_t *arguments)
{
    struct pending *pending = pending_begin(connection_space(), service, arguments);
    if (!pending)
        return STATUS_INSUFFICIENT_RESOURCES;
    struct marshal_call *call = pending_call(pending);
    call->buffered = files_facts(arguments[0]) & WIRE_FILE_BUFFERED;
    NTSTATUS status = marshal_pack(call, arguments);
    if (status != STATUS_SUCCESS) {
        pending_drop(pending);
        return status;
    }
    uint64_t words[WIRE_WORDS];
    for (unsigned i = 0; i < call->service->count; i++)
        words[i] = call->words[i];
    pending_publish(pending);
    return pending_settle(pending, transact(service, words, call->service->count));
}

static NTSTATUS call_now(uint32_t service, const uint64_t *arguments)
{
    struct marshal_call call;
    marshal_begin(&call, connection_space(), service, self->arena);
    call.buffered = files_facts(arguments[0]) & WIRE_FILE_BUFFERED;
    call.find_request = pending_find_copy;
    NTSTATUS status = marshal_pack(&call, arguments);
    if (status == STATUS_SUCCESS)
        status = marshal_unpack(&call, transact(service, call.words, call.service->count));
    marshal_end(&call);
    return status;
}

static bool may_outlast(uint32_t service, const uint64_t *arguments)
{
    enum { IOSB = 4 };
    return marshal_may_pend(service) && arguments[IOSB] && !(files_facts(arguments[0]) & WIRE_FILE_SYNCHRONOUS);
}

static NTSTATUS call_service(uint32_t service, const uint64_t *arguments)
{
    before_call(service, arguments);
    NTSTATUS status = may_outlast(service, arguments) ? call_request(service, arguments) : call_now(service, arguments);
    return after_call(service, arguments, status);
}

#define SERVICE(name, count, ...)                                                                                      \
    static NTSTATUS NTAPI call_##name(WORDS_##count)                                                                   \
    {                                                                                                                  \
        const uint64_t arguments[] = {NAMES_##count};                                                                  \
        return call_service(MARSHAL_##name, arguments);                                                                \
    }
#define PLANNED(...)
#include "services.def"

static const struct nt_services services = {
#define SERVICE(name, ...) .name = GATE_SERVICE(name, call_##name),
#define PLANNED(name, ...) .name = GATE_SERVICE(name, gate_not_implemented),
#include "services.def"
};

// ---- the form -----------------------------------------------------------------------------------------------------

static const struct nt_services *attach(void)
{
    self = connection_attach();
    if (!self)
        return NULL;
    return &services;
}

static const struct nt_services *refuse(void)
{
    return connection_is_dead() ? &gate_disconnected_services : &gate_exhausted_services;
}

static void detach(void)
{
    connection_detach(self);
    self = NULL;
}

static void forget(void)
{
    self = NULL;
    files_forget();
    pending_forget();
    connection_forget();
}

const struct gate_form gate_client_form = {
    .open = connection_open,
    .attach = attach,
    .refuse = refuse,
    .detach = detach,
    .leave = connection_goodbye,
    .forget = forget,
    .collect = pending_collect,
};
