// The debug lines of an in-process kernel, as NTHOST_LOG wants them.
//
//     NTHOST_LOG=stderr or a file name   number, time and text of each line
//     NTHOST_LOG_FORMAT=plain            the text alone, of drivers alone
#pragma once

#include <nthost.h>

void inprocess_log_open(struct nthost_options *options);
void inprocess_log_close(void);
