// Sharing: who may have a file open at the same time, for what. A driver keeps a SHARE_ACCESS for each file.
// wdm/nf-wdm-iocheckshareaccess, -iosetshareaccess, -ioremoveshareaccess, -ioupdateshareaccess.
#include "io/io.h"

static void note_wishes(PFILE_OBJECT file, ACCESS_MASK access, ULONG share)
{
    file->ReadAccess = (access & (FILE_READ_DATA | FILE_EXECUTE)) != 0;
    file->WriteAccess = (access & (FILE_WRITE_DATA | FILE_APPEND_DATA)) != 0;
    file->DeleteAccess = (access & DELETE) != 0;
    if (!(file->ReadAccess || file->WriteAccess || file->DeleteAccess))
        share = 0; // opens for attributes only do not count
    file->SharedRead = (share & FILE_SHARE_READ) != 0;
    file->SharedWrite = (share & FILE_SHARE_WRITE) != 0;
    file->SharedDelete = (share & FILE_SHARE_DELETE) != 0;
}

static bool counts(const FILE_OBJECT *file)
{
    return file->ReadAccess || file->WriteAccess || file->DeleteAccess;
}

static void add(const FILE_OBJECT *file, PSHARE_ACCESS sum, int sign)
{
    if (!counts(file))
        return;
    sum->OpenCount += (ULONG)sign;
    sum->Readers += (ULONG)(sign * file->ReadAccess);
    sum->Writers += (ULONG)(sign * file->WriteAccess);
    sum->Deleters += (ULONG)(sign * file->DeleteAccess);
    sum->SharedRead += (ULONG)(sign * file->SharedRead);
    sum->SharedWrite += (ULONG)(sign * file->SharedWrite);
    sum->SharedDelete += (ULONG)(sign * file->SharedDelete);
}

// STATUS_SHARING_VIOLATION when this open and those that are counted exclude each other; with update it is counted.
NTSTATUS NTAPI IoCheckShareAccess(ACCESS_MASK access, ULONG share, PFILE_OBJECT file, PSHARE_ACCESS sum, BOOLEAN update)
{
    note_wishes(file, access, share);
    if (!counts(file))
        return STATUS_SUCCESS;
    if ((file->ReadAccess && sum->SharedRead < sum->OpenCount) ||
        (file->WriteAccess && sum->SharedWrite < sum->OpenCount) ||
        (file->DeleteAccess && sum->SharedDelete < sum->OpenCount) || (sum->Readers && !file->SharedRead) ||
        (sum->Writers && !file->SharedWrite) || (sum->Deleters && !file->SharedDelete))
        return STATUS_SHARING_VIOLATION;
    if (update)
        add(file, sum, 1);
    return STATUS_SUCCESS;
}

// The first open of the file.
VOID NTAPI IoSetShareAccess(ACCESS_MASK access, ULONG share, PFILE_OBJECT file, PSHARE_ACCESS sum)
{
    note_wishes(file, access, share);
    *sum = (SHARE_ACCESS){0};
    add(file, sum, 1);
}

VOID NTAPI IoUpdateShareAccess(PFILE_OBJECT file, PSHARE_ACCESS sum)
{
    add(file, sum, 1);
}

VOID NTAPI IoRemoveShareAccess(PFILE_OBJECT file, PSHARE_ACCESS sum)
{
    add(file, sum, -1);
}
