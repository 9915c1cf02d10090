// The security monitor: who somebody is, what an object allows whom, and the decision.
//
//     known.c, sid.c, acl.c          SIDs and ACLs                        Rtl*Sid, Rtl*Ace, Rtl*Acl
//     descriptor.c, relative.c       security descriptors, both forms     Rtl*SecurityDescriptor, Rtl*SD
//     capture.c                      out of a caller's memory             SeCaptureSecurityDescriptor
//     sddl_read.c, sddl_write.c      as text
//     token.c, token_query.c         the identity of a process
//     access.c                       the decision                         SeAccessCheck
//     subject.c, privilege.c         what drivers ask about a caller
//     assign.c, object.c             descriptors of objects               NtSetSecurityObject
//     open.c                         what ob asks: may this thread open that object?
//
// Descriptors inside the kernel are self-relative, in pool and checked: se_check_descriptor has said yes to
// them.
#pragma once

#include "ob/ob.h"

enum {
    SE_ACE_HEAD = 8,   // ACE_HEADER and mask; the SID follows
    SE_SID_HEAD = 8,   // before the subauthorities
    SE_MAX_SID = 68,   // bytes
    SE_SID_TEXT = 192, // bytes that hold any SID as text
    SE_TAG = 'S' | 'e' << 8 | 'S' << 16 | 'd' << 24,
};

// ---- well-known SIDs ----------------------------------------------------------------------------------------------

enum se_known {
#define KNOWN(name, ...) SE_##name,
#include "se/known.def"
#undef KNOWN
    SE_KNOWN_COUNT,
};

const SID *se_known(enum se_known which);
// By the two letters of SDDL; NULL none.
const SID *se_known_by_alias(const char *letters);
// The two letters of a SID; NULL none.
const char *se_alias_of(const SID *sid);

// ---- structures in untrusted memory -------------------------------------------------------------------------------

// Bytes of the SID, 0 when it is none or reaches beyond limit.
size_t se_check_sid(const void *sid, size_t limit);
// The ACL, all its ACEs and their SIDs lie within limit bytes.
bool se_check_acl(const void *acl, size_t limit);
// A self-relative descriptor within `bytes` bytes.
bool se_check_descriptor(const void *descriptor, size_t bytes);

// As snprintf: S-1-5-18.
size_t se_sid_to_text(const SID *sid, char *text, size_t size);
// The SID of an ACE that has one at a place we know; NULL for others.
const SID *se_ace_sid(const ACE_HEADER *ace);
// As RtlAddAccessAllowedAceEx, for ACEs of any type that consists of a mask and a SID.
NTSTATUS se_add_ace(PACL acl, ULONG revision, UCHAR type, ULONG flags, ACCESS_MASK access, const SID *sid);
// Gives up the room behind the last ACE.
void se_trim_acl(ACL *acl);
// Generic rights of an ACL into those of a type; inherit-only ACEs keep theirs.
void se_map_acl(ACL *acl, const GENERIC_MAPPING *mapping);

// ---- descriptors --------------------------------------------------------------------------------------------------

// What a descriptor consists of, whichever form it has.
struct se_parts {
    SECURITY_DESCRIPTOR_CONTROL control;
    const SID *owner, *group; // NULL: absent
    const ACL *dacl, *sacl;   // NULL: none; the control bits say whether that means "NULL ACL"
};

struct se_parts se_parts_of(const void *descriptor);
size_t se_parts_bytes(const struct se_parts *parts);
// Writes the self-relative form: se_parts_bytes(parts) bytes.
void se_write_parts(const struct se_parts *parts, void *descriptor);
// The same in pool; NULL on exhaustion.
void *se_build(const struct se_parts *parts);
// Bytes of a self-relative descriptor.
size_t se_descriptor_bytes(const void *descriptor);

// A caller's descriptor, either form, into pool (ex_free). STATUS_ACCESS_VIOLATION, STATUS_UNKNOWN_REVISION,
// STATUS_INVALID_SID, STATUS_INVALID_ACL, STATUS_INSUFFICIENT_RESOURCES.
NTSTATUS se_capture(const void *descriptor, KPROCESSOR_MODE mode, void **captured);

// ---- text ---------------------------------------------------------------------------------------------------------

// "D:P(A;;GA;;;SY)" to a self-relative descriptor in pool. Owner, group, DACL, SACL; ACE types A, D, AU, ML;
// rights as letters or numbers; SIDs as letters or S-1-... . STATUS_INVALID_PARAMETER for anything else.
NTSTATUS se_sddl_to_descriptor(const UNICODE_STRING *text, void **descriptor);
// The other way, as snprintf writes: at most size bytes with the terminator; returns the characters it takes.
size_t se_descriptor_to_sddl(const void *descriptor, char *text, size_t size);

// ---- tokens -------------------------------------------------------------------------------------------------------

enum { SE_MAX_GROUPS = 8, SE_DEFAULT_DACL = 128 };

struct se_group {
    const SID *sid; // in the token or well-known
    ULONG attributes;
};

struct se_token {
    LUID id, authentication;
    uint64_t privileges; // bit n: privilege n is held and enabled
    ULONG group_count;
    struct se_group groups[SE_MAX_GROUPS]; // the first is the user
    const SID *owner, *primary_group;      // of objects it makes
    bool administrator;
    union {
        SID sid;
        unsigned char bytes[SE_MAX_SID];
    } user;
    union {
        ACL acl;
        unsigned char bytes[SE_DEFAULT_DACL];
    } default_dacl; // of objects it makes
};

extern struct _OBJECT_TYPE se_token_type;

// Tokens are objects; the reference is the caller's. NULL on exhaustion.
struct se_token *se_create_system_token(void);
// root and the owner of this kernel are administrators, others users. The user's SID is S-1-22-1-uid, as
// Samba writes Unix users.
struct se_token *se_create_user_token(uint32_t uid);
// Of the calling thread's process; not referenced. NULL before there is one.
struct se_token *se_current_token(void);
bool se_token_has(const struct se_token *token, const SID *sid, bool to_deny);

// Whether the caller has it: kernel mode has every privilege.
bool se_has_privilege(ULONG privilege, KPROCESSOR_MODE mode);

// An answer about a token: pool, pointers in it count from `base` (the place it will be copied to).
struct se_answer {
    void *data;
    ULONG length;
};
NTSTATUS se_query_token(const struct se_token *token, TOKEN_INFORMATION_CLASS information_class, uintptr_t base,
                        struct se_answer *answer);

// ---- the decision -------------------------------------------------------------------------------------------------

// May the token have `desired` on what the descriptor protects? STATUS_SUCCESS with the rights in *granted
// (mapped; all that are allowed for MAXIMUM_ALLOWED), STATUS_ACCESS_DENIED, STATUS_PRIVILEGE_NOT_HELD.
//
//     KernelMode             always
//     no DACL, NULL DACL     everything          empty DACL       nothing
//     ACEs                   in their order, until every right is allowed or one is denied
//     owner                  READ_CONTROL and WRITE_DAC, unless an ACE for OWNER RIGHTS says otherwise
NTSTATUS se_access_check(const void *descriptor, const struct se_token *token, ACCESS_MASK desired,
                         const GENERIC_MAPPING *mapping, KPROCESSOR_MODE mode, ACCESS_MASK *granted);

// ---- descriptors of objects ---------------------------------------------------------------------------------------

// The descriptor a new object gets: `given` where it says something (NULL: nowhere), the token's defaults
// elsewhere.
NTSTATUS se_assign(const void *given, const struct se_token *token, const GENERIC_MAPPING *mapping, void **descriptor);
// `old` with the parts that information names taken from `given`.
NTSTATUS se_merge(const void *old, const void *given, SECURITY_INFORMATION information, const GENERIC_MAPPING *mapping,
                  void **descriptor);
// Leaves the parts that information names.
void se_select_parts(struct se_parts *parts, SECURITY_INFORMATION information);
// Takes over a descriptor from pool.
void se_set_descriptor(void *object, void *descriptor);
NTSTATUS se_set_sddl(void *object, const WCHAR *sddl);
// A copy in pool; NULL in *descriptor when nothing protects the object.
NTSTATUS se_copy_descriptor(void *object, void **descriptor);
NTSTATUS se_set_security(void *object, SECURITY_INFORMATION information, const void *descriptor);
// As se_access_check, with the descriptor that protects the object (none: everything is allowed).
NTSTATUS se_check_object(void *object, ACCESS_MASK desired, const GENERIC_MAPPING *mapping, KPROCESSOR_MODE mode,
                         ACCESS_MASK *granted);

NTSTATUS se_init_objects(void);
void se_shutdown_objects(void);
// After ob_init: ob asks from now on, the directories that exist get their descriptors.
NTSTATUS se_init(void);
void se_shutdown(void);
