// The volume C:, a directory tree of Linux: \??\C:, \SystemRoot, \Device\HarddiskVolume1.
//
// It is a device like any other, with dispatch routines of its own, so that whatever is done to a file is an IRP:
//
//     volume.c     driver, device, links; the tree is opened at the first use
//     path.c       from a name to a place in the tree, case ignored
//     open.c       create, cleanup, close; sharing, deletion
//     data.c       read, write, flush
//     query.c      what is known of a file, and of the volume
//     set.c        times, size, deletion; rename.c: names
//     list.c       the entries of a directory
//     section.c    section objects, over files and over memory
//
// Nothing outside the tree is reached: names are walked one by one, symbolic links are not followed.
#pragma once

#include "io/io.h"

enum { FS_NAME_BYTES = 256 };

// A file or directory that is open, one for all its opens.
struct fs_node {
    struct fs_node *next;
    uint64_t device, index; // which it is
    unsigned references;    // file objects
    unsigned handles;       // of them, those before cleanup
    SHARE_ACCESS share;
    bool is_directory;
    bool delete_pending;
    int parent;               // descriptor of its directory; -1: the root
    char name[FS_NAME_BYTES]; // in there
};

struct fs_listing;

// One open; FsContext2 of the file object. An open of the volume itself has none.
struct fs_file {
    struct fs_node *node; // FsContext, too
    int fd;
    UNICODE_STRING path; // "\dir\file", pool
    bool delete_on_close;
    struct fs_listing *listing; // what NtQueryDirectoryFile goes through
};

// Where a name leads.
struct fs_place {
    int parent;                  // open directory; the holder's to close. -1: the root itself
    char name[FS_NAME_BYTES];    // in there; as it is written there when it exists
    char wanted[FS_NAME_BYTES];  // as the caller wrote it
    bool exists, only_directory; // the name ended in a separator
    struct hal_node_facts facts; // when it exists
};

// Guards nodes, and what a create or a removal must see unchanged.
extern struct hal_mutex fs_lock;

// Boot and shutdown. directory: where the tree is, NULL for hal_volume_default.
NTSTATUS fs_init(const char *directory);
void fs_shutdown(void);
// How many drivers it is, and how many devices: 1 while it is there.
unsigned fs_objects(void);
// The open root of the tree; made at the first call. STATUS_NO_SUCH_DEVICE: it cannot be opened, the log says why.
NTSTATUS fs_root(int *fd);
NTSTATUS fs_status(int error);

// path relative to `start` (a directory); a leading separator is ignored. STATUS_OBJECT_NAME_INVALID,
// STATUS_OBJECT_PATH_NOT_FOUND, STATUS_ACCESS_DENIED (symbolic links). A last name that does not exist is a success.
NTSTATUS fs_walk(int start, const UNICODE_STRING *path, struct fs_place *place);
void fs_leave(struct fs_place *place);

static inline struct fs_file *fs_file_of(const FILE_OBJECT *file)
{
    return file->FsContext2;
}

// With fs_lock.
struct fs_node *fs_find_node(const struct hal_node_facts *facts);
ULONG fs_attributes(const struct hal_node_facts *facts);
NTSTATUS fs_rename(struct fs_file *file, const FILE_RENAME_INFORMATION *information, ULONG length, PIRP irp);
void fs_forget_listing(struct fs_file *file);
// The open file behind a file object of the volume; NULL for another device's.
struct fs_file *fs_file_of_ours(const FILE_OBJECT *object);
// Ends the views that are left.
void fs_unmap_all(void);

NTSTATUS NTAPI fs_create(PDEVICE_OBJECT device, PIRP irp);
NTSTATUS NTAPI fs_cleanup(PDEVICE_OBJECT device, PIRP irp);
NTSTATUS NTAPI fs_close(PDEVICE_OBJECT device, PIRP irp);
NTSTATUS NTAPI fs_read(PDEVICE_OBJECT device, PIRP irp);
NTSTATUS NTAPI fs_write(PDEVICE_OBJECT device, PIRP irp);
NTSTATUS NTAPI fs_flush(PDEVICE_OBJECT device, PIRP irp);
NTSTATUS NTAPI fs_query(PDEVICE_OBJECT device, PIRP irp);
NTSTATUS NTAPI fs_query_volume(PDEVICE_OBJECT device, PIRP irp);
NTSTATUS NTAPI fs_set(PDEVICE_OBJECT device, PIRP irp);
NTSTATUS NTAPI fs_list(PDEVICE_OBJECT device, PIRP irp);

static inline NTSTATUS fs_complete(PIRP irp, NTSTATUS status, ULONG_PTR information)
{
    irp->IoStatus.Status = status;
    irp->IoStatus.Information = NT_ERROR(status) ? 0 : information;
    IofCompleteRequest(irp, IO_NO_INCREMENT);
    return status;
}
