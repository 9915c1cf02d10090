// What drivers write to the system's error log: here it is a line in the debug log.
//
//      IoAllocateErrorLogEntry --IoWriteErrorLogEntry--> the line; the entry is gone
//                              --IoFreeErrorLogEntry--> gone
//
// wdm/nf-wdm-ioallocateerrorlogentry, -iowriteerrorlogentry; ntddk/nf-ntddk-ioraiseinformationalharderror.
#include "dbg/dbg.h"
#include "io/io.h"
#include "rtl/rtl.h"

#include <stdio.h>

struct entry {
    char source[32]; // the driver
    UCHAR size;      // of the packet
    IO_ERROR_LOG_PACKET packet;
};

static struct entry *entry_of(void *packet)
{
    return CONTAINING_RECORD(packet, struct entry, packet);
}

// object: a driver's or one of its devices. NULL when size is below that of a packet or above ERROR_LOG_MAXIMUM_SIZE, or
// on exhaustion. At DISPATCH_LEVEL and below.
PVOID NTAPI IoAllocateErrorLogEntry(PVOID object, UCHAR size)
{
    if (!object || size < sizeof(IO_ERROR_LOG_PACKET) || size > ERROR_LOG_MAXIMUM_SIZE)
        return NULL;
    bool is_device = ob_type(object) == &io_device_type;
    PDRIVER_OBJECT driver = is_device ? ((PDEVICE_OBJECT)object)->DriverObject : object;
    struct entry *entry = ex_allocate_zeroed(offsetof(struct entry, packet) + size, EX_TAG('I', 'o', 'E', 'r'));
    if (!entry)
        return NULL;
    snprintf(entry->source, sizeof entry->source, "%s", CONTAINING_RECORD(driver, struct io_driver, object)->name);
    entry->size = size;
    return &entry->packet;
}

VOID NTAPI IoFreeErrorLogEntry(PVOID packet)
{
    ex_free(entry_of(packet));
}

static int put_strings(const struct entry *entry, char *text, size_t size)
{
    const char *end = (const char *)&entry->packet + entry->size;
    const char *at = (const char *)&entry->packet + entry->packet.StringOffset;
    int used = 0;
    for (unsigned i = 0; i < entry->packet.NumberOfStrings && at < end; i++) {
        ULONG bytes = 0, written = 0;
        while (at + bytes + sizeof(WCHAR) <= end && *(const WCHAR *)(const void *)(at + bytes))
            bytes += sizeof(WCHAR);
        used += snprintf(text + used, size - (size_t)used, ", \"");
        RtlUnicodeToUTF8N(text + used, (ULONG)(size - (size_t)used - 2), &written, (PCWCH)(const void *)at, bytes);
        used += (int)written;
        text[used++] = '"';
        text[used] = 0;
        at += bytes + sizeof(WCHAR);
    }
    return used;
}

static void put_dump(const IO_ERROR_LOG_PACKET *packet, size_t room, char *text, size_t size)
{
    size_t words = packet->DumpDataSize / sizeof(ULONG);
    if (words > room / sizeof(ULONG))
        words = room / sizeof(ULONG);
    int used = words ? snprintf(text, size, ", data") : 0;
    for (size_t i = 0; i < words && (size_t)used + 10 < size; i++)
        used += snprintf(text + used, size - (size_t)used, " %08X", (unsigned)packet->DumpData[i]);
}

VOID NTAPI IoWriteErrorLogEntry(PVOID written)
{
    struct entry *entry = entry_of(written);
    const IO_ERROR_LOG_PACKET *packet = &entry->packet;
    char text[480] = "";
    int used = put_strings(entry, text, sizeof text / 2);
    put_dump(packet, entry->size - offsetof(IO_ERROR_LOG_PACKET, DumpData), text + used, sizeof text - (size_t)used);
    dbg_kernel_message("%s: error log: 0x%08X (final status 0x%08X, unique %u)%s\n", entry->source,
                       (unsigned)packet->ErrorCode, (unsigned)packet->FinalStatus, (unsigned)packet->UniqueErrorValue,
                       text);
    ex_free(entry);
}

// A message for the user, who reads the log. TRUE: it has been shown.
BOOLEAN NTAPI IoRaiseInformationalHardError(NTSTATUS status, PUNICODE_STRING text, PKTHREAD thread)
{
    const char *name = rtl_status_name(status);
    char message[200] = "";
    ULONG written = 0;
    (void)thread;
    if (text)
        RtlUnicodeToUTF8N(message, sizeof message - 1, &written, text->Buffer, text->Length);
    message[written] = 0;
    dbg_kernel_message("hard error %s (0x%08X)%s%s\n", name ? name : "", (unsigned)status, *message ? ": " : "",
                       message);
    return TRUE;
}
