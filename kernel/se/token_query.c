// What a token says about itself: SeQueryInformationToken for drivers, NtQueryInformationToken for handles.
//
// An answer is one block. The SIDs it points to lie behind the structure, so the answer is made for the
// address it will have: the block itself for drivers, the caller's buffer for the service.
#include "se/se.h"

#include <string.h>

enum { TAG = 'S' | 'e' << 8 | 'T' << 16 | 'i' << 24, LARGEST = 2048 };

// An answer in the making.
struct block {
    char bytes[LARGEST];
    size_t used;
    uintptr_t base; // where bytes[0] will be
};

static void *reserve(struct block *block, size_t bytes)
{
    void *place = block->bytes + block->used;
    memset(place, 0, bytes);
    block->used += (bytes + 7) & ~(size_t)7;
    return place;
}

static void *append(struct block *block, const void *data, size_t bytes)
{
    size_t at = block->used;
    memcpy(reserve(block, bytes), data, bytes);
    return (void *)(block->base + at);
}

static PSID append_sid(struct block *block, const SID *sid)
{
    return append(block, sid, RtlLengthSid((PSID)sid));
}

static void answer_groups(struct block *block, const struct se_token *token)
{
    ULONG count = token->group_count - 1; // without the user
    TOKEN_GROUPS *groups = reserve(block, offsetof(TOKEN_GROUPS, Groups) + count * sizeof(SID_AND_ATTRIBUTES));
    groups->GroupCount = count;
    for (ULONG i = 0; i < count; i++) {
        const struct se_group *group = &token->groups[i + 1];
        groups->Groups[i] = (SID_AND_ATTRIBUTES){.Sid = append_sid(block, group->sid), .Attributes = group->attributes};
    }
}

static void answer_privileges(struct block *block, const struct se_token *token)
{
    ULONG count = (ULONG)__builtin_popcountll(token->privileges), i = 0;
    TOKEN_PRIVILEGES *answer =
        reserve(block, offsetof(TOKEN_PRIVILEGES, Privileges) + count * sizeof(LUID_AND_ATTRIBUTES));
    answer->PrivilegeCount = count;
    for (ULONG privilege = 0; privilege < 64; privilege++)
        if (token->privileges >> privilege & 1)
            answer->Privileges[i++] = (LUID_AND_ATTRIBUTES){
                .Luid = {privilege, 0}, .Attributes = SE_PRIVILEGE_ENABLED | SE_PRIVILEGE_ENABLED_BY_DEFAULT};
}

static void answer_statistics(struct block *block, const struct se_token *token)
{
    *(TOKEN_STATISTICS *)reserve(block, sizeof(TOKEN_STATISTICS)) = (TOKEN_STATISTICS){
        .TokenId = token->id,
        .AuthenticationId = token->authentication,
        .ExpirationTime = {.QuadPart = INT64_MAX},
        .TokenType = TokenPrimary,
        .GroupCount = token->group_count - 1,
        .PrivilegeCount = (ULONG)__builtin_popcountll(token->privileges),
        .ModifiedId = token->id,
    };
}

static void answer_number(struct block *block, ULONG number)
{
    *(ULONG *)reserve(block, sizeof number) = number;
    block->used = sizeof number;
}

static NTSTATUS fill(struct block *block, const struct se_token *token, TOKEN_INFORMATION_CLASS information_class)
{
    switch (information_class) {
    case TokenUser: {
        TOKEN_USER *user = reserve(block, sizeof *user);
        user->User.Sid = append_sid(block, &token->user.sid);
        return STATUS_SUCCESS;
    }
    case TokenGroups:
        answer_groups(block, token);
        return STATUS_SUCCESS;
    case TokenPrivileges:
        answer_privileges(block, token);
        return STATUS_SUCCESS;
    case TokenOwner: {
        TOKEN_OWNER *owner = reserve(block, sizeof *owner);
        owner->Owner = append_sid(block, token->owner);
        return STATUS_SUCCESS;
    }
    case TokenPrimaryGroup: {
        TOKEN_PRIMARY_GROUP *group = reserve(block, sizeof *group);
        group->PrimaryGroup = append_sid(block, token->primary_group);
        return STATUS_SUCCESS;
    }
    case TokenDefaultDacl: {
        TOKEN_DEFAULT_DACL *dacl = reserve(block, sizeof *dacl);
        dacl->DefaultDacl = append(block, &token->default_dacl, token->default_dacl.acl.AclSize);
        return STATUS_SUCCESS;
    }
    case TokenSource:
        *(TOKEN_SOURCE *)reserve(block, sizeof(TOKEN_SOURCE)) = (TOKEN_SOURCE){.SourceName = "nthost"};
        return STATUS_SUCCESS;
    case TokenStatistics:
        answer_statistics(block, token);
        return STATUS_SUCCESS;
    case TokenType:
        answer_number(block, TokenPrimary);
        return STATUS_SUCCESS;
    case TokenImpersonationLevel: // of a primary token
        return STATUS_INVALID_INFO_CLASS;
    case TokenSessionId:
    case TokenHasRestrictions:
        answer_number(block, 0);
        return STATUS_SUCCESS;
    case TokenElevationType:
        answer_number(block, TokenElevationTypeDefault);
        return STATUS_SUCCESS;
    case TokenElevation:
        answer_number(block, token->administrator);
        return STATUS_SUCCESS;
    default:
        return STATUS_INVALID_INFO_CLASS;
    }
}

NTSTATUS se_query_token(const struct se_token *token, TOKEN_INFORMATION_CLASS information_class, uintptr_t base,
                        struct se_answer *answer)
{
    struct block *block = ex_allocate(sizeof *block, TAG);
    if (!block)
        return STATUS_INSUFFICIENT_RESOURCES;
    block->used = 0;
    block->base = base ? base : (uintptr_t)block->bytes;
    NTSTATUS status = fill(block, token, information_class);
    if (NT_SUCCESS(status))
        *answer = (struct se_answer){.data = block, .length = (ULONG)block->used};
    else
        ex_free(block);
    return status;
}

// The block is the caller's, who frees it with ExFreePool. Session and integrity are answered in the pointer
// itself.
NTSTATUS NTAPI SeQueryInformationToken(PACCESS_TOKEN token, TOKEN_INFORMATION_CLASS information_class,
                                       PVOID *information)
{
    struct se_answer answer;
    if (information_class == TokenSessionId) {
        *(ULONG *)information = 0;
        return STATUS_SUCCESS;
    }
    if (information_class == TokenIntegrityLevel) {
        *(ULONG *)information = ((struct se_token *)token)->administrator ? 12288 : 8192; // high, medium
        return STATUS_SUCCESS;
    }
    NTSTATUS status = se_query_token(token, information_class, 0, &answer);
    if (NT_SUCCESS(status))
        *information = answer.data;
    return status;
}

// STATUS_BUFFER_TOO_SMALL with what it takes in *returned.
NTSTATUS NTAPI NtQueryInformationToken(HANDLE handle, TOKEN_INFORMATION_CLASS information_class, PVOID information,
                                       ULONG length, PULONG returned)
{
    KPROCESSOR_MODE mode = ExGetPreviousMode();
    struct se_answer answer;
    void *token;
    ACCESS_MASK wanted = information_class == TokenSource ? TOKEN_QUERY_SOURCE : TOKEN_QUERY;
    NTSTATUS status = ob_reference_by_handle(handle, wanted, &se_token_type, mode, &token, NULL);
    if (!NT_SUCCESS(status))
        return status;
    status = se_query_token(token, information_class, (uintptr_t)information, &answer);
    ob_dereference(token);
    if (!NT_SUCCESS(status))
        return status;
    if (returned)
        status = mm_copy_out(returned, &answer.length, sizeof answer.length, mode);
    if (NT_SUCCESS(status) && length < answer.length)
        status = STATUS_BUFFER_TOO_SMALL;
    if (NT_SUCCESS(status))
        status = mm_copy_out(information, ((struct block *)answer.data)->bytes, answer.length, mode);
    ex_free(answer.data);
    return status;
}
