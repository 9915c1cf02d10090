// Subject contexts and access states: "who asks", as drivers carry it about.
//
// Tokens do not change and threads do not impersonate here, so capturing is referencing the process's token
// and locking has nothing to do.
// https://learn.microsoft.com/windows-hardware/drivers/ddi/ntifs/nf-ntifs-secapturesubjectcontext
#include "se/se.h"

static void capture(struct _KPROCESS *process, PSECURITY_SUBJECT_CONTEXT subject)
{
    *subject = (SECURITY_SUBJECT_CONTEXT){.PrimaryToken = process->token, .ProcessAuditId = process};
    if (process->token)
        ob_reference(process->token);
}

VOID NTAPI SeCaptureSubjectContext(PSECURITY_SUBJECT_CONTEXT subject)
{
    capture(ke_current_thread()->Process, subject);
}

VOID NTAPI SeCaptureSubjectContextEx(PETHREAD thread, PEPROCESS process, PSECURITY_SUBJECT_CONTEXT subject)
{
    (void)thread;
    capture((struct _KPROCESS *)process, subject);
}

VOID NTAPI SeLockSubjectContext(PSECURITY_SUBJECT_CONTEXT subject)
{
    (void)subject;
}

VOID NTAPI SeUnlockSubjectContext(PSECURITY_SUBJECT_CONTEXT subject)
{
    (void)subject;
}

VOID NTAPI SeReleaseSubjectContext(PSECURITY_SUBJECT_CONTEXT subject)
{
    if (subject->PrimaryToken)
        ob_dereference(subject->PrimaryToken);
    if (subject->ClientToken)
        ob_dereference(subject->ClientToken);
    subject->PrimaryToken = subject->ClientToken = NULL;
}

// ---- access states ------------------------------------------------------------------------------------------------

// What is kept in the caller's auxiliary block, which is larger.
struct auxiliary {
    PPRIVILEGE_SET privileges;
    GENERIC_MAPPING mapping;
};

VOID NTAPI SeSetAccessStateGenericMapping(PACCESS_STATE state, PGENERIC_MAPPING mapping)
{
    if (state->AuxData)
        ((struct auxiliary *)state->AuxData)->mapping = *mapping;
}

NTSTATUS NTAPI SeCreateAccessState(PACCESS_STATE state, PVOID auxiliary, ACCESS_MASK access, PGENERIC_MAPPING mapping)
{
    if (mapping)
        RtlMapGenericMask(&access, mapping);
    *state = (ACCESS_STATE){.OriginalDesiredAccess = access, .RemainingDesiredAccess = access, .AuxData = auxiliary};
    if (auxiliary)
        *(struct auxiliary *)auxiliary = (struct auxiliary){.mapping = mapping ? *mapping : (GENERIC_MAPPING){0}};
    SeCaptureSubjectContext(&state->SubjectSecurityContext);
    return STATUS_SUCCESS;
}

VOID NTAPI SeDeleteAccessState(PACCESS_STATE state)
{
    SeReleaseSubjectContext(&state->SubjectSecurityContext);
}
