// Section objects: memory that can be seen at several addresses, and the views of it.
//
//      NtCreateSection: over nothing (a memory file) or over a file of the volume
//      section --NtMapViewOfSection--> view in a process, which holds the section --NtUnmapViewOfSection--> gone
//
// The system process sees views in the kernel range, an application in its own process where its memory lies. A client
// of the server cannot have a view: its memory is the slice it shares with the server, and no part of that can be
// replaced (STATUS_NOT_SUPPORTED, and the log says so).
// wdm/nf-wdm-zwcreatesection, -zwopensection, -zwmapviewofsection, -zwunmapviewofsection.
#include "fs/fs.h"

#include "dbg/dbg.h"

#include <string.h>

enum { GRANULARITY = 64 * 1024 };

struct section {
    int fd;
    uint64_t size; // bytes
    ULONG protection;
};

struct view {
    struct view *next;
    struct _EPROCESS *process;
    uintptr_t base;
    size_t bytes;
    struct section *section; // referenced
};

static struct hal_mutex lock;
static struct view *views;

static void destroy(void *object)
{
    hal_node_close(((struct section *)object)->fd);
}

static struct _OBJECT_TYPE section_type = {
    .name = L"Section",
    .tag = EX_TAG('S', 'e', 'c', 't'),
    .mapping = {.GenericRead = STANDARD_RIGHTS_READ | SECTION_QUERY | SECTION_MAP_READ,
                .GenericWrite = STANDARD_RIGHTS_WRITE | SECTION_MAP_WRITE,
                .GenericExecute = STANDARD_RIGHTS_EXECUTE | SECTION_MAP_EXECUTE,
                .GenericAll = SECTION_ALL_ACCESS},
    .destroy = destroy,
};

POBJECT_TYPE nt_MmSectionObjectType_value = &section_type;

// ---- making and opening -----------------------------------------------------------------------------------------

static bool is_writable(ULONG protection)
{
    return protection & (PAGE_READWRITE | PAGE_EXECUTE_READWRITE);
}

static NTSTATUS check_creation(ULONG protection, ULONG allocation, HANDLE file, uint64_t size)
{
    enum { SEC_BASED = 0x200000, SEC_LARGE_PAGES = 0x80000000u };
    if (!mm_is_protection(protection) || (protection & (PAGE_NOACCESS | PAGE_GUARD)))
        return STATUS_INVALID_PAGE_PROTECTION;
    if (allocation & SEC_IMAGE)
        return STATUS_NOT_SUPPORTED; // images of user mode do not run here
    if (!(allocation & (SEC_COMMIT | SEC_RESERVE)) || (allocation & (SEC_BASED | SEC_LARGE_PAGES)))
        return STATUS_INVALID_PARAMETER_6;
    return !file && size == 0 ? STATUS_INVALID_PARAMETER_4 : STATUS_SUCCESS;
}

// A descriptor of the file's own, large enough.
static NTSTATUS back_with_file(HANDLE handle, ULONG protection, KPROCESSOR_MODE mode, struct section *section)
{
    ACCESS_MASK access = FILE_READ_DATA | (is_writable(protection) ? FILE_WRITE_DATA : 0);
    struct hal_node_facts facts;
    void *object;
    NTSTATUS status = ob_reference_by_handle(handle, access, &io_file_type, mode, &object, NULL);
    if (!NT_SUCCESS(status))
        return status;
    const struct fs_file *file = fs_file_of_ours(object);
    if (!file || file->node->is_directory)
        status = STATUS_INVALID_FILE_FOR_SECTION;
    else
        status = fs_status(hal_node_facts(file->fd, &facts));
    if (NT_SUCCESS(status) && section->size == 0)
        section->size = facts.size;
    if (NT_SUCCESS(status) && section->size == 0)
        status = STATUS_MAPPED_FILE_SIZE_ZERO;
    if (NT_SUCCESS(status) && section->size > facts.size)
        status = is_writable(protection) ? fs_status(hal_node_resize(file->fd, section->size)) : STATUS_SECTION_TOO_BIG;
    if (NT_SUCCESS(status) && (section->fd = hal_node_duplicate(file->fd)) < 0)
        status = STATUS_TOO_MANY_OPENED_FILES;
    ob_dereference(object);
    return status;
}

static NTSTATUS back_with_memory(struct section *section)
{
    section->fd = hal_memory_file(section->size, "nthost-section");
    return section->fd < 0 ? STATUS_INSUFFICIENT_RESOURCES : STATUS_SUCCESS;
}

NTSTATUS NTAPI NtCreateSection(PHANDLE handle, ACCESS_MASK access, POBJECT_ATTRIBUTES attributes,
                               PLARGE_INTEGER user_size, ULONG protection, ULONG allocation, HANDLE file)
{
    KPROCESSOR_MODE mode = ExGetPreviousMode();
    LARGE_INTEGER size = {.QuadPart = 0};
    struct ob_attributes captured;
    void *object;
    NTSTATUS status = user_size ? mm_copy_in(&size, user_size, sizeof size, mode) : STATUS_SUCCESS;
    if (NT_SUCCESS(status))
        status = check_creation(protection, allocation, file, (uint64_t)size.QuadPart);
    if (NT_SUCCESS(status))
        status = ob_capture_attributes(attributes, mode, &captured);
    if (!NT_SUCCESS(status))
        return status;
    status = ob_create(&section_type, sizeof(struct section), &object);
    if (NT_SUCCESS(status)) {
        struct section *section = object;
        *section = (struct section){.fd = -1, .size = (uint64_t)size.QuadPart, .protection = protection};
        status = file ? back_with_file(file, protection, mode, section) : back_with_memory(section);
        if (NT_SUCCESS(status))
            status = ob_finish_create(section, &captured, access, mode, handle);
        else
            ob_dereference(section);
    }
    ob_release_attributes(&captured);
    return status;
}

static bool names_physical_memory(POBJECT_ATTRIBUTES attributes, KPROCESSOR_MODE mode)
{
    UNICODE_STRING physical;
    struct ob_attributes captured;
    RtlInitUnicodeString(&physical, L"\\Device\\PhysicalMemory");
    if (!NT_SUCCESS(ob_capture_attributes(attributes, mode, &captured)))
        return false;
    bool same = RtlEqualUnicodeString(&captured.name, &physical, TRUE);
    ob_release_attributes(&captured);
    return same;
}

// \Device\PhysicalMemory is refused: there is none to be seen.
NTSTATUS NTAPI NtOpenSection(PHANDLE handle, ACCESS_MASK access, POBJECT_ATTRIBUTES attributes)
{
    if (names_physical_memory(attributes, ExGetPreviousMode())) {
        DBG_REFUSED("\\Device\\PhysicalMemory: there is no physical memory here (STATUS_ACCESS_DENIED)");
        return STATUS_ACCESS_DENIED;
    }
    return ob_open(attributes, &section_type, access, handle);
}

// ---- views ------------------------------------------------------------------------------------------------------

struct wish {
    uintptr_t base;
    uint64_t offset;
    size_t bytes;
    ULONG protection;
};

static NTSTATUS check_view(const struct section *section, struct wish *wish)
{
    if (!mm_is_protection(wish->protection))
        return STATUS_INVALID_PAGE_PROTECTION;
    if (is_writable(wish->protection) && !is_writable(section->protection))
        return STATUS_SECTION_PROTECTION;
    if (wish->offset % GRANULARITY || wish->base % GRANULARITY)
        return STATUS_MAPPED_ALIGNMENT;
    if (wish->offset >= section->size)
        return STATUS_INVALID_VIEW_SIZE;
    uint64_t rest = hal_round_up(section->size, HAL_PAGE) - wish->offset;
    wish->bytes = wish->bytes ? hal_round_up(wish->bytes, HAL_PAGE) : (size_t)rest;
    return wish->bytes > rest ? STATUS_INVALID_VIEW_SIZE : STATUS_SUCCESS;
}

static NTSTATUS map(struct section *section, struct _EPROCESS *process, struct wish *wish)
{
    NTSTATUS status = check_view(section, wish);
    if (!NT_SUCCESS(status))
        return status;
    if (process->Pcb.virtual_base) {
        DBG_REFUSED("views in the memory of a client of the server (STATUS_NOT_SUPPORTED)");
        return STATUS_NOT_SUPPORTED;
    }
    bool is_copied = wish->protection & (PAGE_WRITECOPY | PAGE_EXECUTE_WRITECOPY);
    struct view *view = hal_alloc(sizeof *view);
    void *base = view ? hal_map_view(process == ps_system_process(), wish->base, wish->bytes,
                                     mm_hal_protection(wish->protection), section->fd, wish->offset, !is_copied)
                      : NULL;
    if (!base) {
        hal_free(view);
        return wish->base ? STATUS_CONFLICTING_ADDRESSES : STATUS_NO_MEMORY;
    }
    wish->base = (uintptr_t)base;
    ob_reference(section);
    *view = (struct view){NULL, process, wish->base, wish->bytes, section};
    hal_mutex_lock(&lock);
    view->next = views;
    views = view;
    hal_mutex_unlock(&lock);
    return STATUS_SUCCESS;
}

static void end_view(struct view *view)
{
    hal_unmap((void *)view->base, view->bytes);
    ob_dereference(view->section);
    hal_free(view);
}

static NTSTATUS unmap(const struct _EPROCESS *process, uintptr_t address)
{
    hal_mutex_lock(&lock);
    struct view **link = &views;
    while (*link && ((*link)->process != process || address - (*link)->base >= (*link)->bytes))
        link = &(*link)->next;
    struct view *view = *link;
    if (view)
        *link = view->next;
    hal_mutex_unlock(&lock);
    if (!view)
        return STATUS_NOT_MAPPED_VIEW;
    end_view(view);
    return STATUS_SUCCESS;
}

void fs_unmap_all(void)
{
    while (views) {
        struct view *view = views;
        views = view->next;
        end_view(view);
    }
}

// ---- the services -------------------------------------------------------------------------------------------------

// Referenced.
static NTSTATUS process_of(HANDLE handle, KPROCESSOR_MODE mode, struct _EPROCESS **process)
{
    void *object = ps_current_process();
    NTSTATUS status = STATUS_SUCCESS;
    if (handle == NtCurrentProcess())
        ob_reference(object);
    else
        status = ob_reference_by_handle(handle, PROCESS_VM_OPERATION, &ps_process_type, mode, &object, NULL);
    *process = object;
    return status;
}

static NTSTATUS capture(PVOID *base, PLARGE_INTEGER offset, PSIZE_T size, KPROCESSOR_MODE mode, struct wish *wish)
{
    NTSTATUS status = mm_copy_in(&wish->base, base, sizeof wish->base, mode);
    if (NT_SUCCESS(status))
        status = mm_copy_in(&wish->bytes, size, sizeof wish->bytes, mode);
    if (NT_SUCCESS(status) && offset)
        status = mm_copy_in(&wish->offset, offset, sizeof wish->offset, mode);
    return status;
}

NTSTATUS NTAPI NtMapViewOfSection(HANDLE section_handle, HANDLE process_handle, PVOID *base, ULONG_PTR zero_bits,
                                  SIZE_T commit, PLARGE_INTEGER offset, PSIZE_T size, SECTION_INHERIT inherit,
                                  ULONG type, ULONG protection)
{
    KPROCESSOR_MODE mode = ExGetPreviousMode();
    struct wish wish = {.protection = protection};
    ACCESS_MASK access = is_writable(protection) ? SECTION_MAP_WRITE : SECTION_MAP_READ;
    struct _EPROCESS *process;
    void *section;
    (void)zero_bits, (void)commit, (void)type;
    if (inherit != ViewShare && inherit != ViewUnmap)
        return STATUS_INVALID_PARAMETER_8;
    NTSTATUS status = capture(base, offset, size, mode, &wish);
    if (NT_SUCCESS(status))
        status = process_of(process_handle, mode, &process);
    if (!NT_SUCCESS(status))
        return status;
    status = ob_reference_by_handle(section_handle, access, &section_type, mode, &section, NULL);
    if (NT_SUCCESS(status)) {
        status = map(section, process, &wish);
        ob_dereference(section);
    }
    if (NT_SUCCESS(status))
        status = mm_copy_out(base, &wish.base, sizeof wish.base, mode);
    if (NT_SUCCESS(status))
        status = mm_copy_out(size, &wish.bytes, sizeof wish.bytes, mode);
    ob_dereference(process);
    return status;
}

NTSTATUS NTAPI NtUnmapViewOfSection(HANDLE process_handle, PVOID base)
{
    struct _EPROCESS *process;
    NTSTATUS status = process_of(process_handle, ExGetPreviousMode(), &process);
    if (!NT_SUCCESS(status))
        return status;
    status = unmap(process, (uintptr_t)base);
    ob_dereference(process);
    return status;
}

// A view in system space of a section that is referenced by pointer (ObReferenceObjectByHandle).
NTSTATUS NTAPI MmMapViewInSystemSpace(PVOID section, PVOID *base, PSIZE_T size)
{
    const struct section *given = section;
    struct wish wish = {.bytes = *size, .protection = is_writable(given->protection) ? PAGE_READWRITE : PAGE_READONLY};
    NTSTATUS status = map(section, ps_system_process(), &wish);
    if (NT_SUCCESS(status)) {
        *base = (PVOID)wish.base;
        *size = wish.bytes;
    }
    return status;
}

NTSTATUS NTAPI MmUnmapViewInSystemSpace(PVOID base)
{
    return unmap(ps_system_process(), (uintptr_t)base);
}
