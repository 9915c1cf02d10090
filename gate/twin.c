// Serving one client thread: take a request out of shared memory once, call the service in user mode, answer.
//
// Nothing in the channel is trusted: the service number is checked, the words are copied before they are
// used, and every pointer among them is probed by the service against the client's slice.
#include "twin.h"

#include "form.h"
#include "io/io.h"
#include "marshal.h"
#include "words.h"

static const words_function functions[] = {
#define SERVICE(name, ...) (words_function)(void (*)(void)) name,
#define PLANNED(...)       (words_function)(void (*)(void)) gate_not_implemented,
#include "services.def"
};

// What the client should know about a file it has just opened.
static uint64_t file_facts(uint64_t where)
{
    HANDLE handle;
    void *object;
    uint64_t facts = 0;
    if (!NT_SUCCESS(mm_copy_in(&handle, (void *)where, sizeof handle, UserMode)) ||
        !NT_SUCCESS(ob_reference_by_handle(handle, 0, &io_file_type, UserMode, &object, NULL)))
        return 0;
    PFILE_OBJECT file = object;
    if (file->Flags & FO_SYNCHRONOUS_IO)
        facts |= WIRE_FILE_SYNCHRONOUS;
    if (io_related_device(file)->Flags & DO_BUFFERED_IO)
        facts |= WIRE_FILE_BUFFERED;
    ob_dereference(object);
    return facts;
}

static NTSTATUS take_apc(uint64_t *results)
{
    PKNORMAL_ROUTINE routine;
    PVOID context, argument1, argument2;
    if (!ke_take_user_apc(&routine, &context, &argument1, &argument2))
        return STATUS_NO_MORE_ENTRIES;
    results[0] = (uint64_t)routine;
    results[1] = (uint64_t)context;
    results[2] = (uint64_t)argument1;
    results[3] = (uint64_t)argument2;
    return STATUS_SUCCESS;
}

static NTSTATUS call(uint32_t service, const uint64_t *words, uint64_t *results)
{
    if (service == WIRE_TAKE_APC)
        return take_apc(results);
    if (service >= marshal_service_count)
        return STATUS_INVALID_SYSTEM_SERVICE;
    NTSTATUS status = words_call(functions[service], words);
    if ((service == MARSHAL_NtCreateFile || service == MARSHAL_NtOpenFile) && NT_SUCCESS(status))
        results[0] = file_facts(words[0]);
    results[WIRE_RESULTS - 1] = ke_current_thread()->user_apc_due;
    return status;
}

// False: the thread detaches, or must.
static bool serve_one(struct twin *twin, struct bell_waiter *waiter)
{
    struct wire_channel *channel = twin->channel;
    enum bell_value value = bell_wait(&channel->request, waiter);
    if (atomic_load(&twin->stopping))
        return false;
    if (value != BELL_RUNG) {
        twin->broken = true;
        return false;
    }
    uint64_t words[WIRE_WORDS], results[WIRE_RESULTS] = {0};
    uint32_t service = __atomic_load_n(&channel->service, __ATOMIC_RELAXED);
    for (int i = 0; i < WIRE_WORDS; i++)
        words[i] = __atomic_load_n(&channel->words[i], __ATOMIC_RELAXED);
    if (service == WIRE_DETACH)
        return false;
    ke_current_thread()->PreviousMode = UserMode; // whatever the previous call did, and even if it ended in a bugcheck
    NTSTATUS status = call(service, words, results);
    if (atomic_load(&twin->stopping)) // its waits were ended; the client learns from the socket why
        return false;
    for (int i = 0; i < WIRE_RESULTS; i++)
        channel->results[i] = results[i];
    channel->status = status;
    bell_ring(&channel->reply);
    return true;
}

// A bugcheck in a service, outside every driver call that is guarded, ends here: the client gets an error.
static void serve(struct twin *twin)
{
    struct bell_waiter waiter = {0};
    struct ke_recovery recovery = {.what = "a system service"};
    ke_push_recovery(&recovery);
    if (__builtin_setjmp(recovery.jump)) {
        twin->channel->status = STATUS_DRIVER_INTERNAL_ERROR;
        bell_ring(&twin->channel->reply);
    }
    while (serve_one(twin, &waiter))
        ;
    ke_pop_recovery(&recovery);
}

static void set_state(struct twin *twin, enum twin_state state)
{
    atomic_store(&twin->state, state);
    hal_futex_wake(&twin->state, INT32_MAX);
}

static void twin_main(void *argument)
{
    struct twin *twin = argument;
    if (ps_attach_thread(twin->process, twin->client_thread)) {
        set_state(twin, TWIN_ATTACHED);
        serve(twin);
        ps_detach_thread();
        set_state(twin, TWIN_LEAVING);
        if (!atomic_load(&twin->stopping))
            bell_ring(&twin->channel->reply); // the answer to DETACH
    }
    void (*ended)(void *) = twin->ended;
    void *context = twin->context;
    set_state(twin, TWIN_ENDED);
    ended(context);
}

struct twin *twin_start(struct _EPROCESS *process, struct wire_channel *channel, uint32_t client_thread,
                        void (*ended)(void *), void *context)
{
    struct twin *twin = hal_alloc(sizeof *twin);
    if (!twin)
        return NULL;
    twin->process = process;
    twin->channel = channel;
    twin->client_thread = client_thread;
    twin->ended = ended;
    twin->context = context;
    if (hal_thread_start(&twin->thread, twin_main, twin, "nthost-twin") != 0) {
        hal_free(twin);
        return NULL;
    }
    while (atomic_load(&twin->state) == TWIN_STARTING)
        hal_futex_wait(&twin->state, TWIN_STARTING, NULL);
    if (!twin_has_ended(twin))
        return twin;
    twin_join(twin);
    return NULL;
}

void twin_ask_to_stop(struct twin *twin)
{
    atomic_store(&twin->stopping, true);
}

// Again and again, because the client may undo the ring: the word is in its memory.
bool twin_stop(struct twin *twin, unsigned milliseconds)
{
    uint64_t now = hal_monotonic_ns(), deadline = now + milliseconds * 1000000ull;
    twin_ask_to_stop(twin);
    for (uint64_t pause = 20000; !twin_has_ended(twin) && now < deadline; pause *= 2) {
        bell_kill(&twin->channel->request);
        uint64_t until = now + pause < deadline ? now + pause : deadline;
        uint32_t state = atomic_load(&twin->state);
        if (state != TWIN_ENDED)
            hal_futex_wait(&twin->state, state, &until);
        now = hal_monotonic_ns();
    }
    return twin_has_ended(twin);
}

void twin_join(struct twin *twin)
{
    hal_thread_join(twin->thread);
    hal_free(twin);
}
