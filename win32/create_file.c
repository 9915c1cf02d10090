// CreateFile: opens devices (fact 27).
//
//     disposition         NtCreateFile        last error on success
//     CREATE_NEW          FILE_CREATE         0
//     CREATE_ALWAYS       FILE_OVERWRITE_IF   ERROR_ALREADY_EXISTS when it overwrote one, else 0
//     OPEN_EXISTING       FILE_OPEN           0
//     OPEN_ALWAYS         FILE_OPEN_IF        ERROR_ALREADY_EXISTS when it was there, else 0
//     TRUNCATE_EXISTING   FILE_OVERWRITE      0; needs GENERIC_WRITE
//
// SYNCHRONIZE and FILE_READ_ATTRIBUTES are always asked for. The template file gives extended attributes on
// Windows; devices have none, and it is ignored.
// https://learn.microsoft.com/windows/win32/api/fileapi/nf-fileapi-createfilew

#include "device_path.h"

#include <stdlib.h>

// The attributes a caller may give a new file; the rest of the word are flags.
#define SETTABLE_ATTRIBUTES 0x00007FA7

struct open_request {
    ULONG disposition, options, attributes;
    ACCESS_MASK access;
    ULONG object_flags;
};

static bool choose_disposition(struct open_request *open, DWORD disposition, DWORD access)
{
    static const UCHAR dispositions[] = {
        [CREATE_NEW] = FILE_CREATE,   [CREATE_ALWAYS] = FILE_OVERWRITE_IF,  [OPEN_EXISTING] = FILE_OPEN,
        [OPEN_ALWAYS] = FILE_OPEN_IF, [TRUNCATE_EXISTING] = FILE_OVERWRITE,
    };
    if (disposition < CREATE_NEW || disposition > TRUNCATE_EXISTING)
        return base_fail(ERROR_INVALID_PARAMETER);
    if (disposition == TRUNCATE_EXISTING && !(access & GENERIC_WRITE))
        return base_fail(ERROR_INVALID_PARAMETER);
    open->disposition = dispositions[disposition];
    return true;
}

static ULONG backup_options(DWORD access)
{
    ULONG options = 0;
    if (access & (GENERIC_READ | GENERIC_ALL))
        options |= FILE_OPEN_FOR_BACKUP_INTENT;
    if (access & (GENERIC_WRITE | GENERIC_ALL))
        options |= FILE_OPEN_REMOTE_INSTANCE;
    return options;
}

static void choose_options(struct open_request *open, DWORD flags, DWORD access)
{
    static const struct {
        DWORD flag;
        ULONG option;
    } options[] = {
        {FILE_FLAG_WRITE_THROUGH, FILE_WRITE_THROUGH},     {FILE_FLAG_NO_BUFFERING, FILE_NO_INTERMEDIATE_BUFFERING},
        {FILE_FLAG_RANDOM_ACCESS, FILE_RANDOM_ACCESS},     {FILE_FLAG_SEQUENTIAL_SCAN, FILE_SEQUENTIAL_ONLY},
        {FILE_FLAG_DELETE_ON_CLOSE, FILE_DELETE_ON_CLOSE}, {FILE_FLAG_OPEN_REPARSE_POINT, FILE_OPEN_REPARSE_POINT},
        {FILE_FLAG_OPEN_NO_RECALL, FILE_OPEN_NO_RECALL},
    };
    for (size_t i = 0; i < ARRAYSIZE(options); i++)
        if (flags & options[i].flag)
            open->options |= options[i].option;
    if (!(flags & FILE_FLAG_OVERLAPPED))
        open->options |= FILE_SYNCHRONOUS_IO_NONALERT;
    open->options |= flags & FILE_FLAG_BACKUP_SEMANTICS ? backup_options(access) : FILE_NON_DIRECTORY_FILE;

    open->attributes = flags & SETTABLE_ATTRIBUTES;
    open->access = access | SYNCHRONIZE | FILE_READ_ATTRIBUTES;
    if (flags & FILE_FLAG_DELETE_ON_CLOSE)
        open->access |= DELETE;
    open->object_flags = flags & FILE_FLAG_POSIX_SEMANTICS ? 0 : OBJ_CASE_INSENSITIVE;
}

// How far the driver may act in the caller's name; used only when the caller says SECURITY_SQOS_PRESENT.
static SECURITY_QUALITY_OF_SERVICE quality_of_service(DWORD flags)
{
    return (SECURITY_QUALITY_OF_SERVICE){
        .Length = sizeof(SECURITY_QUALITY_OF_SERVICE),
        .ImpersonationLevel = (SECURITY_IMPERSONATION_LEVEL)((flags >> 16) & 3),
        .ContextTrackingMode = flags & SECURITY_CONTEXT_TRACKING ? TRUE : FALSE,
        .EffectiveOnly = flags & SECURITY_EFFECTIVE_ONLY ? TRUE : FALSE,
    };
}

static DWORD error_of(NTSTATUS status, DWORD disposition, const UNICODE_STRING *path)
{
    if (status == STATUS_OBJECT_NAME_COLLISION && disposition == CREATE_NEW)
        return ERROR_FILE_EXISTS;
    if (status == STATUS_FILE_IS_A_DIRECTORY && path->Buffer[path->Length / sizeof(WCHAR) - 1] == '\\')
        return ERROR_PATH_NOT_FOUND;
    return RtlNtStatusToDosError(status);
}

static bool existed(ULONG disposition, ULONG_PTR information)
{
    return (disposition == FILE_OPEN_IF && information == FILE_OPENED) ||
           (disposition == FILE_OVERWRITE_IF && information == FILE_OVERWRITTEN);
}

HANDLE WINAPI CreateFileW(LPCWSTR name, DWORD access, DWORD share, LPSECURITY_ATTRIBUTES security, DWORD disposition,
                          DWORD flags, HANDLE template_file)
{
    (void)template_file;
    struct open_request open = {0};
    UNICODE_STRING path;
    if (!choose_disposition(&open, disposition, access) || !device_path_make(&path, name))
        return INVALID_HANDLE_VALUE;
    choose_options(&open, flags, access);

    SECURITY_QUALITY_OF_SERVICE quality = quality_of_service(flags);
    OBJECT_ATTRIBUTES attributes = {
        .Length = sizeof(attributes),
        .ObjectName = &path,
        .Attributes = open.object_flags | (security && security->bInheritHandle ? OBJ_INHERIT : 0),
        .SecurityDescriptor = security ? security->lpSecurityDescriptor : NULL,
        .SecurityQualityOfService = flags & SECURITY_SQOS_PRESENT ? &quality : NULL,
    };
    HANDLE file = INVALID_HANDLE_VALUE;
    IO_STATUS_BLOCK iosb = {0};
    NTSTATUS status = nt()->NtCreateFile(&file, open.access, &attributes, &iosb, NULL, open.attributes, share,
                                         open.disposition, open.options, NULL, 0);
    if (NT_SUCCESS(status)) {
        SetLastError(existed(open.disposition, iosb.Information) ? ERROR_ALREADY_EXISTS : ERROR_SUCCESS);
    } else {
        SetLastError(error_of(status, disposition, &path));
        file = INVALID_HANDLE_VALUE;
    }
    free(path.Buffer);
    return file;
}

HANDLE WINAPI CreateFileA(LPCSTR name, DWORD access, DWORD share, LPSECURITY_ATTRIBUTES security, DWORD disposition,
                          DWORD flags, HANDLE template_file)
{
    struct base_wide wide;
    if (!base_wide_make(&wide, name))
        return INVALID_HANDLE_VALUE;
    HANDLE file = CreateFileW(wide.text, access, share, security, disposition, flags, template_file);
    base_wide_drop(&wide);
    return file;
}
