// The section "objects": everything that has a name.
#include "query/parts.h"

static void write_object(void *object, void *context)
{
    struct rtl_json *json = context;
    const struct ob_header *header = ob_header(object);
    UNICODE_STRING type;
    RtlInitUnicodeString(&type, header->type->name);
    rtl_json_begin(json, NULL, '{');
    query_name(json, "path", object);
    query_text(json, "type", &type);
    query_address(json, "address", object);
    // Without the walk's own reference.
    rtl_json_number(json, "references", (uint64_t)atomic_load(&header->pointers) - 1);
    rtl_json_number(json, "handles", (uint64_t)atomic_load(&header->handles));
    if (header->type == &ob_symbolic_link_type)
        query_text(json, "target", ob_symbolic_link_target(object));
    rtl_json_end(json, '}');
}

void query_objects(struct rtl_json *json)
{
    query_walk_namespace(write_object, json);
}
