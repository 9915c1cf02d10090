// The full-screen view of a build without ncurses.
#include "log.h"
#include "tool.h"

int log_screen(struct log_source *source, struct log_options *options)
{
    (void)source, (void)options;
    tool_error("log: this nthost was built without ncurses, so --tui is not there\n"
               "install libncurses-dev and build it again");
    return TOOL_FAILED;
}
