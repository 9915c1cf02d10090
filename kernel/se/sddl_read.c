// From text to a security descriptor.
//
//     [O:sid][G:sid][D:flags(ace)...][S:flags(ace)...]        flags: P, AR, AI; NO_ACCESS_CONTROL
//     ace = type;flags;rights;;;sid                           sid: two letters, or S-1-5-32-544
//
// What IoCreateDeviceSecure takes on Windows ("SDDL for Device Objects") is a part of this. ACEs for object
// classes, conditions and claims are refused. The text may come from anybody: each step checks that there is
// text left.
//
// https://learn.microsoft.com/windows/win32/secauthz/security-descriptor-string-format
#include "se/sddl.h"

#include <string.h>

struct reader {
    const WCHAR *at, *end;
    union sid_buffer {
        SID sid;
        unsigned char bytes[SE_MAX_SID];
    } owner, group;
    ACL *dacl, *sacl; // pool
    struct se_parts parts;
};

static WCHAR peek(const struct reader *reader, size_t ahead)
{
    return (size_t)(reader->end - reader->at) > ahead ? reader->at[ahead] : 0;
}

static bool take(struct reader *reader, const char *text)
{
    size_t length = strlen(text);
    for (size_t i = 0; i < length; i++)
        if (RtlUpcaseUnicodeChar(peek(reader, i)) != (WCHAR)text[i])
            return false;
    reader->at += length;
    return true;
}

// ---- words and numbers --------------------------------------------------------------------------------------------

// Digits up to what is none; false when there is none or the number is larger than limit.
static bool take_digits(struct reader *reader, unsigned base, uint64_t limit, uint64_t *number)
{
    const WCHAR *begin = reader->at;
    *number = 0;
    for (;; reader->at++) {
        WCHAR c = RtlUpcaseUnicodeChar(peek(reader, 0));
        unsigned digit = c >= '0' && c <= '9' ? c - (unsigned)'0' : c >= 'A' && c <= 'F' ? c - 'A' + 10u : 99;
        if (digit >= base)
            return reader->at != begin;
        *number = *number * base + digit;
        if (*number > limit)
            return false;
    }
}

static bool take_number(struct reader *reader, uint64_t limit, uint64_t *number)
{
    return take_digits(reader, take(reader, "0X") ? 16 : 10, limit, number);
}

// Any number of the words, up to the semicolon behind them.
static bool take_words(struct reader *reader, const struct sddl_word *words, ULONG *value)
{
    *value = 0;
    while (peek(reader, 0) != ';') {
        const struct sddl_word *word = words;
        while (word->letters[0] && !take(reader, word->letters))
            word++;
        if (!word->letters[0])
            return false;
        *value |= word->value;
    }
    return true;
}

static bool take_rights(struct reader *reader, ULONG *rights)
{
    uint64_t number;
    if (peek(reader, 0) < '0' || peek(reader, 0) > '9')
        return take_words(reader, sddl_rights, rights);
    bool ok = take_number(reader, UINT32_MAX, &number);
    *rights = (ULONG)number;
    return ok;
}

// ---- SIDs ---------------------------------------------------------------------------------------------------------

static bool take_numeric_sid(struct reader *reader, union sid_buffer *buffer)
{
    uint64_t number;
    ULONG count = 0;
    if (!take(reader, "S-1-") || !take_number(reader, 0xffffffffffff, &number))
        return false;
    for (int i = 5; i >= 0; i--, number >>= 8)
        buffer->sid.IdentifierAuthority.Value[i] = (UCHAR)number;
    while (count < SID_MAX_SUB_AUTHORITIES && take(reader, "-")) {
        if (!take_number(reader, UINT32_MAX, &number))
            return false;
        *RtlSubAuthoritySid(&buffer->sid, count++) = (ULONG)number;
    }
    buffer->sid.Revision = SID_REVISION;
    buffer->sid.SubAuthorityCount = (UCHAR)count;
    return count > 0;
}

static bool take_sid(struct reader *reader, union sid_buffer *buffer)
{
    WCHAR first = RtlUpcaseUnicodeChar(peek(reader, 0)), second = RtlUpcaseUnicodeChar(peek(reader, 1));
    if (first == 'S' && second == '-')
        return take_numeric_sid(reader, buffer);
    if (first > 'Z' || second > 'Z')
        return false;
    const SID *known = se_known_by_alias((char[]){(char)first, (char)second, 0});
    if (!known)
        return false;
    reader->at += 2;
    return NT_SUCCESS(RtlCopySid(sizeof *buffer, &buffer->sid, (PSID)known));
}

// ---- ACLs ---------------------------------------------------------------------------------------------------------

static bool take_type(struct reader *reader, bool system, UCHAR *type)
{
    const struct sddl_word *word = sddl_types;
    // "A" is the beginning of "AU", so the semicolon belongs to the word.
    for (; word->letters[0]; word++) {
        const WCHAR *before = reader->at;
        if (take(reader, word->letters) && take(reader, ";"))
            break;
        reader->at = before;
    }
    *type = (UCHAR)word->value;
    return word->letters[0] && system == (*type == SYSTEM_AUDIT_ACE_TYPE || *type == SYSTEM_MANDATORY_LABEL_ACE_TYPE);
}

static NTSTATUS take_ace(struct reader *reader, bool system, ACL *acl)
{
    union sid_buffer sid;
    ULONG flags, rights;
    UCHAR type;
    if (!take_type(reader, system, &type) || !take_words(reader, sddl_flags, &flags) || !take(reader, ";"))
        return STATUS_INVALID_PARAMETER;
    if (!system && (flags & (SUCCESSFUL_ACCESS_ACE_FLAG | FAILED_ACCESS_ACE_FLAG)))
        return STATUS_INVALID_PARAMETER;
    bool ok = type == SYSTEM_MANDATORY_LABEL_ACE_TYPE ? take_words(reader, sddl_label_rights, &rights)
                                                      : take_rights(reader, &rights);
    if (!ok || !take(reader, ";;;") || !take_sid(reader, &sid) || !take(reader, ")"))
        return STATUS_INVALID_PARAMETER;
    NTSTATUS status = se_add_ace(acl, ACL_REVISION, type, flags, rights, &sid.sid);
    return status == STATUS_ALLOTTED_SPACE_EXCEEDED ? STATUS_INVALID_PARAMETER : status;
}

// Bytes that hold the ACEs that follow, whatever they are.
static size_t acl_room(const struct reader *reader)
{
    size_t aces = 0, room;
    for (const WCHAR *at = reader->at; at < reader->end; at++)
        aces += *at == '(';
    room = sizeof(ACL) + aces * (SE_ACE_HEAD + SE_MAX_SID);
    return room < 0xfffc ? room : 0xfffc;
}

static NTSTATUS take_acl(struct reader *reader, bool system, ACL **acl)
{
    ACL *room;
    if (*acl)
        return STATUS_INVALID_PARAMETER; // a second time
    size_t bytes = acl_room(reader);
    if (!(room = ex_allocate(bytes, SE_TAG)))
        return STATUS_INSUFFICIENT_RESOURCES;
    *acl = room;
    NTSTATUS status = RtlCreateAcl(room, (ULONG)bytes, ACL_REVISION);
    while (NT_SUCCESS(status) && take(reader, "("))
        status = take_ace(reader, system, room);
    se_trim_acl(room);
    return status;
}

static unsigned take_acl_flags(struct reader *reader, bool system)
{
    unsigned flags = 0;
    for (;;) {
        if (take(reader, "P"))
            flags |= system ? SE_SACL_PROTECTED : SE_DACL_PROTECTED;
        else if (take(reader, "AR"))
            flags |= system ? SE_SACL_AUTO_INHERIT_REQ : SE_DACL_AUTO_INHERIT_REQ;
        else if (take(reader, "AI"))
            flags |= system ? SE_SACL_AUTO_INHERITED : SE_DACL_AUTO_INHERITED;
        else
            return flags;
    }
}

static NTSTATUS take_dacl(struct reader *reader)
{
    if (reader->parts.control & SE_DACL_PRESENT)
        return STATUS_INVALID_PARAMETER;
    reader->parts.control |= (SECURITY_DESCRIPTOR_CONTROL)(SE_DACL_PRESENT | take_acl_flags(reader, false));
    if (take(reader, "NO_ACCESS_CONTROL"))
        return STATUS_SUCCESS;
    NTSTATUS status = take_acl(reader, false, &reader->dacl);
    reader->parts.dacl = reader->dacl;
    return status;
}

static NTSTATUS take_sacl(struct reader *reader)
{
    reader->parts.control |= (SECURITY_DESCRIPTOR_CONTROL)(SE_SACL_PRESENT | take_acl_flags(reader, true));
    NTSTATUS status = take_acl(reader, true, &reader->sacl);
    reader->parts.sacl = reader->sacl;
    return status;
}

// ---- the whole ----------------------------------------------------------------------------------------------------

static NTSTATUS take_named_sid(struct reader *reader, union sid_buffer *buffer, const SID **sid)
{
    if (*sid || !take_sid(reader, buffer))
        return STATUS_INVALID_PARAMETER;
    *sid = &buffer->sid;
    return STATUS_SUCCESS;
}

static NTSTATUS take_part(struct reader *reader)
{
    if (take(reader, "O:"))
        return take_named_sid(reader, &reader->owner, &reader->parts.owner);
    if (take(reader, "G:"))
        return take_named_sid(reader, &reader->group, &reader->parts.group);
    if (take(reader, "D:"))
        return take_dacl(reader);
    return take(reader, "S:") ? take_sacl(reader) : STATUS_INVALID_PARAMETER;
}

NTSTATUS se_sddl_to_descriptor(const UNICODE_STRING *text, void **descriptor)
{
    struct reader reader = {.at = text->Buffer, .end = text->Buffer + text->Length / sizeof(WCHAR)};
    NTSTATUS status = text->Length % sizeof(WCHAR) ? STATUS_INVALID_PARAMETER : STATUS_SUCCESS;
    *descriptor = NULL;
    while (NT_SUCCESS(status) && reader.at < reader.end)
        status = take_part(&reader);
    if (NT_SUCCESS(status) && !(*descriptor = se_build(&reader.parts)))
        status = STATUS_INSUFFICIENT_RESOURCES;
    if (reader.dacl)
        ex_free(reader.dacl);
    if (reader.sacl)
        ex_free(reader.sacl);
    return status;
}
