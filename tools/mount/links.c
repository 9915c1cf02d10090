// Which devices there are: asked anew each time, so that they come and go as drivers do.
#include "mount.h"

#include "client.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static mode_t mode_of(ACCESS_MASK owner, ACCESS_MASK others)
{
    mode_t own = (owner & FILE_READ_DATA ? S_IRUSR : 0) | (owner & FILE_WRITE_DATA ? S_IWUSR : 0);
    mode_t all = (others & FILE_READ_DATA ? S_IRGRP | S_IROTH : 0) | (others & FILE_WRITE_DATA ? S_IWGRP | S_IWOTH : 0);
    return own | all;
}

static void add(const struct mount *mount, struct mount_links *links, json_t *link)
{
    const char *name = json_string_value(json_object_get(link, "name"));
    if (!name || !*name || strchr(name, '/') || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
        return;
    ACCESS_MASK administrators = (ACCESS_MASK)json_integer_value(json_object_get(link, "administrators"));
    ACCESS_MASK users = (ACCESS_MASK)json_integer_value(json_object_get(link, "users"));
    struct mount_link *here = &links->all[links->count];
    *here = (struct mount_link){strdup(name), mode_of(mount->administrator ? administrators : users, users)};
    links->count += here->name != NULL;
}

int mount_links_get(const struct mount *mount, struct mount_links *links)
{
    char *text;
    *links = (struct mount_links){0};
    int error = gate_client_query(mount->socket, "links", &text, NULL, 0);
    if (error)
        return error;
    json_t *answer = json_loads(text, 0, NULL), *found = json_object_get(answer, "links"), *link;
    free(text);
    links->all = calloc(json_array_size(found) + 1, sizeof *links->all);
    size_t index;
    if (links->all)
        json_array_foreach(found, index, link) add(mount, links, link);
    json_decref(answer);
    return links->all ? 0 : ENOMEM;
}

void mount_links_free(struct mount_links *links)
{
    for (size_t i = 0; i < links->count; i++)
        free(links->all[i].name);
    free(links->all);
}

const struct mount_link *mount_links_find(const struct mount_links *links, const char *name)
{
    for (size_t i = 0; i < links->count; i++)
        if (strcasecmp(links->all[i].name, name) == 0)
            return &links->all[i];
    return NULL;
}
