// nthost devices: the devices that programs can open by name.
#include "device.h"
#include "tool.h"

#include "rtl/rtl.h"

#include <getopt.h>

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

enum { OPTION_NAMES = 256, OPTION_SOCKET };

static const struct option options[] = {
    {"names", no_argument, NULL, OPTION_NAMES},
    {"socket", required_argument, NULL, OPTION_SOCKET},
    {"help", no_argument, NULL, 'h'},
    {0},
};

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
    int option;
    while ((option = getopt_long(argc, argv, ":", options, NULL)) != -1) {
        switch (option) {
        case OPTION_NAMES:
            only_names = true;
            break;
        case OPTION_SOCKET:
            device_server(optarg);
            break;
        case 'h':
            fputs(usage, stdout);
            return TOOL_OK;
        default:
            return tool_bad_option("devices", argv, option);
        }
    }
    if (optind < argc)
        return tool_usage_error("devices", "devices: \"%s\" is too much", argv[optind]);
    NTSTATUS status = device_links(show, &only_names);
    if (NT_SUCCESS(status))
        return TOOL_OK;
    if (status != STATUS_CONNECTION_REFUSED) // else the gate has said that there is no server
        tool_error("devices: %s (0x%08X)", rtl_status_name(status), (unsigned)status);
    return TOOL_FAILED;
}
