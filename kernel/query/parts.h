// What the sections of an answer share.
#pragma once

#include "io/io.h"
#include "query/query.h"

void query_objects(struct rtl_json *json);
void query_drivers(struct rtl_json *json);
void query_devices(struct rtl_json *json);
void query_links(struct rtl_json *json);
void query_processes(struct rtl_json *json);
void query_handles(struct rtl_json *json);
void query_requests(struct rtl_json *json);

// Of a function that looks at what others work on meanwhile: what it sees may be half of a change, and is only shown.
#define QUERY_LOOKS_ON __attribute__((no_sanitize("thread")))

// Objects that were met on a walk, each with a reference.
struct query_list {
    void **objects;
    size_t count, capacity;
};

// Takes a reference; false without memory.
bool query_keep(struct query_list *list, void *object);
bool query_has(const struct query_list *list, const void *object);
void query_release(struct query_list *list);

// Every driver that has a name, and every device that a driver or the namespace has.
void query_collect_drivers(struct query_list *drivers);
void query_collect_devices(struct query_list *devices);
void query_collect_processes(struct query_list *processes);
// Calls `visit` for each entry below a directory, the deeper ones after their directory. The object is referenced while
// it is visited, and nothing is locked.
void query_walk_namespace(void (*visit)(void *object, void *context), void *context);

// null for NULL.
void query_address(struct rtl_json *json, const char *key, const void *address);
void query_text(struct rtl_json *json, const char *key, const UNICODE_STRING *text);
// The full name of an object; null when it has none.
void query_name(struct rtl_json *json, const char *key, void *object);
