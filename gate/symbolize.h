// Lines of a driver's source, for bugcheck reports: llvm-symbolizer reads DWARF sections and PDB files.
#pragma once

#include <nthost.h>

// Where in the source code lies: "function\nfile:line:column" with this RVA of that file. False: no debug information, or
// no llvm-symbolizer (NTHOST_SYMBOLIZER names another; empty: none). Waits two seconds at most.
bool gate_symbolize(const char *path, uint32_t rva, char *text, size_t size);
