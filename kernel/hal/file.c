// Files of Linux: reading one whole, and locking one.
#include "hal/hal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

int hal_read_file(const char *path, size_t limit, void **data, size_t *size)
{
    struct stat facts;
    char *bytes = NULL;
    size_t have = 0;
    int error = 0;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return errno;
    if (fstat(fd, &facts) < 0)
        error = errno;
    else if (S_ISDIR(facts.st_mode))
        error = EISDIR;
    else if ((uint64_t)facts.st_size > limit)
        error = EFBIG;
    else if (!(bytes = malloc((size_t)facts.st_size + 1)))
        error = ENOMEM;
    while (!error && have < (size_t)facts.st_size) {
        ssize_t got = read(fd, bytes + have, (size_t)facts.st_size - have);
        if (got < 0)
            error = errno == EINTR ? 0 : errno;
        else if (got == 0)
            break;
        else
            have += (size_t)got;
    }
    close(fd);
    if (error) {
        free(bytes);
        return error;
    }
    *data = bytes;
    *size = have;
    return 0;
}

// The file may have been removed by its last holder between open and flock; then it is nobody's, and the next try makes
// a new one.
int hal_lock_file(const char *path, int *lock)
{
    for (;;) {
        struct stat mine, there;
        int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
        if (fd < 0)
            return errno;
        if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
            int error = errno == EWOULDBLOCK ? EADDRINUSE : errno;
            close(fd);
            return error;
        }
        if (fstat(fd, &mine) == 0 && stat(path, &there) == 0 && mine.st_ino == there.st_ino &&
            mine.st_dev == there.st_dev) {
            *lock = fd;
            return 0;
        }
        close(fd);
    }
}

void hal_unlock_file(const char *path, int lock)
{
    unlink(path);
    close(lock);
}
