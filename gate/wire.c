// The control socket's messages on their way, and the number that identifies the table of services.
#include "wire.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static const char *const signatures[] = {
#define SERVICE(name, ...) #name " " #__VA_ARGS__,
#include "services.def"
};

// FNV-1a over the lines of the table.
uint64_t wire_services(void)
{
    uint64_t hash = 0xcbf29ce484222325ull;
    for (size_t i = 0; i < sizeof signatures / sizeof *signatures; i++)
        for (const char *c = signatures[i]; *c; c++)
            hash = (hash ^ (unsigned char)*c) * 0x100000001b3ull;
    return hash;
}

bool wire_send(int socket, const struct wire_message *message, int fd)
{
    struct wire_message out = *message;
    out.magic = WIRE_MAGIC;
    out.version = WIRE_VERSION;
    union {
        struct cmsghdr header;
        char bytes[CMSG_SPACE(sizeof fd)];
    } control = {0};
    struct iovec data = {.iov_base = &out, .iov_len = sizeof out};
    struct msghdr header = {.msg_iov = &data, .msg_iovlen = 1};
    if (fd >= 0) {
        header.msg_control = &control;
        header.msg_controllen = sizeof control;
        control.header =
            (struct cmsghdr){.cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS, .cmsg_len = CMSG_LEN(sizeof fd)};
        memcpy(CMSG_DATA(&control.header), &fd, sizeof fd);
    }
    ssize_t sent;
    do
        sent = sendmsg(socket, &header, MSG_NOSIGNAL);
    while (sent < 0 && errno == EINTR);
    return sent == sizeof out;
}

// Takes the first descriptor that came along, closes all others.
static int take_descriptors(struct msghdr *header, bool wanted)
{
    int first = -1;
    for (struct cmsghdr *c = CMSG_FIRSTHDR(header); c; c = CMSG_NXTHDR(header, c)) {
        if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
            continue;
        for (size_t at = 0; at + sizeof(int) <= c->cmsg_len - CMSG_LEN(0); at += sizeof(int)) {
            int fd;
            memcpy(&fd, CMSG_DATA(c) + at, sizeof fd);
            if (wanted && first < 0)
                first = fd;
            else
                close(fd);
        }
    }
    return first;
}

static bool wait_readable(int socket, int timeout_ms)
{
    struct pollfd poll_one = {.fd = socket, .events = POLLIN};
    int ready;
    do
        ready = poll(&poll_one, 1, timeout_ms);
    while (ready < 0 && errno == EINTR);
    if (ready == 0)
        errno = EAGAIN;
    return ready > 0;
}

bool wire_receive(int socket, struct wire_message *message, int *fd, int timeout_ms)
{
    union {
        struct cmsghdr header;
        char bytes[CMSG_SPACE(4 * sizeof(int))];
    } control;
    struct iovec data = {.iov_base = message, .iov_len = sizeof *message};
    struct msghdr header = {
        .msg_iov = &data, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
    ssize_t got;
    if (fd)
        *fd = -1;
    if (timeout_ms >= 0 && !wait_readable(socket, timeout_ms))
        return false;
    do
        got = recvmsg(socket, &header, MSG_CMSG_CLOEXEC);
    while (got < 0 && errno == EINTR);
    if (got < 0) {
        errno = 0;
        return false;
    }
    int received = take_descriptors(&header, fd != NULL); // an empty message may carry some, too
    if (got == 0) {
        if (received >= 0)
            close(received);
        errno = 0;
        return false;
    }
    if (got == sizeof *message && !(header.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) && message->magic == WIRE_MAGIC) {
        message->text[WIRE_TEXT - 1] = 0;
        if (fd)
            *fd = received;
        return true;
    }
    if (received >= 0)
        close(received);
    errno = EPROTO;
    return false;
}
