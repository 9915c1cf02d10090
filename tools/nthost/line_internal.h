// What the files of lines share.
#pragma once

#include "line.h"

void line_write_csv(FILE *out, const struct dbg_record *record, const char *text);
void line_write_json(FILE *out, const struct dbg_record *record, const char *text);
