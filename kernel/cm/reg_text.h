// Names of the registry's roots in .reg files.
#pragma once

#include "cm/cm.h"

struct cm_hive_name {
    const WCHAR *file; // as in a .reg file
    const WCHAR *path; // absolute registry path
};

extern const struct cm_hive_name cm_hive_names[];
enum { CM_HIVE_NAMES = 8 };
