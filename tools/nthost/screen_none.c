// The terminal of a build without ncurses: there is none.
#include "screen.h"
#include "tool.h"

bool screen_open(void)
{
    tool_error("this nthost was built without ncurses, so it has no full screen\n"
               "install libncurses-dev and build it again");
    return false;
}

void screen_close(void)
{
}

void screen_size(int *rows, int *columns)
{
    *rows = *columns = 0;
}

void screen_put(int row, int column, const char *text, unsigned look)
{
    (void)row, (void)column, (void)text, (void)look;
}

void screen_cursor(int row, int column)
{
    (void)row, (void)column;
}

void screen_show(void)
{
}

int screen_key(int timeout_ms)
{
    (void)timeout_ms;
    return SCREEN_NONE;
}
