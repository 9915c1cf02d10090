// The two forms of the gate behind nt(), and the tables that say no. Which one it is: select.c.
#pragma once

#include "gate.h"

struct gate_form {
    // Once, under the lock of select.c. 0 or an errno; the message says what is wrong and what to do.
    int (*open)(char *message, size_t message_bytes);
    // For each thread; NULL when it cannot be attached: then its calls go to what `refuse` says.
    const struct nt_services *(*attach)(void);
    const struct nt_services *(*refuse)(void);
    void (*detach)(void);
    // The process ends, in the thread that calls exit.
    void (*leave)(void);
    // The child of a fork starts afresh.
    void (*forget)(void);
    void (*collect)(void);
};

extern const struct gate_form gate_client_form, gate_inprocess_form;

// Make a form the process's own without asking the environment, and undo it. For gate_inprocess_start.
void gate_use(const struct gate_form *form);
void gate_unuse(void);

extern const struct nt_services gate_refusing_services;     // STATUS_CONNECTION_REFUSED
extern const struct nt_services gate_disconnected_services; // STATUS_CONNECTION_DISCONNECTED
extern const struct nt_services gate_exhausted_services;    // STATUS_INSUFFICIENT_RESOURCES
NTSTATUS NTAPI gate_not_implemented(void);

// Cast of a function with any arguments to the type of a member of nt_services.
#define GATE_SERVICE(name, function) ((__typeof__(name) *)(void (*)(void))(function))
