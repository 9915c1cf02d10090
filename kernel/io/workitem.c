// Work items of drivers: the device (or driver) object stays while the routine is queued or runs.
// wdm/nf-wdm-ioallocateworkitem, -ioqueueworkitem.
#include "io/io.h"

struct _IO_WORKITEM {
    WORK_QUEUE_ITEM item;
    PVOID object; // device or driver
    PIO_WORKITEM_ROUTINE routine;
    PIO_WORKITEM_ROUTINE_EX routine_ex;
    PVOID context;
};

static void NTAPI run(PVOID argument)
{
    struct _IO_WORKITEM *item = argument, call = *item; // the routine may free it
    if (call.routine_ex)
        call.routine_ex(call.object, call.context, item);
    else
        call.routine(call.object, call.context);
    ob_dereference(call.object);
}

ULONG NTAPI IoSizeofWorkItem(void)
{
    return sizeof(struct _IO_WORKITEM);
}

void NTAPI IoInitializeWorkItem(PVOID object, PIO_WORKITEM item)
{
    *item = (struct _IO_WORKITEM){.object = object};
    ExInitializeWorkItem(&item->item, run, item);
}

void NTAPI IoUninitializeWorkItem(PIO_WORKITEM item)
{
    item->object = NULL;
}

PIO_WORKITEM NTAPI IoAllocateWorkItem(PDEVICE_OBJECT device)
{
    PIO_WORKITEM item = ex_allocate(sizeof *item, EX_TAG('I', 'o', 'W', 'i'));
    if (item)
        IoInitializeWorkItem(device, item);
    return item;
}

void NTAPI IoFreeWorkItem(PIO_WORKITEM item)
{
    ex_free(item);
}

static void queue(PIO_WORKITEM item, WORK_QUEUE_TYPE type, PVOID context)
{
    item->context = context;
    ob_reference(item->object);
    ExQueueWorkItem(&item->item, type);
}

void NTAPI IoQueueWorkItem(PIO_WORKITEM item, PIO_WORKITEM_ROUTINE routine, WORK_QUEUE_TYPE type, PVOID context)
{
    item->routine = routine;
    item->routine_ex = NULL;
    queue(item, type, context);
}

void NTAPI IoQueueWorkItemEx(PIO_WORKITEM item, PIO_WORKITEM_ROUTINE_EX routine, WORK_QUEUE_TYPE type, PVOID context)
{
    item->routine = NULL;
    item->routine_ex = routine;
    queue(item, type, context);
}
