// What a client knows about its own file handles, told by the server when they were opened.
#pragma once

#include <nt/nt.h>

#include "wire.h"

// WIRE_FILE_* of the handle; 0 for one that is not known (duplicated, or no file).
unsigned files_facts(uint64_t handle);
void files_opened(uint64_t handle, unsigned facts);
// Before the handle is closed: its number may be given out again at once.
void files_closing(uint64_t handle);
void files_forget(void);
