// KUSER_SHARED_DATA: the page of clocks and version numbers that drivers read at a fixed kernel address.
#pragma once

#include "hal/hal.h"

// A page fault at KI_USER_SHARED_DATA: true when the instruction will be carried out on the page that stands for it.
bool trap_shared_data_fault(struct hal_fault *fault);
