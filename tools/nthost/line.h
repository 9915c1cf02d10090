// A debug message as a line that is safe to show.
#pragma once

#include "patterns.h"

#include "dbg/dbg.h"

#include <stdio.h>

enum line_style {
    LINE_FULL,  // number, seconds since boot, text, with tabs between
    LINE_LONG,  // number, seconds, driver, process, thread, level, component, text
    LINE_PLAIN, // the text alone
    LINE_CSV,   // RFC 4180: number, seconds, date, driver, process, its name, thread, level, component, text
    LINE_JSON,  // an object a line, with the same members
};

// `text` is what line_text gave. Without a colour of its own (COLOUR_NONE) a coloured line
// tells the kernel's own messages from the drivers'.
void line_write(FILE *out, const struct dbg_record *record, const char *text, enum line_style style, bool colour,
                enum pattern_colour own);
// What stands where `lost` records are missing.
void line_write_lost(FILE *out, uint64_t lost, enum line_style style);
// The first line of a file of that style; nothing for most.
void line_write_head(FILE *out, enum line_style style);
// The text of a record as it is shown, without the final line end. Text that is not UTF-8 is converted when it is GBK (what
// Chinese drivers print) and shown with its bytes escaped otherwise; control characters never reach a terminal. The caller
// frees it; NULL without memory.
char *line_text(const struct dbg_record *record);
// The same for any text: what is not UTF-8 or would control a terminal is escaped. The caller frees it.
char *line_showable(const char *text, size_t length);

// Reads back what LINE_JSON wrote; *text is the text as it was shown, the caller's to free. False: it is no such line. *lost: the
// line tells of lost records; then there is no text.
bool line_read(const char *line, struct dbg_record *record, char **text, uint64_t *lost);
