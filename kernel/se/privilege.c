// Privileges: rights that no object gives. Which ones a token holds is in token.c; those it holds are
// enabled.
//
// https://learn.microsoft.com/windows-hardware/drivers/ddi/ntifs/nf-ntifs-seprivilegecheck
#include "se/se.h"

static bool holds(const struct se_token *token, LUID privilege)
{
    return token && privilege.HighPart == 0 && privilege.LowPart < 64 && (token->privileges >> privilege.LowPart & 1);
}

bool se_has_privilege(ULONG privilege, KPROCESSOR_MODE mode)
{
    return mode == KernelMode || holds(se_current_token(), (LUID){privilege, 0});
}

BOOLEAN NTAPI SeSinglePrivilegeCheck(LUID privilege, KPROCESSOR_MODE mode)
{
    return mode == KernelMode || holds(se_current_token(), privilege);
}

// Marks those that are held; TRUE when all are, or any where the set does not ask for all.
BOOLEAN NTAPI SePrivilegeCheck(PPRIVILEGE_SET required, PSECURITY_SUBJECT_CONTEXT subject, KPROCESSOR_MODE mode)
{
    const struct se_token *token = subject->ClientToken ? subject->ClientToken : subject->PrimaryToken;
    ULONG held = 0;
    if (mode == KernelMode)
        return TRUE;
    for (ULONG i = 0; i < required->PrivilegeCount; i++)
        if (holds(token, required->Privilege[i].Luid)) {
            required->Privilege[i].Attributes |= SE_PRIVILEGE_USED_FOR_ACCESS;
            held++;
        }
    return required->Control & PRIVILEGE_SET_ALL_NECESSARY ? held == required->PrivilegeCount : held > 0;
}

// What SeAccessCheck gave; it gives NULL.
VOID NTAPI SeFreePrivileges(PPRIVILEGE_SET privileges)
{
    if (privileges)
        ex_free(privileges);
}
