// Which gate this process uses, and its threads' coming and going.
//
//      undecided --first call: environment--> a form --process ends--> left
//          \--no kernel to be had--> undecided; said once on stderr, tried again by the next call
#include "form.h"
#include "hal/hal.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

__thread const struct nt_services *gate_services __attribute__((tls_model("initial-exec")));

static struct hal_mutex lock; // form, said
static const struct gate_form *form;
static bool said;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_key_t thread_end;

static void at_thread_end(void *value)
{
    if (value && form && gate_services) {
        gate_services = NULL;
        form->detach();
    }
}

static void at_process_end(void)
{
    if (form)
        form->leave();
}

static void before_fork(void)
{
    hal_mutex_lock(&lock);
}

static void in_parent(void)
{
    hal_mutex_unlock(&lock);
}

static void in_child(void)
{
    lock = (struct hal_mutex){0};
    gate_services = NULL;
    said = false;
    if (form)
        form->forget();
    form = NULL;
}

static void prepare(void)
{
    pthread_key_create(&thread_end, at_thread_end);
    pthread_atfork(before_fork, in_parent, in_child);
    atexit(at_process_end);
}

static const struct gate_form *wanted(void)
{
    const char *gate = getenv("NTHOST_GATE");
    return gate && strcmp(gate, "inprocess") == 0 ? &gate_inprocess_form : &gate_client_form;
}

// With the lock.
static const struct gate_form *choose(void)
{
    char message[512] = "";
    const struct gate_form *candidate = wanted();
    if (candidate->open(message, sizeof message) == 0)
        return candidate;
    if (!said)
        fprintf(stderr, "nthost: %s\n", message);
    said = true;
    return NULL;
}

const struct nt_services *gate_attach(void)
{
    const struct nt_services *services = NULL;
    pthread_once(&once, prepare);
    hal_mutex_lock(&lock);
    if (!form)
        form = choose();
    const struct gate_form *mine = form;
    hal_mutex_unlock(&lock);
    if (!mine)
        return &gate_refusing_services;
    services = mine->attach();
    if (!services)
        return mine->refuse();
    pthread_setspecific(thread_end, &lock);
    gate_services = services;
    return services;
}

void gate_collect(void)
{
    if (gate_services && form->collect)
        form->collect();
}

void gate_use(const struct gate_form *wanted_form)
{
    pthread_once(&once, prepare);
    hal_mutex_lock(&lock);
    form = wanted_form;
    hal_mutex_unlock(&lock);
}

void gate_unuse(void)
{
    hal_mutex_lock(&lock);
    form = NULL;
    gate_services = NULL;
    hal_mutex_unlock(&lock);
}
