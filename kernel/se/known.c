// The well-known SIDs, and the table of them and of the privileges that drivers import as SeExports.
#include "se/se.h"

// As SID, with room for the longest of them.
struct known_sid {
    UCHAR revision, count;
    SID_IDENTIFIER_AUTHORITY authority;
    ULONG subauthorities[6];
};

#define COUNT_OF(...) (sizeof((const ULONG[]){__VA_ARGS__}) / sizeof(ULONG))

static const struct known_sid sids[SE_KNOWN_COUNT] = {
#define KNOWN(name, alias, number, ...)                                                                                \
    [SE_##name] = {.revision = SID_REVISION,                                                                           \
                   .count = COUNT_OF(__VA_ARGS__),                                                                     \
                   .authority = {{0, 0, 0, 0, 0, number}},                                                             \
                   .subauthorities = {__VA_ARGS__}},
#include "se/known.def"
#undef KNOWN
};

static const char aliases[SE_KNOWN_COUNT][3] = {
#define KNOWN(name, alias, ...) [SE_##name] = alias,
#include "se/known.def"
#undef KNOWN
};

const SID *se_known(enum se_known which)
{
    return (const SID *)&sids[which];
}

const SID *se_known_by_alias(const char *letters)
{
    for (int i = 0; i < SE_KNOWN_COUNT; i++)
        if (aliases[i][0] && aliases[i][0] == letters[0] && aliases[i][1] == letters[1])
            return se_known((enum se_known)i);
    return NULL;
}

const char *se_alias_of(const SID *sid)
{
    for (int i = 0; i < SE_KNOWN_COUNT; i++)
        if (aliases[i][0] && RtlEqualSid((PSID)sid, (PSID)se_known((enum se_known)i)))
            return aliases[i];
    return NULL;
}

// ---- SeExports ----------------------------------------------------------------------------------------------------

#define SID_OF(which) ((PSID)&sids[SE_##which])

static SE_EXPORTS exports = {
    .SeCreateTokenPrivilege = {2, 0},
    .SeAssignPrimaryTokenPrivilege = {3, 0},
    .SeLockMemoryPrivilege = {4, 0},
    .SeIncreaseQuotaPrivilege = {5, 0},
    .SeUnsolicitedInputPrivilege = {6, 0},
    .SeTcbPrivilege = {7, 0},
    .SeSecurityPrivilege = {8, 0},
    .SeTakeOwnershipPrivilege = {9, 0},
    .SeLoadDriverPrivilege = {10, 0},
    .SeCreatePagefilePrivilege = {15, 0},
    .SeIncreaseBasePriorityPrivilege = {14, 0},
    .SeSystemProfilePrivilege = {11, 0},
    .SeSystemtimePrivilege = {12, 0},
    .SeProfileSingleProcessPrivilege = {13, 0},
    .SeCreatePermanentPrivilege = {16, 0},
    .SeBackupPrivilege = {17, 0},
    .SeRestorePrivilege = {18, 0},
    .SeShutdownPrivilege = {19, 0},
    .SeDebugPrivilege = {20, 0},
    .SeAuditPrivilege = {21, 0},
    .SeSystemEnvironmentPrivilege = {22, 0},
    .SeChangeNotifyPrivilege = {23, 0},
    .SeRemoteShutdownPrivilege = {24, 0},
    .SeNullSid = SID_OF(NULL_SID),
    .SeWorldSid = SID_OF(WORLD),
    .SeLocalSid = SID_OF(LOCAL),
    .SeCreatorOwnerSid = SID_OF(CREATOR_OWNER),
    .SeCreatorGroupSid = SID_OF(CREATOR_GROUP),
    .SeNtAuthoritySid = SID_OF(NT_AUTHORITY),
    .SeDialupSid = SID_OF(DIALUP),
    .SeNetworkSid = SID_OF(NETWORK),
    .SeBatchSid = SID_OF(BATCH),
    .SeInteractiveSid = SID_OF(INTERACTIVE),
    .SeLocalSystemSid = SID_OF(SYSTEM),
    .SeAliasAdminsSid = SID_OF(ADMINISTRATORS),
    .SeAliasUsersSid = SID_OF(USERS),
    .SeAliasGuestsSid = SID_OF(GUESTS),
    .SeAliasPowerUsersSid = SID_OF(POWER_USERS),
    .SeAliasAccountOpsSid = SID_OF(ACCOUNT_OPERATORS),
    .SeAliasSystemOpsSid = SID_OF(SERVER_OPERATORS),
    .SeAliasPrintOpsSid = SID_OF(PRINTER_OPERATORS),
    .SeAliasBackupOpsSid = SID_OF(BACKUP_OPERATORS),
    .SeAuthenticatedUsersSid = SID_OF(AUTHENTICATED_USERS),
    .SeRestrictedSid = SID_OF(RESTRICTED),
    .SeAnonymousLogonSid = SID_OF(ANONYMOUS),
    .SeUndockPrivilege = {25, 0},
    .SeSyncAgentPrivilege = {26, 0},
    .SeEnableDelegationPrivilege = {27, 0},
    .SeLocalServiceSid = SID_OF(LOCAL_SERVICE),
    .SeNetworkServiceSid = SID_OF(NETWORK_SERVICE),
    .SeManageVolumePrivilege = {28, 0},
    .SeImpersonatePrivilege = {29, 0},
    .SeCreateGlobalPrivilege = {30, 0},
    .SeTrustedCredManAccessPrivilege = {31, 0},
    .SeRelabelPrivilege = {32, 0},
    .SeIncreaseWorkingSetPrivilege = {33, 0},
    .SeTimeZonePrivilege = {34, 0},
    .SeCreateSymbolicLinkPrivilege = {35, 0},
    .SeIUserSid = SID_OF(IUSER),
    .SeUntrustedMandatorySid = SID_OF(UNTRUSTED_LABEL),
    .SeLowMandatorySid = SID_OF(LOW_LABEL),
    .SeMediumMandatorySid = SID_OF(MEDIUM_LABEL),
    .SeHighMandatorySid = SID_OF(HIGH_LABEL),
    .SeSystemMandatorySid = SID_OF(SYSTEM_LABEL),
    .SeOwnerRightsSid = SID_OF(OWNER_RIGHTS),
    .SeAllAppPackagesSid = SID_OF(ALL_APP_PACKAGES),
    .SeUserModeDriversSid = SID_OF(USER_MODE_DRIVERS),
    .SeProcTrustWinTcbSid = SID_OF(TRUSTED_WINTCB),
    .SeTrustedInstallerSid = SID_OF(TRUSTED_INSTALLER),
    .SeDelegateSessionUserImpersonatePrivilege = {36, 0},
};

PSE_EXPORTS SeExports = &exports;
