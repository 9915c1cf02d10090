// What Linux knows of a process: its program, its command line, its parent. From /proc.
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "hal/hal.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { LIMIT_COMMAND_LINE = 32768, LIMIT_STAT = 1024 };

static int open_entry(uint32_t process, const char *name)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%u/%s", process, name);
    return open(path, O_RDONLY | O_CLOEXEC);
}

// At most size bytes of a file of /proc, which has no length beforehand.
static size_t read_entry(uint32_t process, const char *name, char *text, size_t size)
{
    size_t used = 0;
    int fd = open_entry(process, name);
    if (fd < 0)
        return 0;
    for (ssize_t got; used < size && (got = read(fd, text + used, size - used)) > 0;)
        used += (size_t)got;
    close(fd);
    return used;
}

uint32_t hal_parent_process(uint32_t process)
{
    char text[LIMIT_STAT + 1];
    text[read_entry(process, "stat", text, LIMIT_STAT)] = 0;
    const char *name_end = strrchr(text, ')'); // "PID (NAME) STATE PARENT ...", and a name may be anything
    unsigned parent = 0;
    if (name_end)
        sscanf(name_end + 1, " %*c %u", &parent);
    return parent;
}

bool hal_program_path(uint32_t process, char *path, size_t size)
{
    char link[64];
    snprintf(link, sizeof link, "/proc/%u/exe", process);
    ssize_t length = readlink(link, path, size - 1);
    path[length > 0 ? length : 0] = 0;
    return length > 0;
}

// One argument as a Windows program would quote it: only where it has blanks or is empty.
static size_t put_argument(char *out, const char *argument)
{
    bool quoted = !*argument || strpbrk(argument, " \t");
    return (size_t)sprintf(out, quoted ? "\"%s\"" : "%s", argument);
}

char *hal_command_line(uint32_t process)
{
    char *text = hal_alloc(LIMIT_COMMAND_LINE + 1);
    size_t bytes = text ? read_entry(process, "cmdline", text, LIMIT_COMMAND_LINE) : 0;
    char *line =
        bytes ? hal_alloc(bytes * 4 + 1) : NULL; // two quotes and a blank for each argument, which may be empty
    size_t used = 0;
    for (size_t at = 0; line && at < bytes; at += strlen(text + at) + 1) {
        if (used)
            line[used++] = ' ';
        used += put_argument(line + used, text + at);
    }
    hal_free(text);
    return line;
}

bool hal_program_range(uint32_t process, const char *path, uintptr_t *base, size_t *bytes)
{
    int fd = open_entry(process, "maps");
    FILE *maps = fd >= 0 ? fdopen(fd, "r") : NULL;
    char *line = NULL;
    size_t size = 0;
    uintptr_t first = 0, last = 0;
    if (!maps) {
        if (fd >= 0)
            close(fd);
        return false;
    }
    while (getline(&line, &size, maps) > 0) {
        unsigned long begin, end;
        int name = 0;
        line[strcspn(line, "\n")] = 0;
        if (sscanf(line, "%lx-%lx %*s %*s %*s %*s %n", &begin, &end, &name) < 2 || strcmp(line + name, path) != 0)
            continue;
        first = first ? first : begin;
        last = end;
    }
    free(line);
    fclose(maps);
    *base = first;
    *bytes = last - first;
    return first != 0;
}
