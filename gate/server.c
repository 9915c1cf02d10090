// The kernel server: listens, starts a session for each connection, joins those that are over. See server.h.
#include "server_internal.h"
#include "address.h"
#include "session.h"
#include "tool_answer.h"

#include "dbg/dbg.h"
#include "ps/ps.h"

#include <nthost.h>

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MAX_SESSIONS = 512, USER_SESSIONS = 64, RESERVED_SESSIONS = 64 }; // the last are for administrators

struct gate_server {
    char path[ADDRESS_BYTES];
    int lock, listener;
    int bell; // eventfd: a session is over, or the server stops
    int stop; // eventfd: a tool asks the server to stop
    struct gate_server_options options;
    uint64_t start_ns;
    _Atomic bool stopping;
    _Atomic uint32_t clients; // futex
    struct hal_thread *thread;
    struct session *sessions; // the accepting thread's
    unsigned session_count;
};

static void ring(int fd)
{
    uint64_t one = 1;
    ssize_t ignored = write(fd, &one, sizeof one);
    (void)ignored;
}

// ---- for sessions -------------------------------------------------------------------------------------------------

void server_client_came(struct gate_server *server)
{
    atomic_fetch_add(&server->clients, 1);
}

void server_client_went(struct gate_server *server)
{
    atomic_fetch_sub(&server->clients, 1);
    hal_futex_wake(&server->clients, INT32_MAX);
}

// The file system said yes already; this is what the socket says.
bool server_admits(struct gate_server *server, int socket, struct address_peer peer)
{
    if (peer.uid == geteuid() || peer.uid == 0)
        return true;
    return server->options.admission == GATE_EVERYBODY ||
           (server->options.admission == GATE_GROUP && address_peer_is_in(socket, server->options.group));
}

int server_answer(struct gate_server *server, const struct wire_message *question, struct wire_message *answer)
{
    int fd = -1;
    switch (question->kind) {
    case WIRE_LOG:
        fd = server->options.log_fd >= 0 ? tool_read_only(server->options.log_fd) : -1;
        answer->answer.error = fd < 0 ? ENODATA : 0;
        answer->answer.bytes = NTHOST_LOG_BYTES;
        break;
    case WIRE_STATUS:
        answer->answer.pid = (uint32_t)getpid();
        answer->answer.clients = atomic_load(&server->clients);
        answer->answer.uptime_ns = hal_monotonic_ns() - server->start_ns;
        snprintf(answer->text, sizeof answer->text, "%s\n%s", server->options.version ? server->options.version : "",
                 server->options.registry ? server->options.registry : "");
        break;
    case WIRE_STOP:
        ring(server->stop);
        break;
    case WIRE_QUERY:
        fd = tool_answer_query(question->text, answer);
        break;
    default:
        answer->answer.error = EINVAL;
        break;
    }
    return fd;
}

// ---- the accepting thread -----------------------------------------------------------------------------------------

static void session_over(void *context)
{
    ring(((struct gate_server *)context)->bell);
}

static void reap(struct gate_server *server)
{
    struct session *left = NULL, *session = server->sessions;
    uint64_t count;
    ssize_t ignored = read(server->bell, &count, sizeof count);
    (void)ignored;
    while (session) {
        struct session *next = session_next(session);
        if (session_is_over(session)) {
            session_join(session);
            server->session_count--;
        } else {
            session_set_next(session, left);
            left = session;
        }
        session = next;
    }
    server->sessions = left;
}

// Who is no administrator may have some of the places, not all of them.
static bool has_place(const struct gate_server *server, uid_t user)
{
    unsigned theirs = 0;
    if (user == geteuid() || user == 0)
        return server->session_count < MAX_SESSIONS;
    for (struct session *session = server->sessions; session; session = session_next(session))
        theirs += session_user(session) == user;
    return theirs < USER_SESSIONS && server->session_count < MAX_SESSIONS - RESERVED_SESSIONS;
}

static void turn_away(int socket)
{
    struct wire_message message = {.kind = WIRE_REFUSED}, unread;
    snprintf(message.text, sizeof message.text, "the kernel server has too many connections already");
    wire_send(socket, &message, -1);
    wire_receive(socket, &unread, NULL, 0); // a greeting left unread would cut the refusal off
    close(socket);
}

static void accept_one(struct gate_server *server)
{
    int socket = accept4(server->listener, NULL, NULL, SOCK_CLOEXEC);
    if (socket < 0) {
        if (errno == EMFILE || errno == ENFILE || errno == ENOMEM)
            usleep(50000); // somebody will close something
        return;
    }
    struct address_peer peer = address_peer(socket);
    if (!has_place(server, peer.uid)) {
        turn_away(socket);
        return;
    }
    struct session *session = session_start(server, socket, peer, session_over);
    if (!session)
        return;
    session_set_next(session, server->sessions);
    server->sessions = session;
    server->session_count++;
}

static void accept_connections(void *argument)
{
    struct gate_server *server = argument;
    struct pollfd sources[] = {{.fd = server->listener, .events = POLLIN}, {.fd = server->bell, .events = POLLIN}};
    while (!atomic_load(&server->stopping)) {
        if (poll(sources, 2, -1) < 0)
            continue;
        if (sources[1].revents & POLLIN)
            reap(server);
        if (sources[0].revents & POLLIN)
            accept_one(server);
    }
    for (struct session *session = server->sessions; session; session = session_next(session))
        session_stop(session);
    while (server->sessions) {
        struct session *session = server->sessions;
        server->sessions = session_next(session);
        session_join(session);
    }
}

// ---- the API ------------------------------------------------------------------------------------------------------

static void destroy(struct gate_server *server)
{
    if (server->listener >= 0) {
        close(server->listener);
        address_release(server->path, server->lock);
    }
    if (server->bell >= 0)
        close(server->bell);
    if (server->stop >= 0)
        close(server->stop);
    hal_free(server);
}

static struct address_openness openness(const struct gate_server_options *options)
{
    static const mode_t modes[] = {[GATE_OWNER_ONLY] = 0600, [GATE_GROUP] = 0660, [GATE_EVERYBODY] = 0666};
    return (struct address_openness){.mode = modes[options->admission],
                                     .group = options->admission == GATE_GROUP ? options->group : (gid_t)-1};
}

int gate_server_listen(const struct gate_server_options *options, struct gate_server **out, char *message,
                       size_t message_bytes)
{
    struct gate_server *server = hal_alloc(sizeof *server);
    if (!server)
        return ENOMEM;
    server->listener = -1;
    server->options = *options;
    server->start_ns = hal_monotonic_ns();
    server->bell = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    server->stop = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    int error = server->bell < 0 || server->stop < 0 ? errno : 0;
    if (!error && !address_find(options->socket, server->path))
        error = ENAMETOOLONG;
    if (error && message)
        snprintf(message, message_bytes, "cannot start the kernel server: %s", strerror(error));
    if (!error)
        error =
            address_listen(server->path, openness(options), &server->lock, &server->listener, message, message_bytes);
    if (!error && !NT_SUCCESS(ps_start_system_thread(accept_connections, server, &server->thread)))
        error = ENOMEM;
    if (error)
        destroy(server);
    else
        *out = server;
    return error;
}

int gate_server_start(const char *socket_path, struct gate_server **out, char *message, size_t message_bytes)
{
    const struct gate_server_options options = {.socket = socket_path, .log_fd = -1};
    return gate_server_listen(&options, out, message, message_bytes);
}

void gate_server_stop(struct gate_server *server)
{
    atomic_store(&server->stopping, true);
    ring(server->bell);
    hal_thread_join(server->thread);
    destroy(server);
}

int gate_server_stop_fd(struct gate_server *server)
{
    return server->stop;
}

unsigned gate_server_clients(struct gate_server *server)
{
    return atomic_load(&server->clients);
}

int gate_server_wait_idle(struct gate_server *server, unsigned milliseconds)
{
    uint64_t deadline = hal_monotonic_ns() + milliseconds * 1000000ull;
    uint32_t clients;
    while ((clients = atomic_load(&server->clients)) != 0 && hal_monotonic_ns() < deadline)
        hal_futex_wait(&server->clients, clients, &deadline);
    return clients != 0;
}

const char *gate_server_socket(struct gate_server *server)
{
    return server->path;
}
