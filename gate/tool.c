// What tools ask a server over the control socket: one connection, one question. See client.h.
#include "address.h"
#include "client.h"
#include "wire.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { ANSWER_MS = 10000 };

static int say(int error, char *message, size_t bytes, const char *text)
{
    if (message && bytes)
        snprintf(message, bytes, "%s", text);
    return error;
}

static int exchange(int socket, const struct wire_message *question, struct wire_message *answer, int *fd)
{
    struct wire_message hello = {.kind = WIRE_HELLO, .hello = {.role = WIRE_TOOL, .services = wire_services()}};
    snprintf(hello.text, sizeof hello.text, "%s", program_invocation_short_name);
    if (!wire_send(socket, &hello, -1) || !wire_receive(socket, answer, NULL, ANSWER_MS))
        return ECONNRESET;
    if (answer->kind == WIRE_REFUSED)
        return EPERM;
    if (answer->kind != WIRE_WELCOME || !wire_send(socket, question, -1) ||
        !wire_receive(socket, answer, fd, ANSWER_MS) || answer->kind != WIRE_ANSWER)
        return ECONNRESET;
    return (int)answer->answer.error;
}

// On success the connection stays open: it is the caller's.
static int ask_and_stay(const char *socket_path, const struct wire_message *question, struct wire_message *answer,
                        int *fd, int *connection, char *message, size_t bytes)
{
    char path[ADDRESS_BYTES];
    int socket;
    if (!address_find(socket_path, path))
        return say(ENAMETOOLONG, message, bytes, "the path of the kernel server's socket is too long");
    int error = address_connect(path, &socket, message, bytes);
    if (error)
        return error;
    error = exchange(socket, question, answer, fd);
    if (error)
        close(socket);
    if (error == EPERM)
        return say(error, message, bytes, answer->text);
    if (error == EACCES)
        return say(error, message, bytes, "only the kernel server's user and root may ask for that");
    if (error == ENODATA)
        return say(error, message, bytes, "the kernel server keeps no log for others");
    if (error == EINVAL)
        return say(error, message, bytes,
                   "the kernel server does not know that question: it is older than this program");
    if (error)
        return say(error, message, bytes, "the kernel server does not answer");
    *connection = socket;
    return 0;
}

static int ask(const char *socket_path, const struct wire_message *question, struct wire_message *answer, int *fd,
               char *message, size_t bytes)
{
    int connection, error = ask_and_stay(socket_path, question, answer, fd, &connection, message, bytes);
    if (!error)
        close(connection);
    return error;
}

int gate_client_open_log(const char *socket_path, int *fd, size_t *log_bytes, char *message, size_t message_bytes)
{
    struct wire_message answer;
    int error = ask(socket_path, &(struct wire_message){.kind = WIRE_LOG}, &answer, fd, message, message_bytes);
    if (error)
        return error;
    if (*fd < 0)
        return say(EPROTO, message, message_bytes, "the kernel server sent no log");
    if (log_bytes)
        *log_bytes = answer.answer.bytes;
    return 0;
}

int gate_client_status(const char *socket_path, struct gate_status *status, char *message, size_t message_bytes)
{
    struct wire_message answer;
    int error = ask(socket_path, &(struct wire_message){.kind = WIRE_STATUS}, &answer, NULL, message, message_bytes);
    if (error)
        return error;
    *status = (struct gate_status){
        .server_pid = answer.answer.pid, .clients = answer.answer.clients, .uptime_ns = answer.answer.uptime_ns};
    char *line_end = strchr(answer.text, '\n');
    if (line_end) {
        *line_end = 0;
        strcpy(status->registry, line_end + 1);
    }
    memcpy(status->version, answer.text, strnlen(answer.text, sizeof status->version - 1));
    address_find(socket_path, status->socket);
    return 0;
}

int gate_client_stop_server(const char *socket_path, char *message, size_t message_bytes)
{
    struct wire_message answer;
    return ask(socket_path, &(struct wire_message){.kind = WIRE_STOP}, &answer, NULL, message, message_bytes);
}

// The answer's bytes, with a terminator behind them; NULL without memory.
static char *read_answer(int fd, size_t bytes)
{
    char *text = malloc(bytes + 1);
    size_t used = 0;
    while (text && used < bytes) {
        ssize_t got = pread(fd, text + used, bytes - used, (off_t)used);
        if (got <= 0)
            break;
        used += (size_t)got;
    }
    if (text)
        text[used] = 0;
    return text;
}

int gate_client_query(const char *socket_path, const char *question, char **text, char *message, size_t message_bytes)
{
    struct wire_message wanted = {.kind = WIRE_QUERY}, answer;
    int fd = -1;
    snprintf(wanted.text, sizeof wanted.text, "%s", question);
    int error = ask(socket_path, &wanted, &answer, &fd, message, message_bytes);
    if (error)
        return error;
    if (fd < 0)
        return say(EPROTO, message, message_bytes, "the kernel server sent no answer");
    *text = read_answer(fd, answer.answer.bytes);
    close(fd);
    return *text ? 0 : say(ENOMEM, message, message_bytes, "there is no memory for the kernel server's answer");
}

int gate_client_open_trace(const char *socket_path, struct gate_trace *trace, char *message, size_t message_bytes)
{
    struct wire_message wanted = {.kind = WIRE_TRACE}, answer;
    int error = ask_and_stay(socket_path, &wanted, &answer, &trace->fd, &trace->connection, message, message_bytes);
    if (error)
        return error;
    trace->bytes = answer.answer.bytes;
    trace->server_pid = answer.answer.pid;
    if (trace->fd >= 0)
        return 0;
    close(trace->connection);
    return say(EPROTO, message, message_bytes, "the kernel server sent no trace");
}
