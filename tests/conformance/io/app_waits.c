// Fact 25: waits of a driver in the application's thread, and user APCs.

#include "app.h"

static int apcs;

static void WINAPI apc(ULONG_PTR parameter)
{
    apcs += (int)parameter;
}

static void show_wait(const char *what, ULONG mode, ULONG alertable)
{
    struct io_wait wish = {mode, alertable, 50};

    apcs = 0;
    QueueUserAPC(apc, GetCurrentThread(), 1);
    printf("fact 25: %s: %s, ", what, result(tell(IOCTL_IO_WAIT, &wish, sizeof wish)));
    printf("%d APCs have run", apcs);
    SleepEx(0, TRUE); // what has not run runs now
    printf(", later %d\n", apcs);
}

void show_waits(void)
{
    show_wait("user mode, alertable", 1, 1);
    show_wait("user mode, not alertable", 1, 0);
    show_wait("kernel mode, not alertable", 0, 0);
}
