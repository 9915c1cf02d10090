// What the driver and the application of this case agree on.
#pragma once

#define EVENTS_CODE(function) CTL_CODE(FILE_DEVICE_UNKNOWN, function, METHOD_BUFFERED, FILE_ANY_ACCESS)

// The driver's own events.
#define IOCTL_EVENTS_SET   EVENTS_CODE(0x800) // both
#define IOCTL_EVENTS_CLEAR EVENTS_CODE(0x801)

// Input: ULONG64, a handle of the application to an event.
#define IOCTL_EVENTS_SIGNAL EVENTS_CODE(0x802) // set it
#define IOCTL_EVENTS_KEEP   EVENTS_CODE(0x803) // reference it
#define IOCTL_EVENTS_WAIT   EVENTS_CODE(0x804) // wait for it, 50 milliseconds
// Set the event that was kept and let it go.
#define IOCTL_EVENTS_LET_GO EVENTS_CODE(0x805)
