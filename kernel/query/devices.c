// The sections "drivers" and "devices".
#include "query/parts.h"

#include <string.h>

// What changes while a driver is loaded and unloaded.
struct driver_facts {
    char image[64]; // empty: none
    const void *base;
    size_t bytes;
    const char *state; // what a person would call it
    bool can_unload;
};

// With the database lock, under which an image leaves its driver before it is unmapped.
QUERY_LOOKS_ON static void look_at_image(struct driver_facts *facts, const struct ldr_image *image)
{
    if (!image)
        return;
    memcpy(facts->image, image->name, sizeof facts->image);
    facts->base = image->base;
    facts->bytes = image->size;
}

QUERY_LOOKS_ON static struct driver_facts look_at_driver(const struct io_driver *driver)
{
    struct driver_facts facts = {.can_unload = driver->object.DriverUnload != NULL || driver->failed};
    facts.state = driver->failed           ? "stopped by a bugcheck"
                  : driver->unloading      ? "unloading"
                  : driver->unload_pending ? "waits for its devices to be closed"
                                           : "running";
    hal_mutex_lock(&io_database_lock);
    look_at_image(&facts, driver->image);
    hal_mutex_unlock(&io_database_lock);
    return facts;
}

static void write_driver(struct rtl_json *json, struct io_driver *driver)
{
    struct driver_facts facts = look_at_driver(driver);
    rtl_json_begin(json, NULL, '{');
    rtl_json_string(json, "name", driver->name);
    query_address(json, "address", driver);
    rtl_json_string(json, "state", facts.state);
    rtl_json_bool(json, "can_unload", facts.can_unload);
    rtl_json_string(json, "image", facts.image[0] ? facts.image : NULL);
    query_address(json, "base", facts.base);
    rtl_json_number(json, "bytes", facts.bytes);
    rtl_json_number(json, "references", (uint64_t)atomic_load(&ob_header(driver)->pointers) - 1);
    rtl_json_end(json, '}');
}

void query_drivers(struct rtl_json *json)
{
    struct query_list drivers = {0};
    query_collect_drivers(&drivers);
    for (size_t i = 0; i < drivers.count; i++)
        write_driver(json, drivers.objects[i]);
    query_release(&drivers);
}

static const char *buffering(ULONG flags)
{
    return flags & DO_BUFFERED_IO ? "buffered" : flags & DO_DIRECT_IO ? "direct" : "neither";
}

// What may change at any time, as it is now.
struct device_facts {
    ULONG flags, state;
    LONG open;
    const void *above, *below;
};

QUERY_LOOKS_ON static struct device_facts look_at(PDEVICE_OBJECT device)
{
    const struct io_device_extension *extension = io_device_extension(device);
    hal_mutex_lock(&io_database_lock);
    struct device_facts facts = {.flags = device->Flags,
                                 .state = extension->object.ExtensionFlags,
                                 .open = device->ReferenceCount,
                                 .above = device->AttachedDevice,
                                 .below = extension->attached_to};
    hal_mutex_unlock(&io_database_lock);
    return facts;
}

static void write_device(struct rtl_json *json, PDEVICE_OBJECT device)
{
    struct device_facts facts = look_at(device);
    rtl_json_begin(json, NULL, '{');
    query_address(json, "address", device);
    query_name(json, "name", device);
    rtl_json_string(json, "driver", io_driver_name(device));
    query_address(json, "driver_address", device->DriverObject);
    rtl_json_number(json, "type", device->DeviceType);
    rtl_json_number(json, "characteristics", device->Characteristics);
    rtl_json_number(json, "flags", facts.flags);
    rtl_json_string(json, "buffering", buffering(facts.flags));
    rtl_json_bool(json, "exclusive", facts.flags & DO_EXCLUSIVE);
    rtl_json_bool(json, "initializing", facts.flags & DO_DEVICE_INITIALIZING);
    rtl_json_bool(json, "deleted", facts.state & DOE_DELETE_PENDING);
    rtl_json_bool(json, "unload_pending", facts.state & DOE_UNLOAD_PENDING);
    rtl_json_number(json, "open", (uint64_t)facts.open);
    query_address(json, "above", facts.above);
    query_address(json, "below", facts.below);
    rtl_json_number(json, "stack_size", (uint64_t)device->StackSize);
    rtl_json_number(json, "extension_bytes", device->Size - sizeof *device);
    rtl_json_end(json, '}');
}

void query_devices(struct rtl_json *json)
{
    struct query_list devices = {0};
    query_collect_devices(&devices);
    for (size_t i = 0; i < devices.count; i++)
        write_device(json, devices.objects[i]);
    query_release(&devices);
}
