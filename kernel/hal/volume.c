// A directory tree of Linux that serves as a volume: names are looked up one at a time below an open directory, and
// no symbolic link is ever followed, so nothing outside the tree can be reached.
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "hal/hal.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

enum { DIRECTORY_MODE = 0700, FILE_MODE = 0600, ALL_WRITE = 0222 };

// ---- the tree -------------------------------------------------------------------------------------------------

// mkdir -p; 0 or an errno.
static int make_path(const char *path)
{
    char part[PATH_MAX];
    for (const char *at = path; *at; at++) {
        if (at == path || (*at != '/' && at[1]))
            continue;
        size_t length = (size_t)(at - path) + (*at != '/');
        if (length >= sizeof part)
            return ENAMETOOLONG;
        memcpy(part, path, length);
        part[length] = 0;
        if (mkdir(part, DIRECTORY_MODE) != 0 && errno != EEXIST)
            return errno;
    }
    return 0;
}

int hal_volume_open(const char *path, int *fd)
{
    int error = make_path(path);
    *fd = error ? -1 : open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return *fd >= 0 ? 0 : error ? error : errno;
}

int hal_volume_space(int fd, struct hal_volume_space *space)
{
    struct statvfs found;
    if (fstatvfs(fd, &found) != 0)
        return errno;
    *space = (struct hal_volume_space){
        .unit = (uint32_t)found.f_frsize, .total = found.f_blocks, .free = found.f_bfree, .available = found.f_bavail};
    return 0;
}

// ---- files and directories --------------------------------------------------------------------------------------

int hal_node_open(int directory, const char *name, unsigned how, int *fd)
{
    int flags = O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC; // nothing waits for the other end of a pipe
    flags |= how & HAL_NODE_WRITE ? O_RDWR : O_RDONLY;
    flags |= how & HAL_NODE_DIRECTORY ? O_DIRECTORY : 0;
    flags |= how & HAL_NODE_CREATE ? O_CREAT | O_EXCL : 0;
    *fd = openat(directory, name, flags, FILE_MODE);
    return *fd >= 0 ? 0 : errno;
}

int hal_node_make_directory(int directory, const char *name)
{
    return mkdirat(directory, name, DIRECTORY_MODE) == 0 ? 0 : errno;
}

int hal_node_remove(int directory, const char *name, bool is_directory)
{
    return unlinkat(directory, name, is_directory ? AT_REMOVEDIR : 0) == 0 ? 0 : errno;
}

int hal_node_rename(int directory, const char *name, int new_directory, const char *new_name, bool replace)
{
    return renameat2(directory, name, new_directory, new_name, replace ? 0 : RENAME_NOREPLACE) == 0 ? 0 : errno;
}

void hal_node_close(int fd)
{
    if (fd >= 0)
        close(fd);
}

int hal_node_duplicate(int fd)
{
    return fcntl(fd, F_DUPFD_CLOEXEC, 0);
}

static uint64_t nt_time(const struct statx_timestamp *time)
{
    const int64_t epoch = 11644473600; // seconds from 1601 to 1970
    return (uint64_t)((time->tv_sec + epoch) * 10000000 + time->tv_nsec / 100);
}

static int describe(int fd, const char *name, struct hal_node_facts *facts)
{
    struct statx found;
    if (statx(fd, name, AT_SYMLINK_NOFOLLOW | (*name ? 0 : AT_EMPTY_PATH), STATX_BASIC_STATS | STATX_BTIME, &found) !=
        0)
        return errno;
    bool has_birth = found.stx_mask & STATX_BTIME;
    *facts = (struct hal_node_facts){
        .is_directory = S_ISDIR(found.stx_mode),
        .is_file = S_ISREG(found.stx_mode),
        .is_read_only = !(found.stx_mode & ALL_WRITE),
        .size = found.stx_size,
        .allocated = found.stx_blocks * 512,
        .index = found.stx_ino,
        .device = (uint64_t)found.stx_dev_major << 32 | found.stx_dev_minor,
        .links = found.stx_nlink,
        .created = nt_time(has_birth ? &found.stx_btime : &found.stx_mtime),
        .accessed = nt_time(&found.stx_atime),
        .written = nt_time(&found.stx_mtime),
        .changed = nt_time(&found.stx_ctime),
    };
    return 0;
}

int hal_node_facts(int fd, struct hal_node_facts *facts)
{
    return describe(fd, "", facts);
}

int hal_node_facts_below(int directory, const char *name, struct hal_node_facts *facts)
{
    return describe(directory, name, facts);
}

int hal_node_list(int directory, bool (*visit)(const char *name, void *context), void *context)
{
    int fd = openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *list = fd >= 0 ? fdopendir(fd) : NULL;
    if (!list) {
        int error = errno;
        hal_node_close(fd);
        return error;
    }
    for (struct dirent *entry; (entry = readdir(list)) != NULL;)
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0 && !visit(entry->d_name, context))
            break;
    closedir(list);
    return 0;
}

// ---- contents ---------------------------------------------------------------------------------------------------

int hal_node_read(int fd, void *buffer, size_t bytes, uint64_t offset, size_t *done)
{
    *done = 0;
    while (*done < bytes) {
        ssize_t got = pread(fd, (char *)buffer + *done, bytes - *done, (off_t)(offset + *done));
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return errno;
        if (got == 0)
            break;
        *done += (size_t)got;
    }
    return 0;
}

int hal_node_write(int fd, const void *buffer, size_t bytes, uint64_t offset, size_t *done)
{
    *done = 0;
    while (*done < bytes) {
        ssize_t put = pwrite(fd, (const char *)buffer + *done, bytes - *done, (off_t)(offset + *done));
        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0)
            return errno;
        *done += (size_t)put;
    }
    return 0;
}

int hal_node_resize(int fd, uint64_t size)
{
    return ftruncate(fd, (off_t)size) == 0 ? 0 : errno;
}

int hal_node_flush(int fd)
{
    return fsync(fd) == 0 ? 0 : errno;
}

static struct timespec linux_time(uint64_t time)
{
    const int64_t epoch = 11644473600;
    if (time == 0)
        return (struct timespec){.tv_nsec = UTIME_OMIT};
    return (struct timespec){.tv_sec = (time_t)(time / 10000000) - epoch, .tv_nsec = (long)(time % 10000000) * 100};
}

int hal_node_set_times(int fd, uint64_t accessed, uint64_t written)
{
    const struct timespec times[2] = {linux_time(accessed), linux_time(written)};
    return futimens(fd, times) == 0 ? 0 : errno;
}

int hal_node_set_read_only(int fd, bool read_only)
{
    struct stat found;
    if (fstat(fd, &found) != 0)
        return errno;
    mode_t mode = read_only ? found.st_mode & ~(mode_t)ALL_WRITE : found.st_mode | 0200;
    return fchmod(fd, mode & 07777) == 0 ? 0 : errno;
}

// Where the files of the volume are when nobody says otherwise: below the user's state. False when no home is known.
bool hal_volume_default(char *path, size_t size)
{
    const char *chosen = getenv("NTHOST_C_DRIVE"), *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
    int length;
    if (chosen && *chosen)
        length = snprintf(path, size, "%s", chosen);
    else if (state && *state == '/')
        length = snprintf(path, size, "%s/nthost/c", state);
    else if (home && *home == '/')
        length = snprintf(path, size, "%s/.local/state/nthost/c", home);
    else
        return false;
    return length > 0 && (size_t)length < size;
}
