// The rules of requests that stop a machine when a driver breaks them (semantics 19): which stop code, which rule.
#include "kernel_test.h"

static PDEVICE_OBJECT device;

static NTSTATUS NTAPI keep(PDEVICE_OBJECT upper, PIRP irp, PVOID context)
{
    (void)upper, (void)irp, (void)context;
    return STATUS_MORE_PROCESSING_REQUIRED;
}

static PIRP make_irp(void)
{
    PIRP irp = IoAllocateIrp(1, FALSE);
    IoGetNextIrpStackLocation(irp)->MajorFunction = IRP_MJ_INTERNAL_DEVICE_CONTROL;
    IoSetCompletionRoutine(irp, keep, NULL, TRUE, TRUE, TRUE);
    IoSetNextIrpStackLocation(irp);
    return irp;
}

static void end(void *irp)
{
    IofCompleteRequest(irp, IO_NO_INCREMENT);
}

static void cancel(void *irp)
{
    IoCancelIrp(irp);
}

static void send(void *irp)
{
    IofCallDriver(device, irp);
}

static void NTAPI cancel_nothing(PDEVICE_OBJECT of, PIRP irp)
{
    (void)of;
    IoReleaseCancelSpinLock(irp->CancelIrql);
}

static void each_rule_has_its_stop_code(void **state)
{
    (void)state;
    struct io_driver *driver = make_simple_driver("Faulty");
    device = make_device(driver, NULL, 0, 0);
    PIRP irp = make_irp();
    KIRQL irql;

    irp->IoStatus.Status = STATUS_PENDING;
    assert_int_equal(bugcheck_of(end, irp), DRIVER_VERIFIER_IOMANAGER_VIOLATION);
    assert_int_equal(last_bugcheck.parameters[0], 0x6);
    irp->IoStatus.Status = -1;
    assert_int_equal(bugcheck_of(end, irp), DRIVER_VERIFIER_IOMANAGER_VIOLATION);
    assert_int_equal(last_bugcheck.parameters[0], 0x6);
    irp->IoStatus.Status = STATUS_SUCCESS;

    IoSetCancelRoutine(irp, cancel_nothing);
    assert_int_equal(bugcheck_of(end, irp), DRIVER_VERIFIER_IOMANAGER_VIOLATION);
    assert_int_equal(last_bugcheck.parameters[0], 0x7);
    IoSetCancelRoutine(irp, NULL);

    KeRaiseIrql(DISPATCH_LEVEL + 1, &irql);
    ULONG above = bugcheck_of(end, irp);
    KeLowerIrql(irql);
    assert_int_equal(above, DRIVER_VERIFIER_IOMANAGER_VIOLATION);
    assert_int_equal(last_bugcheck.parameters[0], 0xe);

    assert_int_equal(bugcheck_of(send, irp), NO_MORE_IRP_STACK_LOCATIONS);

    irp->CurrentLocation = irp->StackCount + 2; // as a request stands that was completed
    assert_int_equal(bugcheck_of(end, irp), MULTIPLE_IRP_COMPLETE_REQUESTS);
    IoSetCancelRoutine(irp, cancel_nothing);
    assert_int_equal(bugcheck_of(cancel, irp), CANCEL_STATE_IN_COMPLETED_IRP);
    IoSetCancelRoutine(irp, NULL);
    IoFreeIrp(irp);
    unload_driver(driver);
}

static void a_request_in_order_is_completed(void **state)
{
    (void)state;
    PIRP irp = make_irp();
    assert_int_equal(bugcheck_of(end, irp), 0);
    assert_int_equal(irp->CurrentLocation, irp->StackCount + 1);
    IoFreeIrp(irp);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        KERNEL_TEST(each_rule_has_its_stop_code),
        KERNEL_TEST(a_request_in_order_is_completed),
    };
    return cmocka_run_group_tests_name("io_faults", tests, NULL, NULL);
}
