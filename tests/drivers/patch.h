// Shared by test-patch.sys and its test.
#pragma once

// Where a function of the driver faulted, as its own exception filter saw it.
struct patch_fault {
    unsigned long long function, offset, context_offset;
};
