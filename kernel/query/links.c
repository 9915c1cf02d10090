// The section "links": the names by which programs open devices, and what the device's security descriptor lets an
// administrator and a user do.
#include "query/parts.h"
#include "se/se.h"

enum { NOBODY = 65534 }; // a user who is neither root nor the owner of the kernel

// All that the descriptor allows; 0 nothing.
static ACCESS_MASK allowed(void *device, const struct se_token *token)
{
    void *descriptor;
    ACCESS_MASK granted = 0;
    if (!token || !NT_SUCCESS(se_copy_descriptor(device, &descriptor)) || !descriptor)
        return 0;
    se_access_check(descriptor, token, MAXIMUM_ALLOWED, &io_file_type.mapping, UserMode, &granted);
    ex_free(descriptor);
    return granted;
}

static ACCESS_MASK allowed_to_user(void *device, uint32_t uid)
{
    struct se_token *token = se_create_user_token(uid);
    ACCESS_MASK granted = allowed(device, token);
    if (token)
        ob_dereference(token);
    return granted;
}

// The kernel's own device is the volume C:, whose files are opened, not the device.
static bool is_drivers(PDEVICE_OBJECT device)
{
    return device->DeviceType != FILE_DEVICE_DISK ||
           CONTAINING_RECORD(device->DriverObject, struct io_driver, object)->image;
}

static void write_link(struct rtl_json *json, void *link, void *device)
{
    rtl_json_begin(json, NULL, '{');
    query_text(json, "name", &ob_header(link)->name);
    query_name(json, "device", device);
    rtl_json_number(json, "administrators", allowed_to_user(device, 0));
    rtl_json_number(json, "users", allowed_to_user(device, NOBODY));
    rtl_json_end(json, '}');
}

// Looking up a link's own name follows it to the device, over other links, too; without parameters for an open the
// device is found and no driver asked.
static void visit(void *object, void *context)
{
    static const UNICODE_STRING folder = RTL_CONSTANT_STRING(L"\\GLOBAL??\\");
    UNICODE_STRING name = {0};
    void *device;
    if (ob_type(object) != &ob_symbolic_link_type || !NT_SUCCESS(ob_full_name(object, &name)))
        return;
    struct ob_lookup lookup = {.path = &name, .attributes = OBJ_CASE_INSENSITIVE, .type = &io_device_type};
    if (RtlPrefixUnicodeString(&folder, &name, TRUE) && NT_SUCCESS(ob_lookup_name(&lookup, &device))) {
        if (is_drivers(device))
            write_link(context, object, device);
        ob_dereference(device);
    }
    ex_free(name.Buffer);
}

void query_links(struct rtl_json *json)
{
    query_walk_namespace(visit, json);
}
