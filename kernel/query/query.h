// Questions about the running kernel, answered in JSON for tools: what exists, who holds it, what is under way.
//
// A question is the names of sections with spaces between; the answer is one object with a member for each, in that
// order. All sections of an answer are taken one after the other while the kernel works on, so they may differ by what
// happened in between. Addresses are strings ("0x..."), names UTF-8.
//
//     objects    the namespace: path, type, address, references, handles, target of a link
//     drivers    image, state, references
//     devices    name, driver, type, flags, open files, the devices above and below
//     links      the names of devices for programs, each with its device and what the device's descriptor allows an
//                administrator and a user (ACCESS_MASK)
//     processes  id, name, user, threads, handles
//     handles    process, handle, type, access, name; for a file its device
//     requests   those under way: function, device, driver, file, process, thread, age, cancel routine
#pragma once

#include "rtl/json.h"

// Writes the answer. False, and nothing was written, when a section has no such name. PASSIVE_LEVEL, on an NT thread.
bool query_answer(const char *question, FILE *out);
