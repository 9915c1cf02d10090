// The parts of nthost objects.
#pragma once

#include "ask.h"

// What the questions below need.
#define OBJECTS_QUESTION "objects drivers devices processes handles requests"

// "\Device\X", or the address of a device without a name, of the device with that address.
const char *objects_device_name(const json_t *answer, const char *address);
// Says, or writes as JSON, what keeps the driver from being unloaded. An exit status.
int objects_why(const json_t *answer, const char *driver, bool as_json);
