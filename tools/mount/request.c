// Requests to devices. Each occupies a thread of FUSE until it has ended; the loop makes another when all are taken.
//
//     sent --STATUS_PENDING--> waiting --event--> answered
//                                |  ^
//       INTERRUPT of FUSE: cancelled--+   (the driver decides when it ends)
//
// An interrupt may come before the request has been sent, when there is nothing to cancel yet: it is remembered, and
// looked for once the request pends.
#include "mount.h"

#include "nthost/device.h"

#include <nthost_ioctl.h>

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

struct request {
    struct request *next;
    HANDLE file, event;
    IO_STATUS_BLOCK iosb;
    atomic_bool cancelled;
};

// The requests under way, and used ones with their events.
static struct {
    pthread_mutex_t lock;
    struct request *active, *idle;
    bool ending;
} requests = {.lock = PTHREAD_MUTEX_INITIALIZER};

int mount_open(const char *name, ACCESS_MASK access, HANDLE *file)
{
    WCHAR characters[DEVICE_PATH];
    UNICODE_STRING path;
    IO_STATUS_BLOCK iosb;
    if (!device_path(name, &path, characters))
        return ENAMETOOLONG;
    OBJECT_ATTRIBUTES attributes = {
        .Length = sizeof attributes, .ObjectName = &path, .Attributes = OBJ_CASE_INSENSITIVE};
    return mount_errno(nt()->NtCreateFile(file, access | FILE_READ_ATTRIBUTES, &attributes, &iosb, NULL, 0,
                                          FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, FILE_OPEN, 0, NULL,
                                          0));
}

// ---- the life of a request ----------------------------------------------------------------------------------------

static void cancel(struct request *request)
{
    IO_STATUS_BLOCK ignored;
    atomic_store(&request->cancelled, true);
    nt()->NtCancelIoFileEx(request->file, &request->iosb, &ignored);
}

static void interrupted(fuse_req_t fuse, void *request)
{
    (void)fuse;
    cancel(request);
}

static void link_in(struct request *request)
{
    request->next = requests.active;
    requests.active = request;
}

static void unlink_active(struct request *request)
{
    struct request **at = &requests.active;
    while (*at != request)
        at = &(*at)->next;
    *at = request->next;
}

static struct request *make_request(void)
{
    struct request *request = calloc(1, sizeof *request);
    if (request &&
        !NT_SUCCESS(nt()->NtCreateEvent(&request->event, EVENT_ALL_ACCESS, NULL, NotificationEvent, FALSE))) {
        free(request);
        return NULL;
    }
    return request;
}

// NULL: no memory, or no event.
static struct request *begin(fuse_req_t fuse, HANDLE file)
{
    pthread_mutex_lock(&requests.lock);
    struct request *request = requests.idle;
    if (request)
        requests.idle = request->next;
    pthread_mutex_unlock(&requests.lock);
    if (!request && !(request = make_request()))
        return NULL;
    request->file = file;
    request->iosb = (IO_STATUS_BLOCK){0};
    pthread_mutex_lock(&requests.lock);
    atomic_store(&request->cancelled, requests.ending); // then it ends as soon as it pends
    link_in(request);
    pthread_mutex_unlock(&requests.lock);
    fuse_req_interrupt_func(fuse, interrupted, request);
    return request;
}

static NTSTATUS wait_for(struct request *request, NTSTATUS status)
{
    if (status != STATUS_PENDING)
        return status;
    if (atomic_load(&request->cancelled))
        cancel(request);
    status = nt()->NtWaitForSingleObject(request->event, FALSE, NULL);
    return status == STATUS_SUCCESS ? request->iosb.Status : status;
}

// Before the answer: once FUSE has it, an interrupt means another request.
static void end(fuse_req_t fuse, struct request *request)
{
    fuse_req_interrupt_func(fuse, NULL, NULL);
    pthread_mutex_lock(&requests.lock);
    unlink_active(request);
    request->next = requests.idle;
    requests.idle = request;
    pthread_mutex_unlock(&requests.lock);
}

void mount_cancel_all(void)
{
    pthread_mutex_lock(&requests.lock);
    requests.ending = true;
    for (struct request *request = requests.active; request; request = request->next)
        cancel(request);
    pthread_mutex_unlock(&requests.lock);
}

// ---- reading, writing ---------------------------------------------------------------------------------------------

// A warning comes with bytes: they count, as far as a file can say it. Short reads say that the file has ended or that
// there is no more now.
void mount_read(fuse_req_t fuse, HANDLE file, size_t length, off_t offset)
{
    struct request *request = begin(fuse, file);
    char *buffer = request ? malloc(length ? length : 1) : NULL;
    NTSTATUS status = STATUS_INSUFFICIENT_RESOURCES;
    LARGE_INTEGER at = {.QuadPart = offset};
    if (buffer)
        status = wait_for(request, nt()->NtReadFile(file, request->event, NULL, NULL, &request->iosb, buffer,
                                                    (ULONG)length, &at, NULL));
    size_t count = NT_ERROR(status) || !request ? 0 : request->iosb.Information;
    if (request)
        end(fuse, request);
    if (!NT_ERROR(status) || status == STATUS_END_OF_FILE)
        fuse_reply_buf(fuse, buffer, count < length ? count : length);
    else
        fuse_reply_err(fuse, mount_errno(status));
    free(buffer);
}

void mount_write(fuse_req_t fuse, HANDLE file, const char *bytes, size_t length, off_t offset)
{
    struct request *request = begin(fuse, file);
    NTSTATUS status = STATUS_INSUFFICIENT_RESOURCES;
    LARGE_INTEGER at = {.QuadPart = offset};
    if (request)
        status = wait_for(request, nt()->NtWriteFile(file, request->event, NULL, NULL, &request->iosb, (PVOID)bytes,
                                                     (ULONG)length, &at, NULL));
    size_t count = NT_SUCCESS(status) ? request->iosb.Information : 0;
    if (request)
        end(fuse, request);
    if (NT_SUCCESS(status))
        fuse_reply_write(fuse, count < length ? count : length);
    else
        fuse_reply_err(fuse, mount_errno(status));
}

void mount_flush(fuse_req_t fuse, HANDLE file)
{
    struct request *request = begin(fuse, file);
    NTSTATUS status = STATUS_INSUFFICIENT_RESOURCES;
    if (request)
        status = nt()->NtFlushBuffersFile(file, &request->iosb);
    if (request)
        end(fuse, request);
    // A driver without IRP_MJ_FLUSH_BUFFERS has nothing to flush.
    fuse_reply_err(fuse, status == STATUS_INVALID_DEVICE_REQUEST ? 0 : mount_errno(status));
}

// ---- control codes ------------------------------------------------------------------------------------------------

// `call` has been checked, and its buffers follow it.
static NTSTATUS control(struct request *request, struct nthost_ioctl *call)
{
    unsigned char *input = (unsigned char *)(call + 1), *output = (unsigned char *)call + NTHOST_IOCTL_OUTPUT(call);
    NTSTATUS status =
        device_control_service(call->code)(request->file, request->event, NULL, NULL, &request->iosb, call->code, input,
                                           call->input_length, output, call->output_length);
    return wait_for(request, status);
}

// The request's status in `call`; the result of the ioctl, negative: an errno.
static int perform(fuse_req_t fuse, HANDLE file, struct nthost_ioctl *call)
{
    struct request *request = begin(fuse, file);
    if (!request)
        return -ENOMEM;
    NTSTATUS status = control(request, call);
    call->status = (uint32_t)status;
    call->information = NT_ERROR(status) ? 0 : request->iosb.Information;
    end(fuse, request);
    if (!NT_SUCCESS(status))
        return -mount_errno(status);
    return call->information <= INT32_MAX ? (int)call->information : INT32_MAX;
}

static void plain_code(fuse_req_t fuse, HANDLE file, unsigned code)
{
    struct nthost_ioctl call = {.code = code};
    int result = perform(fuse, file, &call);
    if (result < 0)
        fuse_reply_err(fuse, -result);
    else
        fuse_reply_ioctl(fuse, result, NULL, 0);
}

void mount_ioctl(fuse_req_t fuse, HANDLE file, unsigned command, const void *in, size_t in_bytes, size_t out_bytes)
{
    // Linux's own ioctls without data (TCGETS of isatty) are smaller than any control code with a device type.
    if (_IOC_DIR(command) == _IOC_NONE && command > 0xffff) {
        plain_code(fuse, file, command);
        return;
    }
    if (command != NTHOST_IOCTL(_IOC_SIZE(command)) || in_bytes != out_bytes ||
        in_bytes < sizeof(struct nthost_ioctl)) {
        fuse_reply_err(fuse, command == NTHOST_IOCTL(_IOC_SIZE(command)) ? EINVAL : ENOTTY);
        return;
    }
    struct nthost_ioctl *call = malloc(in_bytes);
    if (call)
        memcpy(call, in, in_bytes);
    if (call && NTHOST_IOCTL_BYTES(call) <= in_bytes) {
        int result = perform(fuse, file, call);
        fuse_reply_ioctl(fuse, result, call, in_bytes);
    } else {
        fuse_reply_err(fuse, call ? EINVAL : ENOMEM);
    }
    free(call);
}
