// Devices opened by administrators and by other users: IoCreateDevice, IoCreateDeviceSecure, names below
// devices, drivers that only administrators load, and what other named objects allow whom.
#include "kernel_test.h"

#include "se/se.h"

enum { OWNER = -1, USER = 4242 }; // uids; OWNER: whom this kernel belongs to

// ---- as somebody else ---------------------------------------------------------------------------------------------

struct visit {
    void (*entry)(void *);
    void *argument;
    int uid;
};

static void *run_visit(void *argument)
{
    struct visit *visit = argument;
    struct _EPROCESS *process = ps_create_process(2000, "visitor", 0x10000, 0x7ffffffff000);
    CHECK(process);
    if (visit->uid != OWNER)
        process->uid = (uint32_t)visit->uid;
    CHECK(ps_attach_thread(process, 0));
    visit->entry(visit->argument);
    ps_rundown_process(process);
    ps_detach_thread();
    return NULL;
}

// Runs entry in a process of that user.
static void visit(int uid, void (*entry)(void *), void *argument)
{
    struct visit visit = {.entry = entry, .argument = argument, .uid = uid};
    pthread_t thread;
    CHECK(pthread_create(&thread, NULL, run_visit, &visit) == 0);
    CHECK(pthread_join(thread, NULL) == 0);
}

struct opening {
    const WCHAR *path;
    ACCESS_MASK access, granted;
    NTSTATUS status;
    bool kernel;
};

static void do_open(void *argument)
{
    struct opening *opening = argument;
    UNICODE_STRING name;
    IO_STATUS_BLOCK iosb;
    OBJECT_BASIC_INFORMATION information;
    HANDLE handle;
    RtlInitUnicodeString(&name, opening->path);
    OBJECT_ATTRIBUTES attributes = {
        .Length = sizeof attributes, .ObjectName = &name, .Attributes = OBJ_CASE_INSENSITIVE};
    as_kernel(opening->kernel);
    opening->granted = 0;
    opening->status = NtOpenFile(&handle, opening->access, &attributes, &iosb, 0, 0);
    if (NT_SUCCESS(opening->status)) {
        CHECK(NtQueryObject(handle, ObjectBasicInformation, &information, sizeof information, NULL) == STATUS_SUCCESS);
        opening->granted = information.GrantedAccess;
        CHECK(NtClose(handle) == STATUS_SUCCESS);
    }
    as_kernel(false);
}

static struct opening open_as(int uid, const WCHAR *path, ACCESS_MASK access)
{
    struct opening opening = {.path = path, .access = access};
    visit(uid, do_open, &opening);
    return opening;
}

static NTSTATUS status_as(int uid, const WCHAR *path, ACCESS_MASK access)
{
    return open_as(uid, path, access).status;
}

static NTSTATUS status_as_kernel(const WCHAR *path, ACCESS_MASK access)
{
    struct opening opening = {.path = path, .access = access, .kernel = true};
    visit(USER, do_open, &opening);
    return opening.status;
}

static const char *sddl_of(void *object)
{
    static char text[512];
    PSECURITY_DESCRIPTOR descriptor;
    BOOLEAN allocated;
    assert_int_equal(ObGetObjectSecurity(object, &descriptor, &allocated), STATUS_SUCCESS);
    if (!descriptor)
        return "none";
    se_descriptor_to_sddl(descriptor, text, sizeof text);
    ObReleaseObjectSecurity(descriptor, allocated);
    return text;
}

// ---- devices ------------------------------------------------------------------------------------------------------

static PDEVICE_OBJECT make_secure(struct io_driver *driver, const WCHAR *path, const WCHAR *sddl, ULONG characteristics)
{
    UNICODE_STRING name, text;
    PDEVICE_OBJECT device;
    RtlInitUnicodeString(&name, path);
    RtlInitUnicodeString(&text, sddl);
    assert_int_equal(IoCreateDeviceSecure(&driver->object, 0, &name, FILE_DEVICE_UNKNOWN, characteristics, FALSE, &text,
                                          NULL, &device),
                     STATUS_SUCCESS);
    device->Flags &= ~(ULONG)DO_DEVICE_INITIALIZING;
    return device;
}

static void a_plain_device_is_open_to_everybody(void **state)
{
    struct io_driver *driver = make_simple_driver("plain");
    PDEVICE_OBJECT device = make_device(driver, L"\\Device\\plain", 0, 0);
    (void)state;
    assert_string_equal(sddl_of(device), "O:BAG:SYD:(A;;0x1201bf;;;WD)(A;;FA;;;SY)(A;;FA;;;BA)");
    struct opening opening = open_as(USER, L"\\Device\\plain", GENERIC_READ | GENERIC_WRITE | SYNCHRONIZE);
    assert_int_equal(opening.status, STATUS_SUCCESS);
    assert_int_equal(opening.granted, FILE_GENERIC_READ | FILE_GENERIC_WRITE);
    assert_int_equal(status_as(USER, L"\\Device\\plain", WRITE_DAC), STATUS_ACCESS_DENIED);
    assert_int_equal(status_as(USER, L"\\Device\\plain", GENERIC_ALL), STATUS_ACCESS_DENIED);
    assert_int_equal(open_as(USER, L"\\Device\\plain", MAXIMUM_ALLOWED).granted,
                     FILE_GENERIC_READ | FILE_GENERIC_WRITE | FILE_GENERIC_EXECUTE);
    assert_int_equal(open_as(OWNER, L"\\Device\\plain", MAXIMUM_ALLOWED).granted, FILE_ALL_ACCESS);
    assert_int_equal(open_as(0, L"\\Device\\plain", GENERIC_ALL).granted, FILE_ALL_ACCESS);
    unload_driver(driver);
}

static void a_disk_is_for_administrators_unless_it_is_removable(void **state)
{
    struct io_driver *driver = make_simple_driver("disks");
    UNICODE_STRING fixed_name, floppy_name;
    PDEVICE_OBJECT fixed, floppy;
    (void)state;
    RtlInitUnicodeString(&fixed_name, L"\\Device\\fixed");
    RtlInitUnicodeString(&floppy_name, L"\\Device\\floppy");
    assert_int_equal(IoCreateDevice(&driver->object, 0, &fixed_name, FILE_DEVICE_DISK, 0, FALSE, &fixed),
                     STATUS_SUCCESS);
    assert_int_equal(
        IoCreateDevice(&driver->object, 0, &floppy_name, FILE_DEVICE_DISK, FILE_REMOVABLE_MEDIA, FALSE, &floppy),
        STATUS_SUCCESS);
    fixed->Flags &= ~(ULONG)DO_DEVICE_INITIALIZING;
    floppy->Flags &= ~(ULONG)DO_DEVICE_INITIALIZING;
    assert_int_equal(status_as(USER, L"\\Device\\fixed", FILE_READ_DATA), STATUS_ACCESS_DENIED);
    assert_int_equal(status_as(OWNER, L"\\Device\\fixed", FILE_READ_DATA), STATUS_SUCCESS);
    assert_int_equal(status_as(USER, L"\\Device\\floppy", FILE_READ_DATA), STATUS_SUCCESS);
    unload_driver(driver);
}

static void unnamed_devices_have_no_descriptor(void **state)
{
    struct io_driver *driver = make_simple_driver("unnamed");
    PDEVICE_OBJECT device = make_device(driver, NULL, 0, 0);
    UNICODE_STRING text;
    (void)state;
    assert_string_equal(sddl_of(device), "none");
    RtlInitUnicodeString(&text, L"D:P");
    assert_int_equal(
        IoCreateDeviceSecure(&driver->object, 0, NULL, FILE_DEVICE_UNKNOWN, 0, FALSE, &text, NULL, &device),
        STATUS_INVALID_PARAMETER);
    assert_null(device);
    assert_int_equal(IoCreateDeviceSecure(&driver->object, 0, NULL, FILE_DEVICE_UNKNOWN, FILE_AUTOGENERATED_DEVICE_NAME,
                                          FALSE, &text, NULL, &device),
                     STATUS_SUCCESS);
    assert_string_equal(sddl_of(device), "O:BAG:SYD:P");
    RtlInitUnicodeString(&text, L"D:P(A;;GA;;;");
    assert_int_equal(IoCreateDeviceSecure(&driver->object, 0, NULL, FILE_DEVICE_UNKNOWN, FILE_AUTOGENERATED_DEVICE_NAME,
                                          FALSE, &text, NULL, &device),
                     STATUS_INVALID_PARAMETER);
    unload_driver(driver);
}

// The predefined strings of wdmsec.h.
static void secure_devices_let_in_whom_they_name(void **state)
{
    static const struct {
        const WCHAR *sddl;
        NTSTATUS owner_reads, owner_changes, user_reads, user_writes;
    } cases[] = {
        {L"D:P", STATUS_ACCESS_DENIED, STATUS_SUCCESS, STATUS_ACCESS_DENIED, STATUS_ACCESS_DENIED},
        {L"D:P(A;;GA;;;SY)", STATUS_ACCESS_DENIED, STATUS_SUCCESS, STATUS_ACCESS_DENIED, STATUS_ACCESS_DENIED},
        {L"D:P(A;;GA;;;SY)(A;;GA;;;BA)", STATUS_SUCCESS, STATUS_SUCCESS, STATUS_ACCESS_DENIED, STATUS_ACCESS_DENIED},
        {L"D:P(A;;GA;;;SY)(A;;GRGX;;;BA)", STATUS_SUCCESS, STATUS_SUCCESS, STATUS_ACCESS_DENIED, STATUS_ACCESS_DENIED},
        {L"D:P(A;;GA;;;SY)(A;;GRGWGX;;;BA)(A;;GR;;;WD)", STATUS_SUCCESS, STATUS_SUCCESS, STATUS_SUCCESS,
         STATUS_ACCESS_DENIED},
        {L"D:P(A;;GA;;;SY)(A;;GRGWGX;;;BA)(A;;GRGW;;;WD)(A;;GR;;;RC)", STATUS_SUCCESS, STATUS_SUCCESS, STATUS_SUCCESS,
         STATUS_SUCCESS},
        {L"O:SYD:P(A;;GA;;;SY)(A;;GRGWGX;;;BA)", STATUS_SUCCESS, STATUS_ACCESS_DENIED, STATUS_ACCESS_DENIED,
         STATUS_ACCESS_DENIED}, // administrators own devices, unless told otherwise, and so may change who
                                // may
    };
    struct io_driver *driver = make_simple_driver("secure");
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        PDEVICE_OBJECT device = make_secure(driver, L"\\Device\\secure", cases[i].sddl, 0);
        assert_int_equal(status_as(OWNER, L"\\Device\\secure", FILE_READ_DATA), cases[i].owner_reads);
        assert_int_equal(status_as(OWNER, L"\\Device\\secure", WRITE_DAC), cases[i].owner_changes);
        assert_int_equal(status_as(USER, L"\\Device\\secure", FILE_READ_DATA), cases[i].user_reads);
        assert_int_equal(status_as(USER, L"\\Device\\secure", FILE_WRITE_DATA), cases[i].user_writes);
        assert_int_equal(status_as_kernel(L"\\Device\\secure", GENERIC_ALL), STATUS_SUCCESS);
        IoDeleteDevice(device);
    }
    unload_driver(driver);
}

// semantics 29
static void names_below_a_device_are_the_drivers_business(void **state)
{
    struct io_driver *driver = make_simple_driver("namespaces");
    PDEVICE_OBJECT secure;
    (void)state;
    make_secure(driver, L"\\Device\\open", L"D:P(A;;GA;;;BA)", 0);
    secure = make_secure(driver, L"\\Device\\closed", L"D:P(A;;GA;;;BA)", FILE_DEVICE_SECURE_OPEN);
    assert_int_equal(status_as(USER, L"\\Device\\open", FILE_READ_DATA), STATUS_ACCESS_DENIED);
    assert_int_equal(status_as(USER, L"\\Device\\open\\", FILE_READ_DATA), STATUS_SUCCESS);
    assert_int_equal(open_as(USER, L"\\Device\\open\\below", GENERIC_READ).granted, FILE_GENERIC_READ);
    assert_int_equal(open_as(USER, L"\\Device\\open\\below", MAXIMUM_ALLOWED).granted, FILE_ALL_ACCESS);
    assert_int_equal(status_as(USER, L"\\Device\\closed", FILE_READ_DATA), STATUS_ACCESS_DENIED);
    assert_int_equal(status_as(USER, L"\\Device\\closed\\", FILE_READ_DATA), STATUS_ACCESS_DENIED);
    assert_int_equal(status_as(USER, L"\\Device\\closed\\below", FILE_READ_DATA), STATUS_ACCESS_DENIED);
    assert_int_equal(open_as(OWNER, L"\\Device\\closed\\below", MAXIMUM_ALLOWED).granted, FILE_ALL_ACCESS);
    // A device on top inherits the characteristic, and the top decides.
    PDEVICE_OBJECT filter = make_device(driver, NULL, 0, 0), below;
    assert_int_equal(IoAttachDeviceToDeviceStackSafe(filter, secure, &below), STATUS_SUCCESS);
    assert_true(filter->Characteristics & FILE_DEVICE_SECURE_OPEN);
    assert_int_equal(status_as(USER, L"\\Device\\closed\\below", FILE_READ_DATA), STATUS_ACCESS_DENIED);
    IoDetachDevice(secure);
    unload_driver(driver);
}

static NTSTATUS NTAPI give_less(PDEVICE_OBJECT device, PIRP irp)
{
    PIO_STACK_LOCATION stack = IoGetCurrentIrpStackLocation(irp);
    PACCESS_STATE access = stack->Parameters.Create.SecurityContext->AccessState;
    (void)device;
    if (stack->FileObject->FileName.Length) {
        access->PreviouslyGrantedAccess = FILE_READ_DATA;
        access->RemainingDesiredAccess = 0;
    }
    return complete(irp, STATUS_SUCCESS, 0);
}

static void a_driver_may_give_less_than_asked(void **state)
{
    struct io_driver *driver = make_simple_driver("lesser");
    (void)state;
    driver->object.MajorFunction[IRP_MJ_CREATE] = give_less;
    make_device(driver, L"\\Device\\lesser", 0, 0);
    assert_int_equal(open_as(USER, L"\\Device\\lesser\\x", GENERIC_READ | GENERIC_WRITE).granted, FILE_READ_DATA);
    assert_int_equal(open_as(USER, L"\\Device\\lesser", GENERIC_READ).granted, FILE_GENERIC_READ);
    unload_driver(driver);
}

// What an administrator wrote for the class counts more than what the driver says.
static void the_registry_overrides_the_driver(void **state)
{
    static const GUID class_guid = {0x1b2c3d4e, 0x1111, 0x2222, {1, 2, 3, 4, 5, 6, 7, 8}};
    static const WCHAR *const keys[] = {L"\\Registry\\Machine\\System\\CurrentControlSet\\Control",
                                        L"\\Registry\\Machine\\System\\CurrentControlSet\\Control\\Class",
                                        L"\\Registry\\Machine\\System\\CurrentControlSet\\Control\\Class\\{"
                                        L"1b2c3d4e-1111-2222-0102-030405060708}",
                                        L"\\Registry\\Machine\\System\\CurrentControlSet\\Control\\Class\\{"
                                        L"1b2c3d4e-1111-2222-0102-030405060708}\\Properties"};
    struct io_driver *driver = make_simple_driver("classes");
    UNICODE_STRING name, text, value;
    PDEVICE_OBJECT device;
    void *descriptor;
    ULONG number = 1, type = FILE_DEVICE_KEYBOARD, characteristics = FILE_DEVICE_SECURE_OPEN;
    HANDLE key = NULL;
    (void)state;
    for (size_t i = 0; i < 4; i++) {
        RtlInitUnicodeString(&name, keys[i]);
        OBJECT_ATTRIBUTES attributes = {
            .Length = sizeof attributes, .ObjectName = &name, .Attributes = OBJ_CASE_INSENSITIVE};
        if (key)
            NtClose(key);
        assert_int_equal(NtCreateKey(&key, KEY_ALL_ACCESS, &attributes, 0, NULL, REG_OPTION_VOLATILE, NULL),
                         STATUS_SUCCESS);
    }
    RtlInitUnicodeString(&text, L"D:P(A;;GR;;;WD)");
    assert_int_equal(se_sddl_to_descriptor(&text, &descriptor), STATUS_SUCCESS);
    void *copy = malloc(se_descriptor_bytes(descriptor)); // pool is no user memory
    memcpy(copy, descriptor, se_descriptor_bytes(descriptor));
    RtlInitUnicodeString(&value, L"Security");
    assert_int_equal(NtSetValueKey(key, &value, 0, REG_BINARY, copy, (ULONG)se_descriptor_bytes(descriptor)),
                     STATUS_SUCCESS);
    RtlInitUnicodeString(&value, L"Exclusive");
    assert_int_equal(NtSetValueKey(key, &value, 0, REG_DWORD, &number, sizeof number), STATUS_SUCCESS);
    RtlInitUnicodeString(&value, L"DeviceType");
    assert_int_equal(NtSetValueKey(key, &value, 0, REG_DWORD, &type, sizeof type), STATUS_SUCCESS);
    RtlInitUnicodeString(&value, L"DeviceCharacteristics");
    assert_int_equal(NtSetValueKey(key, &value, 0, REG_DWORD, &characteristics, sizeof characteristics),
                     STATUS_SUCCESS);
    ex_free(descriptor);
    free(copy);
    NtClose(key);

    RtlInitUnicodeString(&name, L"\\Device\\class");
    RtlInitUnicodeString(&text, L"D:P(A;;GA;;;SY)");
    assert_int_equal(
        IoCreateDeviceSecure(&driver->object, 0, &name, FILE_DEVICE_UNKNOWN, 0, FALSE, &text, &class_guid, &device),
        STATUS_SUCCESS);
    assert_string_equal(sddl_of(device), "O:BAG:SYD:P(A;;FR;;;WD)");
    assert_int_equal(device->DeviceType, FILE_DEVICE_KEYBOARD);
    assert_int_equal(device->Characteristics, FILE_DEVICE_SECURE_OPEN);
    assert_true(device->Flags & DO_EXCLUSIVE);
    unload_driver(driver);
}

// As the wdmsec.lib that drivers link does it: a handle to the device, and ZwSetSecurityObject.
static void wdmsec_sets_a_descriptor_through_a_handle(void **state)
{
    struct io_driver *driver = make_simple_driver("wdmsec");
    PDEVICE_OBJECT device = make_device(driver, L"\\Device\\wdmsec", 0, 0);
    SECURITY_DESCRIPTOR descriptor;
    unsigned char room[64];
    ACL *dacl = (ACL *)(void *)room;
    HANDLE handle;
    (void)state;
    RtlCreateAcl(dacl, sizeof room, ACL_REVISION);
    RtlAddAccessAllowedAce(dacl, ACL_REVISION, GENERIC_READ, SeExports->SeWorldSid);
    RtlCreateSecurityDescriptor(&descriptor, SECURITY_DESCRIPTOR_REVISION);
    RtlSetDaclSecurityDescriptor(&descriptor, TRUE, dacl, FALSE);
    as_kernel(true);
    assert_int_equal(
        ObOpenObjectByPointer(device, OBJ_KERNEL_HANDLE, NULL, WRITE_DAC, &io_file_type, KernelMode, &handle),
        STATUS_OBJECT_TYPE_MISMATCH);
    assert_int_equal(
        ObOpenObjectByPointer(device, OBJ_KERNEL_HANDLE, NULL, WRITE_DAC, &io_device_type, KernelMode, &handle),
        STATUS_SUCCESS);
    assert_int_equal(NtSetSecurityObject(handle, DACL_SECURITY_INFORMATION, &descriptor), STATUS_SUCCESS);
    assert_int_equal(NtSetSecurityObject(handle, OWNER_SECURITY_INFORMATION, &descriptor),
                     STATUS_INVALID_SECURITY_DESCR);
    assert_int_equal(ObCloseHandle(handle, KernelMode), STATUS_SUCCESS);
    as_kernel(false);
    assert_string_equal(sddl_of(device), "O:BAG:SYD:(A;;FR;;;WD)");
    assert_int_equal(status_as(USER, L"\\Device\\wdmsec", FILE_READ_DATA), STATUS_SUCCESS);
    assert_int_equal(status_as(OWNER, L"\\Device\\wdmsec", FILE_WRITE_DATA), STATUS_ACCESS_DENIED);
    RtlSetDaclSecurityDescriptor(&descriptor, TRUE, NULL, FALSE);
    assert_int_equal(ObSetSecurityObjectByPointer(device, DACL_SECURITY_INFORMATION, &descriptor), STATUS_SUCCESS);
    assert_string_equal(sddl_of(device), "O:BAG:SYD:NO_ACCESS_CONTROL");
    assert_int_equal(status_as(USER, L"\\Device\\wdmsec", GENERIC_ALL), STATUS_SUCCESS);
    unload_driver(driver);
}

static void memory_may_run_out(void **state)
{
    struct io_driver *driver = make_simple_driver("scarce");
    UNICODE_STRING name, text;
    PDEVICE_OBJECT device;
    NTSTATUS status = STATUS_INSUFFICIENT_RESOURCES;
    unsigned failures = 0;
    (void)state;
    RtlInitUnicodeString(&name, L"\\Device\\scarce");
    RtlInitUnicodeString(&text, L"O:SYG:SYD:P(A;;GA;;;SY)S:(AU;SA;GA;;;WD)");
    for (unsigned n = 1; status == STATUS_INSUFFICIENT_RESOURCES; n++, failures++) {
        size_t before = ex_pool_usage().blocks;
        ex_pool_fail_after(n);
        status = IoCreateDeviceSecure(&driver->object, 0, &name, FILE_DEVICE_UNKNOWN, 0, FALSE, &text, NULL, &device);
        ex_pool_fail_after(0);
        if (status == STATUS_INSUFFICIENT_RESOURCES)
            assert_int_equal(ex_pool_usage().blocks, before);
    }
    assert_int_equal(status, STATUS_SUCCESS);
    assert_true(failures >= 8);
    assert_string_equal(sddl_of(device), "O:SYG:SYD:P(A;;FA;;;SY)S:(AU;SA;FA;;;WD)");
    unload_driver(driver);
}

// ---- an application's handle to a device --------------------------------------------------------------------------

static void applications_read_and_change_descriptors(void **state)
{
    struct io_driver *driver = make_simple_driver("changed");
    HANDLE reader, owner;
    SECURITY_DESCRIPTOR descriptor;
    unsigned char answer[256];
    ULONG needed = 0;
    char text[256];
    (void)state;
    make_device(driver, L"\\Device\\changed", 0, 0);
    assert_int_equal(try_open(L"\\Device\\changed", READ_CONTROL, 0, &reader), STATUS_SUCCESS);
    assert_int_equal(try_open(L"\\Device\\changed", READ_CONTROL | WRITE_DAC | WRITE_OWNER, 0, &owner), STATUS_SUCCESS);
    assert_int_equal(NtQuerySecurityObject(reader, DACL_SECURITY_INFORMATION, NULL, 0, &needed),
                     STATUS_BUFFER_TOO_SMALL);
    assert_int_equal(NtQuerySecurityObject(reader, DACL_SECURITY_INFORMATION, answer, needed, &needed), STATUS_SUCCESS);
    assert_true(se_check_descriptor(answer, needed));
    se_descriptor_to_sddl(answer, text, sizeof text);
    assert_string_equal(text, "D:(A;;0x1201bf;;;WD)(A;;FA;;;SY)(A;;FA;;;BA)");
    assert_int_equal(NtQuerySecurityObject(reader, OWNER_SECURITY_INFORMATION | GROUP_SECURITY_INFORMATION, answer,
                                           sizeof answer, &needed),
                     STATUS_SUCCESS);
    se_descriptor_to_sddl(answer, text, sizeof text);
    assert_string_equal(text, "O:BAG:SY");
    assert_int_equal(NtQuerySecurityObject(reader, SACL_SECURITY_INFORMATION, answer, sizeof answer, &needed),
                     STATUS_ACCESS_DENIED);
    assert_int_equal(NtQuerySecurityObject(reader, DACL_SECURITY_INFORMATION, (void *)8, 256, &needed),
                     STATUS_ACCESS_VIOLATION);
    RtlCreateSecurityDescriptor(&descriptor, SECURITY_DESCRIPTOR_REVISION);
    assert_int_equal(NtSetSecurityObject(reader, DACL_SECURITY_INFORMATION, &descriptor), STATUS_ACCESS_DENIED);
    assert_int_equal(NtSetSecurityObject(owner, DACL_SECURITY_INFORMATION, NULL), STATUS_ACCESS_VIOLATION);
    assert_int_equal(NtSetSecurityObject(owner, DACL_SECURITY_INFORMATION, (void *)8), STATUS_ACCESS_VIOLATION);
    descriptor.Revision = 7;
    assert_int_equal(NtSetSecurityObject(owner, DACL_SECURITY_INFORMATION, &descriptor), STATUS_UNKNOWN_REVISION);
    descriptor.Revision = SECURITY_DESCRIPTOR_REVISION;
    descriptor.Owner = (PSID)16;
    assert_int_equal(NtSetSecurityObject(owner, DACL_SECURITY_INFORMATION, &descriptor), STATUS_ACCESS_VIOLATION);
    ACL empty = {.AclRevision = ACL_REVISION, .AclSize = sizeof empty, .AceCount = 1};
    descriptor.Owner = NULL;
    descriptor.Dacl = &empty;
    descriptor.Control = SE_DACL_PRESENT;
    assert_int_equal(NtSetSecurityObject(owner, DACL_SECURITY_INFORMATION, &descriptor), STATUS_INVALID_ACL);
    empty.AceCount = 0;
    assert_int_equal(NtSetSecurityObject(owner, DACL_SECURITY_INFORMATION, &descriptor), STATUS_SUCCESS);
    assert_int_equal(status_as(OWNER, L"\\Device\\changed", FILE_READ_DATA), STATUS_ACCESS_DENIED);
    NtClose(reader);
    NtClose(owner);
    unload_driver(driver);
}

static void a_duplicate_of_a_file_has_no_more_access(void **state)
{
    struct io_driver *driver = make_simple_driver("duplicates");
    HANDLE file, copy, event;
    (void)state;
    make_device(driver, L"\\Device\\duplicates", 0, 0);
    assert_int_equal(try_open(L"\\Device\\duplicates", FILE_READ_DATA, 0, &file), STATUS_SUCCESS);
    assert_int_equal(NtDuplicateObject(NtCurrentProcess(), file, NtCurrentProcess(), &copy, FILE_WRITE_DATA, 0, 0),
                     STATUS_ACCESS_DENIED);
    assert_int_equal(NtDuplicateObject(NtCurrentProcess(), file, NtCurrentProcess(), &copy, SYNCHRONIZE, 0, 0),
                     STATUS_SUCCESS);
    NtClose(copy);
    NtClose(file);
    assert_int_equal(NtCreateEvent(&event, SYNCHRONIZE, NULL, NotificationEvent, FALSE), STATUS_SUCCESS);
    assert_int_equal(NtDuplicateObject(NtCurrentProcess(), event, NtCurrentProcess(), &copy, EVENT_ALL_ACCESS, 0, 0),
                     STATUS_SUCCESS);
    assert_int_equal(NtSetEvent(copy, NULL), STATUS_SUCCESS);
    NtClose(copy);
    NtClose(event);
    unload_driver(driver);
}

// ---- drivers ------------------------------------------------------------------------------------------------------

struct loading {
    NTSTATUS load, unload;
};

static void do_load(void *argument)
{
    struct loading *loading = argument;
    UNICODE_STRING key;
    RtlInitUnicodeString(&key, L"\\Registry\\Machine\\System\\CurrentControlSet\\Services\\nobody");
    loading->load = NtLoadDriver(&key);
    loading->unload = NtUnloadDriver(&key);
}

static void only_administrators_load_drivers(void **state)
{
    struct loading loading;
    (void)state;
    visit(USER, do_load, &loading);
    assert_int_equal(loading.load, STATUS_PRIVILEGE_NOT_HELD);
    assert_int_equal(loading.unload, STATUS_PRIVILEGE_NOT_HELD);
    visit(OWNER, do_load, &loading);
    assert_int_equal(loading.load, STATUS_OBJECT_NAME_NOT_FOUND);
    assert_int_equal(loading.unload, STATUS_OBJECT_NAME_NOT_FOUND);
}

// ---- other objects ------------------------------------------------------------------------------------------------

struct naming {
    const WCHAR *path;
    ACCESS_MASK access;
    NTSTATUS created, opened;
    PSECURITY_DESCRIPTOR descriptor;
    bool keep;
    HANDLE handle;
};

static void do_create_event(void *argument)
{
    struct naming *naming = argument;
    UNICODE_STRING name;
    RtlInitUnicodeString(&name, naming->path);
    OBJECT_ATTRIBUTES attributes = {
        .Length = sizeof attributes, .ObjectName = &name, .SecurityDescriptor = naming->descriptor};
    naming->created = NtCreateEvent(&naming->handle, EVENT_ALL_ACCESS, &attributes, NotificationEvent, FALSE);
}

static void do_open_event(void *argument)
{
    struct naming *naming = argument;
    UNICODE_STRING name;
    HANDLE handle;
    RtlInitUnicodeString(&name, naming->path);
    OBJECT_ATTRIBUTES attributes = {.Length = sizeof attributes, .ObjectName = &name};
    naming->opened = NtOpenEvent(&handle, naming->access, &attributes);
}

static NTSTATUS open_event_as(int uid, const WCHAR *path, ACCESS_MASK access)
{
    struct naming naming = {.path = path, .access = access};
    visit(uid, do_open_event, &naming);
    return naming.opened;
}

static void named_objects_are_their_makers(void **state)
{
    struct naming naming = {.path = L"\\BaseNamedObjects\\mine"};
    SECURITY_DESCRIPTOR descriptor;
    (void)state;
    do_create_event(&naming);
    assert_int_equal(naming.created, STATUS_SUCCESS);
    assert_int_equal(open_event_as(OWNER, naming.path, EVENT_ALL_ACCESS), STATUS_SUCCESS);
    assert_int_equal(open_event_as(USER, naming.path, SYNCHRONIZE), STATUS_ACCESS_DENIED);
    NtClose(naming.handle);
    RtlCreateSecurityDescriptor(&descriptor, SECURITY_DESCRIPTOR_REVISION);
    RtlSetDaclSecurityDescriptor(&descriptor, TRUE, NULL, FALSE); // for everybody
    naming.descriptor = &descriptor;
    do_create_event(&naming);
    assert_int_equal(naming.created, STATUS_SUCCESS);
    assert_int_equal(open_event_as(USER, naming.path, EVENT_ALL_ACCESS), STATUS_SUCCESS);
    NtClose(naming.handle);
    naming.descriptor = (void *)8;
    do_create_event(&naming);
    assert_int_equal(naming.created, STATUS_ACCESS_VIOLATION);
}

// Opening what exists needs its permission, also through NtCreateEvent.
static void creating_what_exists_is_opening_it(void **state)
{
    struct naming mine = {.path = L"\\BaseNamedObjects\\twice"};
    UNICODE_STRING name;
    HANDLE again;
    (void)state;
    do_create_event(&mine);
    RtlInitUnicodeString(&name, mine.path);
    OBJECT_ATTRIBUTES attributes = {.Length = sizeof attributes, .ObjectName = &name, .Attributes = OBJ_OPENIF};
    assert_int_equal(NtCreateEvent(&again, EVENT_ALL_ACCESS, &attributes, NotificationEvent, FALSE),
                     STATUS_OBJECT_NAME_EXISTS);
    NtClose(again);
    NtClose(mine.handle);
}

// Microsoft's knowledge base, Q228785: an application can wait for a driver's event as an administrator, and
// not set it.
static void a_drivers_event_is_for_administrators_to_wait_for(void **state)
{
    UNICODE_STRING name;
    HANDLE handle;
    (void)state;
    RtlInitUnicodeString(&name, L"\\BaseNamedObjects\\drivers");
    ps_rundown_process(application); // and in the system process from here on
    ps_detach_thread();
    assert_non_null(ps_attach_thread(ps_system_process(), 0));
    as_kernel(true);
    assert_non_null(IoCreateNotificationEvent(&name, &handle));
    assert_int_equal(open_event_as(OWNER, name.Buffer, SYNCHRONIZE), STATUS_SUCCESS);
    assert_int_equal(open_event_as(OWNER, name.Buffer, EVENT_MODIFY_STATE), STATUS_ACCESS_DENIED);
    assert_int_equal(open_event_as(USER, name.Buffer, SYNCHRONIZE), STATUS_ACCESS_DENIED);
    assert_int_equal(NtClose(handle), STATUS_SUCCESS);
    ps_detach_thread();
    application = ps_create_process(1000, "application", 0x10000, 0x7ffffffff000);
    assert_non_null(ps_attach_thread(application, 0));
}

struct changes {
    NTSTATUS link_in_global, event_in_device, directory, temporary, read_link, listing;
};

static NTSTATUS try_link(const WCHAR *path)
{
    UNICODE_STRING name, target;
    HANDLE handle;
    RtlInitUnicodeString(&name, path);
    RtlInitUnicodeString(&target, L"\\Device\\nowhere");
    OBJECT_ATTRIBUTES attributes = {.Length = sizeof attributes, .ObjectName = &name};
    return NtCreateSymbolicLinkObject(&handle, SYMBOLIC_LINK_ALL_ACCESS, &attributes, &target);
}

static void do_changes(void *argument)
{
    struct changes *changes = argument;
    struct naming naming = {.path = L"\\Device\\event"};
    UNICODE_STRING name;
    OBJECT_ATTRIBUTES attributes = {
        .Length = sizeof attributes, .ObjectName = &name, .Attributes = OBJ_CASE_INSENSITIVE};
    HANDLE handle;
    changes->link_in_global = try_link(L"\\GLOBAL??\\a user's");
    do_create_event(&naming);
    changes->event_in_device = naming.created;
    RtlInitUnicodeString(&name, L"\\BaseNamedObjects\\folder");
    changes->directory = NtCreateDirectoryObject(&handle, DIRECTORY_ALL_ACCESS, &attributes);
    RtlInitUnicodeString(&name, L"\\GLOBAL??\\drivers link");
    changes->temporary = NtOpenSymbolicLinkObject(&handle, DELETE, &attributes);
    changes->read_link = NtOpenSymbolicLinkObject(&handle, SYMBOLIC_LINK_QUERY, &attributes);
    RtlInitUnicodeString(&name, L"\\Device");
    changes->listing = NtOpenDirectoryObject(&handle, DIRECTORY_QUERY | DIRECTORY_TRAVERSE, &attributes);
}

static void users_do_not_change_the_namespace(void **state)
{
    UNICODE_STRING link, target;
    struct changes changes;
    (void)state;
    RtlInitUnicodeString(&link, L"\\GLOBAL??\\drivers link");
    RtlInitUnicodeString(&target, L"\\Device\\nothing");
    assert_int_equal(IoCreateSymbolicLink(&link, &target), STATUS_SUCCESS);
    visit(USER, do_changes, &changes);
    assert_int_equal(changes.link_in_global, STATUS_ACCESS_DENIED);
    assert_int_equal(changes.event_in_device, STATUS_ACCESS_DENIED);
    assert_int_equal(changes.directory, STATUS_SUCCESS);
    assert_int_equal(changes.temporary, STATUS_ACCESS_DENIED);
    assert_int_equal(changes.read_link, STATUS_SUCCESS);
    assert_int_equal(changes.listing, STATUS_SUCCESS);
    visit(OWNER, do_changes, &changes);
    assert_int_equal(changes.link_in_global, STATUS_SUCCESS);
    assert_int_equal(changes.event_in_device, STATUS_SUCCESS);
    assert_int_equal(changes.temporary, STATUS_SUCCESS);
    assert_int_equal(IoDeleteSymbolicLink(&link), STATUS_SUCCESS);
}

// ---- two at once --------------------------------------------------------------------------------------------------

static PDEVICE_OBJECT contested;
static _Atomic bool done;

static void do_set(void *argument)
{
    (void)argument;
    for (int i = 0; i < 2000; i++)
        CHECK(NT_SUCCESS(se_set_sddl(contested, i % 2 ? L"D:P(A;;FA;;;WD)"
                                                      : L"D:P(A;;FR;;;BU)(D;;FW;;;WD)(A;;FA;;;BA)(A;;FX;;;AU)")));
    atomic_store(&done, true);
}

// A check sees the one descriptor or the other, never a mixture or freed memory.
static void descriptors_change_while_others_open(void **state)
{
    struct io_driver *driver = make_simple_driver("contested");
    struct visit setter = {.entry = do_set, .uid = OWNER};
    unsigned opened = 0, tried = 0;
    pthread_t thread;
    HANDLE handle;
    (void)state;
    contested = make_device(driver, L"\\Device\\contested", 0, 0);
    atomic_store(&done, false);
    CHECK(pthread_create(&thread, NULL, run_visit, &setter) == 0);
    for (; !atomic_load(&done) || tried < 100; tried++)
        if (try_open(L"\\Device\\contested", FILE_READ_DATA, 0, &handle) == STATUS_SUCCESS) {
            opened++;
            NtClose(handle);
        }
    CHECK(pthread_join(thread, NULL) == 0);
    assert_int_equal(opened, tried);
    unload_driver(driver);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        KERNEL_TEST(a_plain_device_is_open_to_everybody),
        KERNEL_TEST(a_disk_is_for_administrators_unless_it_is_removable),
        KERNEL_TEST(unnamed_devices_have_no_descriptor),
        KERNEL_TEST(secure_devices_let_in_whom_they_name),
        KERNEL_TEST(names_below_a_device_are_the_drivers_business),
        KERNEL_TEST(a_driver_may_give_less_than_asked),
        KERNEL_TEST(the_registry_overrides_the_driver),
        KERNEL_TEST(wdmsec_sets_a_descriptor_through_a_handle),
        KERNEL_TEST(memory_may_run_out),
        KERNEL_TEST(applications_read_and_change_descriptors),
        KERNEL_TEST(a_duplicate_of_a_file_has_no_more_access),
        KERNEL_TEST(only_administrators_load_drivers),
        KERNEL_TEST(named_objects_are_their_makers),
        KERNEL_TEST(creating_what_exists_is_opening_it),
        KERNEL_TEST(a_drivers_event_is_for_administrators_to_wait_for),
        KERNEL_TEST(users_do_not_change_the_namespace),
        KERNEL_TEST(descriptors_change_while_others_open),
    };
    return cmocka_run_group_tests_name("secured devices", tests, NULL, NULL);
}
