// The tokens of processes, and handles to them. Threads have none of their own here, because nobody
// impersonates.
//
// https://learn.microsoft.com/windows-hardware/drivers/ddi/ntifs/nf-ntifs-psreferenceprimarytoken
#include "ps/ps.h"
#include "se/se.h"

bool ps_give_token(struct _EPROCESS *process)
{
    hal_mutex_lock(&process->lock);
    if (!process->Pcb.token)
        process->Pcb.token =
            process == ps_system_process() ? se_create_system_token() : se_create_user_token(process->uid);
    bool given = process->Pcb.token != NULL;
    hal_mutex_unlock(&process->lock);
    return given;
}

// ---- services -----------------------------------------------------------------------------------------------------

static NTSTATUS open_token(struct _EPROCESS *process, ACCESS_MASK access, ULONG attributes, KPROCESSOR_MODE mode,
                           PHANDLE handle)
{
    ACCESS_MASK granted;
    HANDLE made;
    if (!process->Pcb.token)
        return STATUS_NO_TOKEN;
    NTSTATUS status = ob_check_access(process->Pcb.token, access, mode, &granted);
    if (mode == UserMode)
        attributes &= ~(ULONG)OBJ_KERNEL_HANDLE;
    if (NT_SUCCESS(status))
        status = ob_insert_handle(process->Pcb.token, granted, attributes, &made);
    if (NT_SUCCESS(status) && !NT_SUCCESS(status = mm_copy_out(handle, &made, sizeof made, mode)))
        ob_close_handle(made, mode);
    return status;
}

NTSTATUS NTAPI NtOpenProcessTokenEx(HANDLE process, ACCESS_MASK access, ULONG attributes, PHANDLE handle)
{
    KPROCESSOR_MODE mode = ExGetPreviousMode();
    void *object;
    NTSTATUS status = ob_reference_by_handle(process, PROCESS_QUERY_INFORMATION, &ps_process_type, mode, &object, NULL);
    if (!NT_SUCCESS(status))
        return status;
    status = open_token(object, access, attributes, mode, handle);
    ob_dereference(object);
    return status;
}

NTSTATUS NTAPI NtOpenProcessToken(HANDLE process, ACCESS_MASK access, PHANDLE handle)
{
    return NtOpenProcessTokenEx(process, access, 0, handle);
}

NTSTATUS NTAPI NtOpenThreadTokenEx(HANDLE thread, ACCESS_MASK access, BOOLEAN as_self, ULONG attributes, PHANDLE handle)
{
    void *object;
    (void)access, (void)as_self, (void)attributes, (void)handle;
    NTSTATUS status =
        ob_reference_by_handle(thread, THREAD_QUERY_INFORMATION, &ps_thread_type, ExGetPreviousMode(), &object, NULL);
    if (!NT_SUCCESS(status))
        return status;
    ob_dereference(object);
    return STATUS_NO_TOKEN;
}

NTSTATUS NTAPI NtOpenThreadToken(HANDLE thread, ACCESS_MASK access, BOOLEAN as_self, PHANDLE handle)
{
    return NtOpenThreadTokenEx(thread, access, as_self, 0, handle);
}

// ---- what drivers call --------------------------------------------------------------------------------------------

PACCESS_TOKEN NTAPI PsReferencePrimaryToken(PEPROCESS process)
{
    if (process->Pcb.token)
        ob_reference(process->Pcb.token);
    return process->Pcb.token;
}

VOID NTAPI PsDereferencePrimaryToken(PACCESS_TOKEN token)
{
    ob_dereference(token);
}

// NULL: the thread acts for its process.
PACCESS_TOKEN NTAPI PsReferenceImpersonationToken(PETHREAD thread, PBOOLEAN copy_on_open, PBOOLEAN effective_only,
                                                  PSECURITY_IMPERSONATION_LEVEL level)
{
    (void)thread, (void)copy_on_open, (void)effective_only, (void)level;
    return NULL;
}

VOID NTAPI PsDereferenceImpersonationToken(PACCESS_TOKEN token)
{
    if (token)
        ob_dereference(token);
}
