// See output.h.
#include "output.h"
#include "bytes.h"
#include "line.h"
#include "tool.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int write_file(const char *path, const char *command, const unsigned char *data, size_t length)
{
    FILE *file = fopen(path, "wb");
    bool good = file && fwrite(data, 1, length, file) == length;
    if (file && fclose(file) != 0)
        good = false;
    if (!good)
        tool_error("%s: %s: %s", command, path, strerror(errno));
    return good ? TOOL_OK : TOOL_FAILED;
}

int output_write(const struct output *output, const char *command, const unsigned char *data, size_t length)
{
    if (output->path && strcmp(output->path, "-") != 0)
        return write_file(output->path, command, data, length);
    if (output->path || output->raw) {
        fwrite(data, 1, length, stdout);
    } else if (output->text) {
        char *text = line_showable((const char *)data, length);
        puts(text ? text : "");
        free(text);
    } else {
        bytes_dump(stdout, data, length);
    }
    return TOOL_OK;
}
