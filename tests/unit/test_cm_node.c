// Nodes when memory runs out: the Nth allocation fails, for every N, and nothing is lost. And 20,000 random
// changes against a model of what a registry is.
// clang-format off
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
// clang-format on

// The kernel library has these files, too; other rooms of it may pull them in beside what is tested here.
#define cm_lock          tested_cm_lock
#define cm_root          tested_cm_root
#define cm_bytes         tested_cm_bytes
#define cm_find_child    tested_cm_find_child
#define cm_find_value    tested_cm_find_value
#define cm_add_child     tested_cm_add_child
#define cm_delete_node   tested_cm_delete_node
#define cm_delete_tree   tested_cm_delete_tree
#define cm_set_value     tested_cm_set_value
#define cm_delete_value  tested_cm_delete_value
#define cm_dereference   tested_cm_dereference
#define cm_full_name     tested_cm_full_name
#define cm_walk          tested_cm_walk
#define cm_walk_absolute tested_cm_walk_absolute

#include "hal/hal.h"

static void *failing_alloc(size_t bytes);
#define hal_alloc failing_alloc
#include "cm/node.c"
#include "cm/walk.c"
#undef hal_alloc

#include <stdlib.h>

struct cm_node *cm_root;
static unsigned countdown; // 0: never fails

static void *failing_alloc(size_t bytes)
{
    return countdown && --countdown == 0 ? NULL : hal_alloc(bytes);
}

static UNICODE_STRING string(const WCHAR *text)
{
    UNICODE_STRING result;
    RtlInitUnicodeString(&result, text);
    return result;
}

static NTSTATUS play(void)
{
    UNICODE_STRING root = string(L"REGISTRY"), path = string(L"\\Registry\\one\\two\\three"), value = string(L"value"),
                   kind = string(L"kind");
    UNICODE_STRING link_name = string(L"link"), through = string(L"\\Registry\\one\\link\\four"),
                   link_value = string(L"SymbolicLinkValue");
    static const WCHAR target[] = L"\\Registry\\one\\two";
    struct cm_walk walk = {.create = true, .create_all = true, .class_name = kind};
    struct cm_node *node, *link, *one;
    NTSTATUS status = cm_add_child(NULL, &root, NULL, 0, &cm_root);
    if (NT_SUCCESS(status))
        status =
            cm_add_child(cm_root, &(UNICODE_STRING){.Buffer = L"one", .Length = 6, .MaximumLength = 6}, NULL, 0, &one);
    if (NT_SUCCESS(status))
        status = cm_walk_absolute(&path, &walk, &node);
    for (int i = 0; NT_SUCCESS(status) && i < 6; i++) {
        WCHAR name[2] = {(WCHAR)('a' + i), 0};
        UNICODE_STRING one_more = string(name);
        status = cm_set_value(node, &one_more, REG_SZ, L"text", 10);
        if (NT_SUCCESS(status))
            status = cm_set_value(node, &value, REG_BINARY, "12345", (ULONG)i);
    }
    if (NT_SUCCESS(status))
        status = cm_add_child(one, &link_name, NULL, REG_OPTION_CREATE_LINK, &link);
    if (NT_SUCCESS(status))
        status = cm_set_value(link, &link_value, REG_LINK, target, sizeof target - 2);
    if (NT_SUCCESS(status))
        status = cm_walk_absolute(&through, &walk, &node);
    if (NT_SUCCESS(status)) {
        UNICODE_STRING name = cm_full_name(node);
        UNICODE_STRING expected = string(L"\\REGISTRY\\one\\two\\four");
        status = name.Buffer ? STATUS_SUCCESS : STATUS_INSUFFICIENT_RESOURCES;
        if (name.Buffer)
            assert_true(RtlEqualUnicodeString(&name, &expected, TRUE));
        hal_free(name.Buffer);
    }
    if (cm_root)
        cm_delete_tree(cm_root);
    cm_root = NULL;
    return status;
}

static void every_allocation_fails_once(void **state)
{
    unsigned n = 1;
    (void)state;
    for (;; n++) {
        countdown = n;
        NTSTATUS status = play();
        bool failed = countdown == 0;
        countdown = 0;
        assert_int_equal(cm_bytes(), 0);
        if (!failed) {
            assert_int_equal(status, STATUS_SUCCESS);
            break;
        }
        assert_int_equal(status, STATUS_INSUFFICIENT_RESOURCES);
    }
    assert_true(n > 20);
}

enum { NAMES = 40, STEPS = 20000 };

// Children stand sorted, values in the order they came, and what the model says is there is there.
static void random_changes(void **state)
{
    bool child_there[NAMES] = {0};
    int values[NAMES], value_count = 0;
    UNICODE_STRING root = string(L"REGISTRY");
    (void)state;
    srand(1);
    assert_int_equal(cm_add_child(NULL, &root, NULL, 0, &cm_root), STATUS_SUCCESS);
    for (int step_number = 0; step_number < STEPS; step_number++) {
        int pick = rand() % NAMES, at = 0;
        WCHAR text[4] = {(WCHAR)(rand() % 2 ? 'k' : 'K'), (WCHAR)('0' + pick / 10), (WCHAR)('0' + pick % 10), 0};
        UNICODE_STRING name = string(text);
        struct cm_node *child = cm_find_child(cm_root, &name);
        assert_int_equal(child != NULL, child_there[pick]);
        if (child)
            assert_int_equal(cm_delete_node(child), STATUS_SUCCESS);
        else
            assert_int_equal(cm_add_child(cm_root, &name, NULL, 0, &child), STATUS_SUCCESS);
        child_there[pick] = !child_there[pick];
        for (ULONG i = 1; i < cm_root->child_count; i++)
            assert_true(RtlCompareUnicodeString(&cm_root->children[i - 1]->name, &cm_root->children[i]->name, TRUE) <
                        0);
        while (at < value_count && values[at] != pick)
            at++;
        if (at < value_count && rand() % 2) {
            assert_int_equal(cm_delete_value(cm_root, &name), STATUS_SUCCESS);
            memmove(&values[at], &values[at + 1], (size_t)(--value_count - at) * sizeof *values);
        } else {
            assert_int_equal(cm_set_value(cm_root, &name, REG_DWORD, &pick, sizeof pick), STATUS_SUCCESS);
            if (at == value_count)
                values[value_count++] = pick;
        }
        assert_int_equal(cm_root->value_count, value_count);
        for (int i = 0; i < value_count; i++)
            assert_memory_equal(cm_root->values[i].data, &values[i], sizeof values[i]);
    }
    cm_delete_tree(cm_root);
    cm_root = NULL;
    assert_int_equal(cm_bytes(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_allocation_fails_once), cmocka_unit_test(random_changes)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
