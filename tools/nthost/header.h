// --header FILE.h: control codes by the names that a driver's header gives them.
#pragma once

#include "options.h"

#include "ctlcode.h"

// Adds the names of one more header; row->into is a struct ctlcode_names *, NULL before the first.
int header_take(const char *command, const struct option_row *row, const char *value);
