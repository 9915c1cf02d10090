#pragma once

#include "ke/ke.h"

// Connects the rooms that report to the rooms that know: who prints, where a driver failed, what is missing.
void init_reports(void);
// The report of a bugcheck: line by line to the log, and as a whole to stderr.
void report_bugcheck(const struct ke_bugcheck *bugcheck);
