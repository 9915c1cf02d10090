// What the loader says: one line at a time.
#include "ldr/image.h"

#include <stdarg.h>
#include <stdio.h>

void ldr_say(struct ldr_report *report, enum ldr_severity severity, const char *name, const char *format, ...)
{
    char line[LDR_LINE];
    va_list arguments;
    int length;
    if (!report || !report->line)
        return;
    length = snprintf(line, sizeof line, "%s: ", name);
    va_start(arguments, format);
    if (length >= 0 && (size_t)length < sizeof line)
        vsnprintf(line + length, sizeof line - (size_t)length, format, arguments);
    va_end(arguments);
    // Names come from the file: none of them moves a terminal's cursor.
    for (char *c = line; *c; c++)
        if ((unsigned char)*c < ' ' || *c == 0x7F)
            *c = '?';
    report->line(report->context, severity, line);
}
