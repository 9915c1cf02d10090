#pragma once

#include "io/io.h"

// Opens the file that captured attributes name; a handle in the caller's table.
NTSTATUS io_open_captured(struct ob_attributes *captured, struct io_open *open, KPROCESSOR_MODE mode, HANDLE *handle);
