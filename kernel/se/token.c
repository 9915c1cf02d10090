// Tokens: what a process may do. They never change, so readers need no lock.
//
//                    user               groups                                             privileges
//     system         SYSTEM             Administrators, Everyone, Authenticated Users       all
//     administrator  S-1-22-1-uid       the same, Users, Interactive, Local                 an
//     administrator's user           S-1-22-1-uid       Everyone, Authenticated Users, Users, ...
//     SeChangeNotifyPrivilege
//
// An administrator is whom this kernel belongs to, and root: Windows' question "elevated or not" has no
// counterpart here, so an administrator's privileges are enabled from the start.
#include "se/se.h"

enum {
    GROUP = SE_GROUP_MANDATORY | SE_GROUP_ENABLED_BY_DEFAULT | SE_GROUP_ENABLED,
    UNIX_AUTHORITY = 22,
    UNIX_USER = 1,
    LAST_PRIVILEGE = 36,
};

#define PRIVILEGE(name) (1ull << SE_##name##_PRIVILEGE)

static const uint64_t all_privileges = ((1ull << (LAST_PRIVILEGE + 1)) - 1) & ~3ull;
static const uint64_t administrator_privileges =
    PRIVILEGE(INCREASE_QUOTA) | PRIVILEGE(SECURITY) | PRIVILEGE(TAKE_OWNERSHIP) | PRIVILEGE(LOAD_DRIVER) |
    PRIVILEGE(SYSTEM_PROFILE) | PRIVILEGE(SYSTEMTIME) | PRIVILEGE(PROF_SINGLE_PROCESS) | PRIVILEGE(INC_BASE_PRIORITY) |
    PRIVILEGE(CREATE_PAGEFILE) | PRIVILEGE(BACKUP) | PRIVILEGE(RESTORE) | PRIVILEGE(SHUTDOWN) | PRIVILEGE(DEBUG) |
    PRIVILEGE(SYSTEM_ENVIRONMENT) | PRIVILEGE(CHANGE_NOTIFY) | PRIVILEGE(REMOTE_SHUTDOWN) | PRIVILEGE(UNDOCK) |
    PRIVILEGE(MANAGE_VOLUME) | PRIVILEGE(IMPERSONATE) | PRIVILEGE(CREATE_GLOBAL);
static const uint64_t user_privileges = PRIVILEGE(CHANGE_NOTIFY) | PRIVILEGE(UNDOCK);

struct _OBJECT_TYPE se_token_type = {
    .name = L"Token",
    .tag = EX_TAG('T', 'o', 'k', 'e'),
    .mapping = {.GenericRead = STANDARD_RIGHTS_READ | TOKEN_QUERY | TOKEN_DUPLICATE | TOKEN_IMPERSONATE,
                .GenericWrite =
                    STANDARD_RIGHTS_WRITE | TOKEN_ADJUST_PRIVILEGES | TOKEN_ADJUST_GROUPS | TOKEN_ADJUST_DEFAULT,
                .GenericExecute = STANDARD_RIGHTS_EXECUTE,
                .GenericAll = TOKEN_ALL_ACCESS},
};

POBJECT_TYPE nt_SeTokenObjectType_value = &se_token_type;

static void add_group(struct se_token *token, enum se_known which, ULONG attributes)
{
    token->groups[token->group_count++] = (struct se_group){.sid = se_known(which), .attributes = attributes};
}

static struct se_token *create(const SID *user, uint64_t privileges)
{
    static _Atomic ULONG last_id = 1000;
    void *object;
    if (!NT_SUCCESS(ob_create(&se_token_type, sizeof(struct se_token), &object)))
        return NULL;
    struct se_token *token = object;
    RtlCopySid(sizeof token->user, &token->user, (PSID)user);
    RtlCreateAcl(&token->default_dacl.acl, sizeof token->default_dacl, ACL_REVISION);
    token->id.LowPart = atomic_fetch_add(&last_id, 1);
    token->privileges = privileges;
    token->groups[token->group_count++] = (struct se_group){.sid = &token->user.sid, .attributes = SE_GROUP_ENABLED};
    token->owner = &token->user.sid;
    return token;
}

static void allow(struct se_token *token, const SID *sid, ACCESS_MASK access)
{
    RtlAddAccessAllowedAce(&token->default_dacl.acl, ACL_REVISION, access, (PSID)sid);
}

// The default DACL of the system process lets an administrator wait for a driver's event and not set it, as
// Microsoft's knowledge base says of Windows (Q228785).
struct se_token *se_create_system_token(void)
{
    struct se_token *token = create(se_known(SE_SYSTEM), all_privileges);
    if (!token)
        return NULL;
    add_group(token, SE_ADMINISTRATORS, GROUP | SE_GROUP_OWNER);
    add_group(token, SE_WORLD, GROUP);
    add_group(token, SE_AUTHENTICATED_USERS, GROUP);
    token->authentication.LowPart = 0x3e7; // SYSTEM_LUID
    token->owner = se_known(SE_ADMINISTRATORS);
    token->primary_group = se_known(SE_SYSTEM);
    token->administrator = true;
    allow(token, se_known(SE_SYSTEM), GENERIC_ALL);
    allow(token, se_known(SE_ADMINISTRATORS), GENERIC_READ | GENERIC_EXECUTE | READ_CONTROL);
    se_trim_acl(&token->default_dacl.acl);
    return token;
}

struct se_token *se_create_user_token(uint32_t uid)
{
    union {
        SID sid;
        unsigned char bytes[SE_MAX_SID];
    } user = {.sid = {.Revision = SID_REVISION,
                      .SubAuthorityCount = 2,
                      .IdentifierAuthority = {{0, 0, 0, 0, 0, UNIX_AUTHORITY}},
                      .SubAuthority = {UNIX_USER}}};
    bool administrator = uid == 0 || uid == hal_user_number();
    *RtlSubAuthoritySid(&user, 1) = uid;
    struct se_token *token = create(&user.sid, administrator ? administrator_privileges : user_privileges);
    if (!token)
        return NULL;
    add_group(token, SE_WORLD, GROUP);
    add_group(token, SE_AUTHENTICATED_USERS, GROUP);
    if (administrator)
        add_group(token, SE_ADMINISTRATORS, GROUP | SE_GROUP_OWNER);
    add_group(token, SE_USERS, GROUP);
    add_group(token, SE_INTERACTIVE, GROUP);
    add_group(token, SE_LOCAL, GROUP);
    token->authentication.LowPart = uid;
    token->authentication.HighPart = 1;
    token->primary_group = se_known(SE_USERS);
    token->administrator = administrator;
    if (administrator) {
        token->owner = se_known(SE_ADMINISTRATORS);
        allow(token, se_known(SE_ADMINISTRATORS), GENERIC_ALL);
    }
    allow(token, &token->user.sid, GENERIC_ALL);
    allow(token, se_known(SE_SYSTEM), GENERIC_ALL);
    se_trim_acl(&token->default_dacl.acl);
    return token;
}

struct se_token *se_current_token(void)
{
    return ke_current_thread()->Process->token;
}

bool se_token_has(const struct se_token *token, const SID *sid, bool to_deny)
{
    ULONG wanted = to_deny ? SE_GROUP_ENABLED | SE_GROUP_USE_FOR_DENY_ONLY : SE_GROUP_ENABLED;
    for (ULONG i = 0; i < token->group_count; i++)
        if ((token->groups[i].attributes & wanted) && RtlEqualSid((PSID)token->groups[i].sid, (PSID)sid))
            return true;
    return false;
}

// ---- what drivers call --------------------------------------------------------------------------------------------

BOOLEAN NTAPI SeTokenIsAdmin(PACCESS_TOKEN token)
{
    return se_token_has(token, se_known(SE_ADMINISTRATORS), false);
}

BOOLEAN NTAPI SeTokenIsRestricted(PACCESS_TOKEN token)
{
    (void)token;
    return FALSE; // there are none here
}

TOKEN_TYPE NTAPI SeTokenType(PACCESS_TOKEN token)
{
    (void)token;
    return TokenPrimary; // nobody impersonates here
}

SECURITY_IMPERSONATION_LEVEL NTAPI SeTokenImpersonationLevel(PACCESS_TOKEN token)
{
    (void)token;
    return SecurityAnonymous;
}

NTSTATUS NTAPI SeQueryAuthenticationIdToken(PACCESS_TOKEN token, PLUID authentication_id)
{
    *authentication_id = ((struct se_token *)token)->authentication;
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI SeQuerySessionIdToken(PACCESS_TOKEN token, PULONG session_id)
{
    (void)token;
    *session_id = 0;
    return STATUS_SUCCESS;
}
