// nthost devices: the devices that programs can open by name.
#include "device.h"
#include "options.h"
#include "tool.h"

#include "rtl/rtl.h"

static const char usage[] =
    "usage: nthost devices [--names] [--socket PATH]\n"
    "\n"
    "Lists the devices that programs can open: the name of the link, a tab, the device. No driver is asked.\n"
    "\n"
    "  --names        only the names of the links\n"
    "  --socket PATH  the server that listens there; default: NTHOST_SERVER, or\n"
    "                 ${XDG_RUNTIME_DIR:-/tmp/nthost-$UID}/nthost.sock\n"
    "  --help         this page\n"
    "\n"
    "Example:\n"
    "  nthost devices\n"
    "\n"
    "Exit status: 0; 1 when there is no server; 2 for a wrong command line.\n";

static bool show(void *context, const char *link, const char *target)
{
    const bool *only_names = context;
    if (*only_names)
        puts(link);
    else
        printf("%s\t%s\n", link, target);
    return true;
}

int devices_main(int argc, char **argv)
{
    bool only_names = false;
    const char *socket = NULL;
    const struct option_row rows[] = {{"names", .flag = &only_names}, {"socket", .text = &socket}, {0}};
    const struct options options = {.command = "devices", .usage = usage, .rows = rows};
    int result = options_parse(&options, argc, argv);
    if (result)
        return result;
    device_server(socket);
    NTSTATUS status = device_links(show, &only_names);
    if (NT_SUCCESS(status))
        return TOOL_OK;
    if (status != STATUS_CONNECTION_REFUSED) // else the gate has said that there is no server
        tool_error("devices: %s (0x%08X)", rtl_status_name(status), (unsigned)status);
    return TOOL_FAILED;
}
