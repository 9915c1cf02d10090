// Root devices: what their drivers are told, in which order, and what becomes of them when something is refused.
#include "kernel_test.h"

static char told[64]; // a letter for each thing the driver is told
static NTSTATUS add_status, start_status, query_status;
static WCHAR device_path[64];

static void note(char letter)
{
    size_t length = strlen(told);
    assert_true(length + 1 < sizeof told);
    told[length] = letter;
    told[length + 1] = 0;
}

static NTSTATUS pass_down(PDEVICE_OBJECT device, PIRP irp)
{
    PDEVICE_OBJECT below = *(PDEVICE_OBJECT *)device->DeviceExtension;
    IoSkipCurrentIrpStackLocation(irp);
    return IofCallDriver(below, irp);
}

static NTSTATUS NTAPI dispatch_pnp(PDEVICE_OBJECT device, PIRP irp)
{
    PDEVICE_OBJECT below = *(PDEVICE_OBJECT *)device->DeviceExtension;
    NTSTATUS status;
    assert_int_equal(irp->IoStatus.Status, STATUS_NOT_SUPPORTED);
    switch (IoGetCurrentIrpStackLocation(irp)->MinorFunction) {
    case IRP_MN_START_DEVICE:
        note('S');
        return NT_SUCCESS(start_status) ? pass_down(device, irp) : complete(irp, start_status, 0);
    case IRP_MN_QUERY_REMOVE_DEVICE:
        note('Q');
        return NT_SUCCESS(query_status) ? pass_down(device, irp) : complete(irp, query_status, 0);
    case IRP_MN_CANCEL_REMOVE_DEVICE:
        note('C');
        return pass_down(device, irp);
    case IRP_MN_REMOVE_DEVICE:
        note('R');
        status = pass_down(device, irp);
        IoDetachDevice(below);
        IoDeleteDevice(device);
        return status;
    default:
        note('?');
        return pass_down(device, irp);
    }
}

static NTSTATUS NTAPI add_device(PDRIVER_OBJECT driver, PDEVICE_OBJECT physical)
{
    ULONG length;
    note('A');
    if (!NT_SUCCESS(add_status))
        return add_status;
    PDEVICE_OBJECT device;
    NTSTATUS status = IoCreateDevice(driver, sizeof device, NULL, FILE_DEVICE_UNKNOWN, 0, FALSE, &device);
    if (!NT_SUCCESS(status))
        return status;
    device->Flags &= ~(ULONG)DO_DEVICE_INITIALIZING;
    *(PDEVICE_OBJECT *)device->DeviceExtension = IoAttachDeviceToDeviceStack(device, physical);
    assert_ptr_equal(*(PDEVICE_OBJECT *)device->DeviceExtension, physical);
    return IoGetDeviceProperty(physical, DevicePropertyPhysicalDeviceObjectName, sizeof device_path, device_path,
                               &length);
}

static void NTAPI unload(PDRIVER_OBJECT driver)
{
    note('U');
    assert_null(driver->DeviceObject);
}

static struct io_driver *make_root_driver(void)
{
    struct io_driver *driver = make_simple_driver("Rooted");
    told[0] = 0;
    add_status = start_status = query_status = STATUS_SUCCESS;
    driver->object.DriverUnload = unload;
    driver->object.MajorFunction[IRP_MJ_PNP] = dispatch_pnp;
    driver->extension.AddDevice = add_device;
    return driver;
}

static bool manager_exists(void)
{
    struct io_driver *manager;
    if (!NT_SUCCESS(io_find_driver("PnpManager", &manager)))
        return false;
    ob_dereference(manager);
    return true;
}

static void a_driver_without_add_device_has_no_device(void **state)
{
    (void)state;
    struct io_driver *driver = make_root_driver();
    driver->extension.AddDevice = NULL;
    io_add_root_device(driver);
    assert_null(driver->node);
    assert_false(manager_exists());
    unload_driver(driver);
    assert_string_equal(told, "U");
}

static void a_device_lives_as_long_as_its_driver(void **state)
{
    (void)state;
    struct io_driver *driver = make_root_driver();
    io_add_root_device(driver);
    assert_string_equal(told, "AS");
    assert_true(manager_exists());
    unload_driver(driver);
    assert_string_equal(told, "ASQRU");
    assert_false(manager_exists());
}

static void a_driver_whose_add_device_fails_stays(void **state)
{
    (void)state;
    struct io_driver *driver = make_root_driver();
    add_status = STATUS_INSUFFICIENT_RESOURCES;
    io_add_root_device(driver);
    assert_null(driver->node);
    assert_false(manager_exists());
    unload_driver(driver);
    assert_string_equal(told, "AU");
}

static void a_device_that_does_not_start_is_removed(void **state)
{
    (void)state;
    struct io_driver *driver = make_root_driver();
    start_status = STATUS_DEVICE_CONFIGURATION_ERROR;
    io_add_root_device(driver);
    assert_string_equal(told, "ASR");
    assert_null(driver->object.DeviceObject);
    assert_false(manager_exists());
    unload_driver(driver);
    assert_string_equal(told, "ASRU");
}

static void a_driver_may_keep_its_device(void **state)
{
    (void)state;
    struct io_driver *driver = make_root_driver();
    io_add_root_device(driver);
    query_status = STATUS_UNSUCCESSFUL;
    assert_int_equal(io_unload_driver(driver), STATUS_UNSUCCESSFUL);
    assert_string_equal(told, "ASQC");
    NtClose(open_synchronous(device_path)); // goes on as before
    query_status = STATUS_SUCCESS;
    unload_driver(driver);
    assert_string_equal(told, "ASQCQRU");
}

static void an_open_device_is_removed_after_the_last_close(void **state)
{
    (void)state;
    struct io_driver *driver = make_root_driver();
    HANDLE refused, handle;
    io_add_root_device(driver);
    handle = open_synchronous(device_path);
    unload_driver(driver);
    assert_string_equal(told, "AS");
    assert_int_equal(try_open(device_path, FILE_READ_DATA, 0, &refused), STATUS_NO_SUCH_DEVICE);
    NtClose(handle);
    assert_string_equal(told, "ASQRU");
    assert_false(manager_exists());
}

static const GUID class = {0x11111111, 2, 3, {4, 5, 6, 7, 8, 9, 10, 11}};
static PVOID entries[2];
static unsigned calls;

static NTSTATUS NTAPI unregister_itself(PVOID structure, PVOID context)
{
    (void)structure;
    calls++;
    return IoUnregisterPlugPlayNotification(*(PVOID *)context);
}

static NTSTATUS NTAPI count(PVOID structure, PVOID context)
{
    const DEVICE_INTERFACE_CHANGE_NOTIFICATION *change = structure;
    (void)context;
    assert_int_equal(change->Size, sizeof *change);
    assert_memory_equal(&change->InterfaceClassGuid, &class, sizeof class);
    calls++;
    return STATUS_SUCCESS;
}

static NTSTATUS listen(struct io_driver *driver, PDRIVER_NOTIFICATION_CALLBACK_ROUTINE routine, ULONG flags, int entry)
{
    return IoRegisterPlugPlayNotification(EventCategoryDeviceInterfaceChange, flags, (PVOID) & class, &driver->object,
                                          routine, &entries[entry], &entries[entry]);
}

static void listeners_come_and_go(void **state)
{
    (void)state;
    struct io_driver *driver = make_root_driver();
    UNICODE_STRING link;
    io_add_root_device(driver);
    PDEVICE_OBJECT physical = IoGetDeviceAttachmentBaseRef(driver->object.DeviceObject);
    assert_int_equal(IoRegisterDeviceInterface(physical, &class, NULL, &link), STATUS_SUCCESS);
    ob_dereference(physical);
    calls = 0;
    assert_int_equal(listen(driver, unregister_itself, 0, 0), STATUS_SUCCESS);
    assert_int_equal(IoSetDeviceInterfaceState(&link, TRUE), STATUS_SUCCESS);
    assert_int_equal(calls, 1);
    assert_int_equal(listen(driver, count, PNPNOTIFY_DEVICE_INTERFACE_INCLUDE_EXISTING_INTERFACES, 1), STATUS_SUCCESS);
    assert_int_equal(calls, 2); // it was there already; the first one has gone
    unload_driver(driver);      // left enabled: the system disables it
    assert_int_equal(calls, 3);
    assert_int_equal(IoSetDeviceInterfaceState(&link, FALSE), STATUS_OBJECT_NAME_NOT_FOUND);
    assert_int_equal(IoUnregisterPlugPlayNotificationEx(entries[1]), STATUS_SUCCESS);
    RtlFreeUnicodeString(&link);
}

static void try_everything(struct io_driver *driver)
{
    UNICODE_STRING link = {0}, alias;
    HANDLE key;
    io_add_root_device(driver);
    if (!driver->node)
        return;
    PDEVICE_OBJECT physical = IoGetDeviceAttachmentBaseRef(driver->object.DeviceObject);
    if (NT_SUCCESS(IoRegisterDeviceInterface(physical, &class, NULL, &link))) {
        IoSetDeviceInterfaceState(&link, TRUE);
        if (NT_SUCCESS(IoGetDeviceInterfaceAlias(&link, &class, &alias)))
            RtlFreeUnicodeString(&alias);
        if (NT_SUCCESS(IoOpenDeviceInterfaceRegistryKey(&link, KEY_READ, &key)))
            ZwClose(key);
        RtlFreeUnicodeString(&link);
    }
    if (NT_SUCCESS(IoOpenDeviceRegistryKey(physical, PLUGPLAY_REGKEY_DRIVER, KEY_READ, &key)))
        ZwClose(key);
    ob_dereference(physical);
}

// The nth allocation fails, for every n: nothing is left behind, which the end of the test looks at.
static void a_shortage_of_memory_leaves_nothing(void **state)
{
    bool failed = true;
    (void)state;
    as_kernel(true);
    for (unsigned n = 1; failed; n++) {
        struct io_driver *driver = make_root_driver();
        ex_pool_fail_after(n);
        try_everything(driver);
        failed = ex_pool_fail_after(0) == 0;
        if (!driver->node)
            delete_devices(&driver->object);
        unload_driver(driver);
        assert_false(manager_exists());
        assert_true(failed || n > 20);
    }
    as_kernel(false);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        KERNEL_TEST(a_driver_without_add_device_has_no_device),
        KERNEL_TEST(a_device_lives_as_long_as_its_driver),
        KERNEL_TEST(a_driver_whose_add_device_fails_stays),
        KERNEL_TEST(a_device_that_does_not_start_is_removed),
        KERNEL_TEST(a_driver_may_keep_its_device),
        KERNEL_TEST(an_open_device_is_removed_after_the_last_close),
        KERNEL_TEST(listeners_come_and_go),
        KERNEL_TEST(a_shortage_of_memory_leaves_nothing),
    };
    return cmocka_run_group_tests_name("io: root devices", tests, NULL, NULL);
}
