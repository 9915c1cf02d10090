#pragma once

#include "ke/ke.h"

// Connects the rooms that report to the rooms that know: who prints, where a driver failed, what is missing.
void init_reports(void);
// The report of a bugcheck: to the log, and to stderr when report_on_stderr says so.
void report_bugcheck(const struct ke_bugcheck *bugcheck);
// Nobody watches the log.
extern bool report_on_stderr;
