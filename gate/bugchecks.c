// Keeping bugcheck reports. See bugchecks.h.
#include "bugchecks.h"

#include "dbg/dbg.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

enum { SAME_SECOND = 100 }; // reports of one driver

static char kept_in[PATH_MAX];

static void make_folder(const char *path)
{
    char part[PATH_MAX];
    snprintf(part, sizeof part, "%s", path);
    for (char *slash = strchr(part + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = 0;
        mkdir(part, 0700);
        *slash = '/';
    }
    mkdir(part, 0700);
}

// A new file; its path is in `path`. NULL: errno says why.
static FILE *create(const char *folder, const char *driver, char *path, size_t bytes)
{
    char when[32];
    time_t now = time(NULL);
    struct tm utc;
    strftime(when, sizeof when, "%Y%m%dT%H%M%SZ", gmtime_r(&now, &utc));
    FILE *out = NULL;
    errno = EEXIST;
    for (int i = 1; !out && errno == EEXIST && i < SAME_SECOND; i++) {
        char number[8] = "";
        if (i > 1)
            snprintf(number, sizeof number, "-%d", i);
        snprintf(path, bytes, "%s/%s-%s%s.json", folder, driver, when, number);
        out = fopen(path, "wxe");
    }
    return out;
}

static void keep(const char *driver, const char *json, void *context)
{
    char path[PATH_MAX + 128];
    const char *folder = context;
    make_folder(folder);
    FILE *out = create(folder, driver, path, sizeof path);
    bool good = out && fputs(json, out) >= 0;
    if ((out && fclose(out) != 0) || !good)
        dbg_kernel_message("*** the report cannot be kept in %s: %s\n", folder, strerror(errno));
    else
        dbg_kernel_message("*** the report is kept in %s\n", path);
}

void gate_keep_bugchecks(struct nthost_options *options, const char *folder)
{
    if (!folder)
        folder = getenv("NTHOST_BUGCHECKS");
    if (!folder || !*folder)
        return;
    snprintf(kept_in, sizeof kept_in, "%s", folder);
    options->bugcheck_sink = keep;
    options->bugcheck_context = kept_in;
}
