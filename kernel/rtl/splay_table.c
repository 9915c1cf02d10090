// Generic tables: elements of any kind in a splay tree, ordered by the caller's comparison. What is inserted or found
// becomes the root. The caller allocates, frees and locks.
//
// An element stands behind its links in the tree and in the list that keeps the order of insertion.
//
// https://learn.microsoft.com/windows-hardware/drivers/ddi/ntddk/nf-ntddk-rtlinitializegenerictable and its neighbours
#include "rtl/rtl.h"

#include <nt/ex.h>
#include <nt/rtl.h>

#include <string.h>

struct entry {
    RTL_SPLAY_LINKS links; // the parent of the root is the root
    LIST_ENTRY order;
    LONGLONG element; // where it begins
};

static struct entry *entry_of(PRTL_SPLAY_LINKS links)
{
    return CONTAINING_RECORD(links, struct entry, links);
}

// ---- the tree ---------------------------------------------------------------------------------------------------

static bool is_root(const RTL_SPLAY_LINKS *node)
{
    return node->Parent == node;
}

// Turns the edge between node and its parent.
static void rotate(PRTL_SPLAY_LINKS node)
{
    PRTL_SPLAY_LINKS parent = node->Parent, above = parent->Parent;
    bool was_root = is_root(parent);
    if (parent->LeftChild == node) {
        parent->LeftChild = node->RightChild;
        if (node->RightChild)
            node->RightChild->Parent = parent;
        node->RightChild = parent;
    } else {
        parent->RightChild = node->LeftChild;
        if (node->LeftChild)
            node->LeftChild->Parent = parent;
        node->LeftChild = parent;
    }
    parent->Parent = node;
    node->Parent = was_root ? node : above;
    if (!was_root && above->LeftChild == parent)
        above->LeftChild = node;
    else if (!was_root)
        above->RightChild = node;
}

// Makes the node the root; returns it.
PRTL_SPLAY_LINKS NTAPI RtlSplay(PRTL_SPLAY_LINKS node)
{
    while (!is_root(node)) {
        PRTL_SPLAY_LINKS parent = node->Parent;
        if (!is_root(parent)) {
            bool same_side = (parent->LeftChild == node) == (parent->Parent->LeftChild == parent);
            rotate(same_side ? parent : node);
        }
        rotate(node);
    }
    return node;
}

static PRTL_SPLAY_LINKS leftmost(PRTL_SPLAY_LINKS node)
{
    while (node && node->LeftChild)
        node = node->LeftChild;
    return node;
}

// The next node in order, NULL at the end.
PRTL_SPLAY_LINKS NTAPI RtlRealSuccessor(PRTL_SPLAY_LINKS node)
{
    if (node->RightChild)
        return leftmost(node->RightChild);
    while (!is_root(node) && node->Parent->RightChild == node)
        node = node->Parent;
    return is_root(node) ? NULL : node->Parent;
}

// Takes the node out; returns the new root, NULL for an empty tree.
PRTL_SPLAY_LINKS NTAPI RtlDelete(PRTL_SPLAY_LINKS node)
{
    RtlSplay(node);
    PRTL_SPLAY_LINKS left = node->LeftChild, right = node->RightChild;
    if (left)
        left->Parent = left;
    if (right)
        right->Parent = right;
    if (!left || !right)
        return left ? left : right;
    right = RtlSplay(leftmost(right)); // it has nothing smaller below it now
    right->LeftChild = left;
    left->Parent = right;
    return right;
}

// ---- the table --------------------------------------------------------------------------------------------------

VOID NTAPI RtlInitializeGenericTable(PRTL_GENERIC_TABLE table, PRTL_GENERIC_COMPARE_ROUTINE compare,
                                     PRTL_GENERIC_ALLOCATE_ROUTINE allocate, PRTL_GENERIC_FREE_ROUTINE release,
                                     PVOID context)
{
    *table = (RTL_GENERIC_TABLE){
        .CompareRoutine = compare, .AllocateRoutine = allocate, .FreeRoutine = release, .TableContext = context};
    table->InsertOrderList.Flink = table->InsertOrderList.Blink = &table->InsertOrderList;
    table->OrderedPointer = &table->InsertOrderList;
}

// The link where an element that equals buffer is or would be; *parent gets what is above it.
static PRTL_SPLAY_LINKS *find(PRTL_GENERIC_TABLE table, PVOID buffer, PRTL_SPLAY_LINKS *parent)
{
    PRTL_SPLAY_LINKS *link = &table->TableRoot;
    *parent = NULL;
    while (*link) {
        RTL_GENERIC_COMPARE_RESULTS order = table->CompareRoutine(table, buffer, &entry_of(*link)->element);
        if (order == GenericEqual)
            break;
        *parent = *link;
        link = order == GenericLessThan ? &(*link)->LeftChild : &(*link)->RightChild;
    }
    return link;
}

// A copy of size bytes; or the element that is there already, *is_new FALSE. NULL when the caller cannot allocate.
PVOID NTAPI RtlInsertElementGenericTable(PRTL_GENERIC_TABLE table, PVOID buffer, ULONG size, PBOOLEAN is_new)
{
    PRTL_SPLAY_LINKS parent, *link = find(table, buffer, &parent);
    bool missing = !*link;
    if (missing) {
        struct entry *entry = table->AllocateRoutine(table, (ULONG)offsetof(struct entry, element) + size);
        if (!entry) {
            if (is_new)
                *is_new = FALSE;
            return NULL;
        }
        entry->links = (RTL_SPLAY_LINKS){.Parent = parent ? parent : &entry->links};
        InsertTailList(&table->InsertOrderList, &entry->order);
        memcpy(&entry->element, buffer, size);
        *link = &entry->links;
        table->NumberGenericTableElements++;
    }
    table->TableRoot = RtlSplay(*link);
    if (is_new)
        *is_new = missing;
    return &entry_of(table->TableRoot)->element;
}

// FALSE: there is none that equals buffer.
BOOLEAN NTAPI RtlDeleteElementGenericTable(PRTL_GENERIC_TABLE table, PVOID buffer)
{
    PRTL_SPLAY_LINKS parent, found = *find(table, buffer, &parent);
    if (!found)
        return FALSE;
    table->TableRoot = RtlDelete(found);
    RemoveEntryList(&entry_of(found)->order);
    table->NumberGenericTableElements--;
    table->OrderedPointer = &table->InsertOrderList;
    table->WhichOrderedElement = 0;
    table->FreeRoutine(table, entry_of(found));
    return TRUE;
}

PVOID NTAPI RtlLookupElementGenericTable(PRTL_GENERIC_TABLE table, PVOID buffer)
{
    PRTL_SPLAY_LINKS parent, found = *find(table, buffer, &parent);
    if (!found)
        return NULL;
    table->TableRoot = RtlSplay(found);
    return &entry_of(found)->element;
}

// In order: the first with restart, then the one behind the root, which the last call made the root.
PVOID NTAPI RtlEnumerateGenericTable(PRTL_GENERIC_TABLE table, BOOLEAN restart)
{
    PRTL_SPLAY_LINKS root = table->TableRoot, next = NULL;
    if (root)
        next = restart ? leftmost(root) : RtlRealSuccessor(root);
    if (!next)
        return NULL;
    table->TableRoot = RtlSplay(next);
    return &entry_of(next)->element;
}

// In order, without changing the tree; *key NULL begins.
PVOID NTAPI RtlEnumerateGenericTableWithoutSplaying(PRTL_GENERIC_TABLE table, PVOID *key)
{
    PRTL_SPLAY_LINKS root = table->TableRoot, next = NULL;
    if (root)
        next = *key ? RtlRealSuccessor(*key) : leftmost(root);
    if (!next)
        return NULL;
    *key = next;
    return &entry_of(next)->element;
}

// The index-th that was inserted, from 0; NULL beyond the last.
PVOID NTAPI RtlGetElementGenericTable(PRTL_GENERIC_TABLE table, ULONG index)
{
    if (index >= table->NumberGenericTableElements)
        return NULL;
    PLIST_ENTRY at = table->InsertOrderList.Flink;
    for (ULONG i = 0; i < index; i++)
        at = at->Flink;
    return &CONTAINING_RECORD(at, struct entry, order)->element;
}

ULONG NTAPI RtlNumberGenericTableElements(PRTL_GENERIC_TABLE table)
{
    return table->NumberGenericTableElements;
}

BOOLEAN NTAPI RtlIsGenericTableEmpty(PRTL_GENERIC_TABLE table)
{
    return table->TableRoot == NULL;
}
