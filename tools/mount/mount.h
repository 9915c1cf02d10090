// nthost mount: what its files share.
//
//     serve.c     mounting, serving, the end
//     ops.c       the file system: names, attributes, opens
//     request.c   requests to devices, and how they are cancelled
//     links.c     which devices there are, and who may open them
//     errno.c     NTSTATUS to errno
//     missing.c   in the place of all of them where libfuse3 is missing
#pragma once

#define FUSE_USE_VERSION 314
#include <fuse_lowlevel.h>

#include "gate.h"

#include <stdbool.h>
#include <sys/types.h>

struct mount {
    const char *socket;
    uid_t uid; // whose the files are
    gid_t gid;
    bool administrator;    // to the server: its owner, or root
    struct timespec since; // the time of the files
};

extern const struct fuse_lowlevel_ops mount_ops; // their user data is a struct mount

// ---- links.c ------------------------------------------------------------------------------------------------------

struct mount_link {
    char *name;
    mode_t mode; // what the device's security descriptor lets who mounts (the owner) and users (the others) do
};

struct mount_links {
    struct mount_link *all;
    size_t count;
};

// 0 or an errno. Names with a slash or a NUL in them cannot be files and are left out.
int mount_links_get(const struct mount *mount, struct mount_links *links);
void mount_links_free(struct mount_links *links);
// Without regard to case, as the kernel compares names; NULL none.
const struct mount_link *mount_links_find(const struct mount_links *links, const char *name);

// ---- request.c ----------------------------------------------------------------------------------------------------

// 0 or an errno.
int mount_open(const char *name, ACCESS_MASK access, HANDLE *file);
// The rest answers the request of FUSE. A request that pends is waited for and ends with EINTR when the program is
// interrupted.
void mount_read(fuse_req_t fuse, HANDLE file, size_t length, off_t offset);
void mount_write(fuse_req_t fuse, HANDLE file, const char *bytes, size_t length, off_t offset);
void mount_flush(fuse_req_t fuse, HANDLE file);
void mount_ioctl(fuse_req_t fuse, HANDLE file, unsigned command, const void *in, size_t in_bytes, size_t out_bytes);
// Cancels all that are under way, and later ones as soon as they pend.
void mount_cancel_all(void);

// ---- errno.c ------------------------------------------------------------------------------------------------------

int mount_errno(NTSTATUS status); // 0 for success
