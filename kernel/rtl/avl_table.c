// Generic tables in an AVL tree: elements of any kind, ordered by the caller's comparison. The caller allocates, frees and
// locks.
//
// An element stands behind its links. The table's own links are above the root, which is their right child; Balance is
// the height on the right less that on the left.
//
// https://learn.microsoft.com/windows-hardware/drivers/ddi/ntddk/nf-ntddk-rtlinitializegenerictableavl and its neighbours
#include "rtl/rtl.h"

#include <nt/ex.h>
#include <nt/rtl.h>

#include <string.h>

typedef RTL_BALANCED_LINKS links;

struct entry {
    links links;
    LONGLONG element; // where it begins
};

static struct entry *entry_of(links *node)
{
    return CONTAINING_RECORD(node, struct entry, links);
}

// ---- the tree ---------------------------------------------------------------------------------------------------

static links **link_to(links *node)
{
    return node->Parent->LeftChild == node ? &node->Parent->LeftChild : &node->Parent->RightChild;
}

static void hang(links **place, links *parent, links *node)
{
    *place = node;
    if (node)
        node->Parent = parent;
}

// The child comes up, the node goes down on the other side.
static void rotate(links *node, bool to_left)
{
    links *child = to_left ? node->RightChild : node->LeftChild;
    hang(link_to(node), node->Parent, child);
    if (to_left) {
        hang(&node->RightChild, node, child->LeftChild);
        hang(&child->LeftChild, child, node);
    } else {
        hang(&node->LeftChild, node, child->RightChild);
        hang(&child->RightChild, child, node);
    }
}

// A node whose balance is 2 or -2; returns what stands in its place.
static links *rebalance(links *node)
{
    bool is_right = node->Balance > 0;
    CHAR heavy = is_right ? 1 : -1;
    links *child = is_right ? node->RightChild : node->LeftChild;
    if (child->Balance != -heavy) {
        CHAR rest = child->Balance == 0 ? heavy : 0;
        rotate(node, is_right);
        node->Balance = rest;
        child->Balance = (CHAR)-rest;
        return child;
    }
    links *inner = is_right ? child->LeftChild : child->RightChild;
    rotate(child, !is_right);
    rotate(node, is_right);
    node->Balance = inner->Balance == heavy ? (CHAR)-heavy : 0;
    child->Balance = inner->Balance == -heavy ? heavy : 0;
    inner->Balance = 0;
    return inner;
}

static void insert(PRTL_AVL_TABLE table, links **place, links *parent, links *node)
{
    *node = (links){.Parent = parent};
    *place = node;
    for (links *at = node; at->Parent != &table->BalancedRoot; at = at->Parent) {
        links *above = at->Parent;
        above->Balance += above->LeftChild == at ? -1 : 1;
        if (above->Balance == 0)
            return;
        if (above->Balance == 2 || above->Balance == -2) {
            rebalance(above);
            return;
        }
    }
    table->DepthOfTree++;
}

static links *leftmost(links *node)
{
    while (node && node->LeftChild)
        node = node->LeftChild;
    return node;
}

static links *successor(PRTL_AVL_TABLE table, links *node)
{
    if (node->RightChild)
        return leftmost(node->RightChild);
    while (node->Parent != &table->BalancedRoot && node->Parent->RightChild == node)
        node = node->Parent;
    return node->Parent == &table->BalancedRoot ? NULL : node->Parent;
}

static links *predecessor(PRTL_AVL_TABLE table, links *node)
{
    links *before = NULL;
    for (links *at = leftmost(table->BalancedRoot.RightChild); at && at != node; at = successor(table, at))
        before = at;
    return before;
}

// The subtree on one side of the node has become lower by one.
static void shrunk(PRTL_AVL_TABLE table, links *node, bool on_left)
{
    while (node != &table->BalancedRoot) {
        node->Balance += on_left ? 1 : -1;
        if (node->Balance == 2 || node->Balance == -2)
            node = rebalance(node);
        if (node->Balance != 0)
            return;
        on_left = node->Parent->LeftChild == node;
        node = node->Parent;
    }
    table->DepthOfTree--;
}

// With two children its successor, which has no left child, takes the node's place first.
static void take_out(PRTL_AVL_TABLE table, links *node)
{
    links *low = node, *parent;
    if (node->LeftChild && node->RightChild)
        low = leftmost(node->RightChild);
    links *child = low->LeftChild ? low->LeftChild : low->RightChild;
    bool on_left = low->Parent->LeftChild == low;
    parent = low->Parent;
    hang(link_to(low), parent, child);
    if (low != node) {
        if (parent == node)
            parent = low;
        low->Balance = node->Balance;
        hang(link_to(node), node->Parent, low);
        hang(&low->LeftChild, low, node->LeftChild);
        hang(&low->RightChild, low, node->RightChild);
    }
    shrunk(table, parent, on_left);
}

// ---- the table --------------------------------------------------------------------------------------------------

VOID NTAPI RtlInitializeGenericTableAvl(PRTL_AVL_TABLE table, PRTL_AVL_COMPARE_ROUTINE compare,
                                        PRTL_AVL_ALLOCATE_ROUTINE allocate, PRTL_AVL_FREE_ROUTINE release,
                                        PVOID context)
{
    *table = (RTL_AVL_TABLE){
        .CompareRoutine = compare, .AllocateRoutine = allocate, .FreeRoutine = release, .TableContext = context};
    table->BalancedRoot.Parent = &table->BalancedRoot;
}

// The link where an element that equals buffer is or would be; *parent gets what is above it.
static links **find(PRTL_AVL_TABLE table, PVOID buffer, links **parent)
{
    links **place = &table->BalancedRoot.RightChild;
    *parent = &table->BalancedRoot;
    while (*place) {
        RTL_GENERIC_COMPARE_RESULTS order = table->CompareRoutine(table, buffer, &entry_of(*place)->element);
        if (order == GenericEqual)
            break;
        *parent = *place;
        place = order == GenericLessThan ? &(*place)->LeftChild : &(*place)->RightChild;
    }
    return place;
}

// A copy of size bytes; or the element that is there already, *is_new FALSE. NULL when the caller cannot allocate.
PVOID NTAPI RtlInsertElementGenericTableAvl(PRTL_AVL_TABLE table, PVOID buffer, ULONG size, PBOOLEAN is_new)
{
    links *parent, **place = find(table, buffer, &parent), *found = *place;
    struct entry *entry = found ? entry_of(found) : NULL;
    if (!found && (entry = table->AllocateRoutine(table, (ULONG)offsetof(struct entry, element) + size)) != NULL) {
        memcpy(&entry->element, buffer, size);
        insert(table, place, parent, &entry->links);
        table->NumberGenericTableElements++;
    }
    if (is_new)
        *is_new = !found && entry;
    return entry ? &entry->element : NULL;
}

// FALSE: there is none that equals buffer.
BOOLEAN NTAPI RtlDeleteElementGenericTableAvl(PRTL_AVL_TABLE table, PVOID buffer)
{
    links *parent, *found = *find(table, buffer, &parent);
    if (!found)
        return FALSE;
    if (table->RestartKey == found) // an enumeration goes on behind it
        table->RestartKey = predecessor(table, found);
    take_out(table, found);
    table->NumberGenericTableElements--;
    table->DeleteCount++;
    table->OrderedPointer = NULL;
    table->WhichOrderedElement = 0;
    table->FreeRoutine(table, entry_of(found));
    return TRUE;
}

PVOID NTAPI RtlLookupElementGenericTableAvl(PRTL_AVL_TABLE table, PVOID buffer)
{
    links *parent, *found = *find(table, buffer, &parent);
    return found ? &entry_of(found)->element : NULL;
}

// In order; *key NULL begins.
PVOID NTAPI RtlEnumerateGenericTableWithoutSplayingAvl(PRTL_AVL_TABLE table, PVOID *key)
{
    links *next = *key ? successor(table, *key) : leftmost(table->BalancedRoot.RightChild);
    if (!next)
        return NULL;
    *key = next;
    return &entry_of(next)->element;
}

// The same with the key in the table; restart begins.
PVOID NTAPI RtlEnumerateGenericTableAvl(PRTL_AVL_TABLE table, BOOLEAN restart)
{
    PVOID key = restart ? NULL : table->RestartKey;
    PVOID element = RtlEnumerateGenericTableWithoutSplayingAvl(table, &key);
    table->RestartKey = key;
    return element;
}

// The index-th in order, from 0; NULL beyond the last.
PVOID NTAPI RtlGetElementGenericTableAvl(PRTL_AVL_TABLE table, ULONG index)
{
    links *at = leftmost(table->BalancedRoot.RightChild);
    for (ULONG i = 0; at && i < index; i++)
        at = successor(table, at);
    return at ? &entry_of(at)->element : NULL;
}

ULONG NTAPI RtlNumberGenericTableElementsAvl(PRTL_AVL_TABLE table)
{
    return table->NumberGenericTableElements;
}

BOOLEAN NTAPI RtlIsGenericTableEmptyAvl(PRTL_AVL_TABLE table)
{
    return table->NumberGenericTableElements == 0;
}
