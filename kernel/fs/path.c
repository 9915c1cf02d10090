// From a name to a place in the tree. Names are UTF-16 and without case for NT, UTF-8 and with case for Linux: the exact
// name is tried first, then the directory is searched.
#include "fs/fs.h"

#include <string.h>

enum { LONGEST = 255 }; // characters of one name

static bool is_valid(const WCHAR *name, size_t length)
{
    static const char forbidden[] = "\"*/:<>?|";
    if (length == 0 || length > LONGEST || (length == 1 && name[0] == '.') ||
        (length == 2 && name[0] == '.' && name[1] == '.'))
        return false;
    for (size_t i = 0; i < length; i++)
        if (name[i] < 0x20 || (name[i] < 0x7f && strchr(forbidden, (char)name[i])))
            return false;
    return true;
}

static bool to_utf8(const WCHAR *name, size_t length, char utf8[FS_NAME_BYTES])
{
    ULONG written = 0;
    NTSTATUS status = RtlUnicodeToUTF8N(utf8, FS_NAME_BYTES - 1, &written, name, (ULONG)(length * sizeof(WCHAR)));
    utf8[written] = 0;
    return status == STATUS_SUCCESS;
}

// ---- case -----------------------------------------------------------------------------------------------------

struct search {
    UNICODE_STRING wanted;
    char *found; // FS_NAME_BYTES
    bool hit;
};

static bool compare(const char *name, void *context)
{
    struct search *search = context;
    WCHAR wide[LONGEST + 1];
    ULONG bytes = 0;
    size_t length = strlen(name);
    if (length >= FS_NAME_BYTES || RtlUTF8ToUnicodeN(wide, sizeof wide, &bytes, name, (ULONG)length) != STATUS_SUCCESS)
        return true;
    UNICODE_STRING string = {.Buffer = wide, .Length = (USHORT)bytes, .MaximumLength = (USHORT)bytes};
    if (!RtlEqualUnicodeString(&string, &search->wanted, TRUE))
        return true;
    strcpy(search->found, name);
    search->hit = true;
    return false;
}

// The name as the directory has it, into name (which holds the caller's spelling). 0, ENOENT or another errno.
static int settle(int directory, const WCHAR *wide, size_t length, char name[FS_NAME_BYTES],
                  struct hal_node_facts *facts)
{
    int error = hal_node_facts_below(directory, name, facts);
    if (!error)
        return 0;
    struct search search = {.wanted = {.Buffer = (WCHAR *)wide,
                                       .Length = (USHORT)(length * sizeof(WCHAR)),
                                       .MaximumLength = (USHORT)(length * sizeof(WCHAR))},
                            .found = name};
    int listed = hal_node_list(directory, compare, &search);
    if (listed)
        return listed;
    return search.hit ? hal_node_facts_below(directory, name, facts) : error;
}

// ---- the walk -----------------------------------------------------------------------------------------------------

static NTSTATUS enter(int *directory, const WCHAR *wide, size_t length)
{
    char name[FS_NAME_BYTES];
    struct hal_node_facts facts;
    int below;
    if (!is_valid(wide, length) || !to_utf8(wide, length, name))
        return STATUS_OBJECT_NAME_INVALID;
    int error = settle(*directory, wide, length, name, &facts);
    if (!error)
        error = hal_node_open(*directory, name, HAL_NODE_DIRECTORY, &below);
    if (error) {
        NTSTATUS status = fs_status(error);
        bool missing = status == STATUS_OBJECT_NAME_NOT_FOUND || status == STATUS_NOT_A_DIRECTORY;
        return missing ? STATUS_OBJECT_PATH_NOT_FOUND : status;
    }
    hal_node_close(*directory);
    *directory = below;
    return STATUS_SUCCESS;
}

static NTSTATUS arrive(struct fs_place *place, const WCHAR *wide, size_t length)
{
    if (!is_valid(wide, length) || !to_utf8(wide, length, place->wanted))
        return STATUS_OBJECT_NAME_INVALID;
    strcpy(place->name, place->wanted);
    int error = settle(place->parent, wide, length, place->name, &place->facts);
    NTSTATUS status = fs_status(error);
    place->exists = !error;
    return status == STATUS_OBJECT_NAME_NOT_FOUND ? STATUS_SUCCESS : status;
}

NTSTATUS fs_walk(int start, const UNICODE_STRING *path, struct fs_place *place)
{
    const WCHAR *at = path->Buffer, *end = at + path->Length / sizeof(WCHAR);
    NTSTATUS status = STATUS_SUCCESS;
    memset(place, 0, sizeof *place);
    if (at < end && *at == '\\')
        at++;
    if (end > at && end[-1] == '\\') {
        place->only_directory = true;
        end--;
    }
    place->parent = -1;
    if (at == end) { // where it starts
        place->exists = true;
        return fs_status(hal_node_facts(start, &place->facts));
    }
    if ((place->parent = hal_node_duplicate(start)) < 0)
        return STATUS_TOO_MANY_OPENED_FILES;
    while (NT_SUCCESS(status)) {
        const WCHAR *next = at;
        while (next < end && *next != '\\')
            next++;
        if (next == end) {
            status = arrive(place, at, (size_t)(next - at));
            break;
        }
        status = enter(&place->parent, at, (size_t)(next - at));
        at = next + 1;
    }
    if (!NT_SUCCESS(status))
        fs_leave(place);
    return status;
}

void fs_leave(struct fs_place *place)
{
    hal_node_close(place->parent);
    place->parent = -1;
}
