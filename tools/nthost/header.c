// See header.h.
#include "header.h"
#include "tool.h"

int header_take(const char *command, const struct option_row *row, const char *value)
{
    struct ctlcode_names **names = row->into;
    char message[512];
    if (!*names)
        *names = ctlcode_names_new();
    if (*names && ctlcode_names_read(*names, value, message, sizeof message))
        return TOOL_OK;
    tool_error("%s: %s", command, *names ? message : "not enough memory");
    return TOOL_FAILED;
}
