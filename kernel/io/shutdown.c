// Shutdown notification: IRP_MJ_SHUTDOWN to the devices that asked for it, last registered first, before drivers are
// unloaded. wdm/nf-wdm-ioregistershutdownnotification.
#include "io/io.h"

struct entry {
    LIST_ENTRY link;
    PDEVICE_OBJECT device; // referenced
};

static struct hal_mutex lock;
static LIST_ENTRY entries = {&entries, &entries};

NTSTATUS NTAPI IoRegisterShutdownNotification(PDEVICE_OBJECT device)
{
    struct entry *entry = ex_allocate(sizeof *entry, EX_TAG('I', 'o', 'S', 'h'));
    if (!entry)
        return STATUS_INSUFFICIENT_RESOURCES;
    ob_reference(device);
    entry->device = device;
    device->Flags |= DO_SHUTDOWN_REGISTERED;
    hal_mutex_lock(&lock);
    InsertHeadList(&entries, &entry->link);
    hal_mutex_unlock(&lock);
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI IoRegisterLastChanceShutdownNotification(PDEVICE_OBJECT device)
{
    return IoRegisterShutdownNotification(device);
}

// The entry of the device (NULL: the first of all), off the list; NULL none.
static struct entry *take(PDEVICE_OBJECT device)
{
    struct entry *found = NULL;
    hal_mutex_lock(&lock);
    for (LIST_ENTRY *link = entries.Flink; !found && link != &entries; link = link->Flink) {
        struct entry *entry = CONTAINING_RECORD(link, struct entry, link);
        if (!device || entry->device == device)
            found = entry;
    }
    if (found)
        RemoveEntryList(&found->link);
    hal_mutex_unlock(&lock);
    return found;
}

static void forget(struct entry *entry)
{
    ob_dereference(entry->device);
    ex_free(entry);
}

void NTAPI IoUnregisterShutdownNotification(PDEVICE_OBJECT device)
{
    struct entry *entry;
    while ((entry = take(device)))
        forget(entry);
    device->Flags &= ~(ULONG)DO_SHUTDOWN_REGISTERED;
}

void io_notify_shutdown(void)
{
    struct entry *entry;
    while ((entry = take(NULL))) {
        PDEVICE_OBJECT top = IoGetAttachedDevice(entry->device);
        struct io_request *request = io_allocate_request(top->StackSize);
        IO_STATUS_BLOCK iosb;
        if (request) {
            IoGetNextIrpStackLocation(&request->irp)->MajorFunction = IRP_MJ_SHUTDOWN;
            io_send_and_wait(top, request, &iosb);
        }
        forget(entry);
    }
}
