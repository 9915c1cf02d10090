// Handles: numbers, types, rights, duplicates, many threads, the end of a process.
#include "kernel_test.h"

static HANDLE make_event(ACCESS_MASK access)
{
    HANDLE event = NULL;
    CHECK(NtCreateEvent(&event, access, NULL, NotificationEvent, FALSE) == STATUS_SUCCESS);
    return event;
}

static void *object_of(HANDLE handle)
{
    void *object;
    CHECK(ob_reference_by_handle(handle, 0, NULL, KernelMode, &object, NULL) == STATUS_SUCCESS);
    ob_dereference(object);
    return object;
}

// ---- numbers ----------------------------------------------------------------------------------------------

static void a_closed_number_is_not_used_again_soon(void **state)
{
    HANDLE first = make_event(EVENT_ALL_ACCESS);
    (void)state;
    assert_int_equal((ULONG_PTR)first % 4, 0);
    assert_int_equal(NtClose(first), STATUS_SUCCESS);
    for (int i = 0; i < 50; i++) {
        HANDLE next = make_event(EVENT_ALL_ACCESS);
        assert_ptr_not_equal(next, first);
        assert_int_equal(NtClose(next), STATUS_SUCCESS);
        assert_int_equal(NtSetEvent(first, NULL), STATUS_INVALID_HANDLE);
        assert_int_equal(NtClose(first), STATUS_INVALID_HANDLE);
    }
}

static void many_handles_are_all_different(void **state)
{
    enum { MANY = 5000 };
    static HANDLE handles[MANY];
    HANDLE event = make_event(EVENT_ALL_ACCESS);
    (void)state;
    for (int i = 0; i < MANY; i++)
        assert_int_equal(
            NtDuplicateObject(NtCurrentProcess(), event, NtCurrentProcess(), &handles[i], 0, 0, DUPLICATE_SAME_ACCESS),
            STATUS_SUCCESS);
    for (int i = 0; i < MANY; i++)
        assert_ptr_equal(object_of(handles[i]), object_of(event));
    for (int i = 0; i < MANY; i++)
        assert_int_equal(NtClose(handles[i]), STATUS_SUCCESS);
    for (int i = 0; i < MANY; i++)
        assert_int_equal(NtClose(handles[i]), STATUS_INVALID_HANDLE);
    assert_int_equal(NtSetEvent(event, NULL), STATUS_SUCCESS);
}

static void what_is_no_handle_is_told(void **state)
{
    static const LONG_PTR wrong[] = {0,  1,  2,         3,         0x7ffffffc, 0x80000000, -3,
                                     -4, -8, INT64_MAX, INT64_MIN, INT32_MIN,  0x100000004};
    (void)state;
    make_event(EVENT_ALL_ACCESS);
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        assert_int_equal(NtSetEvent((HANDLE)wrong[i], NULL), STATUS_INVALID_HANDLE);
        assert_int_equal(NtClose((HANDLE)wrong[i]), STATUS_INVALID_HANDLE);
        as_kernel(true);
        assert_int_equal(NtSetEvent((HANDLE)wrong[i], NULL), STATUS_INVALID_HANDLE);
        as_kernel(false);
    }
}

// ntdef.h: "Low order two bits of an object handle are ignored by the system"; Win32's OVERLAPPED.hEvent uses
// one.
static void the_two_low_bits_are_the_callers(void **state)
{
    HANDLE event = make_event(EVENT_ALL_ACCESS);
    (void)state;
    for (ULONG_PTR tag = 0; tag < 4; tag++)
        assert_int_equal(NtSetEvent((HANDLE)((ULONG_PTR)event + tag), NULL), STATUS_SUCCESS);
    assert_int_equal(NtClose((HANDLE)((ULONG_PTR)event + 1)), STATUS_SUCCESS);
    assert_int_equal(NtClose(event), STATUS_INVALID_HANDLE);
}

// ---- types and rights -------------------------------------------------------------------------------------

static void the_type_must_be_right(void **state)
{
    HANDLE event = make_event(EVENT_ALL_ACCESS), semaphore;
    IO_STATUS_BLOCK iosb;
    char byte;
    (void)state;
    assert_int_equal(NtCreateSemaphore(&semaphore, SEMAPHORE_ALL_ACCESS, NULL, 0, 1), STATUS_SUCCESS);
    assert_int_equal(NtSetEvent(semaphore, NULL), STATUS_OBJECT_TYPE_MISMATCH);
    assert_int_equal(NtReleaseSemaphore(event, 1, NULL), STATUS_OBJECT_TYPE_MISMATCH);
    assert_int_equal(NtReadFile(event, NULL, NULL, NULL, &iosb, &byte, 1, NULL, NULL), STATUS_OBJECT_TYPE_MISMATCH);
    assert_int_equal(NtReleaseMutant(NtCurrentProcess(), NULL), STATUS_OBJECT_TYPE_MISMATCH);
    PVOID object;
    assert_int_equal(ObReferenceObjectByHandle(event, 0, &ob_semaphore_type, UserMode, &object, NULL),
                     STATUS_OBJECT_TYPE_MISMATCH);
    assert_null(object);
}

static void the_right_must_have_been_granted(void **state)
{
    HANDLE weak = make_event(EVENT_QUERY_STATE);
    EVENT_BASIC_INFORMATION information;
    LARGE_INTEGER zero = {0};
    OBJECT_HANDLE_INFORMATION granted;
    PVOID object;
    (void)state;
    assert_int_equal(NtSetEvent(weak, NULL), STATUS_ACCESS_DENIED);
    assert_int_equal(NtWaitForSingleObject(weak, FALSE, &zero), STATUS_ACCESS_DENIED);
    assert_int_equal(NtQueryEvent(weak, EventBasicInformation, &information, sizeof information, NULL), STATUS_SUCCESS);
    assert_int_equal(ObReferenceObjectByHandle(weak, EVENT_MODIFY_STATE, &ob_event_type, UserMode, &object, NULL),
                     STATUS_ACCESS_DENIED);
    // A driver that asks in kernel mode is not checked.
    assert_int_equal(ObReferenceObjectByHandle(weak, EVENT_MODIFY_STATE, &ob_event_type, KernelMode, &object, &granted),
                     STATUS_SUCCESS);
    assert_int_equal(granted.GrantedAccess, EVENT_QUERY_STATE);
    ob_dereference(object);
}

static void pseudo_handles_stand_for_the_caller(void **state)
{
    void *object;
    (void)state;
    assert_int_equal(
        ob_reference_by_handle(NtCurrentProcess(), PROCESS_ALL_ACCESS, &ps_process_type, UserMode, &object, NULL),
        STATUS_SUCCESS);
    assert_ptr_equal(object, application);
    ob_dereference(object);
    assert_int_equal(ob_reference_by_handle(NtCurrentThread(), 0, &ps_thread_type, UserMode, &object, NULL),
                     STATUS_SUCCESS);
    assert_ptr_equal(object, ps_current_thread());
    ob_dereference(object);
    HANDLE real;
    assert_int_equal(NtDuplicateObject(NtCurrentProcess(), NtCurrentThread(), NtCurrentProcess(), &real, 0, 0,
                                       DUPLICATE_SAME_ACCESS),
                     STATUS_SUCCESS);
    assert_ptr_equal(object_of(real), ps_current_thread());
}

static void kernel_handles_are_the_kernels(void **state)
{
    OBJECT_ATTRIBUTES attributes = {.Length = sizeof attributes, .Attributes = OBJ_KERNEL_HANDLE};
    HANDLE kernel, user;
    (void)state;
    as_kernel(true);
    assert_int_equal(NtCreateEvent(&kernel, EVENT_ALL_ACCESS, &attributes, NotificationEvent, FALSE), STATUS_SUCCESS);
    assert_true((LONG_PTR)kernel < 0);
    assert_int_equal(NtSetEvent(kernel, NULL), STATUS_SUCCESS);
    as_kernel(false);
    assert_int_equal(NtSetEvent(kernel, NULL), STATUS_INVALID_HANDLE);
    assert_int_equal(NtClose(kernel), STATUS_INVALID_HANDLE);
    // An application that asks for one gets one of its own.
    assert_int_equal(NtCreateEvent(&user, EVENT_ALL_ACCESS, &attributes, NotificationEvent, FALSE), STATUS_SUCCESS);
    assert_true((LONG_PTR)user > 0);
    HANDLE copy;
    assert_int_equal(NtDuplicateObject(NtCurrentProcess(), user, NtCurrentProcess(), &copy, 0, OBJ_KERNEL_HANDLE,
                                       DUPLICATE_SAME_ACCESS),
                     STATUS_SUCCESS);
    assert_true((LONG_PTR)copy > 0);
    as_kernel(true);
    assert_int_equal(NtClose(kernel), STATUS_SUCCESS);
    as_kernel(false);
}

// ---- duplicates -------------------------------------------------------------------------------------------

static int cleanups, closes;
static _Atomic int total_cleanups, total_closes;

static NTSTATUS NTAPI count_end(PDEVICE_OBJECT device, PIRP irp)
{
    UCHAR major = IoGetCurrentIrpStackLocation(irp)->MajorFunction;
    (void)device;
    atomic_fetch_add(&total_cleanups, major == IRP_MJ_CLEANUP);
    atomic_fetch_add(&total_closes, major == IRP_MJ_CLOSE);
    cleanups = atomic_load(&total_cleanups);
    closes = atomic_load(&total_closes);
    return complete(irp, STATUS_SUCCESS, 0);
}

static struct io_driver *make_counting_driver(void)
{
    struct io_driver *driver = make_simple_driver("counting");
    driver->object.MajorFunction[IRP_MJ_CLEANUP] = count_end;
    driver->object.MajorFunction[IRP_MJ_CLOSE] = count_end;
    make_device(driver, L"\\Device\\Counting", DO_BUFFERED_IO, 0);
    atomic_store(&total_cleanups, 0);
    atomic_store(&total_closes, 0);
    cleanups = closes = 0;
    return driver;
}

static NTSTATUS duplicate(HANDLE source, HANDLE *target, ACCESS_MASK access, ULONG options)
{
    return NtDuplicateObject(NtCurrentProcess(), source, NtCurrentProcess(), target, access, 0, options);
}

static void duplicates_have_what_was_asked_or_less(void **state)
{
    struct io_driver *driver = make_counting_driver();
    HANDLE file, copy, event = make_event(EVENT_ALL_ACCESS), weak;
    IO_STATUS_BLOCK iosb;
    char byte;
    (void)state;
    assert_int_equal(try_open(L"\\Device\\Counting", FILE_READ_DATA, FILE_SYNCHRONOUS_IO_NONALERT, &file),
                     STATUS_SUCCESS);
    assert_int_equal(duplicate(event, &weak, EVENT_QUERY_STATE, 0), STATUS_SUCCESS);
    assert_int_equal(NtSetEvent(weak, NULL), STATUS_ACCESS_DENIED);
    assert_int_equal(duplicate(file, &copy, FILE_READ_DATA | FILE_WRITE_DATA, 0), STATUS_ACCESS_DENIED);
    assert_int_equal(duplicate(file, &copy, SYNCHRONIZE, 0), STATUS_SUCCESS);
    assert_int_equal(NtReadFile(copy, NULL, NULL, NULL, &iosb, &byte, 1, NULL, NULL), STATUS_ACCESS_DENIED);
    assert_int_equal(NtClose(file), STATUS_SUCCESS);
    assert_int_equal(cleanups, 0);
    assert_int_equal(duplicate(copy, &file, 0, DUPLICATE_SAME_ACCESS | DUPLICATE_CLOSE_SOURCE), STATUS_SUCCESS);
    assert_int_equal(NtClose(copy), STATUS_INVALID_HANDLE);
    assert_int_equal(cleanups, 0);
    assert_int_equal(NtClose(file), STATUS_SUCCESS);
    assert_int_equal(cleanups, 1);
    assert_int_equal(closes, 1);
    assert_int_equal(duplicate((HANDLE)0x4444, &copy, 0, DUPLICATE_SAME_ACCESS), STATUS_INVALID_HANDLE);
    assert_int_equal(duplicate(event, (HANDLE *)8, 0, DUPLICATE_SAME_ACCESS), STATUS_ACCESS_VIOLATION);
    unload_driver(driver);
}

// ---- many threads -----------------------------------------------------------------------------------------

struct closing {
    HANDLE handle;
    _Atomic int *ready;
};

static void close_at_once(void *argument)
{
    struct closing *closing = argument;
    atomic_fetch_add(closing->ready, 1);
    while (atomic_load(closing->ready) < 2)
        hal_pause();
    CHECK(NtClose(closing->handle) == STATUS_SUCCESS);
}

static void two_threads_closing_the_last_two_handles_make_one_cleanup(void **state)
{
    struct io_driver *driver = make_counting_driver();
    (void)state;
    for (int round = 0; round < 50 * RACES; round++) {
        _Atomic int ready = 0;
        struct closing first = {.ready = &ready}, second = {.ready = &ready};
        struct thread thread;
        first.handle = open_synchronous(L"\\Device\\Counting");
        assert_int_equal(duplicate(first.handle, &second.handle, 0, DUPLICATE_SAME_ACCESS), STATUS_SUCCESS);
        start_thread(&thread, close_at_once, &second);
        close_at_once(&first);
        join_thread(&thread);
        assert_int_equal(atomic_load(&total_cleanups), round + 1);
        assert_int_equal(atomic_load(&total_closes), round + 1);
    }
    unload_driver(driver);
}

static void open_and_close(void *argument)
{
    unsigned seed = (unsigned)(uintptr_t)argument;
    HANDLE handles[16] = {0};
    for (int i = 0; i < 1000 * RACES; i++) {
        seed = seed * 1103515245 + 12345;
        HANDLE *handle = &handles[seed >> 16 & 15];
        if (*handle) {
            CHECK(NtSetEvent(*handle, NULL) == STATUS_SUCCESS);
            CHECK(NtClose(*handle) == STATUS_SUCCESS);
            *handle = NULL;
        } else {
            *handle = make_event(EVENT_ALL_ACCESS);
        }
    }
    for (int i = 0; i < 16; i++)
        CHECK(!handles[i] || NtClose(handles[i]) == STATUS_SUCCESS);
}

static void use_any_number(void *argument)
{
    unsigned seed = (unsigned)(uintptr_t)argument;
    for (int i = 0; i < 3000 * RACES; i++) {
        seed = seed * 1103515245 + 12345;
        NTSTATUS status = NtResetEvent((HANDLE)(ULONG_PTR)((seed >> 16 & 127) * 4 + 4), NULL);
        CHECK(status == STATUS_SUCCESS || status == STATUS_INVALID_HANDLE);
    }
}

static void eight_threads_open_close_and_guess(void **state)
{
    struct thread threads[8];
    unsigned before = ob_event_type.objects;
    (void)state;
    for (int i = 0; i < 8; i++)
        start_thread(&threads[i], i < 6 ? open_and_close : use_any_number, (void *)(uintptr_t)(i + 1));
    for (int i = 0; i < 8; i++)
        join_thread(&threads[i]);
    assert_int_equal(ob_event_type.objects, before);
    assert_int_equal(application->handles.count, 0);
}

// ---- the end of a process -----------------------------------------------------------------------------------------

static int order[16], ordered;
static bool open_another;

static NTSTATUS NTAPI note_end(PDEVICE_OBJECT device, PIRP irp)
{
    PIO_STACK_LOCATION stack = IoGetCurrentIrpStackLocation(irp);
    int number = stack->FileObject->FileName.Buffer[1] - '0';
    (void)device;
    order[ordered++] = stack->MajorFunction == IRP_MJ_CLEANUP ? number : -number;
    if (open_another && stack->MajorFunction == IRP_MJ_CLEANUP) {
        HANDLE handle;
        open_another = false;
        CHECK(try_open(L"\\Device\\Noting\\9", FILE_READ_DATA, 0, &handle) == STATUS_SUCCESS);
    }
    return complete(irp, STATUS_SUCCESS, 0);
}

static void run_down(void *unused)
{
    HANDLE handle;
    (void)unused;
    struct _EPROCESS *process = ps_current_process();
    CHECK(try_open(L"\\Device\\Noting\\1", FILE_READ_DATA, 0, &handle) == STATUS_SUCCESS);
    CHECK(try_open(L"\\Device\\Noting\\2", FILE_READ_DATA, 0, &handle) == STATUS_SUCCESS);
    CHECK(try_open(L"\\Device\\Noting\\3", FILE_READ_DATA, 0, &handle) == STATUS_SUCCESS);
    ps_rundown_process(process);
}

static void the_end_of_a_process_closes_its_handles_in_order(void **state)
{
    static const int expected[] = {1, -1, 2, -2, 3, -3, 9, -9};
    struct io_driver *driver = make_simple_driver("noting");
    struct thread thread = {.entry = run_down};
    (void)state;
    driver->object.MajorFunction[IRP_MJ_CLEANUP] = note_end;
    driver->object.MajorFunction[IRP_MJ_CLOSE] = note_end;
    make_device(driver, L"\\Device\\Noting", 0, 0);
    ordered = 0;
    open_another = true; // a handle that appears during the rundown goes as well
    thread.process = ps_create_process(2000, "other", 0x10000, 0x7ffffffff000);
    assert_int_equal(pthread_create(&thread.host, NULL, run_thread, &thread), 0);
    join_thread(&thread);
    assert_int_equal(ordered, 8);
    assert_memory_equal(order, expected, sizeof expected);
    unload_driver(driver);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        KERNEL_TEST(a_closed_number_is_not_used_again_soon),
        KERNEL_TEST(many_handles_are_all_different),
        KERNEL_TEST(what_is_no_handle_is_told),
        KERNEL_TEST(the_two_low_bits_are_the_callers),
        KERNEL_TEST(the_type_must_be_right),
        KERNEL_TEST(the_right_must_have_been_granted),
        KERNEL_TEST(pseudo_handles_stand_for_the_caller),
        KERNEL_TEST(kernel_handles_are_the_kernels),
        KERNEL_TEST(duplicates_have_what_was_asked_or_less),
        KERNEL_TEST(two_threads_closing_the_last_two_handles_make_one_cleanup),
        KERNEL_TEST(eight_threads_open_close_and_guess),
        KERNEL_TEST(the_end_of_a_process_closes_its_handles_in_order),
    };
    return cmocka_run_group_tests_name("ob: handles", tests, NULL, NULL);
}
