// From a security descriptor to text, for people and tools. What has no letters is written as a number.
#include "se/sddl.h"

#include <stdarg.h>
#include <stdio.h>

struct writer {
    char *text;
    size_t size, used;
};

__attribute__((format(printf, 2, 3))) static void put(struct writer *writer, const char *format, ...)
{
    size_t at = writer->used < writer->size ? writer->used : writer->size;
    va_list arguments;
    va_start(arguments, format);
    writer->used += (size_t)vsnprintf(writer->text ? writer->text + at : NULL, writer->size - at, format, arguments);
    va_end(arguments);
}

static void put_sid(struct writer *writer, const SID *sid)
{
    char text[SE_SID_TEXT];
    const char *alias = se_alias_of(sid);
    if (!alias)
        se_sid_to_text(sid, text, sizeof text);
    put(writer, "%s", alias ? alias : text);
}

static bool one_bit(ULONG value)
{
    return (value & (value - 1)) == 0;
}

// The letters of each bit; false when one has none.
static bool put_words(struct writer *writer, const struct sddl_word *words, ULONG value)
{
    ULONG left = value;
    for (const struct sddl_word *word = words; word->letters[0]; word++)
        if (one_bit(word->value))
            left &= ~word->value;
    if (left)
        return false;
    for (const struct sddl_word *word = words; word->letters[0]; word++)
        if (one_bit(word->value) && (value & word->value))
            put(writer, "%s", word->letters);
    return true;
}

static void put_rights(struct writer *writer, const struct sddl_word *words, ULONG rights)
{
    for (const struct sddl_word *word = words; word->letters[0]; word++)
        if (!one_bit(word->value) && rights == word->value) {
            put(writer, "%s", word->letters);
            return;
        }
    if (!rights || !put_words(writer, words, rights))
        put(writer, "0x%x", rights);
}

static void put_ace(struct writer *writer, const ACE_HEADER *ace)
{
    const struct sddl_word *type = sddl_types;
    bool label = ace->AceType == SYSTEM_MANDATORY_LABEL_ACE_TYPE;
    while (type->letters[0] && type->value != ace->AceType)
        type++;
    if (!type->letters[0]) {
        put(writer, "(0x%x;?)", ace->AceType); // no SDDL: a type that the reader refuses
        return;
    }
    put(writer, "(%s;", type->letters);
    put_words(writer, sddl_flags, ace->AceFlags & ~0x20u);
    put(writer, ";");
    put_rights(writer, label ? sddl_label_rights : sddl_rights, ((const ACCESS_ALLOWED_ACE *)ace)->Mask);
    put(writer, ";;;");
    put_sid(writer, se_ace_sid(ace));
    put(writer, ")");
}

static void put_acl(struct writer *writer, char letter, const ACL *acl, unsigned control, unsigned protected_bit,
                    unsigned request_bit, unsigned inherited_bit)
{
    put(writer, "%c:%s%s%s", letter, control & protected_bit ? "P" : "", control & request_bit ? "AR" : "",
        control & inherited_bit ? "AI" : "");
    if (!acl) {
        put(writer, "NO_ACCESS_CONTROL");
        return;
    }
    const ACE_HEADER *ace = (const ACE_HEADER *)(acl + 1);
    for (unsigned i = 0; i < acl->AceCount; i++, ace = (const ACE_HEADER *)((const char *)ace + ace->AceSize))
        put_ace(writer, ace);
}

size_t se_descriptor_to_sddl(const void *descriptor, char *text, size_t size)
{
    struct writer writer = {.text = text, .size = size};
    struct se_parts parts = se_parts_of(descriptor);
    put(&writer, "%s", ""); // terminates an empty answer
    if (parts.owner) {
        put(&writer, "O:");
        put_sid(&writer, parts.owner);
    }
    if (parts.group) {
        put(&writer, "G:");
        put_sid(&writer, parts.group);
    }
    if (parts.control & SE_DACL_PRESENT)
        put_acl(&writer, 'D', parts.dacl, parts.control, SE_DACL_PROTECTED, SE_DACL_AUTO_INHERIT_REQ,
                SE_DACL_AUTO_INHERITED);
    if ((parts.control & SE_SACL_PRESENT) && parts.sacl)
        put_acl(&writer, 'S', parts.sacl, parts.control, SE_SACL_PROTECTED, SE_SACL_AUTO_INHERIT_REQ,
                SE_SACL_AUTO_INHERITED);
    return writer.used;
}
