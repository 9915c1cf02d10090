// One connection: greeting, threads that attach, and the rundown when the client is gone. See session.h.
//
// Each session has a thread, an NT thread of the system process, so one client can neither stall nor crash
// another.
#include "session.h"
#include "server_internal.h"
#include "slice.h"
#include "tool_answer.h"
#include "twin.h"

#include "dbg/dbg.h"
#include "ps/ps.h"

#include <nthost.h>

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { HELLO_MS = 5000, PATIENCE_MS = 5000, LOCKED_MS = 10000 };
// Of a client: the kernel's memory that it may hold, and for who is no administrator, threads and memory that is shared,
// for copies and for VirtualAlloc each.
enum { ADMINISTRATOR_BYTES = 1 << 30, USER_BYTES = 64 << 20, USER_THREADS = 128, USER_ROOM = 128 << 20 };

struct session {
    struct session *next; // the server's
    struct gate_server *server;
    void (*over)(void *);
    struct hal_thread *thread;
    int socket;
    int bell;    // eventfd: a twin has ended
    int peer_fd; // the client's process; -1 none
    struct address_peer peer;
    char name[32];
    _Atomic bool is_over, stopping;
    bool counted; // among the server's clients, until its thread has ended too
    struct slice slice;
    struct _EPROCESS *process;
    struct twin *twins[WIRE_CHANNELS];
};

// ---- messages -----------------------------------------------------------------------------------------------------

__attribute__((format(printf, 2, 3))) static void refuse(struct session *session, const char *format, ...)
{
    struct wire_message message = {.kind = WIRE_REFUSED};
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message.text, sizeof message.text, format, arguments);
    va_end(arguments);
    wire_send(session->socket, &message, -1);
}

static void complain(struct session *session, const char *what)
{
    dbg_kernel_message("%s (process %d) %s; it is disconnected\n", session->name[0] ? session->name : "a client",
                       (int)session->peer.pid, what);
}

static bool is_administrator(const struct session *session)
{
    return session->peer.uid == geteuid() || session->peer.uid == 0;
}

static void take_name(struct session *session, const char *text)
{
    size_t i;
    for (i = 0; text[i] && i + 1 < sizeof session->name; i++)
        session->name[i] = (unsigned char)text[i] < ' ' || text[i] == 0x7f ? '?' : text[i];
    session->name[i] = 0;
}

// ---- threads ------------------------------------------------------------------------------------------------------

static void twin_ended(void *context)
{
    uint64_t one = 1;
    ssize_t ignored = write(((struct session *)context)->bell, &one, sizeof one);
    (void)ignored;
}

// The threads of the client that have ended; false when one did so because of nonsense in its channel.
static bool reap(struct session *session)
{
    bool sane = true;
    uint64_t count;
    ssize_t ignored = read(session->bell, &count, sizeof count);
    (void)ignored;
    for (uint32_t i = 0; i < WIRE_CHANNELS; i++) {
        struct twin *twin = session->twins[i];
        if (!twin || !twin_has_ended(twin))
            continue;
        sane = sane && !twin->broken;
        twin_join(twin);
        session->twins[i] = NULL;
    }
    return sane;
}

static unsigned count_twins(const struct session *session)
{
    unsigned count = 0;
    for (uint32_t i = 0; i < WIRE_CHANNELS; i++)
        count += session->twins[i] != NULL;
    return count;
}

// False: the session ends.
static bool attach(struct session *session, uint32_t thread, uint32_t index)
{
    struct wire_message answer = {.kind = WIRE_ATTACHED, .attached = {.status = STATUS_SUCCESS}};
    if (index < WIRE_CHANNELS && session->twins[index] && twin_is_leaving(session->twins[index])) {
        twin_join(session->twins[index]);
        session->twins[index] = NULL;
    }
    if (index >= WIRE_CHANNELS || session->twins[index]) {
        complain(session, "asked for a channel that it must not have");
        return false;
    }
    if (!is_administrator(session) && count_twins(session) >= USER_THREADS) {
        answer.attached.status = STATUS_QUOTA_EXCEEDED;
        return wire_send(session->socket, &answer, -1);
    }
    struct wire_channel *channel = wire_channel(session->slice.base, index);
    memset((void *)channel, 0, sizeof *channel);
    session->twins[index] = twin_start(session->process, channel, thread, twin_ended, session);
    if (!session->twins[index])
        answer.attached.status = STATUS_INSUFFICIENT_RESOURCES;
    return wire_send(session->socket, &answer, -1);
}

// ---- a client -----------------------------------------------------------------------------------------------------

// A driver ends the process (ZwTerminateProcess): it is killed, as on Windows, where the driver would find it gone as well.
// Who speaks the protocol from within the server's process only loses its connection.
static void kill_client(struct _EPROCESS *process)
{
    struct session *session = process->owner;
    if (session->peer.pid != getpid() && session->peer_fd >= 0)
        syscall(SYS_pidfd_send_signal, session->peer_fd, SIGKILL, NULL, 0);
    shutdown(session->socket, SHUT_RDWR);
}

// Drivers that want to know of processes may refuse this one.
static bool begin_process(struct session *session)
{
    session->peer_fd = (int)syscall(SYS_pidfd_open, session->peer.pid, 0);
    session->process->owner = session;
    session->process->kill = kill_client;
    NTSTATUS status = ps_begin_process(session->process);
    if (NT_SUCCESS(status))
        return true;
    refuse(session, "a driver refuses this process: %s (0x%08X)", nthost_status_name(status), (unsigned)status);
    complain(session, "was refused by a driver");
    return false;
}

static bool open_client(struct session *session)
{
    struct wire_message welcome = {.kind = WIRE_WELCOME};
    size_t room = is_administrator(session) ? WIRE_SLICE_BYTES : USER_ROOM;
    int error = slice_create(&session->slice, room);
    if (error) {
        refuse(session, "the kernel server has no room for one more client: %s", strerror(error));
        return false;
    }
    session->process = ps_create_process((uint32_t)session->peer.pid, session->name, session->slice.base,
                                         session->slice.base + WIRE_SLICE_BYTES);
    if (!session->process) {
        refuse(session, "the kernel server is out of memory");
        return false;
    }
    session->process->uid = session->peer.uid;
    if (!mm_set_quota(&session->process->Pcb, is_administrator(session) ? ADMINISTRATOR_BYTES : USER_BYTES)) {
        refuse(session, "the kernel server is out of memory");
        return false;
    }
    uintptr_t memory = session->slice.base + WIRE_VIRTUAL, end = session->slice.base + WIRE_SLICE_BYTES;
    mm_set_virtual_range(&session->process->Pcb, memory, room < end - memory ? memory + room : end);
    welcome.welcome.room = room;
    if (!begin_process(session))
        return false;
    welcome.welcome.base = session->slice.base;
    welcome.welcome.bytes = WIRE_SLICE_BYTES;
    bool sent = wire_send(session->socket, &welcome, session->slice.fd);
    slice_close_file(&session->slice);
    return sent;
}

// False: the session ends.
static bool serve_message(struct session *session)
{
    struct wire_message message;
    if (!wire_receive(session->socket, &message, NULL, -1)) {
        if (errno == EPROTO)
            complain(session, "sent something that is no message");
        return false;
    }
    switch (message.kind) {
    case WIRE_ATTACH:
        return attach(session, message.attach.thread, message.attach.channel);
    case WIRE_GOODBYE:
        return false;
    default:
        complain(session, "sent a message that no client sends");
        return false;
    }
}

static void serve_client(struct session *session)
{
    struct pollfd sources[] = {{.fd = session->socket, .events = POLLIN}, {.fd = session->bell, .events = POLLIN}};
    for (;;) {
        if (poll(sources, 2, -1) < 0 && errno != EINTR)
            return;
        if ((sources[1].revents & POLLIN) && !reap(session)) {
            complain(session, "wrote nonsense into its channel");
            return;
        }
        if ((sources[0].revents & (POLLIN | POLLHUP | POLLERR)) && !serve_message(session))
            return;
    }
}

static void end_process(void *argument)
{
    ps_end_process(((struct session *)argument)->process);
}

// A twin that a driver holds cannot be ended, only waited for; people should know whom they wait for.
static void stop_twin(struct session *session, struct twin *twin)
{
    bool said = false;
    while (!twin_stop(twin, PATIENCE_MS)) {
        if (!said)
            dbg_kernel_message("%s (process %d) is gone, but a driver still holds its thread %u\n", session->name,
                               (int)session->peer.pid, twin->client_thread);
        said = true;
    }
    twin_join(twin);
}

// A driver may have the client's memory locked still, for a request that cannot be cancelled, and write to it at any time.
// False: it does not let go.
static bool wait_for_locks(struct session *session)
{
    uint64_t deadline = hal_monotonic_ns() + LOCKED_MS * 1000000ull;
    struct _KPROCESS *process = &session->process->Pcb;
    if (!atomic_load(&process->locked))
        return true;
    dbg_kernel_message("%s (process %d) is gone, but a driver still has its memory locked\n", session->name,
                       (int)session->peer.pid);
    while (atomic_load(&process->locked) && !atomic_load(&session->stopping) && hal_monotonic_ns() < deadline)
        usleep(10000);
    return !atomic_load(&process->locked);
}

static void close_client(struct session *session)
{
    struct hal_thread *thread;
    bool unlocked = true;
    if (session->process) {
        for (uint32_t i = 0; i < WIRE_CHANNELS; i++)
            if (session->twins[i])
                twin_ask_to_stop(session->twins[i]);
        ps_terminate_process(session->process);
        for (uint32_t i = 0; i < WIRE_CHANNELS; i++)
            if (session->twins[i])
                stop_twin(session, session->twins[i]);
        ob_reference(session->process);
        while (hal_thread_start(&thread, end_process, session, "nthost-rundown") != 0)
            usleep(10000);
        hal_thread_join(thread);
        unlocked = wait_for_locks(session);
        if (unlocked)
            ob_dereference(session->process);
    }
    if (unlocked) // else it stays where it is, so that the driver finds it
        slice_destroy(&session->slice);
    if (session->peer_fd >= 0)
        close(session->peer_fd);
}

// ---- a tool -------------------------------------------------------------------------------------------------------

// Others than administrators may ask whether it is there, and which devices they may open. What drivers print, what others
// have open, and the server's end are not theirs.
static bool may_ask(const struct session *session, const struct wire_message *message)
{
    bool for_everybody =
        message->kind == WIRE_STATUS || (message->kind == WIRE_QUERY && strcmp(message->text, "links") == 0);
    return for_everybody || is_administrator(session);
}

static void serve_tool(struct session *session)
{
    struct wire_message welcome = {.kind = WIRE_WELCOME}, message;
    if (!wire_send(session->socket, &welcome, -1))
        return;
    while (wire_receive(session->socket, &message, NULL, HELLO_MS)) {
        struct wire_message answer = {.kind = WIRE_ANSWER};
        if (message.kind == WIRE_TRACE && is_administrator(session)) {
            tool_serve_trace(session->socket);
            return;
        }
        int fd = -1;
        if (may_ask(session, &message))
            fd = server_answer(session->server, &message, &answer);
        else
            answer.answer.error = EACCES;
        bool sent = wire_send(session->socket, &answer, fd);
        if (fd >= 0)
            close(fd);
        if (!sent)
            return;
    }
}

// ---- the session --------------------------------------------------------------------------------------------------

static bool is_welcome(struct session *session, const struct wire_message *hello)
{
    if (!server_admits(session->server, session->socket, session->peer)) {
        refuse(session, "this kernel server is user %u's and not open to user %u", (unsigned)geteuid(),
               (unsigned)session->peer.uid);
        complain(session, "belongs to another user");
        return false;
    }
    if (hello->kind != WIRE_HELLO || (hello->hello.role != WIRE_CLIENT && hello->hello.role != WIRE_TOOL)) {
        complain(session, "did not begin with a greeting");
        return false;
    }
    if (hello->version != WIRE_VERSION ||
        (hello->hello.role == WIRE_CLIENT && hello->hello.services != wire_services())) {
        refuse(session, "the kernel server and %s are of different versions of nthost", session->name);
        return false;
    }
    return true;
}

// The greeting is read even of somebody who will be refused: an unread message would cut the refusal off.
static bool greet(struct session *session, struct wire_message *hello)
{
    if (wire_receive(session->socket, hello, NULL, HELLO_MS)) {
        take_name(session, hello->text);
        return is_welcome(session, hello);
    }
    if (errno)
        complain(session, errno == EAGAIN ? "connected and said nothing" : "sent something that is no greeting");
    return false;
}

static void session_main(void *argument)
{
    struct session *session = argument;
    struct wire_message hello;
    if (greet(session, &hello)) {
        if (hello.hello.role == WIRE_TOOL) {
            serve_tool(session);
        } else {
            session->counted = true;
            server_client_came(session->server);
            if (open_client(session))
                serve_client(session);
            close_client(session);
        }
    }
    shutdown(session->socket, SHUT_RDWR);
    void (*over)(void *) = session->over;
    struct gate_server *server = session->server;
    atomic_store(&session->is_over, true);
    over(server);
}

struct session *session_start(struct gate_server *server, int socket, struct address_peer peer, void (*over)(void *))
{
    struct session *session = hal_alloc(sizeof *session);
    if (!session) {
        close(socket);
        return NULL;
    }
    session->server = server;
    session->socket = socket;
    session->peer = peer;
    session->over = over;
    session->slice.fd = session->peer_fd = -1;
    session->bell = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (session->bell >= 0 && NT_SUCCESS(ps_start_system_thread(session_main, session, &session->thread)))
        return session;
    if (session->bell >= 0)
        close(session->bell);
    close(socket);
    hal_free(session);
    return NULL;
}

bool session_is_over(struct session *session)
{
    return atomic_load(&session->is_over);
}

void session_stop(struct session *session)
{
    atomic_store(&session->stopping, true);
    shutdown(session->socket, SHUT_RDWR);
}

void session_join(struct session *session)
{
    hal_thread_join(session->thread);
    if (session->counted)
        server_client_went(session->server);
    close(session->bell);
    close(session->socket);
    hal_free(session);
}

uid_t session_user(const struct session *session)
{
    return session->peer.uid;
}

struct session *session_next(struct session *session)
{
    return session->next;
}

void session_set_next(struct session *session, struct session *next)
{
    session->next = next;
}
