// Fuzzing the channel: clients that write what they like into their channels, their arguments and their sockets, against
// a server in this process.
//
//     fuzz_channel SECONDS SEED DRIVERS
//
// The hostile clients are this program, run again, as another user where that can be (then no driver may go away). They
// build arguments by the table of services, so that most calls get past the first check, and bend some of them; a second
// thread changes arguments while calls run. Beside them a client of the soak works and compares its bytes.
//
// A finding is a crash, a sanitizer's report, a report of the kernel about a driver, a server that does not answer, a
// wrong byte of the other client, or something that is left when all are gone. The seed decides what is sent; when it is
// sent, the scheduler does.
#include "../../gate/marshal.c"

#include "bell.h"
#include "address.h"
#include "dbg/dbg.h"
#include "server.h"
#include "tests/soak/kill.h"

#include <nthost.h>

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

enum { HOSTILES = 2, CHANNELS = 6, HANDLES = 32, NOBODY = 65534, SHARED_FD = 3 };
enum { PATIENCE_MS = 30000, CALL_MS = 20, NS_PER_MS = 1000000 };
enum { ARENA = 256 * 1024 }; // of the slice: where arguments lie

static uint64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

// ---- random numbers -------------------------------------------------------------------------------------

static uint64_t state;

static uint64_t any(void) // splitmix64
{
    uint64_t z = state += 0x9e3779b97f4a7c15ull;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
    return z ^ (z >> 31);
}

static unsigned below(unsigned limit)
{
    return (unsigned)(any() % limit);
}

static bool once_in(unsigned times)
{
    return below(times) == 0;
}

// ---- the connection -------------------------------------------------------------------------------------

static struct {
    int socket;
    char *slice;
    bool attached[CHANNELS], stuck[CHANNELS]; // stuck: its call has not come back
    unsigned used;                            // of the arena, by this call
    HANDLE handles[HANDLES];
    unsigned next_handle;
    _Atomic bool scribble;
} my;
static unsigned calls, answered, connections;

static _Noreturn void give_up(const char *what)
{
    fprintf(stderr, "fuzz_channel: %s: %s\n", what, strerror(errno));
    exit(1);
}

static void open_connection(void)
{
    struct wire_message hello = {.kind = WIRE_HELLO, .hello = {.role = WIRE_CLIENT, .services = wire_services()}};
    struct wire_message welcome;
    char path[ADDRESS_BYTES], message[512] = "";
    int fd = -1;
    if (!address_find(NULL, path) || address_connect(path, &my.socket, message, sizeof message) != 0)
        give_up(message);
    snprintf(hello.text, sizeof hello.text, "hostile");
    if (!wire_send(my.socket, &hello, -1) || !wire_receive(my.socket, &welcome, &fd, PATIENCE_MS) ||
        welcome.kind != WIRE_WELCOME)
        give_up("the server does not greet");
    my.slice = hal_map_file(welcome.welcome.base, WIRE_SLICE_BYTES, HAL_READ | HAL_WRITE, fd);
    close(fd);
    if (!my.slice)
        give_up("the slice cannot be mapped");
    memset(my.attached, 0, sizeof my.attached);
    memset(my.stuck, 0, sizeof my.stuck);
    memset(my.handles, 0, sizeof my.handles);
    connections++;
}

static void close_connection(void)
{
    atomic_store(&my.scribble, false);
    usleep(1000); // the scribbler's last stroke
    close(my.socket);
    hal_unmap(my.slice, WIRE_SLICE_BYTES);
}

// False: the server has thrown us out, as it may.
static bool attach(unsigned index)
{
    struct wire_message message = {.kind = WIRE_ATTACH, .attach = {.thread = 1 + index, .channel = index}};
    my.attached[index] = wire_send(my.socket, &message, -1) && wire_receive(my.socket, &message, NULL, PATIENCE_MS) &&
                         message.kind == WIRE_ATTACHED && message.attached.status == STATUS_SUCCESS;
    if (!my.attached[index] && errno == EAGAIN)
        give_up("the server does not answer");
    return my.attached[index];
}

// ---- arguments ------------------------------------------------------------------------------------------

static void *take(size_t bytes)
{
    unsigned at = (my.used + 15) / 16 * 16;
    if (at + bytes > ARENA)
        at = 0;
    my.used = at + (unsigned)bytes;
    return my.slice + WIRE_BOUNCE + at;
}

// An address that a careful program would not pass.
static uint64_t bad_address(void)
{
    switch (below(10)) {
    case 0:
        return 0;
    case 1:
        return below(65536);
    case 2:
        return (uint64_t)(my.slice + WIRE_SLICE_BYTES - below(64));
    case 3:
        return (uint64_t)(my.slice + below(CHANNELS * HAL_PAGE)); // the channels themselves
    case 4:
        return (uint64_t)my.slice - below(64);
    case 5:
        return HAL_USER_BASE + below(3000) * WIRE_SLICE_BYTES + WIRE_BOUNCE; // perhaps somebody else's
    case 6:
        return HAL_KERNEL_BASE + (any() & 0xfffffff8);
    case 7:
        return UINT64_MAX - below(64);
    case 8:
        return (uint64_t)(my.slice + WIRE_VIRTUAL + below(1 << 24));
    default:
        return any();
    }
}

static uint64_t handle(void)
{
    switch (below(8)) {
    case 0:
        return 4 * below(300);
    case 1:
        return (uint64_t) - (int64_t)(1 + below(3));
    case 2:
        return 0xffffffff80000000ull | (4 * below(64)); // the kernel's
    case 3:
        return any();
    default:
        return (uint64_t)my.handles[below(HANDLES)];
    }
}

static uint64_t number(void)
{
    switch (below(6)) {
    case 0:
        return handle();
    case 1:
        return any();
    case 2:
        return 1ull << below(64);
    case 3:
        return 0;
    default:
        return below(16);
    }
}

static uint64_t length(void)
{
    switch (below(8)) {
    case 0:
        return getuid() == NOBODY ? (uint32_t)any() : below(1 << 24); // an administrator would be served
    case 1:
        return getuid() == NOBODY ? UINT32_MAX - below(16) : 0;
    case 2:
        return below(ARENA);
    default:
        return below(300);
    }
}

static uint64_t text(void)
{
    static const WCHAR *const names[] = {
        L"\\??\\ModesBuffered",
        L"\\??\\ModesDirect",
        L"\\??\\ModesNeither",
        L"\\??\\Mailbox",
        L"\\??\\EchoBuffered",
        L"\\??\\EchoDirect\\below",
        L"\\Registry\\Machine\\Software",
        L"\\Registry\\User\\.Default\\x",
        L"\\Registry\\Machine\\System\\CurrentControlSet\\Services\\Echo",
        L"\\BaseNamedObjects\\fuzz",
        L"\\BaseNamedObjects\\other",
        L"\\Device",
        L"\\Driver",
        L"\\",
        L"",
        L"Echo",
    };
    const WCHAR *name = names[below(sizeof names / sizeof *names)];
    size_t units = 0;
    while (name[units])
        units++;
    UNICODE_STRING *string = take(sizeof *string);
    if (once_in(12))
        units = below(32768);
    WCHAR *buffer = take((units + 1) * sizeof(WCHAR));
    for (size_t i = 0; i < units; i++)
        buffer[i] = (WCHAR)('a' + i % 26);
    for (size_t i = 0; name[i] && i < units; i++)
        buffer[i] = name[i];
    *string = (UNICODE_STRING){.Length = (USHORT)(units * 2), .MaximumLength = (USHORT)(units * 2), .Buffer = buffer};
    if (once_in(10))
        string->Length = (USHORT)any();
    if (once_in(20))
        string->Buffer = (WCHAR *)bad_address();
    return (uint64_t)string;
}

static uint64_t descriptor(void)
{
    unsigned char *bytes = take(128);
    for (int i = 0; i < 128; i++)
        bytes[i] = once_in(3) ? (unsigned char)any() : 0;
    bytes[0] = once_in(8) ? (unsigned char)any() : 1;
    bytes[2] = (unsigned char)below(32);
    bytes[3] = once_in(2) ? 0x80 : 0;
    if (bytes[3] & 0x80)
        for (int i = 0; i < 4; i++)
            *(uint32_t *)(void *)(bytes + 4 + 4 * i) = once_in(4) ? (uint32_t)any() : below(120);
    else
        for (int i = 0; i < 4; i++)
            *(uint64_t *)(void *)(bytes + 8 + 8 * i) = once_in(4) ? bad_address() : (uint64_t)bytes + below(120);
    return (uint64_t)bytes;
}

static uint64_t attributes(void)
{
    OBJECT_ATTRIBUTES *attributes = take(sizeof *attributes);
    *attributes = (OBJECT_ATTRIBUTES){.Length = once_in(16) ? (ULONG)any() : sizeof *attributes,
                                      .RootDirectory = once_in(6) ? (HANDLE)handle() : NULL,
                                      .ObjectName = (PUNICODE_STRING)(once_in(16) ? bad_address() : text()),
                                      .Attributes = once_in(8) ? (ULONG)any() : OBJ_CASE_INSENSITIVE,
                                      .SecurityDescriptor = once_in(6) ? (void *)descriptor() : NULL};
    return (uint64_t)attributes;
}

static uint64_t block(size_t bytes)
{
    unsigned char *memory = take(bytes);
    for (size_t i = 0; i < bytes && i < 256; i++)
        memory[i] = once_in(4) ? (unsigned char)any() : 0;
    if (bytes == sizeof(LARGE_INTEGER) && !once_in(8)) // most often a time that passes soon
        *(int64_t *)(void *)memory = -(int64_t)below(10000);
    if (bytes == sizeof(HANDLE) && once_in(2))
        *(uint64_t *)(void *)memory = handle();
    return (uint64_t)memory;
}

static uint64_t argument(const struct marshal_argument *kind, const uint64_t *words)
{
    uint64_t bytes = (uint32_t)words[kind->other];
    if (once_in(24) && kind->kind != KIND_VALUE)
        return bad_address();
    switch ((enum kind)kind->kind) {
    case KIND_VALUE:
        return once_in(3) ? handle() : number();
    case KIND_IN:
    case KIND_OUT:
        return once_in(6) ? 0 : block(kind->bytes);
    case KIND_IOSB:
    case KIND_REQUEST:
        return block(sizeof(IO_STATUS_BLOCK));
    case KIND_ATTRIBUTES:
        return attributes();
    case KIND_STRING:
    case KIND_STRING_OUT:
        return text();
    case KIND_SECURITY:
        return descriptor();
    default:
        return block(bytes * kind->bytes < ARENA / 4 ? bytes * kind->bytes : 64);
    }
}

static bool may_call(uint32_t service)
{
    static const bool as_nobody_only[] = {
        [MARSHAL_NtLoadDriver] = true, [MARSHAL_NtUnloadDriver] = true, [MARSHAL_NtSetSecurityObject] = true};
    if (service == MARSHAL_NtTerminateProcess) // it works: this client would be gone
        return false;
    return service >= sizeof as_nobody_only / sizeof *as_nobody_only || !as_nobody_only[service] || getuid() == NOBODY;
}

static uint32_t build(uint64_t *words)
{
    static const uint32_t favourites[] = {MARSHAL_NtCreateFile, MARSHAL_NtOpenFile, MARSHAL_NtCreateKey,
                                          MARSHAL_NtCreateEvent, MARSHAL_NtDeviceIoControlFile};
    uint32_t service;
    do
        service = once_in(4) ? favourites[below(sizeof favourites / sizeof *favourites)] : below(marshal_service_count);
    while (!may_call(service));
    const struct marshal_service *facts = &marshal_services[service];
    my.used = below(ARENA / 2);
    for (unsigned i = 0; i < WIRE_WORDS; i++)
        words[i] = length(); // those that turn out to be lengths
    for (unsigned i = 0; i < facts->count; i++)
        if (facts->arguments[i].kind != KIND_VALUE)
            words[i] = argument(&facts->arguments[i], words) + (once_in(64) ? below(16) : 0);
    for (unsigned i = 0; i < facts->count; i++) {
        bool is_length = false;
        for (unsigned j = 0; j < facts->count; j++)
            is_length |= facts->arguments[j].kind >= KIND_BYTES_IN && facts->arguments[j].other == i;
        if (facts->arguments[i].kind == KIND_VALUE && !is_length)
            words[i] = argument(&facts->arguments[i], words);
    }
    if ((service == MARSHAL_NtCreateFile || service == MARSHAL_NtOpenFile) && !once_in(4)) {
        words[1] = GENERIC_READ | GENERIC_WRITE | SYNCHRONIZE;
        unsigned options = service == MARSHAL_NtCreateFile ? 8 : 5;
        words[options] = once_in(2) ? FILE_SYNCHRONOUS_IO_NONALERT : 0;
        if (service == MARSHAL_NtCreateFile)
            words[7] = FILE_OPEN;
    }
    if (once_in(30))
        return (uint32_t)any();
    return service;
}

// ---- calls ----------------------------------------------------------------------------------------------

static bool wait_for_answer(struct wire_channel *channel)
{
    uint64_t deadline = now_ns() + CALL_MS * NS_PER_MS;
    uint32_t value;
    while ((value = atomic_load(&channel->reply)) != BELL_RUNG) {
        if (now_ns() > deadline)
            return false;
        if (value == BELL_IDLE && !atomic_compare_exchange_strong(&channel->reply, &value, BELL_SLEEPING))
            continue;
        hal_futex_wait_shared(&channel->reply, BELL_SLEEPING, &deadline);
    }
    atomic_store(&channel->reply, BELL_IDLE);
    return true;
}

static void call(unsigned index)
{
    struct wire_channel *channel = wire_channel((uintptr_t)my.slice, index);
    uint64_t words[WIRE_WORDS];
    uint32_t service = build(words);
    channel->service = service;
    memcpy(channel->words, words, sizeof words);
    atomic_store(&my.scribble, once_in(3));
    if (atomic_exchange(&channel->request, once_in(200) ? (uint32_t)any() : BELL_RUNG) == BELL_SLEEPING)
        hal_futex_wake_shared(&channel->request, 1);
    calls++;
    my.stuck[index] = !wait_for_answer(channel);
    atomic_store(&my.scribble, false);
    answered += !my.stuck[index];
    if (my.stuck[index] || service >= marshal_service_count || channel->status < 0)
        return;
    const struct marshal_argument *first = &marshal_services[service].arguments[0];
    if (first->kind == KIND_OUT && first->bytes == sizeof(HANDLE))
        hal_copy(&my.handles[my.next_handle++ % HANDLES], (void *)words[0], sizeof(HANDLE));
}

// Changes what calls read while they read it.
static void *scribble(void *unused)
{
    uint64_t mine = 88172645463325252ull;
    (void)unused;
    for (;;) {
        for (int i = 0; i < 64 && atomic_load(&my.scribble); i++) {
            mine ^= mine << 13;
            mine ^= mine >> 7;
            mine ^= mine << 17;
            volatile uint32_t *place = (uint32_t *)(void *)(my.slice + WIRE_BOUNCE + mine % ARENA / 4 * 4);
            *place = mine >> 40 & 1 ? (uint32_t)(mine >> 32) : *place ^ 1u << (mine >> 59);
        }
        usleep(20);
    }
    return NULL;
}

// ---- the control socket ---------------------------------------------------------------------------------

static void send_nonsense(int socket)
{
    unsigned char bytes[4096];
    struct wire_message message = {.magic = WIRE_MAGIC, .version = WIRE_VERSION, .kind = (uint16_t)below(16)};
    union {
        struct cmsghdr header;
        char bytes[CMSG_SPACE(8 * sizeof(int))];
    } control = {0};
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (unsigned char)any();
    if (once_in(2)) {
        memcpy(bytes, &message, sizeof message);
        if (once_in(2))
            *(uint32_t *)(void *)(bytes + 8 + 4 * below(4)) = (uint32_t)any();
    }
    struct iovec data = {.iov_base = bytes,
                         .iov_len = once_in(2)   ? sizeof message
                                    : once_in(3) ? 0
                                                 : below(sizeof bytes)};
    struct msghdr header = {.msg_iov = &data, .msg_iovlen = 1};
    unsigned count = once_in(2) ? below(9) : 0;
    if (count) {
        int fds[8];
        for (unsigned i = 0; i < count; i++)
            fds[i] = once_in(2) ? 0 : socket;
        header.msg_control = &control;
        header.msg_controllen = CMSG_SPACE(count * sizeof(int));
        control.header = (struct cmsghdr){
            .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS, .cmsg_len = CMSG_LEN(count * sizeof(int))};
        memcpy(CMSG_DATA(&control.header), fds, count * sizeof(int));
    }
    sendmsg(socket, &header, MSG_NOSIGNAL | MSG_DONTWAIT);
}

// Somebody who connects, says nothing or nonsense, and goes.
static void disturb(void)
{
    char path[ADDRESS_BYTES], message[512];
    int other;
    if (!address_find(NULL, path) || address_connect(path, &other, message, sizeof message) != 0)
        return;
    for (unsigned i = below(3); i; i--)
        send_nonsense(other);
    close(other);
}

static int be_hostile(uint64_t seed, uint64_t end_ns)
{
    pthread_t scribbler;
    state = seed;
    if (geteuid() == 0 &&
        (setgroups(0, NULL) != 0 || setresgid(NOBODY, NOBODY, NOBODY) != 0 || setresuid(NOBODY, NOBODY, NOBODY) != 0))
        give_up("cannot become somebody else");
    hal_faults_init();
    open_connection();
    pthread_create(&scribbler, NULL, scribble, NULL);
    while (now_ns() < end_ns) {
        unsigned index = below(CHANNELS), stuck = 0;
        for (unsigned i = 0; i < CHANNELS; i++)
            stuck += my.stuck[i];
        bool alive = my.stuck[index] || my.attached[index] || attach(index);
        if (alive && !my.stuck[index])
            call(index);
        if (once_in(300))
            send_nonsense(my.socket);
        if (once_in(500))
            disturb();
        struct pollfd gone = {.fd = my.socket, .events = POLLIN};
        if (!alive || stuck == CHANNELS || once_in(2000) || poll(&gone, 1, 0) > 0) {
            close_connection();
            open_connection();
        }
    }
    close_connection();
    printf("fuzz_channel: seed %ju: %u calls, %u answered, %u connections\n", (uintmax_t)seed, calls, answered,
           connections);
    fflush(stdout);
    _exit(answered > 0 ? 0 : 1);
}

// ---- the server's side ----------------------------------------------------------------------------------

static struct soak_kill *shared;
static int shared_fd;
static _Atomic unsigned failures;

static void fail(const char *what)
{
    fprintf(stderr, "fuzz_channel: %s\n", what);
    atomic_fetch_add(&failures, 1);
}

static void look_at_log(const struct dbg_record *record, void *context)
{
    (void)context;
    if (record->length < 3 || memcmp(record->text, "***", 3) != 0)
        return;
    fprintf(stderr, "fuzz_channel: log: %.*s\n", (int)record->length, record->text);
    fail("the kernel reports a fault");
}

static pid_t start(const char *part, uint64_t seed, unsigned seconds)
{
    char numbers[2][32];
    char *arguments[] = {(char *)part, numbers[0], numbers[1], NULL};
    posix_spawn_file_actions_t actions;
    pid_t process = -1;
    snprintf(numbers[0], sizeof numbers[0], "%ju", (uintmax_t)seed);
    snprintf(numbers[1], sizeof numbers[1], "%u", seconds);
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, shared_fd, SHARED_FD);
    if (posix_spawn(&process, "/proc/self/exe", &actions, NULL, arguments, environ) != 0)
        fail("a client does not start");
    posix_spawn_file_actions_destroy(&actions);
    return process;
}

static void play(uint64_t seed, unsigned seconds)
{
    pid_t hostiles[HOSTILES], steady = start("fuzz-steady", seed, seconds);
    int status;
    for (unsigned i = 0; i < HOSTILES; i++)
        hostiles[i] = start("fuzz-hostile", seed * HOSTILES + i, seconds);
    for (unsigned i = 0; i < HOSTILES; i++)
        if (waitpid(hostiles[i], &status, 0) != hostiles[i] || !WIFEXITED(status) || WEXITSTATUS(status) != 0)
            fail("a hostile client found the server wanting");
    uint64_t moves = atomic_load(&shared->moves[0][0]);
    for (int i = 0; i < PATIENCE_MS && atomic_load(&shared->moves[0][0]) < moves + 10; i++)
        usleep(1000);
    if (atomic_load(&shared->moves[0][0]) < moves + 10)
        fail("the steady client is stuck");
    if (waitpid(steady, &status, WNOHANG) != 0)
        fail("the steady client has ended");
    kill(steady, SIGKILL);
    waitpid(steady, &status, 0);
    printf("fuzz_channel: the steady client: %ju round trips\n", (uintmax_t)atomic_load(&shared->moves[0][0]));
}

static bool same(const struct nthost_counts *a, const struct nthost_counts *b)
{
    return a->objects == b->objects && a->files == b->files && a->threads == b->threads &&
           a->processes == b->processes && a->pool_blocks == b->pool_blocks;
}

static unsigned open_descriptors(void)
{
    unsigned count = 0;
    for (int fd = 0; fd < 4096; fd++)
        count += fcntl(fd, F_GETFD) >= 0;
    return count;
}

static void serve(uint64_t seed, unsigned seconds)
{
    char folder[] = "/tmp/nthost-fuzz-XXXXXX", path[64], message[512];
    struct gate_server_options options = {.socket = path, .log_fd = -1, .admission = GATE_EVERYBODY};
    struct gate_server *server;
    if (!mkdtemp(folder) || chmod(folder, 0755) != 0)
        give_up("no folder");
    snprintf(path, sizeof path, "%s/s", folder);
    if (gate_server_listen(&options, &server, message, sizeof message) != 0)
        give_up(message);
    setenv("NTHOST_SERVER", path, 1);
    setenv("NTHOST_SERVER_USER", "0", 1);
    struct nthost_counts before = nthost_counts(), now;
    unsigned descriptors = open_descriptors();
    play(seed, seconds);
    if (gate_server_wait_idle(server, PATIENCE_MS) != 0)
        fail("clients are still being run down");
    for (int i = 0; i < PATIENCE_MS / 10; i++) {
        now = nthost_counts();
        if (same(&before, &now) && open_descriptors() <= descriptors)
            break;
        usleep(10000);
    }
    if (!same(&before, &now)) {
        fprintf(stderr, "fuzz_channel: pool blocks %zu %zu, objects %u %u, files %u %u, threads %u %u\n",
                before.pool_blocks, now.pool_blocks, before.objects, now.objects, before.files, now.files,
                before.threads, now.threads);
        fail("something is left");
    }
    if (open_descriptors() > descriptors)
        fail("descriptors are left");
    gate_server_stop(server);
    rmdir(folder);
}

static bool load(const char *folder, const char *name)
{
    char path[4096], message[1024] = "";
    snprintf(path, sizeof path, "%s/%s.sys", folder, name);
    int32_t status = nthost_load_driver(path, NULL, message, sizeof message);
    if (status < 0)
        fprintf(stderr, "fuzz_channel: %s\n", message);
    return status >= 0;
}

int main(int argc, char **argv)
{
    struct nthost_options kernel = NTHOST_OPTIONS_DEFAULT;
    bool hostile = strcmp(argv[0], "fuzz-hostile") == 0, steady = strcmp(argv[0], "fuzz-steady") == 0;
    if (argc < 3 || (!hostile && !steady && argc != 4)) {
        fprintf(stderr, "usage: fuzz_channel SECONDS SEED DRIVERS\n");
        return 2;
    }
    if (hostile)
        return be_hostile(strtoull(argv[1], NULL, 10), now_ns() + strtoull(argv[2], NULL, 10) * 1000000000u);
    shared_fd = steady ? SHARED_FD : memfd_create("fuzz-channel", MFD_CLOEXEC);
    if (!steady && ftruncate(shared_fd, sizeof *shared) < 0)
        give_up("no memory");
    shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED, shared_fd, 0);
    if (shared == MAP_FAILED)
        give_up("no memory");
    if (steady)
        return soak_kill_client(shared, 0, 2, (unsigned)strtoull(argv[1], NULL, 10));
    kernel.log_sink = look_at_log;
    if (nthost_boot(&kernel) < 0 || !load(argv[3], "Modes") || !load(argv[3], "Mailbox") || !load(argv[3], "Echo"))
        return 1;
    serve(strtoull(argv[2], NULL, 10), (unsigned)strtoul(argv[1], NULL, 10));
    if (nthost_unload_driver("Echo") < 0 || nthost_unload_driver("Mailbox") < 0 || nthost_unload_driver("Modes") < 0)
        fail("a driver does not unload");
    nthost_shutdown();
    return failures || atomic_load(&shared->failures) ? 1 : 0;
}
