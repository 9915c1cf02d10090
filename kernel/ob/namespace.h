// What the files of the namespace share among themselves.
#pragma once

#include "ob/ob.h"

extern struct hal_mutex ob_namespace_lock;

// With the namespace lock.
struct ob_header *ob_find_entry(struct ob_directory *directory, const UNICODE_STRING *name);
void ob_add_entry(struct ob_directory *directory, struct ob_header *header, UNICODE_STRING name);
bool ob_unlink_entry(struct ob_header *header);
NTSTATUS ob_create_link_object(const UNICODE_STRING *target, void **object);
NTSTATUS ob_create_directory_object(void **object);
// Changes OBJ_INHERIT / OB_PROTECT_FROM_CLOSE of a handle; reads them with set == clear == 0.
NTSTATUS ob_handle_attributes(HANDLE handle, KPROCESSOR_MODE mode, ULONG set, ULONG clear, ULONG *attributes);

// The end of making a handle, which is counted already; filtered types come to it by way of filter.c.
NTSTATUS ob_put_handle(void *object, ACCESS_MASK granted, ULONG attributes, HANDLE *handle);
NTSTATUS ob_insert_filtered(OB_OPERATION operation, void *object, ACCESS_MASK granted, ULONG attributes,
                            HANDLE *handle);
