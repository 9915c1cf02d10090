// Plug and play, as far as a device that only software makes needs it: what its files share.
//
//     pnp.c            the root enumerator: a physical device object for each driver that has an AddDevice
//     pnp_property.c   what is known of such a device, in the registry
//     pnp_interface.c  device interfaces: names by which applications find it
//     pnp_notify.c     who is told when interfaces come and go
#pragma once

#include "io/io.h"

#define IO_PNP_TAG EX_TAG('I', 'o', 'P', 'n')

// A device of the root enumerator. DeviceNode of its physical device object points to it.
struct io_node {
    PDEVICE_OBJECT device;    // the physical one
    struct io_driver *driver; // whose AddDevice was called for it
    UNICODE_STRING object_name;
    bool started; // its interfaces are announced from then on
};

// NULL for a device object that is no physical one.
static inline struct io_node *io_node_of(PDEVICE_OBJECT device)
{
    return device ? io_device_extension(device)->object.DeviceNode : NULL;
}

// The name of the driver's service, zero-terminated.
static inline const WCHAR *io_node_service(const struct io_node *node)
{
    return node->driver->extension.ServiceKeyName.Buffer;
}

// Formatted into pool, zero-terminated, with a second zero behind so that it is a list of one as well. Buffer is NULL on
// exhaustion. NTAPI for the kind of its arguments.
UNICODE_STRING NTAPI io_pnp_text(const WCHAR *format, ...);
void io_pnp_free_text(UNICODE_STRING text);

static inline bool io_same_class(const GUID *one, const GUID *two)
{
    return __builtin_memcmp(one, two, sizeof *one) == 0;
}

// One owner at a time, who may take it again: it is held while callbacks run. PASSIVE_LEVEL.
void io_pnp_lock(void);
void io_pnp_unlock(void);

// The device's keys, with what an INF file would have put there. What is there already stays.
NTSTATUS io_pnp_write_keys(const struct io_node *node);
// A kernel handle to the key at an absolute path, made when it is missing. Frees the path.
NTSTATUS io_pnp_open_key(UNICODE_STRING path, ACCESS_MASK access, PHANDLE key);

// Tells of the interfaces that the driver enabled while it started.
void io_announce_interfaces(struct io_node *node);
// Disables those that the driver left enabled, and forgets all of them.
void io_remove_interfaces(struct io_node *node);
// With the lock: calls routine for each interface of the class that is announced.
void io_each_interface(const GUID *class, void (*routine)(PUNICODE_STRING name, void *context), void *context);
// With the lock: tells those who registered for the class.
void io_notify_interface(const GUID *class, PUNICODE_STRING name, bool arrived);

void io_init_interfaces(void);
void io_init_notifications(void);
