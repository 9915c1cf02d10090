// https://learn.microsoft.com/windows/win32/secauthz/ace-strings
#include "se/sddl.h"

const struct sddl_word sddl_types[] = {
    {"A", ACCESS_ALLOWED_ACE_TYPE},
    {"D", ACCESS_DENIED_ACE_TYPE},
    {"AU", SYSTEM_AUDIT_ACE_TYPE},
    {"ML", SYSTEM_MANDATORY_LABEL_ACE_TYPE},
    {"", 0},
};

const struct sddl_word sddl_flags[] = {
    {"OI", OBJECT_INHERIT_ACE},
    {"CI", CONTAINER_INHERIT_ACE},
    {"NP", NO_PROPAGATE_INHERIT_ACE},
    {"IO", INHERIT_ONLY_ACE},
    {"ID", INHERITED_ACE},
    {"SA", SUCCESSFUL_ACCESS_ACE_FLAG},
    {"FA", FAILED_ACCESS_ACE_FLAG},
    {"", 0},
};

// Compound rights first: the writer uses them only for a mask that is exactly one of them.
const struct sddl_word sddl_rights[] = {
    {"FA", 0x1f01ff},      {"FR", 0x120089},
    {"FW", 0x120116},      {"FX", 0x1200a0},
    {"KA", 0xf003f},       {"KR", 0x20019},
    {"KW", 0x20006},       {"KX", 0x20019},
    {"GA", GENERIC_ALL},   {"GR", GENERIC_READ},
    {"GW", GENERIC_WRITE}, {"GX", GENERIC_EXECUTE},
    {"CC", 0x1},           {"DC", 0x2},
    {"LC", 0x4},           {"SW", 0x8},
    {"RP", 0x10},          {"WP", 0x20},
    {"DT", 0x40},          {"LO", 0x80},
    {"CR", 0x100},         {"SD", DELETE},
    {"RC", READ_CONTROL},  {"WD", WRITE_DAC},
    {"WO", WRITE_OWNER},   {"", 0},
};

const struct sddl_word sddl_label_rights[] = {
    {"NW", SYSTEM_MANDATORY_LABEL_NO_WRITE_UP},
    {"NR", SYSTEM_MANDATORY_LABEL_NO_READ_UP},
    {"NX", SYSTEM_MANDATORY_LABEL_NO_EXECUTE_UP},
    {"", 0},
};
