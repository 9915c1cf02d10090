// A folder that keeps each bugcheck report as a JSON file, DRIVER-TIME.json.
#pragma once

#include <nthost.h>

// Reports of the kernel that boots with these options go to that folder, which is made with the first of them. NULL: the
// folder NTHOST_BUGCHECKS names, nowhere without it. The options point to memory that lasts as long as the process.
void gate_keep_bugchecks(struct nthost_options *options, const char *folder);
