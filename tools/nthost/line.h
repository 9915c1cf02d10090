// A debug message as a line that is safe to show: number, time, text, with tabs between.
#pragma once

#include "dbg/dbg.h"

#include <stdio.h>

enum line_style {
    LINE_FULL,  // number, seconds since boot, text
    LINE_PLAIN, // the text alone; what the kernel itself says is left out
};

// Writes the record in one piece. Text that is not UTF-8 is converted when it is GBK (what Chinese drivers
// print) and shown with its bytes escaped otherwise; control characters never reach a terminal.
void line_write(FILE *out, const struct dbg_record *record, enum line_style style, bool colour);
// The text of a record as it is shown, without the final line end. The caller frees it; NULL without memory.
char *line_text(const struct dbg_record *record);
// The same for any text: what is not UTF-8 or would control a terminal is escaped. The caller frees it.
char *line_showable(const char *text, size_t length);
