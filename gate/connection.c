// Connecting, attaching threads, and noticing that the server is gone. See connection.h.
//
// One thread of the library reads the socket: it hands answers to who waits for them, and when the server
// goes away it rings every channel, so that no call hangs.
#include "connection.h"
#include "address.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { ANSWER_MS = 10000, GOODBYE_MS = 5000 };

static struct {
    int socket;
    uintptr_t slice;
    struct bounce bounce;
    struct marshal_space space;
    _Atomic uint32_t dead; // futex
    _Atomic bool leaving;
    struct hal_mutex attaching; // one ATTACH on its way
    _Atomic uint32_t answered;  // futex: answer is there
    struct wire_message answer;
    bool taken[WIRE_CHANNELS]; // channels in use; under `attaching`
    _Atomic uint32_t channels; // indexes below this one were ever used
} connection;

bool connection_is_dead(void)
{
    return atomic_load(&connection.dead);
}

bool connection_is_leaving(void)
{
    return atomic_load(&connection.leaving);
}

struct marshal_space *connection_space(void)
{
    return &connection.space;
}

// ---- the reader ---------------------------------------------------------------------------------------------------

// After `dead` is set: a call that rings later sees it there, one that rang before finds its bell dead.
static void declare_dead(void)
{
    atomic_store(&connection.dead, 1);
    for (uint32_t i = 0; i < atomic_load(&connection.channels); i++)
        bell_kill(&wire_channel(connection.slice, i)->reply);
    hal_futex_wake(&connection.dead, INT32_MAX);
    atomic_fetch_add(&connection.answered, 1);
    hal_futex_wake(&connection.answered, INT32_MAX);
}

static void read_socket(void *argument)
{
    struct wire_message message;
    (void)argument;
    while (wire_receive(connection.socket, &message, NULL, -1)) {
        if (message.kind != WIRE_ATTACHED)
            continue;
        connection.answer = message;
        atomic_fetch_add(&connection.answered, 1);
        hal_futex_wake(&connection.answered, 1);
    }
    declare_dead();
}

// ---- opening ------------------------------------------------------------------------------------------------------

static int say_hello(int socket, const char *path, struct wire_message *welcome, int *fd, char *message, size_t bytes)
{
    struct wire_message hello = {.kind = WIRE_HELLO, .hello = {.role = WIRE_CLIENT, .services = wire_services()}};
    snprintf(hello.text, sizeof hello.text, "%s", program_invocation_short_name);
    if (!wire_send(socket, &hello, -1) || !wire_receive(socket, welcome, fd, ANSWER_MS)) {
        snprintf(message, bytes, "the kernel server at %s does not answer", path);
        return ECONNREFUSED;
    }
    if (welcome->kind == WIRE_WELCOME && *fd >= 0)
        return 0;
    snprintf(message, bytes, "%s",
             welcome->kind == WIRE_REFUSED ? welcome->text : "the kernel server's answer makes no sense");
    return ECONNREFUSED;
}

static int map_slice(const struct wire_message *welcome, int fd, char *message, size_t bytes)
{
    uintptr_t base = welcome->welcome.base;
    if (welcome->welcome.bytes != WIRE_SLICE_BYTES || !hal_map_file(base, WIRE_SLICE_BYTES, HAL_READ | HAL_WRITE, fd)) {
        snprintf(message, bytes,
                 "the memory shared with the kernel server cannot be mapped at %#llx in this process: %s",
                 (unsigned long long)base, strerror(errno));
        return ENOMEM;
    }
    madvise((void *)base, WIRE_SLICE_BYTES, MADV_DONTFORK);
    size_t room = WIRE_VIRTUAL - WIRE_BOUNCE;
    if (welcome->welcome.room < room)
        room = welcome->welcome.room;
    if (!bounce_init(&connection.bounce, base + WIRE_BOUNCE, room)) {
        hal_unmap((void *)base, WIRE_SLICE_BYTES);
        return ENOMEM;
    }
    connection.slice = base;
    connection.space = (struct marshal_space){
        .bounce = &connection.bounce, .shared_begin = base + WIRE_VIRTUAL, .shared_end = base + WIRE_SLICE_BYTES};
    return 0;
}

int connection_open(char *message, size_t bytes)
{
    char path[ADDRESS_BYTES];
    struct wire_message welcome;
    int socket, fd = -1;
    if (!address_find(NULL, path)) {
        snprintf(message, bytes, "the path of the kernel server's socket is longer than %d bytes", ADDRESS_BYTES - 1);
        return ENAMETOOLONG;
    }
    int error = address_connect(path, &socket, message, bytes);
    if (error)
        return error;
    hal_faults_init();
    error = say_hello(socket, path, &welcome, &fd, message, bytes);
    if (!error)
        error = map_slice(&welcome, fd, message, bytes);
    if (fd >= 0)
        close(fd);
    connection.socket = socket;
    if (!error && (error = hal_thread_start(NULL, read_socket, NULL, "nthost-gate")) != 0) {
        hal_unmap((void *)connection.slice, WIRE_SLICE_BYTES);
        bounce_destroy(&connection.bounce);
    }
    if (error)
        close(socket);
    return error;
}

// ---- threads ------------------------------------------------------------------------------------------------------

// With `attaching`: one ATTACH and its answer; false when the server is gone or has no memory.
static bool ask_for_twin(uint32_t channel)
{
    struct wire_message attach = {.kind = WIRE_ATTACH,
                                  .attach = {.thread = (uint32_t)syscall(SYS_gettid), .channel = channel}};
    uint32_t seen = atomic_load(&connection.answered);
    bool ok = !connection_is_dead() && wire_send(connection.socket, &attach, -1);
    while (ok && atomic_load(&connection.answered) == seen)
        hal_futex_wait(&connection.answered, seen, NULL);
    return ok && !connection_is_dead() && connection.answer.attached.status == STATUS_SUCCESS;
}

static struct wire_channel *take_channel(void)
{
    struct wire_channel *channel = NULL;
    uint32_t index = 0;
    hal_mutex_lock(&connection.attaching);
    while (index < WIRE_CHANNELS && connection.taken[index])
        index++;
    if (index < WIRE_CHANNELS && ask_for_twin(index)) {
        connection.taken[index] = true;
        if (index >= atomic_load(&connection.channels))
            atomic_store(&connection.channels, index + 1);
        channel = wire_channel(connection.slice, index);
    }
    hal_mutex_unlock(&connection.attaching);
    return channel;
}

static void give_channel(struct wire_channel *channel)
{
    hal_mutex_lock(&connection.attaching);
    connection.taken[((uintptr_t)channel - connection.slice) / HAL_PAGE] = false;
    hal_mutex_unlock(&connection.attaching);
}

struct connection_thread *connection_attach(void)
{
    struct connection_thread *thread = hal_alloc(sizeof *thread);
    if (!thread)
        return NULL;
    thread->arena = bounce_allocate(&connection.bounce, MARSHAL_ARENA);
    if (thread->arena && (thread->channel = take_channel()) != NULL)
        return thread;
    if (thread->arena)
        bounce_free(&connection.bounce, thread->arena, MARSHAL_ARENA);
    hal_free(thread);
    return NULL;
}

// The twin answers once it is gone from the kernel, so that whoever waits for this thread finds it ended.
void connection_detach(struct connection_thread *thread)
{
    thread->channel->service = WIRE_DETACH;
    bell_ring(&thread->channel->request);
    if (!connection_is_dead())
        bell_wait(&thread->channel->reply, &thread->waiter);
    give_channel(thread->channel);
    bounce_free(&connection.bounce, thread->arena, MARSHAL_ARENA);
    hal_free(thread);
}

void connection_goodbye(void)
{
    struct wire_message goodbye = {.kind = WIRE_GOODBYE};
    uint64_t deadline = hal_monotonic_ns() + GOODBYE_MS * 1000000ull;
    atomic_store(&connection.leaving, true);
    if (connection_is_dead() || !wire_send(connection.socket, &goodbye, -1))
        return;
    while (!connection_is_dead() && hal_monotonic_ns() < deadline)
        hal_futex_wait(&connection.dead, 0, &deadline);
}

void connection_forget(void)
{
    close(connection.socket); // what the allocator knew stays behind: another thread may have been in it
    memset((void *)&connection, 0, sizeof connection);
}
