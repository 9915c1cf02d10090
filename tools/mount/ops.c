// The file system: one folder, a file for each device. Nothing is kept by Linux: names, attributes and data are asked for
// each time.
#include "mount.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

// Files have the numbers of their names, from 2 on. Names stay known when the device goes: there are few, and a driver
// that comes back gets its number again.
static struct {
    pthread_mutex_t lock;
    char **all;
    size_t count;
} names = {.lock = PTHREAD_MUTEX_INITIALIZER};

enum { FIRST_FILE = FUSE_ROOT_ID + 1 };

// 0 without memory.
static fuse_ino_t number_of(const char *name)
{
    fuse_ino_t found = 0;
    pthread_mutex_lock(&names.lock);
    for (size_t i = 0; i < names.count && !found; i++)
        found = strcmp(names.all[i], name) == 0 ? FIRST_FILE + i : 0;
    char **grown = found ? NULL : realloc(names.all, (names.count + 1) * sizeof *grown);
    if (grown) {
        names.all = grown;
        grown[names.count] = strdup(name);
        if (grown[names.count])
            found = FIRST_FILE + names.count++;
    }
    pthread_mutex_unlock(&names.lock);
    return found;
}

// The text of a name is never moved or freed.
static const char *name_of(fuse_ino_t number)
{
    pthread_mutex_lock(&names.lock);
    const char *name = number - FIRST_FILE < names.count ? names.all[number - FIRST_FILE] : NULL;
    pthread_mutex_unlock(&names.lock);
    return name;
}

static struct mount *mount_of(fuse_req_t request)
{
    return fuse_req_userdata(request);
}

static struct stat attributes_of(const struct mount *mount, fuse_ino_t number, mode_t mode)
{
    return (struct stat){.st_ino = number,
                         .st_mode = mode,
                         .st_nlink = S_ISDIR(mode) ? 2 : 1,
                         .st_uid = mount->uid,
                         .st_gid = mount->gid,
                         .st_atim = mount->since,
                         .st_mtim = mount->since,
                         .st_ctim = mount->since,
                         .st_blksize = 4096};
}

static void op_lookup(fuse_req_t request, fuse_ino_t parent, const char *name)
{
    struct mount_links links;
    struct fuse_entry_param entry = {0};
    int error = parent == FUSE_ROOT_ID ? mount_links_get(mount_of(request), &links) : ENOENT;
    if (error) {
        fuse_reply_err(request, error);
        return;
    }
    const struct mount_link *link = mount_links_find(&links, name);
    if (link)
        entry.ino = number_of(link->name);
    if (entry.ino)
        entry.attr = attributes_of(mount_of(request), entry.ino, S_IFREG | link->mode);
    mount_links_free(&links);
    if (entry.ino)
        fuse_reply_entry(request, &entry);
    else
        fuse_reply_err(request, link ? ENOMEM : ENOENT);
}

// The attributes of a file or the folder; 0 or an errno.
static int find_attributes(const struct mount *mount, fuse_ino_t number, struct stat *attributes)
{
    struct mount_links links;
    *attributes = attributes_of(mount, number, S_IFDIR | 0555);
    if (number == FUSE_ROOT_ID)
        return 0;
    const char *name = name_of(number);
    int error = name ? mount_links_get(mount, &links) : ENOENT;
    if (error)
        return error;
    const struct mount_link *link = mount_links_find(&links, name);
    if (link)
        *attributes = attributes_of(mount, number, S_IFREG | link->mode);
    mount_links_free(&links);
    return link ? 0 : ENOENT;
}

static void op_getattr(fuse_req_t request, fuse_ino_t number, struct fuse_file_info *info)
{
    struct stat attributes;
    (void)info;
    int error = find_attributes(mount_of(request), number, &attributes);
    if (error)
        fuse_reply_err(request, error);
    else
        fuse_reply_attr(request, &attributes, 0);
}

// What ">" of a shell and touch ask for is granted and changes nothing; rights are the driver's business.
static void op_setattr(fuse_req_t request, fuse_ino_t number, struct stat *wanted, int what,
                       struct fuse_file_info *info)
{
    (void)wanted;
    if (what & (FUSE_SET_ATTR_MODE | FUSE_SET_ATTR_UID | FUSE_SET_ATTR_GID))
        fuse_reply_err(request, EPERM);
    else
        op_getattr(request, number, info);
}

// ---- the folder ---------------------------------------------------------------------------------------------------

static void op_opendir(fuse_req_t request, fuse_ino_t number, struct fuse_file_info *info)
{
    struct mount_links *links = number == FUSE_ROOT_ID ? calloc(1, sizeof *links) : NULL;
    int error = links ? mount_links_get(mount_of(request), links) : ENOTDIR;
    info->fh = (uintptr_t)links;
    if (!error && fuse_reply_open(request, info) == 0)
        return;
    if (links)
        mount_links_free(links);
    free(links);
    if (error)
        fuse_reply_err(request, error);
}

static void op_readdir(fuse_req_t request, fuse_ino_t number, size_t size, off_t offset, struct fuse_file_info *info)
{
    const struct mount_links *links = (const void *)(uintptr_t)info->fh;
    char *buffer = malloc(size);
    size_t used = 0;
    (void)number;
    for (size_t i = (size_t)offset; buffer && i < links->count + 2; i++) {
        const char *name = i == 0 ? "." : i == 1 ? ".." : links->all[i - 2].name;
        struct stat attributes = {.st_mode = i < 2 ? S_IFDIR : S_IFREG, .st_ino = FUSE_ROOT_ID};
        if (i >= 2)
            attributes.st_ino = number_of(name);
        size_t needed = fuse_add_direntry(request, buffer + used, size - used, name, &attributes, (off_t)i + 1);
        if (needed > size - used)
            break;
        used += needed;
    }
    if (buffer)
        fuse_reply_buf(request, buffer, used);
    else
        fuse_reply_err(request, ENOMEM);
    free(buffer);
}

static void op_releasedir(fuse_req_t request, fuse_ino_t number, struct fuse_file_info *info)
{
    struct mount_links *links = (void *)(uintptr_t)info->fh;
    (void)number;
    mount_links_free(links);
    free(links);
    fuse_reply_err(request, 0);
}

// ---- files --------------------------------------------------------------------------------------------------------

static void op_open(fuse_req_t request, fuse_ino_t number, struct fuse_file_info *info)
{
    static const ACCESS_MASK access[] = {
        [O_RDONLY] = GENERIC_READ, [O_WRONLY] = GENERIC_WRITE, [O_RDWR] = GENERIC_READ | GENERIC_WRITE};
    const char *name = name_of(number);
    unsigned mode = (unsigned)info->flags & O_ACCMODE;
    HANDLE file;
    int error = !name ? EISDIR : mode > O_RDWR ? EINVAL : mount_open(name, access[mode], &file);
    if (error) {
        fuse_reply_err(request, error);
        return;
    }
    info->fh = (uintptr_t)file;
    info->direct_io = 1;
    if (fuse_reply_open(request, info) != 0) // the program has gone meanwhile
        nt()->NtClose(file);
}

// Devices are made by drivers.
static void op_create(fuse_req_t request, fuse_ino_t parent, const char *name, mode_t mode, struct fuse_file_info *info)
{
    (void)parent, (void)name, (void)mode, (void)info;
    fuse_reply_err(request, ENOENT);
}

static HANDLE file_of(const struct fuse_file_info *info)
{
    return (HANDLE)(uintptr_t)info->fh;
}

static void op_release(fuse_req_t request, fuse_ino_t number, struct fuse_file_info *info)
{
    (void)number;
    nt()->NtClose(file_of(info));
    fuse_reply_err(request, 0);
}

static void op_read(fuse_req_t request, fuse_ino_t number, size_t length, off_t offset, struct fuse_file_info *info)
{
    (void)number;
    mount_read(request, file_of(info), length, offset);
}

static void op_write(fuse_req_t request, fuse_ino_t number, const char *bytes, size_t length, off_t offset,
                     struct fuse_file_info *info)
{
    (void)number;
    mount_write(request, file_of(info), bytes, length, offset);
}

static void op_fsync(fuse_req_t request, fuse_ino_t number, int only_data, struct fuse_file_info *info)
{
    (void)number, (void)only_data;
    mount_flush(request, file_of(info));
}

static void op_ioctl(fuse_req_t request, fuse_ino_t number, unsigned command, void *argument,
                     struct fuse_file_info *info, unsigned flags, const void *in, size_t in_bytes, size_t out_bytes)
{
    (void)number, (void)argument;
    if (flags & (FUSE_IOCTL_COMPAT | FUSE_IOCTL_DIR))
        fuse_reply_err(request, ENOTTY);
    else
        mount_ioctl(request, file_of(info), command, in, in_bytes, out_bytes);
}

const struct fuse_lowlevel_ops mount_ops = {
    .lookup = op_lookup,
    .getattr = op_getattr,
    .setattr = op_setattr,
    .opendir = op_opendir,
    .readdir = op_readdir,
    .releasedir = op_releasedir,
    .open = op_open,
    .create = op_create,
    .release = op_release,
    .read = op_read,
    .write = op_write,
    .fsync = op_fsync,
    .ioctl = op_ioctl,
};
