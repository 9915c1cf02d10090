// The previous mode of the current thread, for code that does not see nt/zw.h.
#pragma once

#include <nt/ntdef.h>

// Sets it; returns the mode before.
CCHAR ke_set_previous_mode(CCHAR mode);
