// Processes and threads by their numbers. ntifs/nf-ntifs-pslookupprocessbyprocessid, -pslookupthreadbythreadid.
#include "ps/ps.h"

static bool has_id(struct _EPROCESS *process, void *context)
{
    return process->id == context;
}

// STATUS_INVALID_CID when there is none. *process is referenced.
NTSTATUS NTAPI PsLookupProcessByProcessId(HANDLE id, PEPROCESS *process)
{
    struct _EPROCESS *found = ps_find_process(has_id, id);
    if (!found)
        return STATUS_INVALID_CID;
    *process = found;
    return STATUS_SUCCESS;
}

struct search {
    HANDLE id;
    struct _ETHREAD *found; // referenced
};

static bool has_thread(struct _EPROCESS *process, void *context)
{
    struct search *search = context;
    struct _ETHREAD *thread = ps_next_thread(process, NULL);
    while (thread && thread->Cid.UniqueThread != search->id)
        thread = ps_next_thread(process, thread);
    search->found = thread;
    return thread;
}

// STATUS_INVALID_PARAMETER when there is none. *thread is referenced.
NTSTATUS NTAPI PsLookupThreadByThreadId(HANDLE id, PETHREAD *thread)
{
    struct search search = {.id = id};
    struct _EPROCESS *process = ps_find_process(has_thread, &search);
    if (!process)
        return STATUS_INVALID_PARAMETER;
    ob_dereference(process);
    *thread = search.found;
    return STATUS_SUCCESS;
}

// Both must fit together. process may be NULL; what is returned is referenced.
NTSTATUS NTAPI PsLookupProcessThreadByCid(PCLIENT_ID id, PEPROCESS *process, PETHREAD *thread)
{
    PETHREAD found;
    NTSTATUS status = PsLookupThreadByThreadId(id->UniqueThread, &found);
    if (!NT_SUCCESS(status))
        return STATUS_INVALID_CID;
    if (found->Cid.UniqueProcess != id->UniqueProcess) {
        ob_dereference(found);
        return STATUS_INVALID_CID;
    }
    *thread = found;
    if (process) {
        ob_reference(found->process);
        *process = found->process;
    }
    return STATUS_SUCCESS;
}

PEPROCESS NTAPI PsGetThreadProcess(PETHREAD thread)
{
    return thread->process;
}
