// Sockets of the file system. A server holds a lock file beside its socket for as long as it lives, so a
// socket whose lock is free is stale and may be replaced.
#include "address.h"
#include "client.h"

#include "hal/hal.h"

#include <errno.h>
#include <pwd.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

__attribute__((format(printf, 4, 5))) static int fail(int error, char *message, size_t bytes, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    if (message && bytes)
        vsnprintf(message, bytes, format, arguments);
    va_end(arguments);
    return error;
}

static void own_folder(char *path, size_t bytes)
{
    snprintf(path, bytes, "/tmp/nthost-%u", (unsigned)geteuid());
}

bool gate_default_socket(char *path, size_t bytes)
{
    const char *runtime = getenv("XDG_RUNTIME_DIR");
    char own[64];
    own_folder(own, sizeof own);
    int length = snprintf(path, bytes, "%s/nthost.sock", runtime && *runtime ? runtime : own);
    return length > 0 && (size_t)length < bytes;
}

bool address_find(const char *given, char path[ADDRESS_BYTES])
{
    if (!given || !*given)
        given = getenv("NTHOST_SERVER");
    if (!given || !*given)
        return gate_default_socket(path, ADDRESS_BYTES);
    return (size_t)snprintf(path, ADDRESS_BYTES, "%s", given) < ADDRESS_BYTES;
}

int address_prepare(const char *path, char *message, size_t bytes)
{
    char own[64], folder[ADDRESS_BYTES];
    struct stat facts;
    own_folder(own, sizeof own);
    snprintf(folder, sizeof folder, "%s", path);
    char *slash = strrchr(folder, '/');
    if (slash)
        *slash = 0;
    if (!slash || strcmp(folder, own) != 0)
        return 0;
    if (mkdir(own, 0700) != 0 && errno != EEXIST)
        return fail(errno, message, bytes, "cannot make %s: %s", own, strerror(errno));
    if (lstat(own, &facts) != 0)
        return fail(errno, message, bytes, "cannot look at %s: %s", own, strerror(errno));
    if (!S_ISDIR(facts.st_mode) || facts.st_uid != geteuid() || (facts.st_mode & 077))
        return fail(EPERM, message, bytes,
                    "%s is not a folder that only you can use (it should be yours, mode 0700); remove it or "
                    "set XDG_RUNTIME_DIR",
                    own);
    return 0;
}

static void lock_path(const char *path, char lock[ADDRESS_BYTES + 8])
{
    snprintf(lock, ADDRESS_BYTES + 8, "%s.lock", path);
}

static int new_socket(const char *path, struct sockaddr_un *address)
{
    *address = (struct sockaddr_un){.sun_family = AF_UNIX};
    memcpy(address->sun_path, path, strlen(path) + 1);
    return socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
}

static int remove_stale(const char *path)
{
    struct stat facts;
    if (lstat(path, &facts) != 0)
        return errno == ENOENT ? 0 : errno;
    if (!S_ISSOCK(facts.st_mode))
        return EEXIST;
    return unlink(path) == 0 ? 0 : errno;
}

static int bind_and_listen(const char *path, struct address_openness open, int *listener)
{
    enum { BACKLOG = 64 };
    struct sockaddr_un address;
    int fd = new_socket(path, &address);
    if (fd < 0)
        return errno;
    mode_t before = umask(0177);
    int error = bind(fd, (struct sockaddr *)&address, sizeof address) == 0 ? 0 : errno;
    umask(before);
    if (!error && open.group != (gid_t)-1 && chown(path, (uid_t)-1, open.group) != 0)
        error = errno;
    if (!error && (chmod(path, open.mode) != 0 || listen(fd, BACKLOG) != 0))
        error = errno;
    if (error)
        close(fd);
    else
        *listener = fd;
    return error;
}

// Others need to get into the folder, too.
static int check_way(const char *path, struct address_openness open, char *message, size_t bytes)
{
    char folder[ADDRESS_BYTES];
    struct stat facts;
    snprintf(folder, sizeof folder, "%s", path);
    char *slash = strrchr(folder, '/');
    if (!slash || !(open.mode & (S_IWGRP | S_IWOTH)))
        return 0;
    *slash = 0;
    if (stat(*folder ? folder : "/", &facts) != 0)
        return 0; // whoever binds there says it better
    if ((facts.st_mode & S_IXOTH) ||
        (open.group != (gid_t)-1 && facts.st_gid == open.group && (facts.st_mode & S_IXGRP)))
        return 0;
    return fail(EACCES, message, bytes,
                "other users cannot get to %s, because %s is closed to them; give a socket in an open folder, such as "
                "--socket /run/nthost/nthost.sock",
                path, folder);
}

int address_listen(const char *path, struct address_openness open, int *lock, int *listener, char *message,
                   size_t bytes)
{
    char lock_file[ADDRESS_BYTES + 8];
    int error = address_prepare(path, message, bytes);
    if (!error)
        error = check_way(path, open, message, bytes);
    if (error)
        return error;
    lock_path(path, lock_file);
    error = hal_lock_file(lock_file, lock);
    if (error == EADDRINUSE)
        return fail(error, message, bytes,
                    "a server already lives at %s; use it, stop it, or give another socket in NTHOST_SERVER", path);
    if (error)
        return fail(error, message, bytes, "cannot lock %s: %s", lock_file, strerror(error));
    error = remove_stale(path);
    if (error)
        fail(error, message, bytes, "%s is in the way: %s", path,
             error == EEXIST ? "it is not a socket" : strerror(error));
    else if ((error = bind_and_listen(path, open, listener)) != 0)
        fail(error, message, bytes, "cannot listen at %s: %s", path, strerror(error));
    if (error)
        hal_unlock_file(lock_file, *lock);
    return error;
}

void address_release(const char *path, int lock)
{
    char lock_file[ADDRESS_BYTES + 8];
    lock_path(path, lock_file);
    unlink(path);
    hal_unlock_file(lock_file, lock);
}

struct address_peer address_peer(int fd)
{
    struct ucred credentials = {.uid = (uid_t)-1};
    socklen_t size = sizeof credentials;
    getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &credentials, &size);
    return (struct address_peer){.pid = credentials.pid, .uid = credentials.uid, .gid = credentials.gid};
}

// By its own group or one of its others, as they were when it connected.
bool address_peer_is_in(int fd, gid_t group)
{
    enum { GROUPS = 65536 }; // as many as Linux lets anybody have
    socklen_t size = GROUPS * sizeof(gid_t);
    gid_t *groups = hal_alloc(size);
    bool member = address_peer(fd).gid == group;
    if (groups && getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups, &size) == 0)
        for (size_t i = 0; i < size / sizeof *groups; i++)
            member = member || groups[i] == group;
    hal_free(groups);
    return member;
}

// NTHOST_SERVER_USER, a name or a number, is another user whose server may be used. Who serves sees all that goes
// through, so it has to be said.
static bool is_trusted(uid_t owner)
{
    const char *name = getenv("NTHOST_SERVER_USER");
    char *end;
    if (owner == geteuid() || owner == 0)
        return true;
    if (!name || !*name)
        return false;
    struct passwd *user = getpwnam(name);
    unsigned long number = strtoul(name, &end, 10);
    return user ? user->pw_uid == owner : !*end && number == owner;
}

int address_connect(const char *path, int *out, char *message, size_t bytes)
{
    struct sockaddr_un address;
    int fd = new_socket(path, &address);
    int error = fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof address) != 0 ? errno : 0;
    if (error == ENOENT || error == ECONNREFUSED) {
        fail(error, message, bytes,
             "no kernel server at %s; start one with \"nthost server\", or use \"nthost run DRIVER.sys -- "
             "PROGRAM\"",
             path);
    } else if (error) {
        fail(error, message, bytes, "cannot reach the kernel server at %s: %s", path, strerror(error));
    } else {
        uid_t owner = address_peer(fd).uid;
        if (!is_trusted(owner)) {
            error = EPERM;
            fail(error, message, bytes,
                 "the kernel server at %s belongs to user %u; set NTHOST_SERVER_USER=%u if you trust that user", path,
                 (unsigned)owner, (unsigned)owner);
        }
    }
    if (error && fd >= 0)
        close(fd);
    if (!error)
        *out = fd;
    return error;
}
