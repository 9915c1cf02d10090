// Routines that drivers want called when the machine stops. It does not stop here, one driver does; so they are kept and
// given back, and never called.
// wdm/nf-wdm-keregisterbugcheckcallback, -keregisterbugcheckreasoncallback.
#include "ke/ke.h"

enum { INSERTED = 1 }; // BufferInserted of the record's State

static BOOLEAN set_state(UCHAR *state, UCHAR before, UCHAR after)
{
    ke_lock_dispatcher();
    bool changed = (*state == INSERTED) == (before == INSERTED);
    if (changed)
        *state = after;
    ke_unlock_dispatcher();
    return changed;
}

// FALSE when it is registered already.
BOOLEAN NTAPI KeRegisterBugCheckCallback(PKBUGCHECK_CALLBACK_RECORD record, PKBUGCHECK_CALLBACK_ROUTINE routine,
                                         PVOID buffer, ULONG length, PUCHAR component)
{
    if (!set_state(&record->State, 0, INSERTED))
        return FALSE;
    record->CallbackRoutine = routine;
    record->Buffer = buffer;
    record->Length = length;
    record->Component = component;
    return TRUE;
}

BOOLEAN NTAPI KeDeregisterBugCheckCallback(PKBUGCHECK_CALLBACK_RECORD record)
{
    return set_state(&record->State, INSERTED, 0);
}

BOOLEAN NTAPI KeRegisterBugCheckReasonCallback(PKBUGCHECK_REASON_CALLBACK_RECORD record,
                                               PKBUGCHECK_REASON_CALLBACK_ROUTINE routine,
                                               KBUGCHECK_CALLBACK_REASON reason, PUCHAR component)
{
    if (!set_state(&record->State, 0, INSERTED))
        return FALSE;
    record->CallbackRoutine = routine;
    record->Reason = reason;
    record->Component = component;
    return TRUE;
}

BOOLEAN NTAPI KeDeregisterBugCheckReasonCallback(PKBUGCHECK_REASON_CALLBACK_RECORD record)
{
    return set_state(&record->State, INSERTED, 0);
}
