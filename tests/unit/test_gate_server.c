// The kernel server end to end: this process is the server, its children are clients that behave, die and
// lie.
#include "address.h"
#include "client.h"
#include "connection.h"
#include "gate.h"
#include "gate_child.h"
#include "marshal.h"
#include "io/io.h"
#include "server.h"

#include <nthost.h>

#include <fcntl.h>
#include <pthread.h>
#include <semaphore.h>
#include <setjmp.h>
#include <stdarg.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <cmocka.h>

enum { SOON = 20000 };

static char folder[64], socket_path[96];
static struct gate_server *server;

// ---- parts: clients that behave -----------------------------------------------------------------------------------

static HANDLE new_event(EVENT_TYPE type, BOOLEAN state)
{
    HANDLE event = NULL;
    CHECK(nt()->NtCreateEvent(&event, EVENT_ALL_ACCESS, NULL, type, state) == STATUS_SUCCESS);
    return event;
}

static void events(void)
{
    LARGE_INTEGER now = {0}, short_time = {.QuadPart = -10000};
    LONG previous = 7;
    HANDLE event = new_event(SynchronizationEvent, FALSE);
    CHECK(event && (uintptr_t)event % 4 == 0);
    CHECK(nt()->NtWaitForSingleObject(event, FALSE, &now) == STATUS_TIMEOUT);
    CHECK(nt()->NtSetEvent(event, &previous) == STATUS_SUCCESS && previous == 0);
    CHECK(nt()->NtSetEvent(event, &previous) == STATUS_SUCCESS && previous == 1);
    CHECK(nt()->NtWaitForSingleObject(event, FALSE, NULL) == STATUS_SUCCESS);
    CHECK(nt()->NtWaitForSingleObject(event, FALSE, &short_time) == STATUS_TIMEOUT);
    HANDLE both[] = {event, new_event(NotificationEvent, TRUE)};
    CHECK(nt()->NtWaitForMultipleObjects(2, both, WaitAny, FALSE, &now) == STATUS_WAIT_1);
    CHECK(nt()->NtClose(both[1]) == STATUS_SUCCESS);
    CHECK(nt()->NtClose(event) == STATUS_SUCCESS);
    CHECK(nt()->NtClose(event) == STATUS_INVALID_HANDLE);
    CHECK(nt()->NtClose((HANDLE)0x123454) == STATUS_INVALID_HANDLE);
}

static void timers(void)
{
    LARGE_INTEGER soon = {.QuadPart = -10000};
    HANDLE timer;
    CHECK(nt()->NtCreateTimer(&timer, TIMER_ALL_ACCESS, NULL, NotificationTimer) == STATUS_SUCCESS);
    CHECK(nt()->NtSetTimer(timer, &soon, NULL, NULL, FALSE, 0, NULL) == STATUS_SUCCESS);
    CHECK(nt()->NtWaitForSingleObject(timer, FALSE, NULL) == STATUS_SUCCESS);
    CHECK(nt()->NtClose(timer) == STATUS_SUCCESS);
}

static void names(void)
{
    WCHAR text[] = L"\\BaseNamedObjects\\gate test 0000000";
    for (unsigned pid = (unsigned)getpid(), at = sizeof text / sizeof *text - 2; pid; pid /= 10)
        text[at--] = (WCHAR)(L'0' + pid % 10);
    UNICODE_STRING root = RTL_CONSTANT_STRING(L"\\"), name = RTL_CONSTANT_STRING(text);
    OBJECT_ATTRIBUTES attributes;
    HANDLE directory, event, again;
    char buffer[1024];
    ULONG context = 0, returned = 0;
    bool found = false;
    InitializeObjectAttributes(&attributes, &root, 0, NULL, NULL);
    CHECK(nt()->NtOpenDirectoryObject(&directory, DIRECTORY_QUERY, &attributes) == STATUS_SUCCESS);
    NTSTATUS status = nt()->NtQueryDirectoryObject(directory, buffer, sizeof buffer, FALSE, TRUE, &context, &returned);
    CHECK(status == STATUS_SUCCESS || status == STATUS_MORE_ENTRIES);
    CHECK(context > 0 && returned > 0);
    for (OBJECT_DIRECTORY_INFORMATION *entry = (void *)buffer; entry->Name.Buffer; entry++) {
        CHECK((char *)entry->Name.Buffer > buffer && (char *)entry->Name.Buffer < buffer + sizeof buffer);
        found = found || (entry->Name.Length == 12 && memcmp(entry->Name.Buffer, L"Device", 12) == 0);
    }
    CHECK(found);
    CHECK(nt()->NtClose(directory) == STATUS_SUCCESS);
    InitializeObjectAttributes(&attributes, &name, OBJ_CASE_INSENSITIVE, NULL, NULL);
    CHECK(nt()->NtCreateEvent(&event, EVENT_ALL_ACCESS, &attributes, NotificationEvent, FALSE) == STATUS_SUCCESS);
    CHECK(nt()->NtOpenEvent(&again, EVENT_ALL_ACCESS, &attributes) == STATUS_SUCCESS && again != event);
    CHECK(nt()->NtClose(event) == STATUS_SUCCESS && nt()->NtClose(again) == STATUS_SUCCESS);
    CHECK(nt()->NtOpenEvent(&again, EVENT_ALL_ACCESS, &attributes) == STATUS_OBJECT_NAME_NOT_FOUND);
}

static void bad_pointers(void)
{
    char *bad = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    OBJECT_ATTRIBUTES attributes;
    HANDLE event = new_event(NotificationEvent, FALSE), handle;
    CHECK(nt()->NtCreateEvent((HANDLE *)(void *)bad, EVENT_ALL_ACCESS, NULL, 0, 0) == STATUS_ACCESS_VIOLATION);
    CHECK(nt()->NtCreateEvent(NULL, EVENT_ALL_ACCESS, NULL, 0, 0) == STATUS_ACCESS_VIOLATION);
    CHECK(nt()->NtSetEvent(event, (LONG *)(void *)bad) == STATUS_ACCESS_VIOLATION);
    CHECK(nt()->NtWaitForSingleObject(event, FALSE, (LARGE_INTEGER *)(void *)bad) == STATUS_ACCESS_VIOLATION);
    InitializeObjectAttributes(&attributes, (UNICODE_STRING *)(void *)bad, 0, NULL, NULL);
    CHECK(nt()->NtOpenEvent(&handle, EVENT_ALL_ACCESS, &attributes) == STATUS_ACCESS_VIOLATION);
    CHECK(nt()->NtLoadDriver((UNICODE_STRING *)(void *)bad) == STATUS_ACCESS_VIOLATION);
    CHECK(nt()->NtClose(event) == STATUS_SUCCESS);
}

static void part_basic(void)
{
    events();
    timers();
    names();
    bad_pointers();
}

static void *work(void *argument)
{
    enum { ROUNDS = 500 };
    HANDLE *shared = argument;
    for (int i = 0; i < ROUNDS; i++) {
        HANDLE event = new_event(NotificationEvent, TRUE);
        CHECK(nt()->NtWaitForSingleObject(event, FALSE, NULL) == STATUS_SUCCESS);
        CHECK(nt()->NtWaitForSingleObject(*shared, FALSE, NULL) == STATUS_SUCCESS); // one at a time
        CHECK(nt()->NtSetEvent(*shared, NULL) == STATUS_SUCCESS);
        CHECK(nt()->NtClose(event) == STATUS_SUCCESS);
    }
    return NULL;
}

static void in_threads(int count, void *(*routine)(void *), void *argument)
{
    pthread_t threads[64];
    for (int i = 0; i < count; i++)
        CHECK(pthread_create(&threads[i], NULL, routine, argument) == 0);
    for (int i = 0; i < count; i++)
        pthread_join(threads[i], NULL);
}

static void part_threads(void)
{
    HANDLE shared = new_event(SynchronizationEvent, TRUE);
    for (int i = 0; i < 3; i++) // channels of threads that ended are used again
        in_threads(8, work, &shared);
}

static void *one_call(void *argument)
{
    (void)argument;
    CHECK(nt()->NtClose((HANDLE)0x4444) == STATUS_INVALID_HANDLE);
    return NULL;
}

static void part_many_threads(void)
{
    for (int i = 0; i < 10; i++)
        in_threads(40, one_call, NULL);
}

static sem_t attached, leave;

static void *stay(void *argument)
{
    *(NTSTATUS *)argument = nt()->NtClose((HANDLE)0x4444);
    sem_post(&attached);
    sem_wait(&leave);
    return NULL;
}

// The thread beyond the last channel gets an error, and a channel once another thread has ended.
static void part_too_many_threads(void)
{
    static pthread_t threads[WIRE_CHANNELS];
    NTSTATUS status;
    sem_init(&attached, 0, 0);
    sem_init(&leave, 0, 0);
    for (int i = 0; i < WIRE_CHANNELS; i++) {
        CHECK(pthread_create(&threads[i], NULL, stay, &status) == 0);
        sem_wait(&attached);
        CHECK(status == STATUS_INVALID_HANDLE);
    }
    CHECK(nt()->NtClose((HANDLE)0x4444) == STATUS_INSUFFICIENT_RESOURCES);
    for (int i = 0; i < WIRE_CHANNELS; i++)
        sem_post(&leave);
    for (int i = 0; i < WIRE_CHANNELS; i++)
        pthread_join(threads[i], NULL);
    CHECK(nt()->NtClose((HANDLE)0x4444) == STATUS_INVALID_HANDLE);
}

// Handles stay open: the end of the process closes them.
static void part_leaves_handles(void)
{
    for (int i = 0; i < 200; i++)
        new_event(NotificationEvent, FALSE);
}

static void part_forks(void)
{
    HANDLE event = new_event(NotificationEvent, FALSE);
    pid_t child = fork();
    if (child == 0) {
        CHECK(nt()->NtClose(event) == STATUS_INVALID_HANDLE); // a gate of its own
        events();
        _exit(0);
    }
    CHECK(child_wait(child, SOON) == 0);
    CHECK(nt()->NtClose(event) == STATUS_SUCCESS);
}

// ---- parts: clients that die, and servers -------------------------------------------------------------------------

static void say_ready(void)
{
    fclose(fopen(getenv("TEST_READY"), "w"));
}

static void *wait_forever(void *argument)
{
    HANDLE event = new_event(SynchronizationEvent, FALSE);
    if (argument)
        say_ready();
    NTSTATUS status = nt()->NtWaitForSingleObject(event, FALSE, NULL);
    CHECK(status == STATUS_CONNECTION_DISCONNECTED);
    CHECK(nt()->NtClose(event) == STATUS_CONNECTION_DISCONNECTED);
    return NULL;
}

static void part_waits(void)
{
    pthread_t threads[3];
    for (int i = 0; i < 3; i++)
        pthread_create(&threads[i], NULL, wait_forever, NULL);
    usleep(50000);
    wait_forever("ready");
    for (int i = 0; i < 3; i++)
        pthread_join(threads[i], NULL);
}

static void part_calls_forever(void)
{
    HANDLE shared = new_event(SynchronizationEvent, TRUE);
    say_ready();
    for (;;)
        in_threads(4, work, &shared);
}

static void part_server(void)
{
    char message[256] = "";
    struct gate_server *own;
    CHECK(nthost_boot(NULL) == STATUS_SUCCESS);
    if (gate_server_start(getenv("NTHOST_SERVER"), &own, message, sizeof message) != 0)
        fprintf(stderr, "%s\n", message);
    else
        say_ready();
    pause();
}

// ---- parts: clients that lie --------------------------------------------------------------------------------------

static struct connection_thread *hostile_thread(void)
{
    char message[256];
    CHECK(connection_open(message, sizeof message) == 0);
    struct connection_thread *thread = connection_attach();
    CHECK(thread);
    return thread;
}

static uint64_t random_word(unsigned *seed, uintptr_t slice)
{
    uint64_t word = (uint64_t)rand_r(seed) << 33 ^ (uint64_t)rand_r(seed);
    switch (rand_r(seed) % 8) {
    case 0:
        return 0;
    case 1:
        return word & 0xff;
    case 2: // into the slice
    case 3:
    case 4:
        return slice + word % WIRE_SLICE_BYTES;
    case 5: // the kernel's range
        return HAL_KERNEL_BASE + word % (HAL_KERNEL_END - HAL_KERNEL_BASE);
    case 6:
        return slice + WIRE_SLICE_BYTES - (word & 15); // across the end
    default:
        return word;
    }
}

// Any service (or the one that TEST_SERVICE numbers) with any arguments, which change while the service looks
// at them.
static void part_hostile(void)
{
    const char *only = getenv("TEST_SERVICE");
    struct connection_thread *thread = hostile_thread();
    struct wire_channel *channel = thread->channel;
    uintptr_t slice = (uintptr_t)channel & ~(uintptr_t)(WIRE_SLICE_BYTES - 1);
    unsigned seed = (unsigned)getpid();
    say_ready();
    for (uint64_t end = hal_monotonic_ns() + 2000000000; hal_monotonic_ns() < end;) {
        uint64_t *somewhere = (uint64_t *)(slice + WIRE_BOUNCE + (uintptr_t)(rand_r(&seed) % 4096) * 8);
        channel->service = only ? (uint32_t)atoi(only) : (uint32_t)rand_r(&seed) % (marshal_service_count + 2);
        if (channel->service == MARSHAL_NtDelayExecution)
            continue;
        for (int i = 0; i < WIRE_WORDS; i++)
            channel->words[i] = random_word(&seed, slice);
        bell_ring(&channel->request);
        for (int i = 0; i < 2000 && atomic_load(&channel->reply) != BELL_RUNG; i++)
            *somewhere = random_word(&seed, slice);
        atomic_store(&channel->reply, BELL_IDLE);
    }
    _exit(0);
}

static void part_breaks_bell(void)
{
    struct connection_thread *thread = hostile_thread();
    atomic_store(&thread->channel->request, 0x12345678);
    hal_futex_wake_shared(&thread->channel->request, 1);
    uint64_t end = hal_monotonic_ns() + 10000000000;
    while (!connection_is_dead() && hal_monotonic_ns() < end)
        usleep(1000);
    CHECK(connection_is_dead());
    _exit(0);
}

// Undoes every ring of the server, so that its twin goes back to sleep.
static void part_holds_twin(void)
{
    struct connection_thread *thread = hostile_thread();
    say_ready();
    for (uint64_t end = hal_monotonic_ns() + 3000000000; hal_monotonic_ns() < end && !connection_is_dead();)
        atomic_store(&thread->channel->request, BELL_SLEEPING);
    _exit(0);
}

static int raw_connection(void)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_SEQPACKET, 0);
    snprintf(address.sun_path, sizeof address.sun_path, "%s", getenv("NTHOST_SERVER"));
    CHECK(connect(fd, (struct sockaddr *)&address, sizeof address) == 0);
    return fd;
}

static void part_garbage(void)
{
    unsigned seed = 3;
    char bytes[4096];
    for (int i = 0; i < 200; i++) {
        int fd = raw_connection();
        size_t size = 1 + (size_t)rand_r(&seed) % (sizeof bytes - 1);
        for (size_t at = 0; at < size; at++)
            bytes[at] = (char)rand_r(&seed);
        struct wire_message head = {
            .magic = WIRE_MAGIC, .version = WIRE_VERSION, .kind = WIRE_HELLO, .hello = {.role = WIRE_CLIENT}};
        if (i % 2)
            memcpy(bytes, &head, 12);
        send(fd, bytes, i % 4 == 1 ? sizeof(struct wire_message) : size, MSG_NOSIGNAL);
        if (i % 3)
            recv(fd, bytes, sizeof bytes, 0);
        close(fd);
    }
}

// Nobody asked for them. An empty message can carry some, too.
static void part_descriptors(void)
{
    struct wire_message hello = {.magic = WIRE_MAGIC, .version = WIRE_VERSION, .kind = WIRE_HELLO};
    for (int i = 0; i < 30; i++) {
        int fd = raw_connection(), sent[3] = {fd, fd, fd};
        union {
            struct cmsghdr header;
            char bytes[CMSG_SPACE(sizeof sent)];
        } control = {.header = {.cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS, .cmsg_len = CMSG_LEN(sizeof sent)}};
        struct iovec data = {.iov_base = &hello, .iov_len = i % 3 == 0 ? 0 : i % 3 == 1 ? 5 : sizeof hello};
        struct msghdr message = {
            .msg_iov = &data, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
        memcpy(CMSG_DATA(&control.header), sent, sizeof sent);
        CHECK(sendmsg(fd, &message, MSG_NOSIGNAL) >= 0);
        close(fd);
    }
}

// The server does not wait for ever.
static void part_silent(void)
{
    char byte;
    uint64_t start = hal_monotonic_ns();
    CHECK(recv(raw_connection(), &byte, 1, 0) <= 0);
    CHECK(hal_monotonic_ns() - start < 8000000000);
}

static void part_old_version(void)
{
    struct wire_message hello = {.kind = WIRE_HELLO, .hello = {.role = WIRE_CLIENT, .services = 1}}, answer;
    int fd = raw_connection();
    CHECK(wire_send(fd, &hello, -1));
    CHECK(wire_receive(fd, &answer, NULL, SOON));
    CHECK(answer.kind == WIRE_REFUSED && strstr(answer.text, "different versions"));
}

static const struct {
    const char *name;
    void (*play)(void);
} parts[] = {
    {"basic", part_basic},
    {"threads", part_threads},
    {"many threads", part_many_threads},
    {"leaves handles", part_leaves_handles},
    {"forks", part_forks},
    {"waits", part_waits},
    {"calls forever", part_calls_forever},
    {"server", part_server},
    {"hostile", part_hostile},
    {"breaks bell", part_breaks_bell},
    {"holds twin", part_holds_twin},
    {"garbage", part_garbage},
    {"descriptors", part_descriptors},
    {"old version", part_old_version},
    {"silent", part_silent},
    {"too many threads", part_too_many_threads},
};

static int play(const char *name)
{
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        if (strcmp(parts[i].name, name) == 0) {
            parts[i].play();
            return 0;
        }
    return 2;
}

// ---- the tests ----------------------------------------------------------------------------------------------------

static struct nthost_counts before;

static void set_socket(const char *path)
{
    setenv("NTHOST_SERVER", path, 1);
}

static pid_t start_and_wait_until_ready(const char *part)
{
    char ready[96];
    snprintf(ready, sizeof ready, "%s/ready", folder);
    unlink(ready);
    setenv("TEST_READY", ready, 1);
    pid_t child = child_start(part);
    assert_true(child > 0);
    for (int i = 0; access(ready, F_OK) != 0; i++) {
        assert_true(i < SOON);
        usleep(1000);
    }
    return child;
}

static void expect_part(const char *part)
{
    assert_int_equal(child_wait(child_start(part), 3 * SOON), 0);
}

// The threads of sessions that are over have ended: their number does not change any more.
static void expect_settled(void)
{
    unsigned threads = nthost_counts().threads;
    for (int calm = 0; calm < 20; calm++) {
        usleep(1000);
        if (nthost_counts().threads != threads)
            calm = 0;
        threads = nthost_counts().threads;
    }
}

static int set_up(void **state)
{
    char message[256] = "";
    (void)state;
    assert_int_equal(nthost_boot(NULL), STATUS_SUCCESS);
    int error = gate_server_start(socket_path, &server, message, sizeof message);
    if (error)
        fail_msg("%s", message);
    set_socket(socket_path);
    expect_part("basic"); // starts the threads that the kernel starts at their first use
    expect_settled();
    before = nthost_counts();
    return 0;
}

// Nothing is there that was not there before. Less may be: the threads of the last session of the set-up, on
// a slow machine.
static bool nothing_more(struct nthost_counts now)
{
    bool more = now.pool_blocks > before.pool_blocks || now.objects > before.objects || now.threads > before.threads ||
                now.processes > before.processes || now.files > before.files;
    if (!more)
        before = now;
    return !more;
}

// Everything of the clients is gone. The session's own thread goes last.
static void expect_clean(void)
{
    assert_int_equal(gate_server_wait_idle(server, SOON), 0);
    for (int i = 0; i < 1000 && !nothing_more(nthost_counts()); i++)
        usleep(1000);
    struct nthost_counts now = nthost_counts();
    if (!nothing_more(now))
        fail_msg("left behind: %d pool blocks, %d objects, %d files, %d threads, %d processes",
                 (int)(now.pool_blocks - before.pool_blocks), (int)(now.objects - before.objects),
                 (int)(now.files - before.files), (int)(now.threads - before.threads),
                 (int)(now.processes - before.processes));
}

static int tear_down(void **state)
{
    (void)state;
    expect_clean();
    gate_server_stop(server);
    assert_int_not_equal(access(socket_path, F_OK), 0);
    nthost_shutdown();
    return 0;
}

static void test_services(void **state)
{
    (void)state;
    expect_part("basic");
}

static void test_threads(void **state)
{
    (void)state;
    expect_part("threads");
    expect_part("many threads");
    if (!HAL_TSAN && !HAL_ASAN)
        expect_part("too many threads");
}

static void test_exit_closes_handles(void **state)
{
    (void)state;
    expect_part("leaves handles");
    assert_int_equal(gate_server_clients(server), 0); // the process ended after its rundown, not before
    assert_int_equal(nthost_counts().pool_blocks, before.pool_blocks);
}

static void test_fork(void **state)
{
    (void)state;
    if (HAL_TSAN) // it forbids threads after a fork of a process with threads
        skip();
    expect_part("forks");
}

static void test_several_clients(void **state)
{
    pid_t children[6];
    (void)state;
    for (int i = 0; i < 6; i++)
        children[i] = child_start(i % 2 ? "threads" : "basic");
    for (int i = 0; i < 6; i++)
        assert_int_equal(child_wait(children[i], 3 * SOON), 0);
}

static void test_killed_while_waiting(void **state)
{
    (void)state;
    pid_t child = start_and_wait_until_ready("waits");
    assert_int_equal(gate_server_clients(server), 1);
    kill(child, SIGKILL);
    assert_int_equal(child_wait(child, SOON), 128 + SIGKILL);
    expect_clean();
}

static void test_killed_while_calling(void **state)
{
    (void)state;
    for (int i = 0; i < 10; i++) {
        pid_t child = start_and_wait_until_ready("calls forever");
        usleep((useconds_t)(i * 3000));
        kill(child, SIGKILL);
        assert_int_equal(child_wait(child, SOON), 128 + SIGKILL);
    }
    expect_clean();
}

static void test_server_stops(void **state)
{
    char message[256];
    (void)state;
    pid_t child = start_and_wait_until_ready("waits");
    gate_server_stop(server);
    assert_int_equal(child_wait(child, SOON), 0);
    assert_int_equal(gate_server_start(socket_path, &server, message, sizeof message), 0);
}

static void test_server_dies(void **state)
{
    char other[96];
    (void)state;
    snprintf(other, sizeof other, "%s/other.sock", folder);
    set_socket(other);
    pid_t dying = start_and_wait_until_ready("server");
    pid_t child = start_and_wait_until_ready("waits");
    kill(dying, SIGKILL);
    child_wait(dying, SOON);
    assert_int_equal(child_wait(child, SOON), 0);
    // Its socket is stale: the next server takes it over.
    dying = start_and_wait_until_ready("server");
    expect_part("basic");
    kill(dying, SIGKILL);
    child_wait(dying, SOON);
    set_socket(socket_path);
}

static void test_one_server_a_socket(void **state)
{
    struct gate_server *second;
    char message[256] = "";
    (void)state;
    assert_int_equal(gate_server_start(socket_path, &second, message, sizeof message), EADDRINUSE);
    assert_non_null(strstr(message, "already lives"));
    expect_part("basic");
}

static void test_no_server(void **state)
{
    char nowhere[96], message[256] = "";
    struct gate_status status;
    HANDLE event;
    (void)state;
    snprintf(nowhere, sizeof nowhere, "%s/nowhere.sock", folder);
    assert_int_equal(gate_client_status(nowhere, &status, message, sizeof message), ENOENT);
    assert_non_null(strstr(message, "nthost server"));
    set_socket(nowhere);
    fprintf(stderr, "(one message is expected here)\n");
    assert_int_equal(nt()->NtCreateEvent(&event, EVENT_ALL_ACCESS, NULL, 0, 0), STATUS_CONNECTION_REFUSED);
    assert_int_equal(nt()->NtClose(NULL), STATUS_CONNECTION_REFUSED);
    set_socket(socket_path);
}

static void test_tools(void **state)
{
    char message[256] = "", byte = 0;
    struct gate_status status;
    size_t bytes;
    int fd;
    (void)state;
    assert_int_equal(gate_client_status(socket_path, &status, message, sizeof message), 0);
    assert_int_equal(status.server_pid, getpid());
    assert_int_equal(status.clients, 0);
    assert_int_equal(gate_client_open_log(socket_path, &fd, &bytes, message, sizeof message), ENODATA);
    gate_server_stop(server);
    int log = hal_memory_file(NTHOST_LOG_BYTES, "test-log");
    struct gate_server_options options = {
        .socket = socket_path, .log_fd = log, .version = "1.2", .registry = "/a/b.reg"};
    assert_int_equal(gate_server_listen(&options, &server, message, sizeof message), 0);
    assert_int_equal(gate_client_status(NULL, &status, message, sizeof message), 0);
    assert_string_equal(status.version, "1.2");
    assert_string_equal(status.registry, "/a/b.reg");
    assert_string_equal(status.socket, socket_path);
    assert_int_equal(gate_client_open_log(socket_path, &fd, &bytes, message, sizeof message), 0);
    assert_int_equal(bytes, NTHOST_LOG_BYTES);
    assert_int_equal(pwrite(fd, &byte, 1, 0), -1); // read-only
    assert_int_equal(pread(fd, &byte, 1, 0), 1);
    close(fd);
    gate_server_stop(server);
    close(log);
    assert_int_equal(gate_server_start(socket_path, &server, message, sizeof message), 0);
    assert_int_equal(gate_client_stop_server(socket_path, message, sizeof message), 0);
    uint64_t asked;
    assert_int_equal(read(gate_server_stop_fd(server), &asked, sizeof asked), sizeof asked);
}

static void test_query(void **state)
{
    char message[256] = "", *text;
    (void)state;
    assert_int_equal(gate_client_query(socket_path, "nothing", &text, message, sizeof message), EINVAL);
    assert_int_equal(gate_client_query(socket_path, "objects nothing", &text, message, sizeof message), EINVAL);
    assert_int_equal(gate_client_query(socket_path, " processes  requests ", &text, message, sizeof message), 0);
    assert_ptr_equal(strstr(text, "{\n  \"processes\": [\n"), text);
    assert_non_null(strstr(text, "\"name\": \"System\""));
    assert_non_null(strstr(text, "\"requests\": []"));
    free(text);
    assert_int_equal(gate_client_query(socket_path, "", &text, message, sizeof message), 0);
    assert_string_equal(text, "{}\n");
    free(text);
}

// Requests are traced as long as one of those who asked for it is connected.
static void test_trace(void **state)
{
    char message[256] = "", byte = 0;
    struct gate_trace first, second;
    (void)state;
    assert_false(io_tracing());
    assert_int_equal(gate_client_open_trace(socket_path, &first, message, sizeof message), 0);
    assert_true(io_tracing());
    assert_int_equal(pwrite(first.fd, &byte, 1, 0), -1); // read-only
    assert_int_equal(first.server_pid, getpid());
    assert_int_equal(gate_client_open_trace(socket_path, &second, message, sizeof message), 0);
    close(first.connection);
    close(first.fd);
    usleep(20000);
    assert_true(io_tracing());
    close(second.connection);
    close(second.fd);
    for (int i = 0; i < SOON && io_tracing(); i++)
        usleep(1000);
    assert_false(io_tracing());
}

static void test_hostile_channel(void **state)
{
    (void)state;
    pid_t first = start_and_wait_until_ready("hostile"), second = start_and_wait_until_ready("hostile");
    expect_part("threads");
    assert_int_equal(child_wait(first, SOON), 0);
    assert_int_equal(child_wait(second, SOON), 0);
    expect_part("basic");
}

static void test_broken_bell(void **state)
{
    (void)state;
    expect_part("breaks bell");
    expect_part("basic");
}

static void test_twin_held(void **state)
{
    char message[256];
    (void)state;
    pid_t child = start_and_wait_until_ready("holds twin");
    gate_server_stop(server); // does not hang
    assert_int_equal(child_wait(child, SOON), 0);
    assert_int_equal(gate_server_start(socket_path, &server, message, sizeof message), 0);
}

static unsigned open_descriptors(void)
{
    unsigned count = 0;
    for (int fd = 0; fd < 1024; fd++)
        count += fcntl(fd, F_GETFD) >= 0;
    return count;
}

static void test_descriptors(void **state)
{
    (void)state;
    unsigned had = open_descriptors();
    expect_part("descriptors");
    for (int i = 0; i < SOON / 10 && open_descriptors() > had; i++)
        usleep(10000);
    assert_int_equal(open_descriptors(), had);
}

static void test_garbage(void **state)
{
    (void)state;
    expect_part("garbage");
    expect_part("old version");
    expect_part("silent");
    expect_part("basic");
}

int main(int argc, char **argv)
{
#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_services),
        TEST(test_threads),
        TEST(test_exit_closes_handles),
        TEST(test_fork),
        TEST(test_several_clients),
        TEST(test_killed_while_waiting),
        TEST(test_killed_while_calling),
        TEST(test_server_stops),
        TEST(test_server_dies),
        TEST(test_one_server_a_socket),
        TEST(test_no_server),
        TEST(test_tools),
        TEST(test_query),
        TEST(test_trace),
        TEST(test_hostile_channel),
        TEST(test_broken_bell),
        TEST(test_twin_held),
        TEST(test_garbage),
        TEST(test_descriptors),
    };
    if (argc > 1)
        return play(argv[1]);
    snprintf(folder, sizeof folder, "/tmp/nthost-gate-%d", (int)getpid());
    mkdir(folder, 0700);
    snprintf(socket_path, sizeof socket_path, "%s/test.sock", folder);
    cmocka_set_test_filter(getenv("TEST_FILTER"));
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    char command[128];
    snprintf(command, sizeof command, "rm -rf %s", folder);
    return system(command) != 0 ? 1 : failed;
}
