// What the Rtl*Registry* routines share.
#pragma once

#include "cm/cm.h"

// The key an RTL_REGISTRY_* constant and a path name (or, with RTL_REGISTRY_HANDLE, the handle that path is),
// as the kernel sees it; cm_release_node takes the reference back.
NTSTATUS cm_rtl_find(ULONG relative_to, PCWSTR path, struct cm_walk *walk, struct cm_node **node);
void cm_release_node(struct cm_node *node);
