// The services of a process that has no kernel. One function serves for all: the caller cleans up the
// arguments.
#include "form.h"

static NTSTATUS NTAPI refuse(void)
{
    return STATUS_CONNECTION_REFUSED;
}

static NTSTATUS NTAPI disconnected(void)
{
    return STATUS_CONNECTION_DISCONNECTED;
}

static NTSTATUS NTAPI exhausted(void)
{
    return STATUS_INSUFFICIENT_RESOURCES;
}

NTSTATUS NTAPI gate_not_implemented(void)
{
    return STATUS_NOT_IMPLEMENTED;
}

const struct nt_services gate_refusing_services = {
#define SERVICE(name, ...) .name = GATE_SERVICE(name, refuse),
#include "services.def"
};

const struct nt_services gate_disconnected_services = {
#define SERVICE(name, ...) .name = GATE_SERVICE(name, disconnected),
#include "services.def"
};

const struct nt_services gate_exhausted_services = {
#define SERVICE(name, ...) .name = GATE_SERVICE(name, exhausted),
#include "services.def"
};
